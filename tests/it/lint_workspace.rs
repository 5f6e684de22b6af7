//! Files that change one at a time say the same as all of them read anew.

use distkey::environment::Environment;
use distkey::lint::{Input, Workspace, lint};
use distkey::text::SourceFile;

fn sources() -> Vec<(String, String)> {
    let samples = [
        "sample_ddl/catalog_normalized.sql",
        "sample_ddl/catalog_denormalized.sql",
        "sample_ddl/every_family.sql",
        "sample_pipeline/load.sql",
    ];
    let mut files: Vec<(String, String)> = samples
        .iter()
        .map(|path| {
            (
                (*path).to_owned(),
                std::fs::read_to_string(path).expect("a sample"),
            )
        })
        .collect();
    let made = [
        "CREATE VIEW v AS SELECT product_id, price FROM products WHERE price > 5;",
        "CREATE TABLE kept AS SELECT p.product_id, b.name FROM products p JOIN brands b USING (brand_id);",
        "ALTER TABLE products ADD COLUMN extra VARCHAR(65535); COPY products FROM 's3://b/x' CSV;",
        "ALTER TABLE brands RENAME TO makers; SELECT nothing FROM v;",
        "DROP TABLE kept; CREATE TABLE kept (id INT, price FLOAT, other_id BIGINT REFERENCES products (product_id));",
    ];
    let made = made.iter().enumerate();
    files.extend(made.map(|(at, text)| (format!("made_{at}.sql"), (*text).to_owned())));
    files
}

fn inputs(files: &[(String, String)]) -> Vec<Input> {
    let input = |(name, text): &(String, String)| Input::Text(SourceFile::new(&**name, &**text));
    files.iter().map(input).collect()
}

/// All that is said of each file, after a change of any of them.
fn said(workspace: &mut Workspace, files: &[(String, String)], env: &Environment, what: &str) {
    let fresh = lint(&inputs(files), env.view());
    assert_eq!(fresh.files.len(), files.len());
    for (number, file) in fresh.files.iter().enumerate() {
        let now = workspace.look(number, env.view()).expect("it is there");
        assert_eq!(
            format!("{now:#?}"),
            format!("{file:#?}"),
            "{what}: {}",
            file.path
        );
    }
    assert_eq!(*workspace.schema(None), fresh.schema, "{what}");
}

#[test]
fn a_file_that_changes_says_what_all_say_anew() {
    let env = Environment::default();
    let mut files = sources();
    let mut workspace = Workspace::new(&inputs(&files));
    assert_eq!(workspace.len(), files.len());
    said(&mut workspace, &files, &env, "as they are");
    // Each loses its second half, and gets it back, while others stay half.
    for turn in 0..2 {
        for at in 0..files.len() {
            let whole = sources().swap_remove(at).1;
            let half = whole
                .char_indices()
                .map(|(at, _)| at)
                .nth(whole.chars().count() / 2);
            files[at].1 = match (turn + at) % 2 {
                0 => whole[..half.unwrap_or_default()].to_owned(),
                _ => whole,
            };
            let (name, text) = &files[at];
            workspace.set(at, SourceFile::new(&**name, &**text));
            said(
                &mut workspace,
                &files,
                &env,
                &format!("turn {turn}, file {at}"),
            );
        }
    }
    let more = (
        "last.sql".to_owned(),
        "ALTER TABLE products ALTER DISTSTYLE ALL;".to_owned(),
    );
    let number = workspace.add(SourceFile::new(&*more.0, &*more.1));
    assert_eq!(number, files.len());
    files.push(more);
    said(&mut workspace, &files, &env, "with one more");
    workspace.remove(number);
    assert!(workspace.look(number, env.view()).is_none());
    files.pop();
    said(&mut workspace, &files, &env, "without it");
}
