//! The command line's contract, as readable sessions.

#[test]
fn commands() {
    trycmd::TestCases::new()
        .case("tests/cmd/*.md")
        .env("NO_COLOR", "1")
        .env("GITHUB_ACTIONS", "");
}
