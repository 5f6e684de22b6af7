//! What Redshift refuses is told at its place with the reason and Redshift's way; what is like it
//! and right is not.

mod definitions;
mod habits;
mod statements;

use distkey::environment::Environment;
use distkey::lint::{Input, lint};
use distkey::rules::{Finding, Severity};
use distkey::text::SourceFile;

/// Tables that the statements are about.
const TABLES: &str = "create table shop (shop_id int primary key, town varchar(20));
create table sale (sale_id bigint, shop_id int, day date, note varchar(20)) distkey (shop_id) sortkey (day);
create table sale_new (sale_id bigint, shop_id int, day date, note varchar(20)) distkey (shop_id) sortkey (day);
create table sale_wide (sale_id bigint, shop_id int, day date, note varchar(40)) distkey (shop_id) sortkey (day);
create table sale_even (sale_id bigint, shop_id int, day date, note varchar(20)) diststyle even sortkey (day);
create table sale_less (sale_id bigint, shop_id int, day date) distkey (shop_id) sortkey (day);
create external table lake.events (id int) stored as parquet location 's3://bucket/events/';
";

/// The refused text with `^` before the place, its code, and a neighbour that Redshift takes.
type Case = (&'static str, &'static str, &'static str);

fn errors(text: &str) -> (SourceFile, Vec<Finding>, Vec<String>) {
    let source = SourceFile::new("t.sql", text);
    let env = Environment::default();
    let linted = lint(&[Input::Text(source.clone())], env.view());
    let file = linted.files.into_iter().next().expect("one file");
    let said = file.errors.iter().map(|error| error.message.clone());
    let said = said
        .chain(file.notes.iter().map(|(_, note)| note.clone()))
        .collect();
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    (
        source,
        file.findings.into_iter().filter(is_error).collect(),
        said,
    )
}

fn check(cases: &[Case]) {
    let mut wrong = Vec::new();
    for (refused, code, taken) in cases {
        let at = TABLES.len() + refused.find('^').expect("a place");
        let text = format!("{TABLES}{};\n", refused.replacen('^', "", 1));
        let (source, findings, said) = errors(&text);
        let found = findings.iter().find(|finding| finding.code == *code);
        let place = found.and_then(|finding| finding.location.as_ref());
        let is_there = place.is_some_and(|place| place.span.start == at);
        let remedy = found.is_some_and(|finding| finding.remedy.text.len() > 5);
        if !is_there || !remedy {
            let all: Vec<_> = findings
                .iter()
                .map(|f| {
                    (
                        f.code,
                        &f.message,
                        f.location.as_ref().map(|l| &source.text[l.span.start..]),
                    )
                })
                .collect();
            wrong.push(format!("{refused}: {all:?} {said:?}"));
        }
        let (_, findings, said) = errors(&format!("{TABLES}{taken};\n"));
        if !findings.is_empty() || !said.is_empty() {
            let all: Vec<_> = findings.iter().map(|f| (f.code, &f.message)).collect();
            wrong.push(format!("taken: {taken}: {all:?} {said:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}
