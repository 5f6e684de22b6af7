//! Secrets: no output shows one, in any format, and that one is there stays reported.

use std::path::Path;
use std::process::Command;

use distkey::cluster::Cluster;
use distkey::config::Config;
use distkey::environment::Environment;
use distkey::lint::{self, Input};
use distkey::pipeline::Pipeline;
use distkey::plan;
use distkey::report::{self, html};
use distkey::rules::pipeline::{Context, check};
use distkey::text::SourceFile;
use proptest::prelude::*;

/// Statements with `§` where a secret stands, and whether DK228 reports it.
const STATEMENTS: [(&str, bool); 12] = [
    (
        "copy t from 's3://b/p/' access_key_id 'AKIAJ7ABCDEFGHIJKLMN' secret_access_key '§' maxerror 10;",
        true,
    ),
    (
        "copy t from 's3://b/p/' ACCESS_KEY_ID AS 'ASIAJ7ABCDEFGHIJKLMN'\n  SECRET_ACCESS_KEY /* old */ AS '§'\n  SESSION_TOKEN '§' csv;",
        true,
    ),
    (
        "copy t from 's3://b/p/' iam_role default\nsession_token '§';",
        true,
    ),
    (
        "copy t from 's3://b/p/' credentials 'aws_access_key_id=AKIAJ7ABCDEFGHIJKLMN;aws_secret_access_key=§';",
        true,
    ),
    (
        "copy t from 's3://b/p/' with credentials as\n'aws_access_key_id=AKIAJ7ABCDEFGHIJKLMN;aws_secret_access_key=§;token=§' gzip;",
        true,
    ),
    (
        "unload ('select 1') to 's3://b/p/' iam_role default master_symmetric_key '§' encrypted;",
        true,
    ),
    (
        "unload ('select 1') to 's3://b/p/' credentials 'aws_access_key_id=a;aws_secret_access_key=b;master_symmetric_key=§';",
        true,
    ),
    ("create user etl password '§' createdb;", false),
    ("alter user etl with PASSWORD\n'§';", false),
    ("create user etl password 'sha256|§|00112233';", false),
    // Statements that can't be read: what is wrong with them quotes them.
    (
        "copy t from 's3://b/p/' secret_access_key '§' '§' wrong;",
        false,
    ),
    ("create table t (id int, password '§');", false),
];

/// What may stand before the statement, on its line or above.
const BEFORE: [&str; 4] = [
    "",
    "create table t (id int encode raw, d float8 distkey) interleaved sortkey(id);\n",
    "/* secret_access_key '§' */ ",
    "-- password '§'\n",
];

/// A secret as people have them: no quotes, since they end it, and nothing that is a placeholder.
fn secret() -> impl Strategy<Value = String> {
    "[A-Za-z0-9][A-Za-z0-9/+!#^~.-]{5,38}[A-Za-z0-9]"
        .prop_filter("no word of the reports", |secret| {
            secret.chars().any(|c| c.is_ascii_digit())
        })
        .prop_map(|secret| format!("q7{secret}"))
}

/// All formats of a lint, and the diff of its fixes.
fn all_of_lint(text: &str) -> String {
    let env = Environment::default();
    let inputs = [Input::Text(SourceFile::new("t.sql", text))];
    let linted = lint::lint(&inputs, env.view());
    let items = report::items::of_files(&linted.files);
    let json = |value: &dyn erased::Json| value.text();
    let mut all = vec![
        report::lint::render(&linted.files[0], false),
        report::lint::render(&linted.files[0], true),
        json(&report::lint::document(&linted.files, &[])),
        report::sarif::render(&items, &[]).to_string(),
        report::gitlab::render(&items, &[]).to_string(),
        report::github::render(&items, &[]),
        report::junit::render(&items, &["t.sql"], &[]).expect("XML"),
        html::render(html::View::Lint(&linted.files, &[])).expect("HTML"),
        format!("{linted:?}"),
    ];
    let fixed = lint::fix(&inputs, true, env.view()).fixed;
    all.extend(fixed.iter().map(lint::FixedFile::diff));
    all.join("\n")
}

/// JSON of whatever can be one.
mod erased {
    pub trait Json {
        fn text(&self) -> String;
    }

    impl<T: serde::Serialize> Json for T {
        fn text(&self) -> String {
            serde_json::to_string(self).expect("JSON")
        }
    }
}

fn all_of_review(files: &[(&str, String)]) -> (String, Vec<String>) {
    let config = Config::default();
    let cluster = Cluster::named_or_default(None).expect("a cluster");
    let mut pipeline = Pipeline::default();
    let sources = files
        .iter()
        .map(|(name, text)| SourceFile::new(*name, text.as_str()));
    pipeline.add(sources.collect());
    let findings = check(&Context {
        pipeline: &pipeline,
        cluster: &cluster,
        config: &config,
    });
    let all = [
        report::pipeline::review(&pipeline, &findings),
        serde_json::to_string(&findings).expect("JSON"),
        serde_json::to_string(&pipeline.unrecognized).expect("JSON"),
        html::render(html::View::Pipeline(&pipeline, &findings)).expect("HTML"),
    ];
    let codes = findings.iter().map(|finding| finding.code.to_owned());
    (all.join("\n"), codes.collect())
}

fn template(argument: &str) -> String {
    format!(
        "Resources:\n  Load:\n    Type: AWS::Glue::Job\n    Properties:\n      Command: {{Name: glueetl, ScriptLocation: s3://c/job.py}}\n      DefaultArguments:\n        {argument}\n"
    )
}

/// Arguments of a job with `§` where a secret stands.
const ARGUMENTS: [&str; 7] = [
    "\"--password\": \"§\"",
    "--db-password: §",
    "--url: \"jdbc:redshift://h:5439/dev?user=etl&password=§\"",
    "\"--conf\": 'postgresql://etl:§@h/dev'",
    "--api-key: '§'",
    "--client_secret: \"§\"",
    "--password: >-\n          §",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_format_of_lint_shows_a_secret(secret in secret(), before in 0..BEFORE.len()) {
        for (statement, reported) in STATEMENTS {
            let text = format!("{}{statement}", BEFORE[before]).replace('§', &secret);
            let all = all_of_lint(&text);
            prop_assert!(!all.contains(&secret), "{text}\n{all}");
            prop_assert!(!all.contains("J7ABCDEFGH"), "{text}\n{all}");
            prop_assert_eq!(all.contains("DK228 copy-credentials"), reported, "{}", text);
        }
    }

    #[test]
    fn no_review_shows_a_secret(secret in secret()) {
        let secret = secret.replace(['#', '!'], "k").replace('/', "k");
        for argument in ARGUMENTS {
            let files = [
                ("t.yaml", template(&argument.replace('§', &secret))),
                ("job.py", format!("password = '{secret}'\nx.option('password', y).load(password=\"{secret}\")\n")),
                ("bad.py", format!("password = '{secret}' '\n")),
                ("load.sql", format!("copy t from 's3://b/' secret_access_key '{secret}' '{secret}' x;")),
            ];
            let (all, codes) = all_of_review(&files);
            prop_assert!(!all.contains(&secret), "{argument}\n{all}");
            prop_assert!(codes.contains(&"DK428".to_owned()), "{argument} {secret}: {codes:?}");
        }
    }

    #[test]
    fn no_explanation_shows_a_key(tail in "[A-Z0-9]{16}", key in "[A-Za-z0-9/+]{39}7") {
        let text = format!(
            "XN Seq Scan on t  (cost=0.00..1.00 rows=100 width=4)\n  Filter: ((a = 'AKIA{tail}'::text) AND (b = '{key}'::text))\nAKIA{tail}:{key}\n"
        );
        let source = SourceFile::new("plan.txt", text);
        let reading = plan::read(&source.text);
        let shown = format!("{reading:?}");
        prop_assert!(!shown.contains(&tail) && !shown.contains(&key), "{shown}");
        prop_assert_eq!(reading.plans.len(), 1);
    }
}

fn distkey(args: &[&str], folder: &Path) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(args)
        .env("NO_COLOR", "1")
        .env_remove("GITHUB_ACTIONS")
        .current_dir(folder)
        .output()
        .expect("distkey runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKE";

/// A finding's quoted line, its marks and its columns are as they would be with any value.
#[test]
fn the_quoted_line_is_masked_and_its_marks_stay_under_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "copy t from 's3://b/p/' access_key_id 'AKIAJ7ABCDEFGHIJKLMN' secret_access_key '{SECRET}' csv;\n"
    );
    std::fs::write(folder.path().join("t.sql"), text).expect("written");
    let (out, _) = distkey(&["lint", "t.sql", "--select", "DK228"], folder.path());
    insta::assert_snapshot!(out, @r"
    error[DK228 copy-credentials]: `t` is loaded or unloaded with a secret in clear text (SECRET_ACCESS_KEY)
     --> t.sql:1:62
      |
    1 | copy t from 's3://b/p/' access_key_id '********************' secret_access_key '****************************************' csv;
      |                                                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        → Use IAM_ROLE default, or the ARN of a role; then make this key invalid.

    1 statement in 1 file: 1 finding, 0 syntax errors
      1 checked
      error    DK228 copy-credentials                 1
    ");
}

#[test]
fn the_binary_shows_no_secret_and_keeps_it_in_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.sql");
    let text = format!(
        "create table t (id int encode lzo, d date);\ncopy t from 's3://b/p/' access_key_id 'AKIAJ7ABCDEFGHIJKLMN' secret_access_key '{SECRET}'\nmaxerror 100000 compupdate on csv;\ncreate user u password 'topSecret9-{SECRET}';\n"
    );
    std::fs::write(&path, &text).expect("written");
    for format in ["text", "json", "html", "sarif", "github", "gitlab", "junit"] {
        for more in [&[][..], &["--anonymize"]] {
            let args = [&["lint", "t.sql", "--format", format][..], more].concat();
            let (out, err) = distkey(&args, folder.path());
            assert!(
                !out.contains(SECRET) && !err.contains(SECRET),
                "{format}: {out}"
            );
            assert!(
                !out.contains("AKIAJ7") && !out.contains("topSecret9"),
                "{format}: {out}"
            );
            assert!(out.contains("DK228"), "{format}: {out}");
        }
    }
    let (out, _) = distkey(
        &["lint", "t.sql", "--diff", "--unsafe-fixes"],
        folder.path(),
    );
    assert!(out.starts_with("--- a/t.sql"), "{out}");
    assert!(!out.contains(SECRET) && !out.contains("AKIAJ7"), "{out}");
    let (_, err) = distkey(&["lint", "t.sql", "--fix", "--unsafe-fixes"], folder.path());
    assert!(err.contains("fixed"), "{err}");
    let fixed = std::fs::read_to_string(&path).expect("read");
    assert_ne!(fixed, text);
    assert!(
        fixed.contains(&format!("secret_access_key '{SECRET}'")),
        "{fixed}"
    );
    assert!(
        fixed.contains(&format!("password 'topSecret9-{SECRET}'")),
        "{fixed}"
    );
}

/// A fix is made of the masked text, so it may not write over a secret; others still apply.
#[test]
fn a_fix_never_writes_a_mask_into_the_file() {
    let statements = [
        "alter table t add column a varchar(99) default '§', add column b int;",
        "alter table t add column b int, add column a varchar(99) default '§';",
        "create table u (a varchar(99) default '§' encode raw, b bigint encode raw) diststyle even;",
        "copy t from 's3://b/p/' secret_access_key '§' maxerror 9 compupdate on;",
    ];
    let env = Environment::default();
    let mut fixed = 0;
    for statement in statements {
        let key = format!("AKIAJ7ABCDEFGHIJKLMN:{SECRET}");
        let text = format!("{}\n", statement.replace('§', &key));
        let inputs = [Input::Text(SourceFile::new("t.sql", text))];
        for file in lint::fix(&inputs, true, env.view()).fixed {
            fixed += 1;
            assert_eq!(file.after.matches(&key).count(), 1, "{}", file.after);
            assert!(!file.after.contains("***"), "{}", file.after);
        }
    }
    assert!(fixed > 0);
}

#[test]
fn explain_and_review_show_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let plan = format!(
        "XN Seq Scan on t  (cost=0.00..1.00 rows=9000000 width=4)\n  Filter: ((a = 'AKIAJ7ABCDEFGHIJKLMN'::text) AND (b = '{SECRET}'::text))\nnotes: password='{SECRET}'\n"
    );
    std::fs::write(at("plan.txt"), plan).expect("written");
    let query =
        format!("select 'AKIAJ7ABCDEFGHIJKLMN:{SECRET}' from t where password = '{SECRET}';\n");
    std::fs::write(at("query.sql"), &query).expect("written");
    std::fs::write(
        at("ddl.sql"),
        "create table t (id int, password varchar(64));\n",
    )
    .expect("written");
    std::fs::write(at("job.yaml"), template(&format!("--password: {SECRET}"))).expect("written");
    std::fs::write(
        at("job.py"),
        format!(
            "import boto3\nkey = '{SECRET}'\nboto3.client('s3', aws_secret_access_key='{SECRET}')\n"
        ),
    )
    .expect("written");
    let mut runs = Vec::new();
    for format in [
        "text", "json", "html", "dot", "sarif", "github", "gitlab", "junit",
    ] {
        runs.push(vec!["explain", "plan.txt", "--format", format]);
        runs.push(vec![
            "explain",
            "--ddl",
            "ddl.sql",
            "--query",
            "query.sql",
            "--format",
            format,
        ]);
    }
    for format in ["text", "json", "html"] {
        runs.push(vec![
            "pipeline",
            "review",
            "job.yaml",
            "job.py",
            "query.sql",
            "--format",
            format,
        ]);
    }
    runs.push(vec!["explain", "plan.txt", "--why", "0"]);
    runs.push(vec!["explain", "plan.txt", "--anonymize"]);
    runs.push(vec![
        "pipeline",
        "lineage",
        "job.yaml",
        "job.py",
        "query.sql",
    ]);
    for args in runs {
        let (out, err) = distkey(&args, folder.path());
        let all = out + &err;
        assert!(!all.contains(SECRET), "{args:?}: {all}");
        assert!(!all.contains("J7ABCDEF"), "{args:?}: {all}");
        assert!(!all.is_empty(), "{args:?}");
    }
}

/// A value left open is neither reported nor masked, in any way of writing it.
#[test]
fn placeholders_are_shown_as_they_are() {
    let open = [
        ":k", "%s", "%(key)s", "$1", "${KEY}", "<secret>", "...", "…", "XXXXXXXX", "****", "",
    ];
    for value in open {
        for statement in [
            "copy t from 's3://b/p/' access_key_id 'AKIAJ7ABCDEFGHIJKLMN' secret_access_key '§' maxerror 100000;",
            "copy t from 's3://b/p/' credentials 'aws_access_key_id=§;aws_secret_access_key=§' maxerror 100000;",
            "unload ('select 1') to 's3://b/' iam_role default master_symmetric_key '§';",
        ] {
            let text = statement.replace('§', value);
            let source = SourceFile::new("t.sql", text.as_str());
            assert!(
                source.text.contains(&format!("{value}'")),
                "{}",
                source.text
            );
            assert!(!all_of_lint(&text).contains("DK228 copy"), "{text}");
        }
    }
    for argument in ARGUMENTS.iter() {
        for value in [
            "${Password}",
            "{{resolve:secretsmanager:etl}}",
            "<password>",
            "XXXX",
        ] {
            let text = template(&argument.replace('§', value));
            let (_, codes) = all_of_review(&[("t.yaml", text)]);
            assert!(!codes.contains(&"DK428".to_owned()), "{argument} {value}");
        }
    }
}

/// Every statement with a secret keeps its finding when its names are replaced.
#[test]
fn anonymized_secrets_stay_findings() {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, (statement, reported)) in STATEMENTS.iter().enumerate() {
        let name = format!("{number}.sql");
        std::fs::write(folder.path().join(&name), statement.replace('§', SECRET)).expect("written");
        let (out, err) = distkey(&["lint", &name, "--anonymize"], folder.path());
        assert_eq!(out.contains("DK228"), *reported, "{statement}: {out} {err}");
        assert!(
            !out.contains("EXAMPLEKE") && !out.contains("J7ABC"),
            "{out}"
        );
    }
}
