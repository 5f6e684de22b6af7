//! The page and the report in a real browser: headless Chromium through its driver.
//! Where there is none, "skipped: no browser" is printed and nothing is tested.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use distkey::config::Config;
use distkey::serve::Server;
use thirtyfour::prelude::*;

/// A browser, its driver and the page; all end with the test.
struct Page {
    driver: WebDriver,
    process: Child,
    _profile: tempfile::TempDir,
    url: String,
}

fn program(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let all = std::env::split_paths(&folders)
        .flat_map(|folder| names.iter().map(move |n| folder.join(n)));
    all.into_iter().find(|path| path.is_file())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// The page in a browser window of this size; `None` where there is no browser.
async fn page(width: u32, height: u32) -> Option<Page> {
    let (Some(chromium), Some(driver)) = (
        program(&["chromium", "chromium-browser", "google-chrome"]),
        program(&["chromedriver"]),
    ) else {
        println!("skipped: no browser");
        return None;
    };
    let server = Server::bind(Ipv4Addr::LOCALHOST.into(), 0, Config::default()).expect("a port");
    let url = format!("http://{}", server.address().expect("an address"));
    std::thread::spawn(move || server.run(std::future::pending()));
    let port = free_port();
    let process = Command::new(driver)
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the driver starts");
    let profile = tempfile::tempdir().expect("a folder");
    let mut wanted = DesiredCapabilities::chrome();
    wanted
        .set_binary(&chromium.to_string_lossy())
        .expect("a binary");
    for argument in [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-dev-shm-usage",
        "--force-prefers-reduced-motion",
        &format!("--window-size={width},{height}"),
        &format!("--user-data-dir={}", profile.path().display()),
    ] {
        wanted.add_arg(argument).expect("an argument");
    }
    let address = format!("http://127.0.0.1:{port}");
    let mut tries = 0;
    let driver = loop {
        match WebDriver::new(&address, wanted.clone()).await {
            Ok(driver) => break driver,
            Err(error) if tries > 100 => panic!("no browser session: {error}"),
            Err(_) => tries += 1,
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let page = Page {
        driver,
        process,
        _profile: profile,
        url,
    };
    page.open(&format!("{}/", page.url)).await;
    Some(page)
}

impl Page {
    /// Opens an address, and remembers what goes wrong on it.
    async fn open(&self, url: &str) {
        self.driver.goto(url).await.expect("the page opens");
        self.run(
            "window.wrong = [];
             addEventListener('error', (e) => window.wrong.push(String(e.message)));
             addEventListener('unhandledrejection', (e) => window.wrong.push(String(e.reason)));
             document.addEventListener('securitypolicyviolation', (e) => window.wrong.push(e.violatedDirective + ' ' + e.blockedURI));
             console.error = (...all) => window.wrong.push(all.join(' '));",
        )
        .await;
    }

    async fn run(&self, script: &str) -> serde_json::Value {
        let value = self.driver.execute(script, Vec::new()).await;
        value.expect("the script runs").json().clone()
    }

    async fn number(&self, script: &str) -> u64 {
        self.run(script).await.as_u64().unwrap_or_default()
    }

    async fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({selector:?})?.innerText ?? ''");
        self.run(&script)
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until a script says true.
    async fn until(&self, what: &str, script: &str) {
        for _ in 0..200 {
            if self.run(script).await.as_bool() == Some(true) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let wrong = self
            .run("return [window.wrong, document.querySelector('#problem')?.innerText]")
            .await;
        panic!("waited in vain for {what}; {wrong}");
    }

    /// Types where the focus is.
    async fn keys(&self, keys: impl Into<TypingData>) {
        let focused = self.driver.active_element().await.expect("focus");
        focused.send_keys(keys).await.expect("keys");
    }

    async fn click(&self, selector: &str) {
        let found = self.driver.find(By::Css(selector)).await;
        found.expect(selector).click().await.expect("a click");
    }

    /// Fills a field as a paste does, and asks.
    async fn ask(&self, fields: &[(&str, &str)]) {
        self.run("document.querySelector('#result').textContent = ''")
            .await;
        for (name, value) in fields {
            let (name, value) = (
                serde_json::to_string(name).expect("JSON"),
                serde_json::to_string(value).expect("JSON"),
            );
            self.run(&format!(
                "document.querySelector('#ask').elements.namedItem({name}).value = {value}"
            ))
            .await;
        }
        self.click(".primary").await;
        self.until(
            "an answer",
            "return document.querySelector('#result').childElementCount > 0 && !document.querySelector('#result.waiting') || !document.querySelector('#problem').hidden",
        )
        .await;
    }

    async fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(name);
        self.driver.screenshot(&path).await.expect("a screenshot");
    }

    /// Nothing went wrong; ends the browser.
    async fn end(mut self) {
        let wrong = self.run("return window.wrong").await;
        let _ = self.driver.clone().quit().await;
        let _ = self.process.kill();
        let _ = self.process.wait();
        assert_eq!(
            wrong,
            serde_json::json!([]),
            "the console is free of errors"
        );
    }
}

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample_plans");
    let entries = std::fs::read_dir(folder).expect("samples");
    let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_none_or(|ending| ending != "toml"));
    paths.sort();
    paths
}

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
