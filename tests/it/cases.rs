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
    assert!(text.contains("+  sales: "), "{text}");
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
