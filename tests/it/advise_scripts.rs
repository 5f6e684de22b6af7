//! What `advise` prints is run: the script on the tables that were given makes those that it
//! recommends, and the way back makes those that were.

use distkey::advise::{Advice, rollback_script, script};
use distkey::environment::Environment;
use distkey::lint::{Input, lint};
use distkey::name::TableName;
use distkey::rules::Severity;
use distkey::schema::{DistStyle, Schema, SchemaBuilder, SortKey, Table};
use distkey::sql;
use distkey::text::SourceFile;

use crate::random_workloads::{Case, Draw, applied, case};
use crate::support::advise;

/// The schema after a script; nothing in it is wrong or not understood.
fn after(schema: &Schema, name: &str, text: &str) -> Schema {
    let script = sql::parse(&SourceFile::new(name, text));
    assert_eq!(script.errors, [], "{text}");
    assert_eq!(script.notes, [], "{text}");
    let mut builder = SchemaBuilder::on(schema.clone());
    builder.apply(&script);
    builder.finish()
}

/// What lint calls an error in files that are run one after another.
fn errors(files: &[(&str, &str)]) -> Vec<String> {
    let inputs: Vec<Input> = files
        .iter()
        .map(|(name, text)| Input::Text(SourceFile::new(*name, *text)))
        .collect();
    let env = Environment::default();
    let linted = lint(&inputs, env.view());
    let mut found = Vec::new();
    for file in &linted.files {
        found.extend(file.errors.iter().map(|error| error.message.clone()));
        found.extend(
            file.tally
                .not_understood
                .iter()
                .map(|(_, said)| said.clone()),
        );
        let findings = file.findings.iter();
        let findings = findings.filter(|finding| finding.severity == Severity::Error);
        found.extend(findings.map(|finding| format!("{} {}", finding.code, finding.message)));
    }
    found
}

/// What an ALTER can change, and a copy can lose.
fn design(table: &Table) -> impl PartialEq + std::fmt::Debug + use<> {
    let columns: Vec<_> = table
        .columns
        .iter()
        .map(|c| {
            (
                c.name.clone(),
                c.data_type.clone(),
                c.encoding,
                c.not_null,
                c.default.clone(),
            )
        })
        .collect();
    let style = match &table.dist_style {
        DistStyle::Auto(_) => "AUTO".to_owned(),
        other => format!("{other:?}"),
    };
    let sorted = match &table.sort_key {
        SortKey::Auto(_) => "AUTO".to_owned(),
        // An empty key is none.
        SortKey::Compound(columns) if columns.is_empty() => format!("{:?}", SortKey::None),
        other => format!("{other:?}"),
    };
    (
        columns,
        style,
        sorted,
        table.encode_auto,
        table.primary_key.clone(),
        table.unique.clone(),
        table
            .foreign_keys
            .iter()
            .map(|key| (key.columns.clone(), referred(&key.table)))
            .collect::<Vec<_>>(),
    )
}

/// The table that a foreign key refers to, before it was renamed: the way back names those keys.
fn referred(table: &TableName) -> String {
    table.to_string().replace("_compound", "")
}

/// Runs both scripts; how many tables changed.
fn there_and_back(case: &Case, schema: &Schema, advice: &Advice) -> usize {
    let (forth, back) = (script(&advice.steps), rollback_script(&advice.steps));
    assert_eq!(
        errors(&[("1.sql", &case.ddl), ("2.sql", &forth), ("3.sql", &back)]),
        [""; 0],
        "{}\n{forth}\n{back}",
        case.ddl
    );
    let changed = after(schema, "2.sql", &forth);
    let wanted = applied(schema, advice);
    let again = after(&changed, "3.sql", &back);
    let tables = advice.tables.iter().filter(|table| table.changes());
    for one in tables.clone() {
        let (is, should) = (&changed.tables[&one.table], &wanted.tables[&one.table]);
        assert_eq!(is.dist_style, should.dist_style, "{}\n{forth}", case.ddl);
        assert_eq!(
            is.sort_columns(),
            should.sort_columns(),
            "{}\n{forth}",
            case.ddl
        );
        for (column, encoding) in &one.recommended.encodings {
            let is = is.column(column).expect("the column").encoding;
            assert_eq!(is, Some(*encoding), "{forth}");
        }
        for key in &again.tables[&one.table].foreign_keys {
            let said = format!("foreign keys of {} refer to {}", one.table, key.table);
            let moved = key.table.name.as_str().ends_with("_compound");
            assert!(!moved || back.contains(&said), "{said}\n{back}");
        }
        assert_eq!(
            design(&again.tables[&one.table]),
            design(&schema.tables[&one.table]),
            "{}\n{forth}\n{back}",
            case.ddl
        );
    }
    tables.count()
}

/// A drawn workload on tables with encodings, defaults and constraints, some of them interleaved.
fn furnished(seed: u64) -> Case {
    let mut case = case(seed);
    let mut draw = Draw(seed);
    let mut ddl = String::new();
    let mut before: Option<String> = None;
    for line in case.ddl.lines() {
        let mut line = line.to_owned();
        let name = line.split(' ').nth(2).expect("a name").to_owned();
        if draw.below(2) == 0 {
            line = line.replace("v decimal(12,2)", "v decimal(12,2) default 0.5 encode raw");
            line = line.replace("ka bigint", "ka bigint encode lzo not null");
            line = line.replace("at date", "at date encode zstd");
        }
        if draw.below(3) == 0 {
            line = match line.contains("sortkey") {
                true => line.replace("sortkey (", "interleaved sortkey (kc, "),
                false => line.replace(";", " interleaved sortkey (note, kb);"),
            };
            line = line.replace("(kc, kc)", "(kc, kb)");
        }
        if draw.below(2) == 0 {
            let parent = before
                .iter()
                .map(|table| format!(", foreign key (kb) references {table}"));
            let more: String = parent.collect();
            line = line.replace(
                "note varchar(30))",
                &format!("note varchar(30), primary key (ka), unique (kc){more})"),
            );
        }
        ddl.push_str(&line);
        ddl.push('\n');
        before = Some(name);
    }
    case.ddl = ddl;
    case
}

#[test]
fn both_scripts_are_accepted_and_do_what_they_say_on_drawn_tables() {
    let (mut changed, mut interleaved, mut encoded) = (0, 0, 0);
    for seed in 0..60 {
        let case = furnished(seed);
        let schema = case.schema();
        let advice = case.advice(&schema);
        changed += there_and_back(&case, &schema, &advice);
        let text = rollback_script(&advice.steps);
        interleaved += usize::from(text.contains("INTERLEAVED SORTKEY"));
        encoded += usize::from(text.contains("ALTER COLUMN at ENCODE ZSTD"));
    }
    // Each way back is met.
    assert!(
        changed > 60 && interleaved > 5 && encoded > 2,
        "{changed} {interleaved} {encoded}"
    );
}

/// The way back for a fact that is joined by `shop_id` and asked for by day.
fn way_back(fact: &str, state: &str, more: &str) -> String {
    let ddl = format!(
        "create table visits (id bigint{fact};\ncreate table shops (shop_id bigint, name varchar(60)) diststyle even;\n{more}"
    );
    let tables = format!(
        r#"[{{"table": "visits", "tbl_rows": 400000000{state}}}, {{"table": "shops", "tbl_rows": 30000000}}]"#
    );
    let columns = r#"{"columns": {
        "visits.shop_id": {"distinct": 30000000}, "shops.shop_id": {"distinct": 30000000},
        "visits.seen": {"distinct": 3000, "min": "2018-01-01", "max": "2026-03-20"}}}"#;
    let query = "select s.name, count(*) from visits v join shops s on v.shop_id = s.shop_id
        where v.seen >= '2026-03-01' group by 1;";
    let beside = [("tables.json", tables.as_str())];
    let more = ["--stats", "tables.json", "--rollback-script"];
    let ran = advise([&ddl, columns, query], &beside, &more);
    assert_ne!(ran.code, 2, "{}", ran.err);
    ran.out
}

#[test]
fn what_auto_had_chosen_comes_before_auto() {
    let table = ", shop_id bigint, seen date)";
    let known = way_back(
        table,
        r#", "diststyle": "AUTO(EVEN)", "sortkey1": "AUTO(SORTKEY(id))""#,
        "",
    );
    for statements in [
        "ALTER TABLE visits ALTER COMPOUND SORTKEY (id);\nALTER TABLE visits ALTER SORTKEY AUTO;",
        "ALTER TABLE visits ALTER DISTSTYLE EVEN;\nALTER TABLE visits ALTER DISTSTYLE AUTO;",
    ] {
        assert!(known.contains(statements), "{statements}\n{known}");
    }
    assert!(!known.contains("not known"), "{known}");
    let unknown = way_back(table, "", "");
    assert!(
        !unknown.contains("visits ALTER DISTSTYLE EVEN"),
        "{unknown}"
    );
    assert_eq!(unknown.matches("had is not known").count(), 2, "{unknown}");
}

#[test]
fn an_interleaved_table_that_no_copy_can_replace_has_a_snapshot_as_its_way_back() {
    let keys = "shop_id bigint, seen date) diststyle even interleaved sortkey (id, seen)";
    let identity = way_back(&format!(" identity(1,1), {keys}"), "", "");
    assert!(!identity.contains("CREATE TABLE"), "{identity}");
    assert!(
        identity.contains("IDENTITY column id: take a snapshot before"),
        "{identity}"
    );
    let copied = way_back(&format!(" default 7, {keys}"), "", "");
    assert!(copied.contains("(id BIGINT DEFAULT 7, "), "{copied}");
    assert!(!copied.contains("snapshot"), "{copied}");
}

#[test]
fn what_stays_with_the_renamed_table_is_named() {
    let fact = ", shop_id bigint, seen date, primary key (id)) diststyle even interleaved sortkey (id, seen)";
    let more = "create view recent as select * from visits where seen > '2026-01-01';
        create materialized view daily as select seen, count(*) from visits group by 1;
        create view elsewhere as select * from shops;
        create table notes (visit bigint references visits (id), visits_compound int);
        create table visits_compound (a int);";
    let text = way_back(fact, "", more);
    // A name that is taken is not given again.
    let kept = "visits_compound1";
    for said in [
        format!("recent read {kept} from then on"),
        format!("daily have to be dropped and created again, or they go on refreshing from {kept}"),
        format!("foreign keys of notes refer to {kept}"),
        format!("SHOW GRANTS ON TABLE {kept}"),
        format!("ALTER TABLE visits RENAME TO {kept};"),
    ] {
        assert!(text.contains(&said), "{said}\n{text}");
    }
    assert!(!text.contains("elsewhere"), "{text}");
}

/// A name starts no statement of its own, wherever a line of the script ends.
#[test]
fn a_line_break_in_a_name_stays_in_the_comment() {
    let fact = ", shop_id bigint, seen date, \"a\nDROP TABLE x; --\" int encode zstd) diststyle even sortkey (\"a\nDROP TABLE x; --\")";
    let text = way_back(fact, "", "");
    let script = sql::parse(&SourceFile::new("w.sql", text.as_str()));
    let kinds: Vec<&str> = script
        .statements
        .iter()
        .map(|statement| statement.kind.as_str())
        .collect();
    assert!(
        kinds.len() > 1 && kinds.iter().all(|kind| *kind == "ALTER TABLE"),
        "{kinds:?}\n{text}"
    );
}
