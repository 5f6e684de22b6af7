//! A browser with the page in it, for the tests that look at it. Where there is none, "skipped: no
//! browser" is printed and nothing is tested.
#![allow(dead_code, missing_docs)]

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use distkey::config::Config;
use distkey::serve::{Server, Start};
use thirtyfour::prelude::*;

/// A browser, its driver and the page; all end with the test.
pub struct Page {
    pub driver: WebDriver,
    _process: Running,
    _profile: tempfile::TempDir,
    pub url: String,
}

/// The driver's process and the folder of its browser's profile.
struct Running {
    process: Child,
    profile: PathBuf,
}

/// Also where a test fails: a browser outlives its driver, and both would run on.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let mut kill = Command::new("pkill");
        kill.args(["-KILL", "-f"]).arg(&self.profile);
        let _ = kill.status();
    }
}

pub fn program(names: &[&str]) -> Option<PathBuf> {
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
pub async fn page(width: u32, height: u32) -> Option<Page> {
    let (Some(chromium), Some(driver)) = (
        program(&["chromium", "chromium-browser", "google-chrome"]),
        program(&["chromedriver"]),
    ) else {
        println!("skipped: no browser");
        return None;
    };
    let server = {
        let start = Start {
            program: env!("CARGO_BIN_EXE_distkey-checks").into(),
            arguments: vec!["serve".to_owned(), "--worker".to_owned()],
        };
        Server::bind(Ipv4Addr::LOCALHOST.into(), 0, Config::default(), start).expect("a port")
    };
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
    let process = Running {
        process,
        profile: profile.path().to_owned(),
    };
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
        _process: process,
        _profile: profile,
        url,
    };
    page.open(&format!("{}/", page.url)).await;
    page.until(
        "the example",
        "return !!document.querySelector('#result .step') && !document.querySelector('#result.waiting')",
    )
    .await;
    Some(page)
}

impl Page {
    /// Opens an address, and remembers what goes wrong on it.
    pub async fn open(&self, url: &str) {
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

    pub async fn run(&self, script: &str) -> serde_json::Value {
        let value = self.driver.execute(script, Vec::new()).await;
        value.expect("the script runs").json().clone()
    }

    pub async fn number(&self, script: &str) -> u64 {
        self.run(script).await.as_u64().unwrap_or_default()
    }

    pub async fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({selector:?})?.innerText ?? ''");
        self.run(&script)
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until a script says true.
    pub async fn until(&self, what: &str, script: &str) {
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
    pub async fn keys(&self, keys: impl Into<TypingData>) {
        let focused = self.driver.active_element().await.expect("focus");
        focused.send_keys(keys).await.expect("keys");
    }

    pub async fn click(&self, selector: &str) {
        let found = self.driver.find(By::Css(selector)).await;
        found.expect(selector).click().await.expect("a click");
    }

    /// Fills a field as a paste does, and asks.
    pub async fn ask(&self, fields: &[(&str, &str)]) {
        self.run("document.querySelector('#result').textContent = ''")
            .await;
        for (name, value) in fields {
            let (name, value) = (
                serde_json::to_string(name).expect("JSON"),
                serde_json::to_string(value).expect("JSON"),
            );
            self.run(&format!(
                "const field = document.querySelector('#ask').elements.namedItem({name}); field.value = {value};
                 if (field.tagName === 'TEXTAREA') field.dispatchEvent(new Event('input', {{ bubbles: true }}))"
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

    /// Gives the window another size, below what a window can have as well.
    pub async fn size(&self, width: u32, height: u32) {
        let size = serde_json::json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false
        });
        let tools = self.driver.cdp();
        let set = tools.send_raw("Emulation.setDeviceMetricsOverride", size);
        set.await.expect("another size");
    }

    /// Light or dark, as a person chooses it.
    pub async fn theme(&self, theme: &str) {
        self.run(&format!(
            "document.documentElement.dataset.theme = {theme:?}"
        ))
        .await;
    }

    /// What is wrong with how the page looks.
    pub async fn looks(&self) -> Vec<String> {
        self.sentences(include_str!("looks.js")).await
    }

    /// What axe-core finds; nothing where it is not installed (`npm ci` in `checks/`).
    pub async fn axe(&self) -> Vec<String> {
        let Some(axe) = axe() else { return Vec::new() };
        if self.run("return typeof axe === 'undefined'").await == true {
            self.run(&axe).await;
        }
        self.sentences(include_str!("axe.js")).await
    }

    async fn sentences(&self, script: &str) -> Vec<String> {
        let found = self.run(script).await;
        let all = found.as_array().expect("a list").iter();
        all.map(|one| one.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    pub async fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(name);
        self.driver.screenshot(&path).await.expect("a screenshot");
    }

    /// Nothing went wrong; ends the browser.
    pub async fn end(self) {
        let wrong = self.run("return window.wrong").await;
        let _ = self.driver.clone().quit().await;
        assert_eq!(
            wrong,
            serde_json::json!([]),
            "the console is free of errors"
        );
    }
}

pub fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample_plans");
    let entries = std::fs::read_dir(folder).expect("samples");
    let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_none_or(|ending| ending != "toml"));
    paths.sort();
    paths
}

/// The text of axe-core, pinned in `package-lock.json`.
pub fn axe() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(path).ok()
}
