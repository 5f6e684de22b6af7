//! Comments that silence a finding, and those that were meant to.

use super::distkey;
use crate::support::folder;

/// A comment that was meant to silence and does not is wrong usage; one that speaks of the table is
/// none of ours.
#[test]
fn comments_that_are_not_understood_end_with_2() {
    for (comment, told) in [
        (
            "-- distkey: ignore DK999",
            "no rule is called `DK999`; the nearest is",
        ),
        ("-- distkey: ignore", "this comment names no rule"),
        ("/* distkey: ignore */", "this comment names no rule"),
        (
            "-- distkey: ignroe DK212",
            "`ignroe` is neither `ignore` nor `ignore-file`",
        ),
        (
            "-- distkey: noqa DK212",
            "`noqa` is neither `ignore` nor `ignore-file`",
        ),
        (
            "-- distkey: DK212",
            "`DK212` is neither `ignore` nor `ignore-file`",
        ),
        (
            "-- distkey ignore DK212",
            "a colon is missing after `distkey`",
        ),
        (
            "--distkey:ignore money-in-floats",
            "the nearest is DK212 `money-in-float`",
        ),
    ] {
        let there = folder(&[(
            "a.sql",
            &format!("create table a (price float); {comment}\n"),
        )]);
        for format in ["text", "concise", "json", "github", "sarif", "junit"] {
            let ran = distkey(
                there.path(),
                &["lint", "a.sql", "--select", "DK212", "--format", format],
            );
            assert_eq!(ran.code, 2, "{comment}: {}", ran.out);
            let plain = ran.out.replace("&apos;", "'").replace("&quot;", "\"");
            assert!(plain.contains(told), "{comment} {format}: {}", ran.out);
        }
    }
    for comment in [
        "-- DISTKEY: customer_id, as in orders",
        "-- distkey: to be decided",
        "-- the distkey: ignore it",
        "/* distkey (id) */",
    ] {
        let there = folder(&[("a.sql", &format!("create table a (price int); {comment}\n"))]);
        let ran = distkey(there.path(), &["lint", "a.sql", "--select", "DK212"]);
        assert_eq!(
            (ran.code, ran.out.lines().count()),
            (0, 2),
            "{comment}: {}",
            ran.out
        );
    }
}

#[test]
fn a_comment_silences_in_either_form() {
    for text in [
        "create table a (price float); /* distkey: ignore DK212: as the source has it */\n",
        "create table a (price float); -- distkey:ignore dk212\n",
        "create table a (price float); --  DistKey : ignore money-in-float, DK203\n",
        "/* distkey: ignore-file DK212 */\n\n\ncreate table a (price float);\n",
        "/* distkey: ignore DK212 */ create table a (price float);\n",
    ] {
        let there = folder(&[("a.sql", text)]);
        let ran = distkey(there.path(), &["lint", "a.sql", "--select", "DK212"]);
        assert_eq!(ran.code, 0, "{text}{}", ran.out);
        assert!(
            ran.out.contains("1 finding silenced by comments"),
            "{text}{}",
            ran.out
        );
    }
}
