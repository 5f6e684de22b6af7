//! What is written: reports, fixes, baselines and calibrations, and what must not be lost.

use std::path::Path;

use crate::support::{distkey, folder};

/// `| head` has seen enough; what was found stays found.
#[cfg(unix)]
#[test]
fn a_reader_that_leaves_does_not_change_the_exit_code() {
    let many = "create table t (price float);\n".repeat(3_000);
    let folder = folder(&[
        ("bad.sql", many.as_str()),
        ("good.sql", "create table t (a int);"),
    ]);
    let piped = |args: &str| {
        let script = format!(
            "{{ {} {args}; echo $? >code; }} | true; cat code",
            env!("CARGO_BIN_EXE_distkey")
        );
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .output();
        let output = output.expect("a shell");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        (
            String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            err,
        )
    };
    for (args, code) in [
        ("lint bad.sql --fail-on hint", "1"),
        ("lint bad.sql --fail-on hint --format json", "1"),
        ("lint bad.sql --fail-on hint --format html", "1"),
        ("lint bad.sql gone.sql", "2"),
        ("lint good.sql", "0"),
        ("rule --all", "0"),
        ("completions bash", "0"),
    ] {
        let (found, err) = piped(args);
        assert_eq!(found, code, "{args}: {err}");
        assert!(!err.contains("panicked"), "{args}: {err}");
    }
}

/// A report that can't be written is no report.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails() {
    let folder = folder(&[("good.sql", "create table t (a int);")]);
    for args in [
        "lint good.sql",
        "rule",
        "stats-query",
        "json-schema config",
        "man",
        "--help",
        "lint --help",
        "--version",
    ] {
        let script = format!("{} {args} >/dev/full", env!("CARGO_BIN_EXE_distkey"));
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .output();
        let output = output.expect("a shell");
        assert_eq!(output.status.code(), Some(2), "{args}");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(
            err.contains("cannot write to standard output: "),
            "{args}: {err}"
        );
    }
}

const FIXABLE: &str = "create table t (id bigint encode lzo);\n";

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let names = entries.map(|it| {
        it.expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_name_as_long_as_names_can_be_is_fixed() {
    let long = format!("{}.sql", "n".repeat(251));
    let folder = folder(&[(&long, FIXABLE)]);
    let ran = distkey(folder.path(), &["lint", "--fix", "."]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let text = std::fs::read_to_string(folder.path().join(&long)).expect("the file");
    assert!(!text.contains("lzo"), "{text}");
    assert_eq!(names(folder.path()), [long]);
}

#[cfg(unix)]
#[test]
fn a_fix_that_cannot_be_written_fails_and_its_finding_stays() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[
        ("a.sql", FIXABLE),
        ("b.sql", "create table u (id bigint encode lzo);\n"),
        ("latin1.sql", ""),
    ]);
    let locked = folder.path().join("b.sql");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o444)).expect("a mode");
    let latin1 = b"create table w (id bigint encode lzo); -- caf\xE9\n";
    std::fs::write(folder.path().join("latin1.sql"), latin1).expect("a file");
    for format in ["text", "json", "github"] {
        std::fs::write(folder.path().join("a.sql"), FIXABLE).expect("a file");
        let ran = distkey(folder.path(), &["lint", "--fix", ".", "--format", format]);
        assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
        assert!(
            ran.err.contains("fixed 2 findings in 2 files"),
            "{}",
            ran.err
        );
        assert!(
            ran.err
                .contains("b.sql: cannot write its fixes: it is read-only"),
            "{}",
            ran.err
        );
        // In its own encoding.
        let at = folder.path().join("latin1.sql");
        assert_eq!(
            std::fs::read(&at).expect("the file"),
            b"create table w (id bigint encode az64); -- caf\xE9\n"
        );
        std::fs::write(&at, latin1).expect("a file");
        assert!(
            ran.out.contains("cannot write its fixes: it is read-only"),
            "{format}: {}",
            ran.out
        );
        match format {
            "text" => assert!(
                ran.out
                    .contains("1 finding, 0 syntax errors, 1 file not written"),
                "{}",
                ran.out
            ),
            _ => assert!(
                ran.out.contains("DK215") || ran.out.contains("lzo"),
                "{}",
                ran.out
            ),
        }
    }
    assert_eq!(names(folder.path()), ["a.sql", "b.sql", "latin1.sql"]);
    let kept = std::fs::read_to_string(&locked).expect("the file");
    assert!(kept.contains("lzo"), "{kept}");
}

/// The mode of a file and a link to it outlive a fix.
#[cfg(unix)]
#[test]
fn a_fix_keeps_mode_and_link() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("real.sql", FIXABLE)]);
    let real = folder.path().join("real.sql");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    let link = folder.path().join("link.sql");
    std::os::unix::fs::symlink("real.sql", &link).expect("a link");
    let ran = distkey(folder.path(), &["lint", "--fix", "link.sql"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        std::fs::symlink_metadata(&link)
            .expect("a link")
            .is_symlink()
    );
    let mode = std::fs::metadata(&real)
        .expect("the file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(
        !std::fs::read_to_string(&real)
            .expect("the file")
            .contains("lzo")
    );
}

/// What `--write-baseline` may write over: nothing, a baseline, an empty file.
#[test]
fn a_baseline_is_written_over_a_baseline_only() {
    let ddl = "create table t (price float);\n";
    let cases = [
        ("new.json", None, true),
        (
            "old.json",
            Some("{\"findings\": {\"gone.sql\": {\"DK212\": 3}}}"),
            true,
        ),
        ("empty.json", Some(""), true),
        ("a.sql", Some(ddl), false),
        ("package.json", Some("{\"name\": \"shop\"}"), false),
        ("cut.json", Some("{\"findings\": {\"a.sql\": {"), false),
        (
            "report.json",
            Some("{\"findings\": [], \"unrecognized\": []}"),
            false,
        ),
        ("binary.json", Some("\u{0}\u{1}"), false),
    ];
    for (name, text, written) in cases {
        let folder = folder(&[("a.sql", ddl)]);
        let path = folder.path().join(name);
        if let Some(text) = text {
            std::fs::write(&path, text).expect("a file");
        }
        let args = ["lint", "a.sql", "--baseline", name, "--write-baseline"];
        let ran = distkey(folder.path(), &args);
        assert_eq!(ran.code, if written { 0 } else { 2 }, "{name}: {}", ran.err);
        let now = std::fs::read_to_string(&path).expect("the file");
        match written {
            true => assert!(
                now.contains("\"DK212\": [") && !now.contains("gone.sql"),
                "{now}"
            ),
            false => {
                assert_eq!(Some(now.as_str()), text, "{name}");
                let told = format!("`{name}` exists and is not a baseline: ");
                assert!(ran.err.contains(&told), "{}", ran.err);
            }
        }
    }
    let folder = folder(&[("a.sql", ddl)]);
    for (at, told) in [
        (
            "no/such/folder.json",
            "cannot write `no/such/folder.json`: ",
        ),
        (".", "`.` is a folder"),
    ] {
        let args = ["lint", "a.sql", "--baseline", at, "--write-baseline"];
        let ran = distkey(folder.path(), &args);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(told), "{}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn a_baseline_keeps_what_could_not_be_read_this_time() {
    let ddl = "create table t (price float);\n";
    let folder = folder(&[("ddl/a.sql", ddl), ("ddl/b.sql", ddl), ("ddl/c.sql", ddl)]);
    let args = [
        "lint",
        "ddl",
        "--baseline",
        "known.json",
        "--write-baseline",
    ];
    assert_eq!(distkey(folder.path(), &args).code, 0);
    let at = |name: &str| folder.path().join("ddl").join(name);
    std::fs::remove_file(at("b.sql")).expect("it goes");
    std::os::unix::fs::symlink("nowhere.sql", at("b.sql")).expect("a link");
    std::fs::remove_file(at("c.sql")).expect("it goes");
    let ran = distkey(folder.path(), &args);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let told = "known.json: kept the entries of 1 file not linted this time";
    assert!(ran.err.contains(told), "{}", ran.err);
    let now = std::fs::read_to_string(folder.path().join("known.json")).expect("the file");
    assert!(
        now.contains("ddl/a.sql") && now.contains("ddl/b.sql"),
        "{now}"
    );
    // What is gone is gone.
    assert!(!now.contains("ddl/c.sql"), "{now}");
}

#[test]
fn a_calibration_is_written_over_a_calibration_only() {
    let folder = folder(&[
        ("w/ddl.sql", "create table t (a int);"),
        ("w/queries.sql", "select a from t;"),
        ("w/runs.csv", "date,cluster,query,run1_s,run2_s,run3_s\n"),
        ("notes.toml", "[notes]\nkeep = true\n"),
    ]);
    let args = ["calibrate", "fit", "w", "--out", "notes.toml"];
    let ran = distkey(folder.path(), &args);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .contains("`notes.toml` exists and is not a calibration: "),
        "{}",
        ran.err
    );
    let now = std::fs::read_to_string(folder.path().join("notes.toml")).expect("the file");
    assert_eq!(now, "[notes]\nkeep = true\n");
}
