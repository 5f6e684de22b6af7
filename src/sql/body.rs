//! The SQL in a procedure's body: its statements without PL/pgSQL's own words around them.

use super::split::{self, Piece};
use crate::text::Span;

/// The statements of the body of a procedure, without what the body's language adds to them.
/// `text` is the whole file's.
pub(super) fn statements(text: &str, procedure: &Piece) -> Vec<Piece> {
    let Some(body) = body(text, procedure.span) else {
        return Vec::new();
    };
    let inner = &text[body.start..body.end];
    let mut declares = false;
    let mut statements = Vec::new();
    for piece in split::split(inner).pieces {
        let whole = &inner[piece.span.start..piece.span.end];
        let Some(start) = sql(whole, &mut declares) else {
            continue;
        };
        let start = body.start + piece.span.start + start;
        let end = body.start + piece.span.end;
        let into = into(&text[start..end]);
        statements.push(Piece {
            span: Span::new(start, end),
            end: body.start + piece.end,
            templated: procedure.templated,
            left_out: into.map(|into| Span::new(start + into.start, start + into.end)),
        });
    }
    statements
}

/// What stands between a dollar quote and the same one again.
fn body(text: &str, span: Span) -> Option<Span> {
    let whole = &text[span.start..span.end];
    let open = whole.find('$')?;
    let tag = whole[open + 1..].find('$')?;
    let mark = &whole[open..open + tag + 2];
    let is_tag = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    if !mark.chars().all(is_tag) {
        return None;
    }
    let start = open + mark.len();
    let end = start + whole[start..].find(mark)?;
    Some(Span::new(span.start + start, span.start + end))
}

/// Where the SQL of a piece begins, after the words that lead to it; `None` where there is none.
fn sql(piece: &str, declares: &mut bool) -> Option<usize> {
    let mut at = 0;
    loop {
        at += blank(&piece[at..]);
        let rest = &piece[at..];
        let word = word(rest);
        match word.to_ascii_uppercase().as_str() {
            "BEGIN" => {
                *declares = false;
                at += word.len();
            }
            "DECLARE" => {
                *declares = true;
                return None;
            }
            _ if *declares => return None,
            "" if rest.starts_with("<<") => at += rest.find(">>")? + 2,
            "ELSE" | "LOOP" | "EXCEPTION" => at += word.len(),
            "IF" | "ELSIF" | "ELSEIF" | "WHEN" => at += after(rest, "THEN")?,
            "WHILE" | "FOR" => at += after(rest, "LOOP")?,
            "" | "END" | "NULL" | "RETURN" | "RAISE" | "EXIT" | "CONTINUE" | "PERFORM"
            | "EXECUTE" | "OPEN" | "FETCH" | "CLOSE" | "MOVE" | "GET" | "ASSERT" | "COMMIT"
            | "ROLLBACK" | "CALL" => return None,
            _ => {
                let next = rest[word.len()..].trim_start();
                let assigns =
                    next.starts_with(":=") || next.starts_with('=') || next.starts_with('.');
                return (!assigns).then_some(at);
            }
        }
    }
}

/// The length of the blanks and comments that a text begins with.
fn blank(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let blanks = rest.len() - rest.trim_start().len();
        if blanks > 0 {
            at += blanks;
        } else if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else {
            return at;
        }
    }
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    &text[..end.unwrap_or(text.len())]
}

/// The offset after a word outside of quotes, parentheses, comments and CASE.
fn after(text: &str, wanted: &str) -> Option<usize> {
    words(text).find_map(|(at, word, depth)| {
        (depth == 0 && word.eq_ignore_ascii_case(wanted)).then_some(at + word.len())
    })
}

/// The words of a text outside of quotes and comments: where, what, and how deep they are in
/// parentheses and CASE.
fn words(text: &str) -> impl Iterator<Item = (usize, &str, usize)> {
    let mut at = 0;
    let mut depth = 0usize;
    std::iter::from_fn(move || {
        while at < text.len() {
            let rest = &text[at..];
            let gap = blank(rest);
            if gap > 0 {
                at += gap;
                continue;
            }
            let first = rest.chars().next()?;
            if matches!(first, '\'' | '"') {
                at += rest[1..].find(first).map_or(rest.len(), |end| end + 2);
                continue;
            }
            let found = word(rest);
            if found.is_empty() {
                match first {
                    '(' => depth += 1,
                    ')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                at += first.len_utf8();
                continue;
            }
            let start = at;
            at += found.len();
            let outside = depth;
            match found.to_ascii_uppercase().as_str() {
                "CASE" => depth += 1,
                "END" => depth = depth.saturating_sub(1),
                _ => {}
            }
            return Some((start, found, outside));
        }
        None
    })
}

/// `INTO a, b` of a SELECT, which puts a row into variables.
fn into(statement: &str) -> Option<Span> {
    let first = word(statement);
    if !first.eq_ignore_ascii_case("SELECT") && !first.eq_ignore_ascii_case("WITH") {
        return None;
    }
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    let mut words = words(statement).filter(|(_, _, depth)| *depth == 0);
    let (start, _, _) = words.find(|(_, word, _)| is(word, "INTO"))?;
    let ends = ["FROM", "WHERE", "UNION", "GROUP", "ORDER", "LIMIT"];
    let end = words.find(|(_, word, _)| ends.iter().any(|end| is(word, end)));
    Some(Span::new(
        start,
        end.map_or(statement.len(), |(at, _, _)| at),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Vec<String> {
        let text = format!("create procedure p() as $${body}$$ language plpgsql");
        let whole = Piece {
            span: Span::new(0, text.len()),
            end: text.len(),
            templated: false,
            left_out: None,
        };
        let pieces = statements(&text, &whole);
        let words = |piece: &Piece| {
            let out = piece
                .left_out
                .unwrap_or(Span::new(piece.span.end, piece.span.end));
            let sql = [
                &text[piece.span.start..out.start],
                &text[out.end..piece.span.end],
            ];
            let sql = sql.join(" ");
            sql.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        pieces.iter().map(words).collect()
    }

    #[test]
    fn statements_are_told_from_the_language_around_them() {
        let body = "
            declare n int := 0; m varchar(10) default 'begin';
            begin
              -- counts
              select count(*), max(a) into n, m from t where b = 'into';
              if n > 0 and case when n = 1 then true else false end then
                delete from t; n := n + 1;
              elsif n = 0 then truncate t;
              else insert into u values (1); end if;
              for r in select a from t loop update u set b = r.a; end loop;
              <<again>> while n > 0 loop n = n - 1; exit when n = 0; end loop;
              raise info 'select % from x;', n;
              execute 'drop table ' || m;
              return;
            exception when others then insert into log select sqlerrm; raise;
            end;";
        assert_eq!(
            of(body),
            [
                "select count(*), max(a) from t where b = 'into'",
                "delete from t",
                "truncate t",
                "insert into u values (1)",
                "update u set b = r.a",
                "insert into log select sqlerrm",
            ]
        );
        assert_eq!(
            of(" begin select a into v from t; end; "),
            ["select a from t"]
        );
        assert_eq!(of(""), [""; 0]);
    }
}
