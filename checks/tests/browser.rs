//! The page and the report in a real browser: headless Chromium through its driver.

mod page;

use std::process::Command;
use std::time::Duration;

use page::{page, samples};
use thirtyfour::prelude::*;

#[tokio::test]
async fn every_sample_is_drawn_with_all_its_steps() {
    let Some(page) = page(1400, 1000).await else {
        return;
    };
    for path in samples() {
        let text = std::fs::read_to_string(&path).expect("a sample");
        let plans = distkey::plan::read(&text).plans;
        let wanted: usize = plans.iter().map(|plan| plan.nodes.len()).sum();
        page.ask(&[("plan", &text)]).await;
        let drawn = page
            .number("return [...document.querySelectorAll('#result section.plan')].reduce((sum, plan) => sum + distkey.planOf(plan).boxes.nodes.filter((box) => box.element).reduce((steps, box) => steps + box.own, 0), 0)")
            .await;
        assert_eq!(drawn as usize, wanted, "{}", path.display());
        let verdicts = page
            .number("return document.querySelectorAll('#result .verdict').length")
            .await;
        assert_eq!(verdicts as usize, plans.len(), "{}", path.display());
        // Nothing is wider than the window.
        let over = page
            .number("return Math.max(0, document.documentElement.scrollWidth - innerWidth)")
            .await;
        assert_eq!(over, 0, "{}", path.display());
    }
    page.end().await;
}

#[tokio::test]
async fn findings_lead_to_their_steps_and_the_keyboard_walks_the_tree() {
    let Some(page) = page(1400, 1000).await else {
        return;
    };
    page.screenshot("first.png").await;
    page.click("[data-sample='0']").await;
    page.until(
        "findings",
        "return document.querySelectorAll('#result .advice .card').length > 0",
    )
    .await;
    page.screenshot("sample.png").await;
    let links = page
        .number("return document.querySelectorAll('.advice a[href^=\"#\"]').length")
        .await;
    assert!(links > 0);
    for at in 0..links {
        page.run(&format!(
            "document.querySelectorAll('.advice a[href^=\"#\"]')[{at}].click()"
        ))
        .await;
        let shown = page.run(
            "const id = location.hash.slice(1); const e = document.getElementById(id); return e.classList.contains('chosen') && e.offsetHeight > 0 && e.innerText.includes('Step')",
        ).await;
        assert_eq!(shown, true, "finding {at}");
    }
    // Into the drawing, to its root, and down by one line.
    page.run("document.querySelector('svg .step[tabindex=\"0\"]').focus()")
        .await;
    page.keys(Key::Home + "").await;
    page.keys(Key::Down + "").await;
    let chosen = page
        .run("return distkey.planOf(document.querySelector('section.plan')).step")
        .await;
    assert_eq!(chosen, 1);
    page.run("document.activeElement.blur()").await;
    page.driver
        .find(By::Css("body"))
        .await
        .expect("the body")
        .send_keys("/")
        .await
        .expect("a key");
    assert_eq!(
        page.run("return document.activeElement.type").await,
        "search"
    );
    page.keys("products").await;
    let faded = page
        .number("return document.querySelectorAll('svg .step.faded').length")
        .await;
    assert!(faded > 0);
    assert_eq!(page.text(".found").await, "1 found");
    page.keys(Key::Enter + "").await;
    assert_eq!(page.text(".found").await, "1 of 1");
    page.keys(Key::Escape + "").await;
    assert_eq!(page.text(".found").await, "");
    // Fold the top: one box is left, and the drawing is as small. A link opens it again.
    let before = page
        .number("return document.querySelector('svg.canvas').viewBox.baseVal.height")
        .await;
    page.run(
        "document.querySelector('.fold').dispatchEvent(new MouseEvent('click', {bubbles: true}))",
    )
    .await;
    let boxes = "return document.querySelectorAll('svg .step').length";
    assert_eq!(page.number(boxes).await, 1);
    let after = page
        .number("return document.querySelector('svg.canvas').viewBox.baseVal.height")
        .await;
    assert!(after < before, "{after} < {before}");
    page.run("document.querySelector('.costliest a').click()")
        .await;
    assert!(page.number(boxes).await > 1);
    // Dark is dark.
    let light = page
        .run("return getComputedStyle(document.body).backgroundColor")
        .await;
    page.click("[data-theme-toggle]").await;
    let dark = page
        .run("return getComputedStyle(document.body).backgroundColor")
        .await;
    assert_ne!(light, dark);
    page.screenshot("dark.png").await;
    page.end().await;
}

#[tokio::test]
async fn what_if_compare_lint_advise_and_anonymize_answer() {
    let Some(page) = page(1400, 1000).await else {
        return;
    };
    page.click("[data-mode='query']").await;
    page.click("[data-sample='query']:not([hidden])").await;
    page.until(
        "a plan",
        "return document.querySelectorAll('#result svg .step').length > 0",
    )
    .await;
    page.run("document.querySelectorAll('details.more').forEach((d) => { d.open = true; })")
        .await;
    let scale = page.driver.find(By::Name("scale")).await.expect("a field");
    scale.send_keys("2").await.expect("keys");
    page.until(
        "a comparison",
        "return document.querySelectorAll('#result .comparison tr.differs').length > 0",
    )
    .await;
    page.screenshot("what_if.png").await;
    page.click("[data-mode='diff']").await;
    page.click("[data-sample='diff']").await;
    page.until(
        "a comparison of plans",
        "return document.querySelectorAll('#result .changes .removed').length > 0",
    )
    .await;
    page.screenshot("compare.png").await;
    page.click("[data-mode='lint']").await;
    page.click("[data-sample='lint']").await;
    page.until(
        "findings",
        "return document.querySelectorAll('#result .finding pre.source').length > 0",
    )
    .await;
    page.screenshot("lint.png").await;
    page.click("[data-mode='advise']").await;
    page.click("[data-for='advise'][data-sample='query']").await;
    page.until(
        "recommendations",
        "return document.querySelector('#result h1')?.innerText.includes('should change') ?? false",
    )
    .await;
    page.screenshot("advise.png").await;
    page.click("[data-mode='plan']").await;
    page.click("[data-sample='0']").await;
    page.until(
        "a plan",
        "return document.querySelector('#result').innerText.includes('products')",
    )
    .await;
    page.click("[name='anonymize']").await;
    page.until(
        "other names",
        "return document.querySelector('#result').innerText.includes('table_')",
    )
    .await;
    let text = page.text("#result").await;
    assert!(
        !text.contains("products") && !text.contains("category_id"),
        "{text}"
    );
    page.end().await;
}

#[tokio::test]
async fn hostile_names_run_no_script_in_any_view() {
    let Some(page) = page(1400, 1000).await else {
        return;
    };
    let evil = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>'\"";
    let name = evil.replace('"', "\"\"");
    let plan = format!(
        "XN Hash Join DS_BCAST_INNER  (cost=1000.00..250000000.00 rows=90000000 width=80)\n\
         \x20 Hash Cond: (\"outer\".\"{name}\" = \"inner\".id)\n\
         \x20 ->  XN Seq Scan on \"{name}\" a  (cost=0.00..900000.00 rows=90000000 width=40)\n\
         \x20       Filter: (note = '{evil}'::text)\n\
         \x20 ->  XN Hash  (cost=80000.00..80000.00 rows=8000000 width=40)\n\
         \x20       ->  XN Seq Scan on b  (cost=0.00..80000.00 rows=8000000 width=40)\n\
         ----- Tables missing statistics: {evil} -----\n{evil}\n"
    );
    let ddl = format!(
        "CREATE TABLE \"{name}\" (id BIGINT, \"{name}\" VARCHAR(65535)) DISTSTYLE EVEN; {evil}"
    );
    let query = format!("SELECT * FROM \"{name}\" WHERE id = 1");
    for (mode, fields) in [
        ("plan", vec![("plan", plan.as_str())]),
        (
            "diff",
            vec![("before", plan.as_str()), ("after", plan.as_str())],
        ),
        ("lint", vec![("ddl", ddl.as_str())]),
        (
            "query",
            vec![("ddl", ddl.as_str()), ("query", query.as_str())],
        ),
        (
            "advise",
            vec![("ddl", ddl.as_str()), ("query", query.as_str())],
        ),
    ] {
        page.click(&format!("[data-mode='{mode}']")).await;
        page.ask(&fields).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let hacked = page.run("return window.hacked === undefined").await;
        assert_eq!(hacked, true, "{mode}");
        let images = page
            .number("return document.querySelectorAll('#result img, #result script:not([type=\"application/json\"])').length")
            .await;
        assert_eq!(images, 0, "{mode}");
    }
    page.end().await;
}

#[tokio::test]
async fn the_report_works_from_disk_and_on_a_telephone() {
    let Some(page) = page(500, 900).await else {
        return;
    };
    page.screenshot("narrow.png").await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.html");
    let report = Command::new(env!("CARGO_BIN_EXE_distkey-checks"))
        .args([
            "explain",
            "sample_plans/search_by_category_normalized.txt",
            "--format",
            "html",
        ])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("distkey runs");
    assert!(
        report.stdout.len() < 300_000,
        "{} bytes",
        report.stdout.len()
    );
    std::fs::write(&path, &report.stdout).expect("a report");
    page.open(&format!("file://{}#step-8", path.display()))
        .await;
    page.until(
        "the step",
        "return document.getElementById('step-8')?.offsetHeight > 0",
    )
    .await;
    let drawn = page
        .number("return document.querySelectorAll('svg .step').length")
        .await;
    assert_eq!(drawn, 10, "17 steps in ten boxes");
    let over = page
        .number("return Math.max(0, document.documentElement.scrollWidth - innerWidth)")
        .await;
    assert_eq!(over, 0);
    let requests = page
        .number("return performance.getEntriesByType('resource').length")
        .await;
    assert_eq!(requests, 0, "nothing is fetched");
    page.screenshot("narrow_report.png").await;
    page.end().await;
}
