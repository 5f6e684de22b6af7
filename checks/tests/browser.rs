//! The page and the report in a real browser: headless Chromium through its driver.

mod page;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use page::{page, samples};
use thirtyfour::common::print::PrintParameters;
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
            .number("return (async () => { for (const row of document.querySelectorAll('tr[data-row]')) await distkey.open(row.dataset.row); return [...document.querySelectorAll('#result section.plan')].reduce((sum, plan) => sum + distkey.planOf(plan).boxes.nodes.filter((box) => box.element).reduce((steps, box) => steps + box.own, 0), 0); })()")
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
        "return document.querySelectorAll('#result .aligned .removed').length > 0",
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
    page.click("[data-for='advise'][data-sample]").await;
    page.until(
        "recommendations",
        "return /^[1-9].* should change/.test(document.querySelector('#result h1')?.textContent ?? '')",
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

/// Pastes a text as a person does, with the focus on what the selector finds.
fn pasted(selector: &str, text: &str) -> String {
    format!(
        "const all = new DataTransfer(); all.setData('text/plain', {});
         document.querySelector({selector:?}).dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: all, bubbles: true, cancelable: true }}))",
        serde_json::to_string(text).expect("JSON")
    )
}

#[tokio::test]
async fn the_front_page_answers_an_example_and_takes_what_is_pasted_anywhere() {
    let Some(page) = page(1440, 900).await else {
        return;
    };
    page.until(
        "an answered example",
        "return !!document.querySelector('#result .step') && !document.querySelector('#example').hidden",
    )
    .await;
    let plan = std::fs::read_to_string(&samples()[0]).expect("a sample");
    let ddl = "CREATE TABLE orders (id BIGINT, note VARCHAR(65535)) DISTSTYLE EVEN;";
    let query = "SELECT id FROM orders WHERE id = 7";
    // Where each kind goes, from the tab that is open: the tab and the field.
    for (open, text, mode, field) in [
        ("lint", plan.as_str(), "plan", "plan"),
        ("plan", ddl, "plan", "plan_ddl"),
        ("advise", ddl, "advise", "ddl"),
        ("advise", query, "advise", "query"),
        ("plan", query, "query", "query"),
        ("query", ddl, "query", "ddl"),
        ("diff", plan.as_str(), "diff", "before"),
        ("diff", plan.as_str(), "diff", "after"),
        ("query", "{\"rows\": {\"orders\": 5}}", "query", "stats"),
        (
            "query",
            "schemaname,tablename,attname,n_distinct\npublic,orders,id,-1\n",
            "query",
            "columns",
        ),
    ] {
        page.click(&format!("[data-mode='{open}']")).await;
        page.run(&pasted("body", text)).await;
        let found = page
            .run(&format!(
                "return [distkey.page.mode, distkey.page.field({field:?}).value.trim()]"
            ))
            .await;
        assert_eq!(found, serde_json::json!([mode, text.trim()]), "from {open}");
    }
    // The example's texts are gone, and it is no example any more.
    page.until(
        "no example",
        "return document.querySelector('#example').hidden",
    )
    .await;
    page.end().await;
}

#[tokio::test]
async fn what_is_half_typed_keeps_the_answer_and_a_reload_keeps_the_paste() {
    let Some(page) = page(1440, 900).await else {
        return;
    };
    let plan = std::fs::read_to_string(&samples()[0]).expect("a sample");
    page.run(&pasted("body", &plan)).await;
    page.until("an answer", "return document.querySelector('#example').hidden && !!document.querySelector('#result .step')")
        .await;
    for (field, half) in [
        ("distkey", "orders="),
        ("sortkey", "orders"),
        ("scale", "orders=x"),
        ("to_cluster", "ra3.hu"),
        ("budget", "8x"),
        ("cluster", "ra3."),
    ] {
        page.run(&format!(
            "document.querySelectorAll('details.more').forEach((one) => {{ one.open = true; }});
             const field = distkey.page.field({field:?}); field.value = {half:?}; field.dispatchEvent(new Event('input', {{ bubbles: true }}))"
        ))
        .await;
        page.until(
            field,
            &format!(
                "return distkey.page.field({field:?}).getAttribute('aria-invalid') === 'true'"
            ),
        )
        .await;
        let kept = page
            .run("return !!document.querySelector('#result .step')")
            .await;
        assert_eq!(kept, true, "{field}");
        let said = page.text("#problem").await;
        assert!(!said.contains("--"), "{said}");
        page.run(&format!(
            "const field = distkey.page.field({field:?}); field.value = ''; field.dispatchEvent(new Event('input', {{ bubbles: true }}))"
        ))
        .await;
        page.until(field, "return document.querySelector('#problem').hidden")
            .await;
    }
    page.open(&format!("{}/", page.url)).await;
    page.until(
        "the paste",
        "return !!document.querySelector('#result .step')",
    )
    .await;
    let kept = page.run("return distkey.page.field('plan').value").await;
    assert_eq!(kept.as_str().map(str::trim), Some(plan.trim()));
    page.end().await;
}

#[tokio::test]
async fn a_folder_goes_where_its_files_belong_and_a_saved_drawing_has_its_colours() {
    let Some(page) = page(1440, 900).await else {
        return;
    };
    page.run(
        "const files = [new File(['CREATE TABLE a (id BIGINT, b_id BIGINT) DISTSTYLE EVEN'], 'a.sql'), new File(['CREATE TABLE b (id BIGINT) DISTSTYLE EVEN;'], 'b.sql'),
           new File(['SELECT count(*) FROM a JOIN b ON a.b_id = b.id'], 'q.sql'), new File(['{\"rows\": {\"a\": 90000000, \"b\": 9000000}}'], 'stats.json'), new File([new Uint8Array([0, 1, 2])], 'x.bin')];
         distkey.page.take(files)",
    )
    .await;
    page.until(
        "recommended keys",
        "return /of 2 tables should change/.test(document.querySelector('#result h1')?.textContent ?? '')",
    )
    .await;
    assert!(page.text(".took").await.contains("1 file not read"));
    // The same files, asked otherwise, and back.
    for (other, heading) in [
        ("Lint DDL", "2 statements in 1 file"),
        ("Recommend keys", "of 2 tables should change"),
    ] {
        page.run(&format!("[...document.querySelectorAll('#also button')].find((one) => one.textContent === {other:?}).click()")).await;
        page.until(
            other,
            &format!("return (document.querySelector('#result h1')?.textContent ?? '').includes({heading:?}) && document.querySelectorAll('#also button').length === 2"),
        )
        .await;
    }
    let plan = std::fs::read_to_string(&samples()[0]).expect("a sample");
    page.run(&pasted("body", &plan)).await;
    page.until("a plan", "return !!document.querySelector('#result .step')")
        .await;
    let drawing = page.run("return distkey.page.drawing()").await;
    let drawing = drawing.as_str().unwrap_or_default();
    assert!(drawing.starts_with("<svg") && drawing.contains("rgb("));
    for foreign in ["var(", "color(", "color-mix", "class=", "<style"] {
        assert!(!drawing.contains(foreign), "{foreign}");
    }
    page.end().await;
}

/// Sheets of a PDF.
fn sheets(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    let pages = text.match_indices("/Type /Page");
    pages
        .filter(|(at, found)| !text[at + found.len()..].starts_with('s'))
        .count()
}

#[tokio::test]
async fn a_plan_of_17_steps_prints_on_two_pages() {
    let Some(page) = page(1440, 900).await else {
        return;
    };
    let pdf = page.driver.print_page(PrintParameters::default()).await;
    let pdf = pdf.expect("a PDF");
    assert_eq!(sheets(&pdf), 2, "the page");
    let report = report(&["sample_plans/search_by_category_normalized.txt"]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.html");
    std::fs::write(&path, report).expect("a report");
    page.open(&format!("file://{}", path.display())).await;
    let pdf = page.driver.print_page(PrintParameters::default()).await;
    let pdf = pdf.expect("a PDF");
    if let Some(folder) = std::env::var_os("DISTKEY_SCREENSHOTS") {
        std::fs::write(Path::new(&folder).join("report.pdf"), &pdf).expect("it is written");
    }
    assert_eq!(sheets(&pdf), 2, "the report");
    page.end().await;
}

fn report(plans: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_distkey-checks"))
        .args(["explain", "--format", "html"])
        .args(plans)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output();
    output.expect("distkey runs").stdout
}

/// In a file they are in it; the page asks for what is not.
#[tokio::test]
async fn several_plans_are_opened_one_by_one() {
    let Some(page) = page(1440, 900).await else {
        return;
    };
    let seen = "return [...document.querySelectorAll('section.plan')].filter((one) => one.checkVisibility()).map((one) => one.dataset.plan).join()";
    let plans: Vec<&str> = ["broadcast", "nested_loop", "redistribute_both"].into();
    let paths: Vec<String> = plans
        .iter()
        .map(|name| format!("sample_plans/{name}.txt"))
        .collect();
    let report = report(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.html");
    std::fs::write(&path, report).expect("a report");
    page.open(&format!("file://{}", path.display())).await;
    let slowest = "return document.querySelector('tr[data-row]').dataset.row";
    assert_eq!(page.run(seen).await, page.run(slowest).await);
    for plan in ["1", "2", "3", "1"] {
        page.click(&format!("tr[data-row='{plan}'] a")).await;
        page.until(plan, &format!("{} === '{plan}'", seen)).await;
        let drawn =
            "return document.querySelectorAll('section.plan:not([hidden]) svg .step').length";
        assert!(page.number(drawn).await > 1, "plan {plan}");
    }
    let step = page
        .run("return document.querySelector('tr[data-row=\"2\"]').dataset.prefix + 'step-1'")
        .await;
    let link = format!(
        "file://{}#{}",
        path.display(),
        step.as_str().unwrap_or_default()
    );
    page.open("about:blank").await;
    page.open(&link).await;
    page.until("the step's plan", &format!("{seen} === '2'"))
        .await;

    // Beyond what an answer holds: each is asked for.
    let text = (1..=60)
        .map(|at| {
            let rows = at * 1000;
            format!("XN Hash Join DS_BCAST_INNER  (cost=1.00..250000000.00 rows={rows} width=80)\n  Hash Cond: (\"outer\".id = \"inner\".id)\n  ->  XN Seq Scan on a{at}  (cost=0.00..900000.00 rows={rows}000 width=40)\n  ->  XN Hash  (cost=8.00..8.00 rows=8000 width=40)\n        ->  XN Seq Scan on b  (cost=0.00..8.00 rows=8000 width=40)\n\n")
        })
        .collect::<String>();
    page.open(&format!("{}/", page.url)).await;
    page.ask(&[("plan", &text)]).await;
    let kept = page
        .number("return document.querySelectorAll('template[data-plan]').length")
        .await;
    assert!((1..59).contains(&kept), "{kept}");
    for plan in ["60", "59", "1", "2", "60"] {
        page.run(&format!(
            "document.querySelector('tr[data-row=\"{plan}\"] a').click()"
        ))
        .await;
        page.until(plan, &format!("{seen} === '{plan}'")).await;
        let table = page.run("return [...document.querySelectorAll('section.plan:not([hidden]) svg .name')].some((one) => one.textContent.includes('a'+location.hash.slice(6)))").await;
        assert_eq!(table, true, "plan {plan}");
    }
    page.end().await;
}

/// What `rsvg-convert`, which knows no style sheet of ours, makes of a drawing: how many colours.
fn colours(drawing: &str) -> Option<usize> {
    let program = page::program(&["rsvg-convert"])?;
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("a.svg"), folder.path().join("a.png"));
    std::fs::write(&from, drawing).expect("a file");
    let converted = Command::new(program)
        .arg(&from)
        .arg("-o")
        .arg(&to)
        .output()
        .expect("it runs");
    assert!(
        converted.status.success(),
        "{}",
        String::from_utf8_lossy(&converted.stderr)
    );
    let png = std::fs::read(&to).expect("a picture");
    Some(png.len())
}

#[tokio::test]
async fn saved_drawings_open_outside_a_browser() {
    let Some(page) = page(1440, 900).await else {
        return;
    };
    for view in ["tree", "joins"] {
        page.click(&format!("[role=tab][data-view={view}]")).await;
        let drawing = page.run("return distkey.page.drawing()").await;
        let drawing = drawing.as_str().unwrap_or_default().to_owned();
        for foreign in [
            "var(",
            "color(",
            "color-mix",
            "class=",
            "<style",
            "currentcolor",
        ] {
            assert!(!drawing.contains(foreign), "{view}: {foreign}");
        }
        let png = page
            .run("return (async () => { const png = await distkey.page.pixels(distkey.page.drawing()); return [png.type, png.size]; })()")
            .await;
        assert_eq!(png[0], "image/png", "{view}");
        assert!(png[1].as_u64() > Some(10_000), "{view}: {png}");
        match colours(&drawing) {
            None => println!("skipped: no rsvg-convert"),
            Some(size) => assert!(size > 5_000, "{view}: {size} bytes"),
        }
    }
    page.end().await;
}
