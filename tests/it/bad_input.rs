//! What no plan should look like: one clear message or a note, never a panic.

use distkey::plan::{self, PasteError};

#[test]
fn what_is_no_plan_is_named() {
    let error = |text: &str| plan::read(text).error;
    assert_eq!(error(" \n\t\n"), Some(PasteError::Empty));
    assert_eq!(error("XN\0Seq Scan"), Some(PasteError::Binary));
    assert_eq!(
        error("so slow\nwhy?"),
        Some(PasteError::NoPlan { lines: 2 })
    );
    let postgres = "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)";
    assert_eq!(error(postgres), Some(PasteError::PostgreSql { line: 1 }));
    let analyze = format!("{postgres} (actual time=0.01..0.02 rows=1 loops=1)");
    assert_eq!(
        error(&analyze),
        Some(PasteError::ExplainAnalyze { line: 1 })
    );
    let info = "query | nodeid | segment | step | locus | plannode | startupcost\n1 | 1 | 0 | 1 | 0 | 104 | 0";
    assert_eq!(error(info), Some(PasteError::PlanInfo));
}

#[test]
fn absurd_numbers_leave_the_step() {
    let text = "XN Seq Scan on t  (cost=nan..-1.00 rows=-3 width=NaN)";
    let reading = plan::read(text);
    let node = &reading.plans[0].nodes[0];
    assert_eq!((node.cost, node.rows, node.width), (None, None, None));
    let digits = "9".repeat(99);
    let text = format!("XN Seq Scan on t  (cost=0.00..{digits}.00 rows=1 width=4)");
    assert!(
        plan::read(&text).plans[0].nodes[0]
            .cost
            .is_some_and(|cost| cost.total > 9e98)
    );
}

#[test]
fn size_and_depth_do_not_break_it() {
    let mut deep = String::from("XN Limit  (cost=0.00..1.00 rows=1 width=4)\n");
    for depth in 0..2_000 {
        let indent = " ".repeat(2 + 6 * depth);
        deep.push_str(&format!(
            "{indent}->  XN Limit  (cost=0.00..1.00 rows=1 width=4)\n"
        ));
    }
    let reading = plan::read(&deep);
    assert_eq!(
        reading.plans[0].nodes.last().map(|node| node.depth),
        Some(2_000)
    );
    assert_eq!(reading.plans[0].to_string(), deep);

    let flat = "->  XN Limit  (cost=0.00..1.00 rows=1 width=4)\n".repeat(100_000);
    assert_eq!(plan::read(&flat).plans[0].nodes.len(), 100_000);

    let long = format!(
        "XN Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: {}",
        "a = 1 OR ".repeat(5_000_000)
    );
    assert_eq!(plan::read(&long).plans[0].nodes.len(), 1);
}

#[test]
fn line_ends_and_marks_do_not_matter() {
    let plain = "XN Limit  (cost=0.00..1.00 rows=1 width=4)\n  ->  XN Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n";
    let expected = plan::read(plain).plans;
    for text in [
        plain.replace('\n', "\r\n"),
        format!("\u{feff}{plain}"),
        plain.replace(' ', "\u{a0}"),
    ] {
        let source = distkey::text::SourceFile::from_bytes("t", text.into_bytes());
        assert_eq!(plan::read(&source.text).plans, expected);
    }
}
