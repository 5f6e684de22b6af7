//! `distkey test` as a team uses it: new, accepted, changed, on CI, damaged.

use std::path::Path;
use std::process::{Command, Output};

const DDL: &str = "CREATE TABLE sales (sale_id BIGINT, category_id INT, price DECIMAL(9,2))
    DISTSTYLE EVEN SORTKEY (category_id, price);";
const QUERY: &str = "SELECT sale_id FROM sales WHERE category_id = 7 AND price < 10 LIMIT 50;";
const STATS: &str = r#"{"rows": {"sales": 90000000},
    "columns": {"sales.category_id": {"distinct": 40, "min": 1, "max": 40}}}"#;

fn case(root: &Path, name: &str) {
    let folder = root.join(name);
    std::fs::create_dir_all(folder.join("queries")).expect("a folder");
    std::fs::write(folder.join("schema.sql"), DDL).expect("a schema");
    std::fs::write(folder.join("stats.json"), STATS).expect("statistics");
    std::fs::write(folder.join("queries/search.sql"), QUERY).expect("a query");
}

fn test(root: &Path, args: &[&str], ci: bool) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_distkey"));
    command
        .arg("test")
        .arg(root)
        .args(args)
        .env("NO_COLOR", "1");
    match ci {
        true => command.env("CI", "true"),
        false => command.env_remove("CI"),
    };
    let Output {
        stdout,
        stderr,
        status,
    } = command.output().expect("distkey runs");
    let both = String::from_utf8_lossy(&stdout) + String::from_utf8_lossy(&stderr);
    (both.into_owned(), status.code().expect("an exit code"))
}

fn snapshots(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root.join("snapshots"))
        .into_iter()
        .flatten();
    let names = entries.filter_map(|e| Some(e.ok()?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_change_fails_until_it_is_accepted_and_ci_writes_nothing() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    case(root, "sales");
    let (text, code) = test(root, &[], true);
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains("new       sales") && snapshots(root).is_empty(),
        "{text}"
    );
    let (text, code) = test(root, &["--accept"], true);
    assert_eq!(code, 2, "{text}");
    assert!(snapshots(root).is_empty(), "{text}");

    let (text, code) = test(root, &[], false);
    assert_eq!(code, 1, "{text}");
    assert_eq!(snapshots(root), ["sales.snap.new"]);
    let (text, code) = test(root, &["--accept"], false);
    assert_eq!(code, 0, "{text}");
    assert_eq!(snapshots(root), ["sales.snap"]);
    assert_eq!(test(root, &[], true).1, 0);

    // The sort key is what the search lives on.
    let worse = DDL.replace("SORTKEY (category_id, price)", "SORTKEY (sale_id)");
    std::fs::write(root.join("sales/schema.sql"), worse).expect("a schema");
    let (text, code) = test(root, &[], true);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("decided otherwise"), "{text}");
    assert!(text.contains("    + sales: "), "{text}");
    assert!(text.contains("accept with `distkey test "), "{text}");
    assert_eq!(snapshots(root), ["sales.snap"]);

    // Line ends that Git changed are no difference; what isn't a snapshot is said.
    std::fs::write(root.join("sales/schema.sql"), DDL).expect("a schema");
    let path = root.join("snapshots/sales.snap");
    let accepted = std::fs::read_to_string(&path).expect("a snapshot");
    std::fs::write(&path, accepted.replace('\n', "\r\n")).expect("a snapshot");
    assert_eq!(test(root, &[], true).1, 0);
    std::fs::write(&path, b"\x00\xff cut o").expect("a snapshot");
    let (text, code) = test(root, &[], true);
    assert_eq!(code, 1);
    assert!(
        text.contains("corrupted") && text.contains("header"),
        "{text}"
    );
}

#[test]
fn one_bad_case_does_not_hide_the_others() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    for name in ["first", "second", "third"] {
        case(root, name);
    }
    assert_eq!(test(root, &["--accept"], false).1, 0);
    std::fs::write(root.join("second/stats.json"), "{\"rows\": 3").expect("statistics");
    std::fs::remove_dir_all(root.join("third")).expect("the folder goes");
    let (text, code) = test(root, &[], true);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("same      first"), "{text}");
    assert!(text.contains("broken    second"), "{text}");
    assert!(
        text.contains("orphan    ") && text.contains("third.snap"),
        "{text}"
    );
}

#[test]
fn two_cases_of_one_name_are_named() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    case(root, "shop/search");
    case(root, "shop-search");
    let (text, code) = test(root, &[], true);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("are both named `shop-search`"), "{text}");
}

/// Neither the place nor the order of files shows in the text.
#[test]
fn the_text_is_the_same_wherever_the_case_stands() {
    let texts: Vec<String> = ["a", "somewhere/else"]
        .iter()
        .map(|place| {
            let root = tempfile::tempdir().expect("a folder");
            let root = root.path().join(place);
            case(&root, "sales");
            assert_eq!(test(&root, &["--accept"], false).1, 0);
            std::fs::read_to_string(root.join("snapshots/sales.snap")).expect("a snapshot")
        })
        .collect();
    assert_eq!(texts[0], texts[1]);
}

/// A case with these queries in one file.
fn case_of(root: &Path, queries: &str) {
    case(root, "sales");
    std::fs::write(root.join("sales/queries/search.sql"), queries).expect("queries");
}

fn rows(root: &Path, rows: f64) {
    let stats = STATS.replace("90000000", &rows.to_string());
    std::fs::write(root.join("sales/stats.json"), stats).expect("statistics");
}

#[test]
fn numbers_may_drift_within_the_tolerance_and_verdicts_may_not() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    case(root, "sales");
    assert_eq!(test(root, &["--accept"], false).1, 0);
    // What a night of arrivals changes is shown, and fails nothing.
    for refreshed in [0.99, 1.01, 1.08] {
        rows(root, 9e7 * refreshed);
        let (text, code) = test(root, &[], true);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("same      sales"), "{text}");
        assert!(!text.contains("decided otherwise"), "{text}");
        assert!(!text.contains("moved by more than"), "{text}");
    }
    assert!(
        test(root, &[], true)
            .0
            .contains("moved by 10 % at most, which does not fail")
    );
    // A third more is asked about; a wider tolerance, from either side, takes it.
    rows(root, 9e7 * 1.33);
    let (text, code) = test(root, &[], true);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("moved by more than 10 %"), "{text}");
    assert!(!text.contains("decided otherwise"), "{text}");
    assert_eq!(test(root, &["--tolerance", "0.4"], true).1, 0);
    assert_eq!(test(root, &["--tolerance", "0.1"], true).1, 1);
    std::fs::write(root.join("distkey.toml"), "[test]\ntolerance = 0.4\n").expect("settings");
    assert_eq!(test(root, &[], true).1, 0);
    assert_eq!(test(root, &["--tolerance", "0.1"], true).1, 1);
    assert_eq!(test(root, &["--tolerance", "1.5"], true).1, 2);
    std::fs::write(root.join("distkey.toml"), "[test]\ntolerance = 40\n").expect("settings");
    let (text, code) = test(root, &[], true);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("a number from 0 to 1"), "{text}");
}

#[test]
fn keys_that_turned_over_and_numbers_that_moved_are_told_apart() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    case(root, "sales");
    assert_eq!(test(root, &["--accept"], false).1, 0);
    let worse = DDL.replace("SORTKEY (category_id, price)", "SORTKEY (sale_id)");
    std::fs::write(root.join("sales/schema.sql"), worse).expect("a schema");
    let (text, code) = test(root, &[], true);
    assert_eq!(code, 1, "{text}");
    let (decided, moved) = text.split_once("moved by more than").expect("both blocks");
    assert!(
        decided.contains("+ sales: DISTSTYLE EVEN SORTKEY(sale_id) → "),
        "{text}"
    );
    assert!(
        decided.contains("- none: every table keeps its keys"),
        "{text}"
    );
    assert!(moved.contains("~ blocks read: "), "{text}");
    assert!(!moved.contains("SORTKEY"), "{text}");
}

#[test]
fn a_query_keeps_its_name_when_another_is_written_above_it() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let price = "SELECT sale_id FROM sales WHERE price < 20;";
    let queries = format!(
        "-- name: by category\n{QUERY}\n/* dear ones */\n{price}\n{price}\nSELECT count(*) FROM sales;\n"
    );
    case_of(root, &queries);
    assert_eq!(test(root, &["--accept"], false).1, 0);
    let path = root.join("snapshots/sales.snap");
    let accepted = std::fs::read_to_string(&path).expect("a snapshot");
    for name in [
        "  queries/search.sql, by category: ",
        "  queries/search.sql, dear ones: ",
        "  queries/search.sql, SELECT sale_id FROM sales WHERE price < 20: ",
        "  queries/search.sql, SELECT count(*) FROM sales: ",
    ] {
        assert!(accepted.contains(name), "{name} in {accepted}");
    }
    let with = format!("\n\n-- a remark\nSELECT max(price) FROM sales;\n{queries}");
    case_of(root, &with);
    let (text, code) = test(root, &["--tolerance", "1"], true);
    assert_eq!(code, 1, "{text}");
    let signs: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("+ ") || line.starts_with("- "))
        .collect();
    assert_eq!(signs.len(), 1, "{text}");
    assert!(
        signs[0].starts_with("+ queries/search.sql, a remark: "),
        "{text}"
    );
}

#[test]
fn two_queries_that_begin_alike_are_numbered() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    case_of(root, &format!("{QUERY}\n{QUERY}\n{QUERY}"));
    assert_eq!(test(root, &["--accept"], false).1, 0);
    let path = root.join("snapshots/sales.snap");
    let accepted = std::fs::read_to_string(&path).expect("a snapshot");
    for number in [" (2): ", " (3): "] {
        assert_eq!(accepted.matches(number).count(), 2, "{accepted}");
    }
}

#[test]
fn an_interval_that_says_nothing_is_unknown() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    case(root, "sales");
    std::fs::remove_file(root.join("sales/stats.json")).expect("no statistics");
    assert_eq!(test(root, &["--accept"], false).1, 0);
    let path = root.join("snapshots/sales.snap");
    let accepted = std::fs::read_to_string(&path).expect("a snapshot");
    let line = "  queries/search.sql: unknown; as recommended unknown";
    assert!(accepted.contains(line), "{accepted}");
}

#[test]
fn a_query_that_stops_parsing_fails_its_case_and_is_not_accepted() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    case(root, "sales");
    case(root, "other");
    assert_eq!(test(root, &["--accept"], false).1, 0);
    for broken in [
        "SELECT FROM WHERE",
        "SELECT sale_id FROM sales WHERE (price < 1;",
    ] {
        std::fs::write(root.join("sales/queries/search.sql"), broken).expect("a query");
        for args in [&[] as &[&str], &["--accept"]] {
            let (text, code) = test(root, args, false);
            assert_eq!(code, 1, "{text}");
            assert!(
                text.contains("broken    sales: `queries/search.sql"),
                "{text}"
            );
            assert!(text.contains("1 broken"), "{text}");
        }
    }
    let path = root.join("snapshots/sales.snap");
    let accepted = std::fs::read_to_string(&path).expect("a snapshot");
    assert!(
        accepted.contains("queries/search.sql: within"),
        "{accepted}"
    );
}

#[test]
fn cases_have_the_same_names_from_any_folder() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    case(root, "shop/search");
    case(root, "shop/list");
    // Insta keeps its snapshots in a folder of the same name.
    let foreign = root.join("snapshots");
    std::fs::create_dir_all(&foreign).expect("a folder");
    let insta = "---\nsource: tests/a.rs\nexpression: text\n---\nabc\n";
    std::fs::write(foreign.join("a.snap"), insta).expect("a snapshot");
    let shop = root.join("shop");
    assert_eq!(test(&shop, &["--accept"], false).1, 0);
    assert_eq!(snapshots(&shop), ["list.snap", "search.snap"]);
    for (from, path, same) in [
        (shop.clone(), ".", "2 as accepted"),
        (shop.join("search"), ".", "1 as accepted"),
        (shop.join("search"), "..", "2 as accepted"),
        (root.to_owned(), "shop/search", "1 as accepted"),
        (root.to_owned(), "shop/search/", "1 as accepted"),
        (shop.join("search/queries"), "../../list", "1 as accepted"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
            .args(["test", path])
            .current_dir(&from)
            .env("CI", "true")
            .output()
            .expect("distkey runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains(same), "{path} in {from:?}: {text}");
        assert!(!text.contains("orphan"), "{path} in {from:?}: {text}");
        assert_eq!(output.status.code(), Some(0), "{text}");
    }
}

#[test]
fn a_single_case_keeps_its_snapshot_beside_its_folder() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    case(root, "sales");
    assert_eq!(test(&root.join("sales"), &["--accept"], false).1, 0);
    assert_eq!(snapshots(root), ["sales.snap"]);
    assert_eq!(test(root, &[], true).1, 0);
}

/// What Rust projects hold under insta, which compares to the letter, holds no number that moves.
#[test]
fn the_stable_text_does_not_move_with_the_statistics() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    case(root, "sales");
    let folder = root.join("sales");
    let before = distkey::snapshot::stable_text(&folder).expect("a case");
    rows(root, 9e7 * 1.01);
    let after = distkey::snapshot::stable_text(&folder).expect("a case");
    assert_eq!(before, after);
    assert!(
        before.contains("queries/search.sql: within 800 ms"),
        "{before}"
    );
    assert!(!before.contains("figures"), "{before}");
}
