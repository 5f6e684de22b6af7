//! Keys, encodings, columns and types, and what Redshift refuses.

use distkey::schema::DistStyle;

use super::{SALE, SHOP, after, all, changes, check, reasons, refused, state};

#[test]
fn distribution() {
    for alter in [
        "alter table sale alter distkey sale_id;",
        "alter table sale alter distkey (sale_id);",
        "alter table sale alter diststyle key distkey sale_id;",
        "ALTER TABLE SALE ALTER DISTSTYLE KEY DISTKEY SALE_ID;",
        "alter table \"sale\" alter distkey \"Sale_Id\";",
    ] {
        changes(alter, &[("key shop_id;", "key sale_id;")], &[]);
    }
    changes(
        "alter table sale alter diststyle all;",
        &[("key shop_id;", "all;")],
        &[],
    );
    changes(
        "alter table sale alter diststyle even;",
        &[("key shop_id;", "even;")],
        &[],
    );
    changes(
        "alter table sale alter diststyle auto;",
        &[("key shop_id;", "auto;")],
        &[],
    );
    changes(
        "alter table shop alter distkey size;",
        &[],
        &[("dist even", "dist key size")],
    );
}

#[test]
fn sort_keys() {
    for (alter, sort) in [
        ("alter sortkey (sale_id)", "compound sale_id"),
        (
            "alter compound sortkey (shop_id, at)",
            "compound shop_id, at",
        ),
        ("alter sortkey auto", "auto"),
        ("alter sortkey none", "none"),
    ] {
        let alter = format!("alter table sale {alter};");
        changes(&alter, &[("compound at", sort)], &[]);
    }
    // Encodings that are named stay named.
    changes(
        "alter table shop alter sortkey (size);",
        &[],
        &[("town, size;", "size;")],
    );
}

#[test]
fn encodings() {
    changes(
        "alter table sale alter column note encode lzo;",
        &[
            ("VARCHAR(20)", "VARCHAR(20) LZO"),
            ("auto true", "auto false"),
        ],
        &[],
    );
    changes(
        "alter table sale alter column sale_id encode delta, alter column note encode zstd;",
        &[
            ("BIGINT", "BIGINT DELTA"),
            ("VARCHAR(20)", "VARCHAR(20) ZSTD"),
            ("auto true", "auto false"),
        ],
        &[],
    );
    changes(
        "alter table shop alter column size encode raw;",
        &[],
        &[("AZ64", "RAW")],
    );
    // What is there stays as the start.
    changes(
        "alter table shop alter encode auto;",
        &[],
        &[("auto false", "auto true")],
    );
    changes(
        "alter table shop alter encode auto; alter table shop alter column town encode raw;",
        &[],
        &[("ZSTD", "RAW")],
    );
}

#[test]
fn columns_are_added() {
    changes(
        "alter table sale add column price decimal(10,2);",
        &[("note VARCHAR(20)", "note VARCHAR(20), price DECIMAL(10,2)")],
        &[],
    );
    // An encoding in ADD COLUMN leaves ENCODE AUTO on, and off.
    changes(
        "alter table sale add price int encode az64 default 0 not null;",
        &[("note VARCHAR(20)", "note VARCHAR(20), price INTEGER AZ64")],
        &[],
    );
    changes(
        "alter table shop add column opened boolean encode zstd;",
        &[],
        &[(
            "size INTEGER AZ64",
            "size INTEGER AZ64, opened BOOLEAN ZSTD",
        )],
    );
    // Redshift does not take two in one statement, which a finding tells; each is meant.
    changes(
        "alter table sale add column a int, add column b int;",
        &[("note VARCHAR(20)", "note VARCHAR(20), a INTEGER, b INTEGER")],
        &[],
    );
    for (column, what) in [
        ("x int distkey", "DISTKEY"),
        ("x int sortkey", "SORTKEY"),
        ("x int unique", "UNIQUE"),
        ("x int primary key", "PRIMARY KEY"),
        ("x int references shop", "REFERENCES"),
        ("x int identity(1,1)", "IDENTITY"),
    ] {
        refused(&format!("alter table sale add column {column};"), what);
    }
    refused(
        "alter table sale add column note int;",
        "has a column `note` already",
    );
}

#[test]
fn columns_are_dropped_with_their_constraints() {
    changes(
        "alter table sale drop column note;",
        &[(", note VARCHAR(20)", "")],
        &[],
    );
    changes(
        "alter table sale drop note cascade;",
        &[(", note VARCHAR(20)", "")],
        &[],
    );
    // Its key goes with it, and what refers to it there.
    changes(
        "alter table shop drop column shop_id cascade;",
        &[("foreign key shop_id to shop(shop_id)\n", "")],
        &[("shop_id INTEGER, ", ""), ("primary key shop_id\n", "")],
    );
    changes(
        "alter table sale alter sortkey none; alter table sale drop column at;",
        &[
            ("compound at", "none"),
            (" at DATE,", ""),
            ("unique at\n", ""),
        ],
        &[],
    );
    changes(
        "alter table sale alter diststyle even; alter table sale drop column shop_id;",
        &[
            ("key shop_id; ", "even; "),
            (" shop_id INTEGER,", ""),
            ("foreign key shop_id to shop(shop_id)\n", ""),
        ],
        &[],
    );
}

#[test]
fn key_columns_are_not_dropped() {
    refused(
        "alter table sale drop column shop_id;",
        "distribution or sort key",
    );
    refused(
        "alter table sale drop column at;",
        "distribution or sort key",
    );
    refused(
        "alter table shop drop column size cascade;",
        "distribution or sort key",
    );
    refused(
        "alter table sale drop column \"AT\";",
        "distribution or sort key",
    );
    refused(
        "alter table sale drop column missing;",
        "no column `missing`",
    );
    let text = "create table one (a int); alter table one drop column a;";
    assert_eq!(
        after(text)
            .resolve(&"one".into())
            .expect("one")
            .columns
            .len(),
        1
    );
    assert!(reasons(text).contains("last column"));
    // Interleaved, too; and after the key moved, the old one may go.
    let text = "create table t (a int, b int, c int) distkey (a) interleaved sortkey (b);
                alter table t drop column b; alter table t drop column c;";
    let state = state(after(text).resolve(&"t".into()).expect("t"));
    assert_eq!(
        state,
        "t: a INTEGER, b INTEGER\ndist key a; sort interleaved b; encode auto true\n"
    );
    changes(
        "alter table sale alter distkey sale_id; alter table sale drop column shop_id;",
        &[
            ("key shop_id; ", "key sale_id; "),
            (" shop_id INTEGER,", ""),
            ("foreign key shop_id to shop(shop_id)\n", ""),
        ],
        &[],
    );
}

#[test]
fn types() {
    changes(
        "alter table sale alter column note type varchar(200);",
        &[("VARCHAR(20)", "VARCHAR(200)")],
        &[],
    );
    changes(
        "alter table shop alter column town type varchar(max);",
        &[],
        &[("VARCHAR(40)", "VARCHAR(65535)")],
    );
    refused(
        "alter table sale alter column sale_id type int;",
        "only the length of a VARCHAR",
    );
    refused(
        "alter table sale alter column note type text, alter column at type timestamp;",
        "only the length",
    );
    refused(
        "alter table sale alter column missing type varchar(3);",
        "no column `missing`",
    );
}

#[test]
fn what_redshift_refuses_changes_nothing() {
    let woven = "create table w (a int, b varchar(10) encode text255, c int encode az64) interleaved sortkey (a, c);
                 create temp table tmp (a int) distkey (a);";
    let before = all(&after(woven));
    for (alter, reason) in [
        ("alter table w alter distkey a", "interleaved"),
        ("alter table w alter diststyle all", "interleaved"),
        ("alter table w alter column c encode zstd", "interleaved"),
        (
            "alter table w alter column b type varchar(20)",
            "keeps its length",
        ),
        ("alter table tmp alter diststyle all", "temporary"),
    ] {
        let text = format!("{woven}{alter};");
        assert_eq!(all(&after(&text)), before, "{alter}");
        assert!(
            reasons(&text).contains(reason),
            "{alter}: {}",
            reasons(&text)
        );
    }
    // A compound key or none takes its place, and then the rest is taken, too.
    let text = format!("{woven}alter table w alter sortkey (c); alter table w alter distkey a;");
    assert!(all(&after(&text)).contains("dist key a; sort compound c; encode auto false"));
    let text =
        format!("{woven}alter table w alter sortkey none; alter table w alter diststyle all;");
    assert!(all(&after(&text)).contains("dist all; sort none"));
    refused(
        "alter table sale alter interleaved sortkey (at, note);",
        "can't become interleaved",
    );
    refused(
        "alter table sale alter distkey missing;",
        "no column `missing`",
    );
    refused(
        "alter table sale alter sortkey (at, missing);",
        "no column `missing`",
    );
    refused(
        "alter table sale alter column missing encode zstd;",
        "no column `missing`",
    );
    refused(
        "alter table shop alter column size encode az64;",
        "encoded as AZ64 already",
    );
    refused(
        "alter table sale alter column note encode best;",
        "no encoding `best`",
    );
}

#[test]
fn one_statement_with_two_actions() {
    for alter in [
        "alter table sale alter sortkey (note), alter distkey sale_id;",
        "alter table sale alter distkey sale_id, alter sortkey (note);",
    ] {
        changes(
            alter,
            &[
                ("key shop_id; ", "key sale_id; "),
                ("compound at", "compound note"),
            ],
            &[],
        );
    }
    changes(
        "alter table sale alter diststyle all, alter compound sortkey (note);",
        &[("key shop_id; ", "all; "), ("compound at", "compound note")],
        &[],
    );
    // The statement is one: the first half is not taken without the second.
    refused(
        "alter table sale alter diststyle all, alter sortkey (missing);",
        "no column `missing`",
    );
    refused(
        "alter table sale alter column note encode zstd, alter column note encode zstd;",
        "already",
    );
    refused(
        "alter table sale add column x int, drop column at;",
        "distribution or sort key",
    );
    // What the first adds, the second sees; and a rename does not end it.
    changes(
        "alter table sale add column x int, alter column x encode zstd;",
        &[
            ("note VARCHAR(20)", "note VARCHAR(20), x INTEGER ZSTD"),
            ("auto true", "auto false"),
        ],
        &[],
    );
    changes(
        "alter table shop rename to store, alter distkey size;",
        &[("to shop(", "to store(")],
        &[("shop:", "store:"), ("dist even", "dist key size")],
    );
}

#[test]
fn what_is_not_of_the_design_changes_nothing() {
    for alter in [
        "alter table sale owner to ann;",
        "alter table sale append from shop;",
        "alter table sale append from shop ignoreextra filltarget;",
        "alter table sale row level security on;",
        "alter table sale row level security off conjunction type or for datashares;",
        "alter table sale set location 's3://example/x';",
        "alter table sale add partition (d = '2026-01-01') location 's3://example/d';",
        "alter table sale drop partition (d = '2026-01-01');",
        "alter table missing alter distkey a;",
        "alter table missing rename to shop;",
    ] {
        check(alter, SALE, SHOP);
    }
}

#[test]
fn materialized_views_take_keys() {
    let text = "create table t (a int, b int);
                create materialized view m diststyle even as select a, b from t;
                alter materialized view m alter distkey a;
                alter materialized view m alter sortkey (b);";
    let schema = after(text);
    let m = schema.resolve(&"m".into()).expect("m");
    assert_eq!(m.dist_style, DistStyle::Key("a".into()));
    assert_eq!(m.sort_columns(), ["b"]);
}
