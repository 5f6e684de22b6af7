//! Migrations that their tool runs in a transaction: what no transaction takes is refused there,
//! unless the tool's own setting says otherwise.

use super::support::{distkey, folder};

const TABLE: &str = "create table orders (id bigint, name varchar(20));\n";

/// The lines of DK272 in a folder of these files.
fn refused(files: &[(&str, &str)]) -> Vec<String> {
    let there = folder(files);
    let args = [
        "lint", ".", "--select", "DK272", "--format", "concise", "-q",
    ];
    let ran = distkey(there.path(), &args);
    let lines = ran.out.lines().filter(|line| line.contains("DK272"));
    lines.map(str::to_owned).collect()
}

#[test]
fn liquibase_runs_each_changeset_in_a_transaction() {
    let changelog = |says: &str| {
        format!(
            "--liquibase formatted sql\n\n--changeset ann:1\n{TABLE}\n--changeset ann:2{says}\n\
             vacuum orders;\n\n--changeset ann:3\nalter table orders add column a int;\n"
        )
    };
    let found = refused(&[("changelog.sql", &changelog(""))]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("changelog.sql:7:"), "{found:#?}");
    assert!(
        found[0].contains("Liquibase runs this in one"),
        "{found:#?}"
    );
    let without = changelog(" runInTransaction:false");
    assert_eq!(refused(&[("changelog.sql", &without)]), [""; 0]);
    // Of another changeset it says nothing.
    let other = changelog("").replace("ann:1\n", "ann:1 runInTransaction:false\n");
    assert_eq!(refused(&[("changelog.sql", &other)]).len(), 1);
}

#[test]
fn flyway_takes_what_it_knows_alone_and_not_beside_others() {
    let alone = (
        "V2__vacuum.sql",
        "vacuum orders;\nvacuum delete only orders;\n",
    );
    let both = (
        "V3__both.sql",
        "insert into orders values (1, 'a');\nvacuum orders;\n",
    );
    let table = ("V1__orders.sql", TABLE);
    let found = refused(&[table, alone, both]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("V3__both.sql:2:"), "{found:#?}");
    assert!(
        found[0].contains("beside statements that run in one"),
        "{found:#?}"
    );
    // The script's own settings, the project's, and those of another script.
    for (name, text, count) in [
        ("V3__both.sql.conf", "executeInTransaction=false\n", 0),
        ("V2__vacuum.sql.conf", "executeInTransaction=false\n", 1),
        ("flyway.toml", "[flyway]\nmixed = true\n", 0),
        ("flyway.conf", "flyway.mixed=false\n", 1),
    ] {
        let found = refused(&[table, alone, both, (name, text)]);
        assert_eq!(found.len(), count, "{name}: {found:#?}");
    }
    // What its parser does not know fails in the transaction, though it stands alone.
    let database = ("V4__database.sql", "create database reports;\n");
    assert_eq!(refused(&[database]).len(), 1);
    // A name without a version is no migration.
    assert_eq!(refused(&[table, ("both.sql", both.1)]), [""; 0]);
}

#[test]
fn other_tools_say_by_a_comment_that_there_is_no_transaction() {
    let append = "create table a (id int);\ncreate table b (id int);\n";
    let up = "alter table a append from b;\n";
    for (with, without) in [
        ("-- migrate:up\n", "-- migrate:up transaction:false\n"),
        ("-- +goose Up\n", "-- +goose NO TRANSACTION\n-- +goose Up\n"),
    ] {
        let of = |head: &str| refused(&[("1_a.sql", append), ("2_b.sql", &format!("{head}{up}"))]);
        assert_eq!(of(with).len(), 1, "{with}");
        assert_eq!(of(without), [""; 0], "{without}");
    }
    assert_eq!(refused(&[("1_a.sql", append), ("2_b.sql", up)]), [""; 0]);
}
