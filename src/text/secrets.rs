//! Secrets in texts that people hand over: where they stand, and the text without them.
//!
//! A [`SourceFile`](super::SourceFile) masks what is found here as it is read, so that no
//! rule, message or format ever holds a secret. The mask is as long as what it hides, in
//! bytes and in characters: spans, columns and marks under a line stay right.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::Span;
use super::placeholder::is_placeholder;

/// What a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretKind {
    /// The name of an access key: it opens nothing by itself.
    AccessKeyId,
    /// A key, a token or the key of a client's encryption.
    Key,
    /// A password, also as a hash.
    Password,
}

/// A secret in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret {
    /// Its bytes, without quotes.
    pub span: Span,
    /// What it is.
    pub kind: SecretKind,
    /// Whether it stands without quotes where YAML would read a `*` as an alias.
    plain: bool,
}

/// A way to write a secret: the groups that begin with `v` hold it.
struct Pattern {
    kind: SecretKind,
    regex: Regex,
    plain: bool,
}

/// What every text with a secret has one of: most texts are done with after this.
static HINT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)access_?-?key|session_token|credentials|symmetric_key|passw|passphrase|pwd|secret|api[-_]?key|token|AKIA|ASIA|PRIVATE KEY|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|hooks\.slack|AIza|sk_live|eyJ|://[^\s/]*@",
    )
});

/// A literal of SQL, Python, JSON or YAML, also within another literal.
const QUOTED: &str = r#"(?:''(?P<v6>[^'\s,;()][^'\n]*)''|\\'(?P<v1>[^'\\]*)\\'|\\"(?P<v2>[^"\\]*)\\"|'(?P<v3>(?:[^'\\]|\\.|'')*)'|"(?P<v4>(?:[^"\\]|\\.)*)"|\$\$(?P<v5>[^$]*)\$\$)"#;

/// What may stand between words of SQL.
const BLANK: &str = r"(?:\s|--[^\n]*\n|/\*(?s:.*?)\*/)";

/// Names under which a secret is kept; a reference to one kept elsewhere is none.
const NAMED: &str = r"(?:password|passwd|passphrase|pwd|secret[-_]?key|secret[-_]?access[-_]?key|client[-_]?secret|api[-_]?key|private[-_]?key|symmetric[-_]?key|(?:auth|access|session|refresh|security|bearer|api)[-_]?token)";

/// Word boundaries are ASCII's: others keep the engine from its fast path.
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    use SecretKind::{AccessKeyId, Key, Password};
    let as_value = format!(r"(?:{BLANK}+(?:AS(?-u:\b){BLANK}*)?|{BLANK}*=){BLANK}*E?{QUOTED}");
    let key40 = r"[A-Za-z0-9/+]{40}";
    let apart = r"[^A-Za-z0-9/+]";
    let key_id = r"(?:AKIA|ASIA)[A-Z0-9]{16}";
    let mut patterns = vec![
        (AccessKeyId, format!(r"(?i)(?-u:\b)ACCESS_KEY_ID(?-u:\b){as_value}")),
        (
            Key,
            format!(r"(?i)(?-u:\b)(?:SECRET_ACCESS_KEY|SESSION_TOKEN|MASTER_SYMMETRIC_KEY)(?-u:\b){as_value}"),
        ),
        (Password, format!(r"(?i)(?-u:\b)PASSWORD{BLANK}+E?{QUOTED}")),
        // A quote right after the word may also end the literal that the word stands in.
        (
            Password,
            r"(?i)(?-u:\b)(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|MASTER_SYMMETRIC_KEY|PASSWORD)'(?P<v>[^\s',:;()\[\]]{4,})'"
                .to_owned(),
        ),
        // `password = "…"`, `"--db-password": "…"`, `args["api_key"] = '…'`.
        (
            Password,
            format!(r#"(?i){NAMED}\\?["']?\]?\s*(?:={{1,2}}|:|=>)\s*[a-z]{{0,2}}{QUOTED}"#),
        ),
        // `.option("password", "…")` of Spark; elsewhere such a pair may be two names of columns.
        (
            Password,
            format!(r#"(?i)(?-u:\b)options?\(\s*["'][\w.-]*{NAMED}["']\s*,\s*[a-z]{{0,2}}{QUOTED}"#),
        ),
        // `jdbc:…?user=etl&password=…`, `host=db password=…`, `--password=…`.
        (
            Password,
            format!(r#"(?i)(?:[?&;'"][\w.-]*|--[\w-]*|=[^\s,()]+\s+){NAMED}=(?P<v>[^\s&;'"\\,()][^\s&;'"\\,]*)"#),
        ),
        (
            Password,
            r#"(?i)(?-u:\b)[a-z][a-z0-9+.-]*://[^\s/:@'"]*:(?P<v>[^\s@'"/]+)@[\w\[{$<%]"#.to_owned(),
        ),
        // Without a literal around them they are told from code by their form.
        (
            Key,
            r"(?i)(?:aws_secret_access_key|aws_session_token|master_symmetric_key)\s*=\s*(?P<v>[A-Za-z0-9/+=]{16,})(?:[^\w.(\[]|$)"
                .to_owned(),
        ),
        (AccessKeyId, format!(r"(?-u:\b)(?P<v>{key_id})(?-u:\b)")),
        (
            Key,
            format!(r"(?-u:\b){key_id}(?:{apart}(?s:.{{0,120}}?))?{apart}(?P<v>{key40})(?:[^A-Za-z0-9/+=]|$)"),
        ),
        (
            Key,
            format!(r"(?:^|{apart})(?P<v>{key40}){apart}(?:(?s:.{{0,120}}?){apart})?{key_id}(?-u:\b)"),
        ),
        (
            Key,
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?P<v>(?s:.*?))(?:-----END|\z)".to_owned(),
        ),
        (
            Key,
            r"(?-u:\b)(?P<v>gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|AIza[\w-]{35}|[sr]k_live_[A-Za-z0-9]{16,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,})"
                .to_owned(),
        ),
        (Key, r"hooks\.slack\.com/services/(?P<v>[\w/]{20,})".to_owned()),
    ]
    .into_iter()
    .map(|(kind, regex)| Pattern {
        kind,
        regex: compiled(&regex),
        plain: false,
    })
    .collect::<Vec<_>>();
    patterns.push(Pattern {
        kind: Password,
        regex: compiled(&format!(
            r##"(?im)(?:^|[{{,])[ \t]*(?:-[ \t]+)?["']?[\w.-]*{NAMED}["']?:[ \t]+(?P<v>[^\s'"#{{}}\[\]!&*|>%@`,():][^\s,{{}}\[\]()]*)[ \t]*(?:[,}}#\r\n]|$)"##
        )),
        plain: true,
    });
    patterns
});

/// `CREDENTIALS '…'`: pairs of keys and values, of which some are secrets.
static CREDENTIALS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(&format!(
        r"(?i)(?-u:\b)CREDENTIALS(?-u:\b){BLANK}*(?:AS(?-u:\b){BLANK}*)?E?{QUOTED}"
    ))
});

/// The regexes are constants, and the tests use all of them.
fn compiled(regex: &str) -> Regex {
    match Regex::new(regex) {
        Ok(regex) => regex,
        Err(error) => unreachable!("{error}"),
    }
}

/// The secrets of a text, in their order. In code, a word without quotes is no value.
pub fn find(text: &str, code: bool) -> Vec<Secret> {
    if !HINT.is_match(text) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for found_in in CREDENTIALS.captures_iter(text) {
        if let Some(value) = value_of(&found_in) {
            credentials(text, value, &mut found);
        }
    }
    for pattern in PATTERNS.iter().filter(|pattern| !(code && pattern.plain)) {
        for found_in in pattern.regex.captures_iter(text) {
            let value = value_of(&found_in).filter(|value| is_secret(&text[value.clone()]));
            let type_name = |value: &Range<usize>| pattern.plain && is_type(&text[value.clone()]);
            if let Some(value) = value.filter(|value| !type_name(value)) {
                found.push(Secret {
                    span: Span::new(value.start, value.end),
                    kind: pattern.kind,
                    plain: pattern.plain,
                });
            }
        }
    }
    repeated(text, &mut found);
    apart(found)
}

fn value_of(found: &Captures<'_>) -> Option<Range<usize>> {
    ["v", "v1", "v2", "v3", "v4", "v5", "v6"]
        .iter()
        .find_map(|name| found.name(name))
        .map(|value| value.range())
}

/// `aws_access_key_id=…;aws_secret_access_key=…;token=…`.
fn credentials(text: &str, value: Range<usize>, found: &mut Vec<Secret>) {
    let mut at = value.start;
    let all = &text[value];
    let pairs = all.contains('=');
    for part in all.split_inclusive([';', '&']) {
        let pair = part.trim_end_matches([';', '&']);
        let (key, secret) = match pair.split_once('=') {
            Some((key, secret)) => (key.trim().to_lowercase(), secret),
            None if pairs => (String::new(), ""),
            None => ("token".to_owned(), pair),
        };
        let kind = match key.as_str() {
            "aws_access_key_id" => Some(SecretKind::AccessKeyId),
            "aws_secret_access_key" | "token" | "aws_session_token" | "master_symmetric_key" => {
                Some(SecretKind::Key)
            }
            _ => None,
        };
        let start = at + pair.len() - secret.trim_start().len();
        let span = Span::new(start, start + secret.trim().len());
        if let Some(kind) = kind.filter(|_| is_secret(secret.trim())) {
            found.push(Secret {
                span,
                kind,
                plain: false,
            });
        }
        at += part.len();
    }
}

/// Whether a value is one, and neither left open nor kept elsewhere. Without a letter or a
/// digit it is what stands between two literals: `": "`.
fn is_secret(value: &str) -> bool {
    if !value.contains(char::is_alphanumeric) {
        return false;
    }
    let reference = ["arn:", "{{resolve:", "ssm:", "secretsmanager:", "vault:"];
    let refers = |prefix: &&str| value.trim_start().starts_with(*prefix);
    !is_placeholder(value) && !reference.iter().any(refers)
}

/// What stands after a name where it is declared, and not set.
fn is_type(value: &str) -> bool {
    let words = [
        "true",
        "false",
        "null",
        "none",
        "~",
        "yes",
        "no",
        "string",
        "str",
        "int",
        "number",
        "bool",
        "boolean",
        "object",
        "securestring",
        "required",
        "optional",
    ];
    words.contains(&value.to_lowercase().as_str())
}

/// The same secrets where nothing around tells of them: in a comment, in a variable. What
/// could be an ordinary word is hidden only where it is all of a literal.
fn repeated(text: &str, found: &mut Vec<Secret>) {
    const SHORTEST: usize = 6;
    const SHORTEST_BARE: usize = 8;
    const MOST: usize = 500;
    let mut values: Vec<(&str, SecretKind)> = found
        .iter()
        .map(|secret| (&text[secret.span.start..secret.span.end], secret.kind))
        .filter(|(value, _)| value.len() >= SHORTEST && !value.contains('\n'))
        .collect();
    values.sort_unstable();
    values.dedup_by_key(|(value, _)| *value);
    // Each is looked for in the whole text.
    values.truncate(MOST);
    let again = values.into_iter().flat_map(|(value, kind)| {
        let has = |is: fn(&char) -> bool| value.chars().any(|c| is(&c));
        let word = value.len() < SHORTEST_BARE
            || !has(char::is_ascii_digit)
            || !has(char::is_ascii_alphabetic);
        let quoted = |start: usize, end: usize| {
            let quote = |c: char| matches!(c, '\'' | '"');
            let is_key = || text[end + 1..].trim_start().starts_with(':');
            text[..start].ends_with(quote) && text[end..].starts_with(quote) && !is_key()
        };
        let all = text.match_indices(value);
        let ends = all.map(|(at, value)| (at, at + value.len()));
        let again = ends.filter(move |(start, end)| !word || quoted(*start, *end));
        again.map(move |(start, end)| Secret {
            span: Span::new(start, end),
            kind,
            plain: false,
        })
    });
    let again: Vec<Secret> = again.collect();
    found.extend(again);
}

/// In their order; what overlaps is one, and of what is found twice the graver counts.
fn apart(mut found: Vec<Secret>) -> Vec<Secret> {
    found.sort_by_key(|secret| secret.span);
    let mut out: Vec<Secret> = Vec::with_capacity(found.len());
    for secret in found {
        match out.last_mut() {
            Some(last) if secret.span.start < last.span.end => {
                last.span = last.span.to(secret.span);
                last.kind = last.kind.max(secret.kind);
                last.plain |= secret.plain;
            }
            _ => out.push(secret),
        }
    }
    out
}

/// The text with its secrets masked, line ends kept; `None` where there are none.
pub fn mask(text: &str, secrets: &[Secret]) -> Option<String> {
    if secrets.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for secret in secrets {
        out.push_str(&text[at..secret.span.start]);
        let hidden = text[secret.span.start..secret.span.end].chars();
        out.extend(hidden.map(|c| match (c, c.len_utf8()) {
            ('\n' | '\r', _) => c,
            (_, 1) if secret.plain => 'x',
            (_, 1) => '*',
            (_, 2) => '\u{b7}',
            (_, 3) => '\u{2022}',
            _ => '\u{10101}',
        }));
        at = secret.span.end;
    }
    out.push_str(&text[at..]);
    Some(out)
}

/// A text that is in no [`SourceFile`](super::SourceFile), with its secrets masked.
pub fn masked(text: &str) -> Cow<'_, str> {
    match mask(text, &find(text, false)) {
        Some(masked) => Cow::Owned(masked),
        None => Cow::Borrowed(text),
    }
}

/// Whether a text is nothing but the mask of a secret.
pub fn is_masked(text: &str) -> bool {
    let mask = |c: char| matches!(c, '*' | '\u{b7}' | '\u{2022}' | '\u{10101}');
    !text.is_empty() && text.chars().all(mask)
}

/// Whether an argument of this name and value gives a secret away.
pub fn in_argument(name: &str, value: &str) -> bool {
    let pair = format!("\"{name}\": \"{}\"", value.replace(['\\', '"'], "_"));
    !find(&pair, true).is_empty()
}

/// Whether a password is given as its hash: `md5` with 32 digits, or `sha256|…`.
pub fn is_hash(text: &str) -> bool {
    const DIGITS: usize = 32;
    let digits = text.strip_prefix("md5").map(|rest| {
        let hexadecimal = |c: &char| c.is_ascii_hexdigit();
        rest.chars().take_while(hexadecimal).count()
    });
    digits == Some(DIGITS) || text.starts_with("sha256|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        super::masked(text).into_owned()
    }

    const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKE";

    #[test]
    fn every_way_to_write_a_secret_is_masked() {
        let ways = [
            "copy t from 's3://b' access_key_id 'AKIAJ7ABCDEFGHIJKLMN' secret_access_key '@' session_token '@';",
            "copy t from 's3://b' ACCESS_KEY_ID AS 'AKIAJ7ABCDEFGHIJKLMN'\nSECRET_ACCESS_KEY -- prod\n '@';",
            "copy t from 's3://b' credentials 'aws_access_key_id=AKIAJ7ABCDEFGHIJKLMN;aws_secret_access_key=@;token=@';",
            "copy t from 's3://b' with credentials as 'aws_iam_role=arn:aws:iam::1:role/r;master_symmetric_key=@';",
            "unload ('select 1') to 's3://b' master_symmetric_key '@' encrypted;",
            "create user u password '@';",
            "create user u password'@';",
            "copy t from 's3://b' secret_access_key'@';",
            "alter user u with PASSWORD /* new */ '@' createdb;",
            "spark.sql('copy t from x secret_access_key \\'@\\'')",
            "{\"sql\": \"copy t secret_access_key '@'\"}",
            "-- secret_access_key '@'",
            "insert into q values ('copy t from ''s3://b'' secret_access_key ''@'' csv');",
            "insert into q values ('credentials ''aws_access_key_id=a;aws_secret_access_key=@''');",
            "password = \"@\"",
            "conn = connect(user=\"etl\", password='@')",
            "options[\"api_key\"] = f'@'",
            "{\"--db-password\": \"@\"}",
            "{\"command\": \"{\\\"password\\\": \\\"@\\\"}\"}",
            "  --db-password: @\n  other: 1",
            "{DefaultArguments: {--password: @, --x: y}}",
            "  MasterUserPassword: '@'",
            "'the password': '@'",
            "{'aws_secret_access_key': '@'}",
            "jdbc:redshift://h:5439/dev?user=etl&password=@",
            "url: jdbc:redshift://h:5439/dev;UID=etl;PWD=@;",
            "\"host=h user=etl password=@ port=1\"",
            "run.sh --password=@ --x",
            "postgresql://etl:@@host:5432/dev",
        ];
        for way in ways {
            // Characters that every one of these places takes.
            for secret in ["hunter2", "c2VjcmV0LXdvcmQ", "Zürich77"] {
                let (text, len) = (way.replace("@@", "\u{1}@"), secret.chars().count());
                let filled = text.replace('@', secret).replace('\u{1}', "");
                let filled = match way.contains("@@") {
                    true => format!("postgresql://etl:{secret}@host:5432/dev"),
                    false => filled,
                };
                let hidden = masked(&filled);
                assert!(!hidden.contains(secret), "{filled}\n{hidden}");
                assert!(!hidden.contains("AKIAJ7"), "{filled}\n{hidden}");
                assert_eq!(hidden.len(), filled.len(), "{hidden}");
                assert_eq!(
                    hidden.chars().count(),
                    filled.chars().count(),
                    "{hidden} {len}"
                );
            }
        }
    }

    #[test]
    fn a_secret_is_known_by_its_form() {
        let slack = ["xoxb", "-123456789012-abcdefABCDEF"].concat();
        let texts = [
            format!("# AKIAJ7ABCDEFGHIJKLMN {KEY}"),
            format!("id = AKIAJ7ABCDEFGHIJKLMN\nkey = {KEY}"),
            format!("{KEY}:AKIAJ7ABCDEFGHIJKLMN"),
            "ghp_abcdefghijklmnopqrstuvwxyz0123456789".to_owned(),
            slack,
            "glpat-abcdefghijklmnopqrst".to_owned(),
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\nxyz==\n-----END RSA PRIVATE KEY-----"
                .to_owned(),
            "key: |\n  -----BEGIN PRIVATE KEY-----\n  MIIEabc\n".to_owned(),
        ];
        for text in texts {
            let hidden = masked(&text);
            for part in ["AKIAJ7", KEY, "abcdef", "MIIE", "xyz"] {
                assert!(!hidden.contains(part), "{text}\n{hidden}");
            }
            assert_eq!(hidden.lines().count(), text.lines().count());
        }
        let text = format!("key = '{KEY}'\ncopy t secret_access_key '{KEY}' -- {KEY}");
        assert!(!masked(&text).contains(KEY));
    }

    #[test]
    fn what_is_no_secret_stays() {
        let texts = [
            "copy t from 's3://b' iam_role 'arn:aws:iam::123456789012:role/load' csv;",
            "copy t from 's3://b' credentials 'aws_iam_role=arn:aws:iam::123456789012:role/load';",
            "copy t access_key_id '<access-key-id>' secret_access_key '<secret>' session_token ':t';",
            "copy t secret_access_key '${SECRET}' master_symmetric_key '{{ key }}';",
            "copy t credentials 'aws_access_key_id=%s;aws_secret_access_key=%(secret)s;token=';",
            "sql = \"copy t secret_access_key '\" + secret + \"'\"",
            "create external schema s from postgres database 'd' uri 'h' secret_arn 'arn:aws:secretsmanager:x';",
            "create table users (id int, password varchar(64) not null, api_key char(40) encode zstd);",
            "create user u password disable;",
            "alter user u password '****';",
            "select password, token from users where password = u.password and password is not null;",
            "parser.add_argument('--password', required=True)",
            "connect(user=user, password=password, token=get_token())",
            "args = getResolvedOptions(sys.argv, ['JOB_NAME', 'password'])",
            "password = os.environ[\"DB_PASSWORD\"]",
            "{\"--db-password\": \"{{resolve:secretsmanager:etl}}\", \"--secret\": \"arn:aws:x\"}",
            "  DbPassword:\n    Type: String\n    NoEcho: true",
            "  MasterUserPassword: !Ref DbPassword",
            "  password: ${DB_PASSWORD}",
            "password: str",
            "https://host:8080/path@2x.png",
            "postgresql://etl:${PASSWORD}@host/dev",
            "the tokens: 'a', 'b'",
            "next_token = 'abcdefghijklmnop'",
            "select 'da39a3ee5e6b4b0d3255bfef95601890afd80709'",
            "master_symmetric_key",
            "['the secret_access_key', 'the password', 'b']",
            "'the password': value, 'other': 'x'",
            "-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----",
        ];
        for text in texts {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn code_has_no_plain_values() {
        assert!(find("d = {'a': 1,\n 'password': password\n}", true).is_empty());
        assert!(find("{'password': password, \"secret_access_key\": key}", true).is_empty());
        let masked = mask(
            "{'password': 'password'}",
            &find("{'password': 'password'}", true),
        );
        assert_eq!(masked.as_deref(), Some("{'password': '********'}"));
        assert!(!find("password: hunter2\n", false).is_empty());
    }
}
