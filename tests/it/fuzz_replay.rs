//! Replays the seeds of every fuzz target, and inputs that once went wrong.

use std::path::Path;

use distkey::fuzz;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut seeds = 0;
    for entry in std::fs::read_dir(folder).expect("seeds") {
        let data = std::fs::read(entry.expect("an entry").path()).expect("a seed");
        run(&data);
        // Cut anywhere, a seed must still be read.
        for end in (0..data.len()).step_by(data.len() / 16 + 1) {
            run(&data[..end]);
        }
        seeds += 1;
    }
    assert!(seeds > 0, "{target} has no seeds");
}

#[test]
fn paste() {
    replay("paste", fuzz::paste);
}

#[test]
fn print_read_back() {
    replay("print_read_back", fuzz::print_read_back);
}

#[test]
fn sql_parse() {
    replay("sql_parse", fuzz::sql_parse);
}

#[test]
fn fix_then_parse() {
    replay("fix_then_parse", fuzz::fix_then_parse);
}

#[cfg(feature = "serve")]
#[test]
fn api() {
    replay("api", fuzz::api);
}
