//! A conversation with an editor.

mod requests;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::PoisonError;

use lsp_server::{Message, Notification, Request, RequestId};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions, Diagnostic,
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, HoverProviderCapability, InitializeParams, InitializeResult, OneOf,
    PositionEncodingKind, PublishDiagnosticsParams, ServerCapabilities, ServerInfo,
    TextDocumentSyncCapability, TextDocumentSyncKind, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::beside::Beside;
use super::documents::Document;
use super::frames::{Incoming, Out, code};
use super::workspace::Workspace;
use super::{Cancelled, Given, diagnostics, uri};
use crate::explain::Settings;
use crate::lint::{LintedFile, files};

/// What comes after a message.
pub(super) enum Next {
    GoOn,
    /// The end, as announced.
    End,
    /// The end, without `shutdown`.
    Abandoned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    New,
    Open,
    Shutdown,
}

/// What is known of a text that is open.
struct Opened {
    document: Document,
    uri: Uri,
    path: Option<PathBuf>,
    /// Its number among the files, if it is SQL.
    number: Option<usize>,
    /// Whether the files do not have its text yet.
    is_new: bool,
    /// Whether the editor was not told of its text yet.
    is_untold: bool,
    /// What was found in it last.
    linted: Option<LintedFile>,
    /// What the editor was told last.
    published: Vec<Diagnostic>,
}

pub(super) struct Session {
    out: Out,
    cancelled: Cancelled,
    phase: Phase,
    workspace: Workspace,
    /// Whether the editor tells of files that change when it is asked to.
    can_watch: bool,
    open: HashMap<String, Opened>,
    /// Texts to look at, in this order.
    pending: VecDeque<String>,
    /// Large ones, once nothing comes for a while.
    large: BTreeSet<String>,
    beside: Beside,
}

impl Session {
    pub fn new(given: Given, out: Out, cancelled: Cancelled) -> Self {
        Self {
            out,
            cancelled,
            phase: Phase::New,
            workspace: Workspace::new(given),
            can_watch: false,
            open: HashMap::new(),
            pending: VecDeque::new(),
            large: BTreeSet::new(),
            beside: Beside::default(),
        }
    }

    /// Takes a message; a panic is that message's alone.
    pub fn take(&mut self, incoming: Incoming) -> Next {
        let message = match incoming {
            Incoming::Message(message) => message,
            Incoming::Refused(answer) => {
                self.out.json(&answer);
                return Next::GoOn;
            }
        };
        match message {
            Message::Request(request) => {
                let id = request.id.clone();
                let taken = AssertUnwindSafe(|| self.request(request));
                if catch_unwind(taken).is_err() {
                    let why = "this is a mistake in distkey: please report the input";
                    self.out.error(id, code::INTERNAL_ERROR, why);
                }
                Next::GoOn
            }
            Message::Notification(note) if note.method == "exit" => match self.phase {
                Phase::Shutdown => Next::End,
                _ => Next::Abandoned,
            },
            Message::Notification(note) => {
                if self.phase == Phase::Open {
                    let _ = catch_unwind(AssertUnwindSafe(|| self.note(note)));
                }
                Next::GoOn
            }
            Message::Response(_) => Next::GoOn,
        }
    }

    fn is_cancelled(&self, id: &RequestId) -> bool {
        let id = serde_json::to_string(id).unwrap_or_default();
        let mut all = self
            .cancelled
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.remove(&id)
    }

    fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        if self.is_cancelled(&id) {
            return self.out.error(id, code::REQUEST_CANCELLED, "cancelled");
        }
        match (self.phase, method.as_str()) {
            (Phase::New, "initialize") => return self.initialize(id, params),
            (Phase::New, _) => {
                let why = "`initialize` comes first";
                return self.out.error(id, code::NOT_INITIALIZED, why);
            }
            (Phase::Shutdown, _) => {
                let why = "nothing but `exit` comes after `shutdown`";
                return self.out.error(id, code::INVALID_REQUEST, why);
            }
            (Phase::Open, "initialize") => {
                let why = "`initialize` comes once";
                return self.out.error(id, code::INVALID_REQUEST, why);
            }
            (Phase::Open, _) => {}
        }
        match method.as_str() {
            "shutdown" => {
                self.phase = Phase::Shutdown;
                self.out.answer(id, &Value::Null);
            }
            "textDocument/hover" => self.answered(id, params, Self::hover),
            "textDocument/completion" => self.answered(id, params, Self::completion),
            "textDocument/definition" => self.answered(id, params, Self::definition),
            "textDocument/codeAction" => self.answered(id, params, Self::code_actions),
            _ => {
                let why = format!("there is no method `{method}`");
                self.out.error(id, code::METHOD_NOT_FOUND, &why);
            }
        }
    }

    /// Answers with what a method gives; `None` where it answers by itself.
    fn answered<P: DeserializeOwned>(
        &mut self,
        id: RequestId,
        params: Value,
        method: impl FnOnce(&mut Self, &RequestId, P) -> Option<Value>,
    ) {
        let params = match serde_json::from_value::<P>(params) {
            Ok(params) => params,
            Err(error) => {
                let why = format!("the parameters are not understood: {error}");
                return self.out.error(id, code::INVALID_PARAMS, &why);
            }
        };
        if let Some(result) = method(self, &id, params) {
            self.out.answer(id, &result);
        }
    }

    fn initialize(&mut self, id: RequestId, params: Value) {
        let params = match serde_json::from_value::<InitializeParams>(params) {
            Ok(params) => params,
            Err(error) => {
                let why = format!("the parameters are not understood: {error}");
                return self.out.error(id, code::INVALID_PARAMS, &why);
            }
        };
        let folders = params.workspace_folders.clone().unwrap_or_default();
        let mut folders: Vec<PathBuf> = folders
            .iter()
            .filter_map(|folder| uri::to_path(folder.uri.as_str()))
            .collect();
        #[expect(deprecated, reason = "older editors name no other folder")]
        if let (true, Some(root)) = (folders.is_empty(), &params.root_uri) {
            folders.extend(uri::to_path(root.as_str()));
        }
        let watching = params.capabilities.workspace.as_ref();
        let watching = watching.and_then(|it| it.did_change_watched_files.as_ref());
        self.can_watch = watching.and_then(|it| it.dynamic_registration) == Some(true);
        self.phase = Phase::Open;
        self.out.answer(id, &capabilities());
        self.load(folders);
    }

    /// Reads the folders, and takes the texts that are open in.
    fn load(&mut self, folders: Vec<PathBuf>) {
        for wrong in self.workspace.open(folders) {
            let message = json!({"type": 2, "message": format!("distkey: {wrong}")});
            self.out.notify("window/showMessage", &message);
        }
        for opened in self.open.values_mut() {
            opened.is_new = true;
            opened.number = None;
        }
        let all: Vec<String> = self.open.keys().cloned().collect();
        all.into_iter().for_each(|uri| self.look_later(uri));
    }

    fn note(&mut self, note: Notification) {
        let Notification { method, params } = note;
        fn read<P: DeserializeOwned>(params: Value) -> Option<P> {
            serde_json::from_value(params).ok()
        }
        match method.as_str() {
            "initialized" => self.watch(),
            "textDocument/didOpen" => {
                if let Some(params) = read(params) {
                    self.opened(params);
                }
            }
            "textDocument/didChange" => {
                if let Some(params) = read(params) {
                    self.changed(params);
                }
            }
            "textDocument/didClose" => {
                if let Some(params) = read(params) {
                    self.closed(&params);
                }
            }
            "workspace/didChangeWatchedFiles" => {
                if let Some(params) = read(params) {
                    self.changed_on_disk(&params);
                }
            }
            _ => {}
        }
    }

    /// Asks the editor to tell of files that change.
    fn watch(&self) {
        if !self.can_watch {
            return;
        }
        let patterns = [
            "**/*.{sql,ddl,j2,jinja,jinja2}",
            "**/{distkey,pyproject}.toml",
        ];
        let watchers = patterns.map(|pattern| json!({"globPattern": pattern}));
        let registration = json!({
            "id": "files", "method": "workspace/didChangeWatchedFiles",
            "registerOptions": {"watchers": watchers},
        });
        let params = json!({"registrations": [registration]});
        self.out
            .request("watch", "client/registerCapability", &params);
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let path = uri::to_path(document.uri.as_str());
        let is_sql = document.language_id.to_lowercase().contains("sql")
            || path.as_deref().is_some_and(files::is_sql)
            || path.as_deref().is_some_and(|path| self.workspace.has(path));
        let key = document.uri.as_str().to_owned();
        let opened = Opened {
            document: Document {
                text: document.text,
                version: document.version,
                is_sql,
            },
            uri: document.uri,
            path,
            number: None,
            is_new: true,
            is_untold: true,
            linted: None,
            published: Vec::new(),
        };
        self.open.insert(key.clone(), opened);
        self.look_later(key);
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let key = params.text_document.uri.as_str().to_owned();
        let Some(opened) = self.open.get_mut(&key) else {
            return;
        };
        opened.document.change(params.content_changes);
        opened.document.version = params.text_document.version;
        opened.is_new = true;
        opened.is_untold = true;
        self.look_later(key);
    }

    fn closed(&mut self, params: &DidCloseTextDocumentParams) {
        let key = params.text_document.uri.as_str();
        let Some(opened) = self.open.remove(key) else {
            return;
        };
        if opened.number.is_some() {
            self.workspace.release(key, opened.path.as_deref());
        }
        self.pending.retain(|other| other != key);
        self.large.remove(key);
        self.publish(&opened.uri, None, &[]);
        self.look_at_others(key);
    }

    fn changed_on_disk(&mut self, params: &DidChangeWatchedFilesParams) {
        let changes = params.changes.iter();
        let paths: Vec<(PathBuf, bool)> = changes
            .filter_map(|change| {
                let is_same = change.typ == lsp_types::FileChangeType::CHANGED;
                Some((uri::to_path(change.uri.as_str())?, is_same))
            })
            .collect();
        let is_settings = |path: &PathBuf| path.extension().is_some_and(|it| it == "toml");
        let known = |path: &PathBuf| self.workspace.has(path);
        // Settings and new files may change the order of all.
        if paths
            .iter()
            .any(|(path, same)| is_settings(path) || !same || !known(path))
        {
            return self.load(self.workspace.folders().to_vec());
        }
        for (path, _) in paths {
            let is_open = self
                .open
                .values()
                .any(|one| one.path.as_ref() == Some(&path));
            if !is_open {
                self.workspace.release("", Some(&path));
            }
        }
        self.look_at_others("");
    }

    fn look_later(&mut self, key: String) {
        let is_large = self
            .open
            .get(&key)
            .is_some_and(|one| one.document.is_large());
        if is_large {
            self.large.insert(key);
            return;
        }
        self.pending.retain(|other| *other != key);
        self.pending.push_front(key);
    }

    /// What a text defines, others may use.
    fn look_at_others(&mut self, key: &str) {
        let others: Vec<String> = self
            .open
            .keys()
            .filter(|other| *other != key)
            .cloned()
            .collect();
        for other in others {
            let is_large = self
                .open
                .get(&other)
                .is_some_and(|one| one.document.is_large());
            if !is_large && !self.pending.contains(&other) {
                self.pending.push_back(other);
            }
        }
    }

    /// Looks at the next text that waits; false where none does.
    pub fn look_at_next(&mut self) -> bool {
        let Some(key) = self.pending.pop_front() else {
            return false;
        };
        let _ = catch_unwind(AssertUnwindSafe(|| self.look_at(&key)));
        true
    }

    pub fn has_large(&self) -> bool {
        !self.large.is_empty()
    }

    pub fn look_at_large(&mut self) {
        if let Some(key) = self.large.pop_first() {
            let _ = catch_unwind(AssertUnwindSafe(|| self.look_at(&key)));
        }
    }

    /// Gives a text to the files, if they do not have it yet.
    fn sync(&mut self, key: &str) {
        let Some(opened) = self.open.get_mut(key).filter(|one| one.is_new) else {
            return;
        };
        opened.is_new = false;
        opened.linted = None;
        if !opened.document.is_sql {
            return;
        }
        let text = &opened.document.text;
        let number = self.workspace.set(key, opened.path.as_deref(), text);
        opened.number = Some(number);
        self.look_at_others(key);
    }

    /// Finds what there is in a text, and tells the editor.
    fn look_at(&mut self, key: &str) {
        self.sync(key);
        let Some(opened) = self.open.get_mut(key) else {
            return;
        };
        let text = &opened.document.text;
        let mut found = Vec::new();
        opened.linted = None;
        let mut is_plan = false;
        if opened.document.may_be_plan() {
            let schema = self.workspace.schema().clone();
            let view = self.workspace.env().view();
            let settings = Settings::new(crate::environment::View {
                schema: Some(&schema).filter(|schema| !schema.tables.is_empty()),
                ..view
            });
            let plans = diagnostics::of_plans("plan", text, &settings);
            is_plan = plans.is_some();
            found = plans.unwrap_or_default();
        }
        if let (false, Some(number)) = (is_plan, opened.number) {
            opened.linted = self.workspace.look(number);
            if let (Some(linted), Some(source)) = (&opened.linted, self.workspace.source(number)) {
                found = diagnostics::of_file(text, source, linted);
            }
        }
        if opened.is_untold || found != opened.published {
            opened.is_untold = false;
            opened.published.clone_from(&found);
            let (uri, version) = (opened.uri.clone(), opened.document.version);
            self.publish(&uri, Some(version), &found);
        }
    }

    fn publish(&self, uri: &Uri, version: Option<i32>, found: &[Diagnostic]) {
        let params = PublishDiagnosticsParams {
            uri: uri.clone(),
            diagnostics: found.to_vec(),
            version,
        };
        self.out.notify("textDocument/publishDiagnostics", &params);
    }
}

fn capabilities() -> InitializeResult {
    InitializeResult {
        capabilities: ServerCapabilities {
            position_encoding: Some(PositionEncodingKind::UTF16),
            text_document_sync: Some(TextDocumentSyncCapability::Kind(
                TextDocumentSyncKind::INCREMENTAL,
            )),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            completion_provider: Some(CompletionOptions {
                trigger_characters: Some([" ", "(", ",", "."].map(str::to_owned).to_vec()),
                ..CompletionOptions::default()
            }),
            definition_provider: Some(OneOf::Left(true)),
            code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
                code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
                ..CodeActionOptions::default()
            })),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: "distkey".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}
