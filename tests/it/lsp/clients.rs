//! Real clients, and how long a keystroke takes.

use super::*;

/// A folder of 400 files: facts with their lookups, views and migrations.
fn large() -> tempfile::TempDir {
    use std::fmt::Write as _;
    let mut files = Vec::new();
    for n in 0..400 {
        let mut text = String::new();
        for table in 0..3 {
            let _ = writeln!(text, "CREATE TABLE shop.t{n}_{table} (");
            for column in 0..20 {
                let kind = ["BIGINT", "VARCHAR(200)", "DATE", "DECIMAL(12,2)"][column % 4];
                let _ = writeln!(text, "  c{column} {kind} ENCODE zstd,");
            }
            let other = n / 2;
            let _ = writeln!(
                text,
                "  parent BIGINT REFERENCES shop.t{other}_0 (c0),\n  PRIMARY KEY (c0)\n) DISTKEY (c0) SORTKEY (c2);"
            );
        }
        let _ = writeln!(
            text,
            "CREATE VIEW shop.v{n} AS SELECT a.c0, b.c1, COUNT(*) AS n FROM shop.t{n}_0 a JOIN shop.t{n}_1 b ON a.c0 = b.parent WHERE a.c2 > '2026-01-01' GROUP BY 1, 2;\nALTER TABLE shop.t{n}_2 ADD COLUMN extra INT;"
        );
        files.push((format!("ddl/V{n}__tables.sql"), text));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    folder(&files)
}

/// From a change to what is published of it: the median, the 95th percentile and the longest of
/// 300, in milliseconds.
#[test]
#[ignore = "measures: .ci/long runs it in release"]
fn keystroke_on_400_files() {
    let folder = large();
    let begun = Instant::now();
    let mut editor = editor(folder.path(), &[]);
    let path = folder.path().join("ddl/V37__tables.sql");
    let uri = address(&path);
    let text = std::fs::read_to_string(&path).expect("a file");
    editor.open(&uri, "sql", &text);
    editor.diagnostics(&uri);
    let opened = begun.elapsed();
    let mut times = Vec::new();
    let typed = "\nALTER TABLE shop.t37_2 ALTER COLUMN c1 ENCODE zstd; CREATE TABLE shop.new (id BIGINT, price FLOAT) DISTKEY (id); SELECT c0, n FROM shop.v37 WHERE n > 5 -- what was typed\n";
    let mut place = text.lines().count() as u64;
    let mut character = 0u64;
    for c in typed.chars().cycle().take(300) {
        let at = json!({"line": place, "character": character});
        let begun = Instant::now();
        editor.change(
            &uri,
            json!([{"range": {"start": at, "end": at}, "text": c.to_string()}]),
        );
        editor.diagnostics(&uri);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        match c {
            '\n' => (place, character) = (place + 1, 0),
            _ => character += 1,
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "opened in {opened:.2?}; a keystroke: median {:.1} ms, 95 % {:.1} ms, longest {:.1} ms",
        at(0.5),
        at(0.95),
        at(1.0)
    );
    if !cfg!(debug_assertions) {
        assert!(at(0.95) < 50.0, "95 % within {:.1} ms", at(0.95));
    }
}

/// The server as pytest-lsp's client sees it.
#[test]
#[ignore = "installs the client by pip: .ci/run runs it"]
fn client_of_pytest() {
    let Some(python) = crate::support::python_with("pytest-lsp") else {
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/test_lsp.py");
    let done = Command::new(python)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", script])
        .env("DISTKEY", env!("CARGO_BIN_EXE_distkey"))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(
        said.contains("passed") && !said.contains("skipped"),
        "{said}"
    );
}

/// The server in Neovim without a window.
#[test]
#[ignore = "needs Neovim: .ci/run runs it"]
fn client_of_neovim() {
    if Command::new("nvim").arg("--version").output().is_err() {
        println!("skipped: no Neovim");
        return;
    }
    let folder = folder(&SHOP);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/neovim.lua");
    let done = Command::new("nvim")
        .args([
            "--headless",
            "--clean",
            "-n",
            "-c",
            &format!("luafile {script}"),
        ])
        .arg(folder.path().join(SHOP[1].0))
        .env("DISTKEY", env!("CARGO_BIN_EXE_distkey"))
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(
        done.status.success() && said.contains("all is well"),
        "{said}"
    );
}
