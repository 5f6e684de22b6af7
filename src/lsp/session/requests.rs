//! Questions about a place in a text, and their answers.

use std::sync::PoisonError;

use lsp_server::RequestId;
use lsp_types::{
    CodeActionParams, CompletionParams, GotoDefinitionParams, Hover, HoverContents, HoverParams,
    MarkupContent, MarkupKind, Range, TextDocumentPositionParams,
};
use serde_json::{Value, json};

use super::Session;
use crate::environment::Environment;
use crate::lsp::frames::code;
use crate::lsp::position::Lines;
use crate::lsp::{actions, completion, definition, diagnostics, hover};

impl Session {
    /// Takes in what was typed in texts of some size, and gives the one that is meant with the
    /// offset of a place in it.
    fn place(&mut self, place: &TextDocumentPositionParams) -> Option<(String, usize)> {
        let new = self
            .open
            .iter()
            .filter(|(_, one)| one.is_new && !one.document.is_large());
        let new: Vec<String> = new.map(|(key, _)| key.clone()).collect();
        new.iter().for_each(|key| self.sync(key));
        let key = place.text_document.uri.as_str().to_owned();
        let opened = self.open.get(&key)?;
        let offset = Lines::of(&opened.document.text).offset(place.position);
        Some((key, offset))
    }

    pub(super) fn hover(&mut self, id: &RequestId, params: HoverParams) -> Option<Value> {
        let place = params.text_document_position_params;
        let at = place.position;
        let Some((key, offset)) = self.place(&place) else {
            return Some(Value::Null);
        };
        self.look_now(&key);
        let Some(opened) = self.open.get(&key) else {
            return Some(Value::Null);
        };
        let text = opened.document.text.clone();
        let lines = Lines::of(&text);
        let mut parts = Vec::new();
        let mut range = None;
        if let (Some(linted), Some(number), false) = (&opened.linted, opened.number, opened.is_new)
            && let Some(source) = self.workspace.source(number)
        {
            for finding in &linted.findings {
                let Some(location) = &finding.location else {
                    continue;
                };
                let of = diagnostics::range(&lines, &text, source, location);
                if of.start <= at && at <= of.end {
                    parts.push(hover::of_finding(finding));
                    range = Some(of);
                }
            }
        }
        if !opened.document.is_sql {
            return Some(hover_of(&parts, range));
        }
        let stats = self.workspace.env().stats.clone();
        let schema = self.workspace.schema();
        if let Some((told, start, end)) = hover::of_name(&text, offset, schema, stats.as_ref()) {
            range = range.or(Some(lines.range(start, end)));
            parts.push(told);
        }
        let query = parts
            .is_empty()
            .then(|| hover::query_at(&text, offset))
            .flatten();
        let Some(query) = query else {
            return Some(hover_of(&parts, range));
        };
        let env = Environment {
            schema: Some(schema.clone()),
            ..self.workspace.env().clone()
        };
        let (out, id, cancelled) = (self.out.clone(), id.clone(), self.cancelled.clone());
        let begun = self.beside.run({
            let id = id.clone();
            move || {
                let told = std::panic::catch_unwind(|| hover::of_query(&query, &env));
                let name = serde_json::to_string(&id).unwrap_or_default();
                let mut all = cancelled.lock().unwrap_or_else(PoisonError::into_inner);
                match all.remove(&name) {
                    true => out.error(id, code::REQUEST_CANCELLED, "cancelled"),
                    false => {
                        let parts: Vec<String> = told.ok().flatten().into_iter().collect();
                        out.answer(id, &hover_of(&parts, None));
                    }
                }
            }
        });
        // Two queries are planned already: this one is told when it is pointed at again.
        (!begun).then_some(Value::Null)
    }

    /// Looks at a text at once, where that was put off.
    fn look_now(&mut self, key: &str) {
        let waits = self.pending.iter().any(|other| other == key);
        let is_unseen = self
            .open
            .get(key)
            .is_some_and(|one| one.linted.is_none() && !one.document.is_large());
        if waits || is_unseen {
            self.pending.retain(|other| other != key);
            self.look_at(key);
        }
    }

    pub(super) fn completion(&mut self, _: &RequestId, params: CompletionParams) -> Option<Value> {
        let place = params.text_document_position;
        let found = self.place(&place).and_then(|(key, offset)| {
            let opened = self.open.get(&key).filter(|one| one.document.is_sql)?;
            let schema = self.workspace.schema();
            Some(completion::at(&opened.document.text, offset, schema))
        });
        Some(json!(found.unwrap_or_default()))
    }

    pub(super) fn definition(
        &mut self,
        _: &RequestId,
        params: GotoDefinitionParams,
    ) -> Option<Value> {
        let place = params.text_document_position_params;
        let found = self.place(&place).and_then(|(key, offset)| {
            let opened = self.open.get(&key).filter(|one| one.document.is_sql)?;
            definition::at(&opened.document.text, offset, &mut self.workspace)
        });
        Some(json!(found))
    }

    pub(super) fn code_actions(
        &mut self,
        _: &RequestId,
        params: CodeActionParams,
    ) -> Option<Value> {
        let key = params.text_document.uri.as_str().to_owned();
        self.look_now(&key);
        let found = self.open.get(&key).and_then(|opened| {
            let source = self.workspace.source(opened.number?)?;
            // What was found in a text that has changed since has other places.
            let linted = opened.linted.as_ref().filter(|_| !opened.is_new)?;
            let text = &opened.document.text;
            Some(actions::at(&opened.uri, text, source, linted, params.range))
        });
        Some(json!(found.unwrap_or_default()))
    }
}

fn hover_of(parts: &[String], range: Option<Range>) -> Value {
    if parts.is_empty() {
        return Value::Null;
    }
    json!(Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: parts.join("\n\n---\n\n"),
        }),
        range,
    })
}
