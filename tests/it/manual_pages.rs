//! Manual pages, one for each command.

use super::support::{distkey, folder};

#[test]
fn each_command_has_a_manual_page() {
    let there = folder(&[("a.txt", "")]);
    let ran = distkey(there.path(), &["man", "--all", "pages"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    let page = |name: &str| std::fs::read_to_string(there.path().join("pages").join(name));
    for (command, says) in [
        ("distkey", "Offline analyzer"),
        ("distkey-explain", "Explain pasted query plans"),
        ("distkey-lint", "\\-\\-baseline"),
        ("distkey-calibrate-fit", "calibrate fit"),
    ] {
        let text = page(&format!("{command}.1")).expect(command);
        assert!(text.contains(says), "{command}: {text}");
        let words: Vec<&str> = command.split('-').skip(1).collect();
        let alone = distkey(there.path(), &[&["man"], &words[..]].concat());
        assert_eq!(alone.out, text, "{command}");
    }
    assert!(
        page("distkey-help.1").is_err(),
        "`help` says what `--help` says"
    );
    let ran = distkey(there.path(), &["man", "explain", "plan"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("there is no command `explain plan`"),
        "{}",
        ran.err
    );
}

#[test]
fn the_format_has_a_short_flag() {
    let there = folder(&[("a.sql", "create table t (a int);\n")]);
    for args in [
        ["lint", "a.sql", "-f", "json"],
        ["lint", "a.sql", "--format", "json"],
    ] {
        let ran = distkey(there.path(), &args);
        assert!(
            ran.out.starts_with("{\n  \"accounting\""),
            "{args:?}: {}",
            ran.out
        );
    }
}
