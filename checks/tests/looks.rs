//! How the page looks and whether everybody can use it: no text on text or out of its box, nothing out
//! of the window, nothing that axe-core finds, everything by keyboard alone. Over the samples here; over
//! all plans of the corpus where `.ci/long` asks for them.

mod page;

use std::path::{Path, PathBuf};

use page::{Page, axe, page, samples};
use thirtyfour::prelude::*;

/// Windows as a desk and a telephone have them.
const SIZES: [(u32, u32); 2] = [(1440, 900), (390, 844)];
const VIEWS: [&str; 4] = ["tree", "table", "text", "joins"];

/// Every plan of the corpus; none where it is absent.
fn corpus() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("DISTKEY_CORPUS");
    let folder = folder.map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(folder.join("plans")) else {
        println!("skipped: no corpus");
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    paths.sort();
    paths
}

/// The same thing is often wrong in many views: each is said once.
fn told(wrong: &[String]) -> String {
    let said = wrong
        .iter()
        .map(|one| one.split_once(": ").map_or(one.as_str(), |(_, said)| said));
    let mut all: Vec<&str> = said.collect();
    all.sort_unstable();
    all.dedup();
    let first = wrong.first().map_or("", String::as_str);
    format!(
        "{} things wrong, first {first}\n{}",
        wrong.len(),
        all.join("\n")
    )
}

/// Looks at the answer in every size, theme and view.
async fn check(page: &Page, name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (width, height) in SIZES {
        page.size(width, height).await;
        for view in VIEWS {
            let there = format!("return !!document.querySelector('[role=tab][data-view={view}]')");
            if view != VIEWS[0] && page.run(&there).await == false {
                continue;
            }
            page.run(&format!(
                "document.querySelectorAll('[role=tab][data-view={view}]').forEach((tab) => tab.click())"
            ))
            .await;
            for theme in ["light", "dark"] {
                page.theme(theme).await;
                let mut found = page.axe().await;
                if theme == "light" {
                    found.extend(page.looks().await);
                }
                let place = format!("{name}, {width} px, {view}, {theme}");
                wrong.extend(found.iter().map(|one| format!("{place}: {one}")));
            }
        }
    }
    page.size(SIZES[0].0, SIZES[0].1).await;
    wrong
}

async fn check_plans(paths: &[PathBuf]) {
    let Some(page) = page(1440, 900).await else {
        return;
    };
    let mut wrong = Vec::new();
    for path in paths {
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        page.ask(&[("plan", &text)]).await;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        wrong.extend(check(&page, &name).await);
    }
    println!("{} plans, {} things wrong", paths.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", told(&wrong));
    page.end().await;
}

#[tokio::test]
async fn ten_plans_look_right_and_axe_finds_nothing() {
    let paths: Vec<PathBuf> = samples().into_iter().take(10).collect();
    check_plans(&paths).await;
}

#[tokio::test]
#[ignore = "all plans of the corpus take minutes: .ci/long"]
async fn corpus_plans_look_right_and_axe_finds_nothing() {
    check_plans(&corpus()).await;
}

#[tokio::test]
async fn every_answer_looks_right_and_axe_finds_nothing() {
    let Some(page) = page(1440, 900).await else {
        return;
    };
    if axe().is_none() {
        println!("skipped: no axe-core (npm ci in checks/)");
    }
    let mut wrong = check(&page, "the front page").await;
    for mode in ["query", "diff", "lint", "advise"] {
        page.click(&format!("[data-mode='{mode}']")).await;
        page.run("document.querySelector('#result').textContent = ''")
            .await;
        page.click(&format!("[data-sample][data-for='{mode}']"))
            .await;
        page.until(
            "an answer",
            "return document.querySelector('#result').childElementCount > 0 && !document.querySelector('#result.waiting')",
        )
        .await;
        wrong.extend(check(&page, mode).await);
    }
    assert!(wrong.is_empty(), "{}", told(&wrong));
    page.end().await;
}

/// What the check finds must be what is there: each of these faults is seen.
#[tokio::test]
async fn faults_are_found() {
    let Some(page) = page(1440, 900).await else {
        return;
    };
    for (fault, told) in [
        (
            "document.querySelector('.step .name').textContent = 'x'.repeat(80)",
            "text reaches out of its box",
        ),
        (
            "document.querySelectorAll('.step')[1].setAttribute('transform', 'translate(20 30)')",
            "boxes overlap",
        ),
        (
            "document.querySelector('.costliest').style.marginTop = '-60px'",
            "texts overlap",
        ),
        (
            "document.querySelector('.edit').style.width = '40px'",
            "a button is too narrow",
        ),
        (
            "document.querySelector('.facts').style.width = '1900px'; document.querySelector('.facts').style.whiteSpace = 'nowrap'; document.querySelector('.verdict-words').style.minWidth = '1800px'",
            "px wider than the window",
        ),
    ] {
        let text = std::fs::read_to_string(&samples()[0]).expect("a sample");
        page.ask(&[("plan", &text)]).await;
        assert_eq!(page.looks().await, [""; 0], "before {fault}");
        page.run(fault).await;
        let found = page.looks().await;
        assert!(
            found.iter().any(|one| one.contains(told)),
            "{told}: {found:?}"
        );
        page.run(
            "document.querySelectorAll('[style]').forEach((one) => one.removeAttribute('style'))",
        )
        .await;
    }
    page.end().await;
}

#[tokio::test]
async fn the_keyboard_alone_pastes_asks_reads_and_tries() {
    let Some(page) = page(1440, 900).await else {
        return;
    };
    // Open the field, paste and ask.
    page.run("document.querySelector('.edit').focus()").await;
    page.keys(Key::Enter + "").await;
    let text = std::fs::read_to_string(&samples()[0]).expect("a sample");
    page.run(&format!(
        "document.activeElement.value = {}",
        serde_json::to_string(&text).expect("JSON")
    ))
    .await;
    assert_eq!(page.run("return document.activeElement.name").await, "plan");
    page.keys(Key::Control + Key::Enter).await;
    page.until(
        "an answer",
        "return document.querySelector('#result').innerText.includes('order_items') && !document.querySelector('#result.waiting')",
    )
    .await;
    // Everything that can be clicked is reached by Tab, and where the focus is can be seen.
    let wanted = page
        .number(
            "document.activeElement.blur();
             window.reached = new Set();
             return [...document.querySelectorAll('button, a[href], input, select, textarea, summary')].filter((e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.tabIndex >= 0).length",
        )
        .await;
    for _ in 0..wanted + 5 {
        page.keys(Key::Tab + "").await;
        let unseen = page
            .run(
                "const at = document.activeElement; window.reached.add(at);
                 const style = getComputedStyle(at.querySelector?.(':scope > .box') ?? at);
                 const seen = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none' || at.closest('svg') !== null;
                 return at === document.body || seen ? '' : at.outerHTML.slice(0, 120)",
            )
            .await;
        assert_eq!(unseen, "", "the focus is seen");
    }
    let missed = page
        .run(
            "return [...document.querySelectorAll('button, a[href], input, select, textarea, summary, .step[tabindex=\"0\"]')]
               .filter((e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.tabIndex >= 0 && !window.reached.has(e)).map((e) => e.outerHTML.slice(0, 120))",
        )
        .await;
    assert_eq!(missed, serde_json::json!([]), "all is reached by Tab");
    // From the drawing to the details and back; a box is folded and opened.
    page.run("document.querySelector('.step[tabindex=\"0\"]').focus()")
        .await;
    page.keys(Key::Home + "").await;
    page.keys(Key::Enter + "").await;
    let in_details = "return !!document.activeElement.closest('.step-details')";
    assert_eq!(page.run(in_details).await, true);
    page.run("document.querySelector('.step[tabindex=\"0\"]').focus()")
        .await;
    let boxes = "return document.querySelectorAll('.step').length";
    let all = page.number(boxes).await;
    page.keys(" ").await;
    assert_eq!(page.number(boxes).await, 1);
    page.keys(" ").await;
    assert_eq!(page.number(boxes).await, all);
    // The views are tabs: arrows change them.
    page.run("document.querySelector('[role=tab][data-view=tree]').focus()")
        .await;
    page.keys(Key::Right + "").await;
    let table = "return !document.querySelector('.view.table').hidden && document.querySelectorAll('.view.table tbody tr').length";
    assert!(page.number(table).await > 0);
    // Try an advice and take it back.
    page.run("document.querySelector('[data-try]').focus()")
        .await;
    page.keys(Key::Enter + "").await;
    page.until(
        "before and after",
        "return !!document.querySelector('#result .comparison')",
    )
    .await;
    page.until(
        "the focus on the same button",
        "return document.activeElement.matches('[data-try]') && document.activeElement.textContent === 'Undo'",
    )
    .await;
    page.keys(Key::Enter + "").await;
    page.until(
        "the plan alone",
        "return !document.querySelector('#result .comparison')",
    )
    .await;
    // Who wants less motion gets none.
    let moving = page.number("return document.getAnimations().length").await;
    assert_eq!(moving, 0);
    page.end().await;
}
