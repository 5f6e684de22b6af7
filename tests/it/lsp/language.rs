//! What a place in a text means: hover, completion, definition.

use super::*;

#[test]
fn the_mouse_tells_rules_tables_columns_and_plans() {
    let folder = folder(&SHOP);
    let stats = folder.path().join("stats.json");
    std::fs::write(
        &stats,
        r#"{"rows": {"orders": 9000000, "customers": 100000}}"#,
    )
    .expect("a file");
    let stats = stats.display().to_string();
    let mut editor = editor(
        folder.path(),
        &["--stats", &stats, "--cluster", "ra3.4xlarge:4"],
    );
    let uri = "untitled:q";
    let query = "SELECT c.name, COUNT(*)\nFROM orders o JOIN customers c ON c.id = o.customer_id\nGROUP BY 1;";
    let table = editor.hover(uri, &query.replace("orders", "ord‸ers"));
    assert!(
        table.contains("**orders** DISTSTYLE EVEN, SORTKEY COMPOUND(placed)"),
        "{table}"
    );
    assert!(
        table.contains("customer_id BIGINT") && table.contains("9 million rows"),
        "{table}"
    );
    let column = editor.hover(uri, &query.replace("c.id =", "c.i‸d ="));
    assert!(
        column.contains("id BIGINT ENCODE AZ64") && column.contains("distribution key"),
        "{column}"
    );
    let aliased = editor.hover(uri, &query.replace("c.name", "c‸.name"));
    assert!(aliased.contains("**customers**"), "{aliased}");
    let plan = editor.hover(uri, &query.replace("SELECT", "SEL‸ECT"));
    assert!(
        plan.contains("Hash Join") && plan.contains("800 ms"),
        "{plan}"
    );
    let unknown = editor.hover(uri, "SEL‸ECT * FROM nowhere");
    assert!(
        unknown.contains("No plan:") && unknown.contains("nowhere"),
        "{unknown}"
    );
    let rule = editor.hover(uri, "CREATE TABLE t (id INT, pri‸ce FLOAT);");
    assert!(rule.contains("**DK212 money-in-float** (hint)"), "{rule}");
    assert!(
        rule.contains("→ Use DECIMAL") && rule.contains("(https://docs.aws.amazon.com"),
        "{rule}"
    );
    assert!(rule.contains("price DOUBLE PRECISION"), "{rule}");
    assert_eq!(editor.hover(uri, "-- no‸thing"), "");
}

#[test]
fn keys_encodings_and_names_are_offered() {
    let folder = folder(&SHOP);
    let mut editor = editor(folder.path(), &[]);
    let uri = "untitled:q";
    let mut offers = |marked: &str| editor.offers(uri, marked);
    let has =
        |all: &[String], words: &[&str]| words.iter().all(|word| all.iter().any(|one| one == word));
    let text = offers("CREATE TABLE t (name VARCHAR(20) ENCODE ‸");
    assert!(
        has(&text, &["ZSTD", "TEXT255"]) && !has(&text, &["AZ64"]),
        "{text:?}"
    );
    let number = offers("CREATE TABLE t (name VARCHAR(20), id BIGINT ENCODE a‸, x INT);");
    assert_eq!(number.first().map(String::as_str), Some("AZ64"));
    assert!(!has(&number, &["TEXT255"]), "{number:?}");
    assert!(has(&offers("CREATE TABLE t (id ‸"), &["BIGINT", "VARCHAR"]));
    assert!(has(
        &offers("CREATE TABLE t (id BIGINT ‸"),
        &["ENCODE", "DISTKEY"]
    ));
    assert!(has(
        &offers("CREATE TABLE t (id BIGINT) ‸"),
        &["DISTSTYLE", "SORTKEY"]
    ));
    assert_eq!(
        offers("CREATE TABLE t (id BIGINT) DISTSTYLE ‸"),
        ["AUTO", "EVEN", "KEY", "ALL"]
    );
    assert_eq!(
        offers("CREATE TABLE t (id BIGINT, at DATE) DISTKEY (‸"),
        ["id", "at"]
    );
    assert_eq!(
        offers("CREATE TABLE t (id BIGINT, at DATE) SORTKEY (at, ‸"),
        ["id", "at"]
    );
    assert_eq!(
        offers("CREATE TABLE t (id BIGINT, PRIMARY KEY (‸))"),
        ["id"]
    );
    assert!(has(
        &offers("CREATE TABLE t (id BIGINT REFERENCES ‸"),
        &["customers", "orders"]
    ));
    assert!(has(&offers("ALTER TABLE ‸"), &["customers", "orders"]));
    assert!(has(
        &offers("ALTER TABLE orders ALTER ‸"),
        &["DISTKEY", "SORTKEY AUTO"]
    ));
    let columns = offers("ALTER TABLE orders ALTER DISTKEY ‸");
    assert_eq!(columns, ["id", "customer_id", "price", "placed"]);
    assert_eq!(offers("ALTER TABLE orders ALTER SORTKEY (‸"), columns);
    let encodings = offers("ALTER TABLE orders ALTER COLUMN placed ENCODE ‸");
    assert!(
        has(&encodings, &["AZ64"]) && !has(&encodings, &["TEXT255"]),
        "{encodings:?}"
    );
    assert_eq!(
        offers("SELECT o.‸ FROM orders o"),
        ["customer_id", "id", "placed", "price"]
    );
    assert_eq!(offers("SELECT 1; -- ENCODE ‸"), [""; 0]);
    assert_eq!(offers("SELECT 'DISTSTYLE ‸"), [""; 0]);
}

#[test]
fn a_name_leads_to_its_definition() {
    let folder = folder(&SHOP);
    let mut editor = editor(folder.path(), &[]);
    let uri = "untitled:q";
    let found = editor.at_mark("definition", uri, "SELECT 1 FROM ord‸ers");
    let orders = folder
        .path()
        .join(SHOP[1].0)
        .canonicalize()
        .expect("a file");
    let there = |uri: &Value| {
        let path = uri
            .as_str()
            .expect("an address")
            .trim_start_matches("file://");
        Path::new(path).canonicalize().expect("a file")
    };
    assert_eq!(there(&found["uri"]), orders, "{found}");
    assert_eq!(found["range"]["start"], json!({"line": 0, "character": 0}));
    let found = editor.at_mark("definition", uri, "SELECT o.pri‸ce FROM orders o");
    assert_eq!(
        found["range"]["start"],
        json!({"line": 3, "character": 2}),
        "{found}"
    );
    assert_eq!(
        editor.at_mark("definition", uri, "SELECT 1 FROM no‸where"),
        Value::Null
    );
}
