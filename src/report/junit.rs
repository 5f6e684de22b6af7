//! JUnit XML: one suite a file, one test case a finding.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::failed::Failed;
use super::items::Item;
use crate::rules::Severity;

/// The report; a hint is a test that passes with a message, a file that could not be
/// read or written is one that could not be run.
///
/// # Errors
/// What the library says of writing XML.
pub fn render(
    items: &[Item<'_>],
    paths: &[&str],
    failed: &[Failed],
) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("distkey");
    let failed_only = failed.iter().map(|one| one.path.as_str());
    let failed_only = failed_only.filter(|path| !paths.contains(path));
    for path in paths.iter().copied().chain(failed_only) {
        let mut suite = TestSuite::new(path);
        let of_file: Vec<&Item<'_>> = items.iter().filter(|item| item.path == path).collect();
        let undone: Vec<&Failed> = failed.iter().filter(|one| one.path == path).collect();
        for one in &undone {
            if !one.fails() {
                let mut case = TestCase::new(one.code(), TestCaseStatus::success());
                case.set_system_out(one.message());
                suite.add_test_case(case);
                continue;
            }
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(one.message());
            status.set_type(one.code());
            suite.add_test_case(TestCase::new(one.code(), status));
        }
        if of_file.is_empty() && undone.is_empty() {
            suite.add_test_case(TestCase::new("no findings", TestCaseStatus::success()));
        }
        for item in of_file {
            suite.add_test_case(case(item));
        }
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn case(item: &Item<'_>) -> TestCase {
    let name = format!("{} {} at line {}", item.code, item.name, item.line);
    if item.severity == Severity::Hint {
        let mut case = TestCase::new(name, TestCaseStatus::success());
        case.set_system_out(item.message.as_str());
        return case;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(item.message.as_str());
    status.set_type(item.severity.to_string());
    status.set_description(item.remedy.as_str());
    TestCase::new(name, status)
}
