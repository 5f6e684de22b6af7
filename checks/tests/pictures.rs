//! The pictures of `docs/pictures`, one of which is the README's: ten plans of the samples on a desk, a
//! small window and a telephone. Each is held to what the page looks like now. They are made anew, to be
//! looked at before they are kept, with `DISTKEY_PICTURES=1 cargo test -p distkey-checks --test pictures`.

mod page;

use std::path::{Path, PathBuf};

use page::{Page, page, samples};
use serde_json::json;

const WIDTHS: [(u32, u32); 3] = [(1440, 1010), (1024, 900), (390, 844)];
const CLUSTER: &str = "ra3.4xlarge:4";
/// The share of a picture that may differ: fonts are drawn a little otherwise elsewhere.
const NEAR: f64 = 0.02;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures")
}

/// Ten plans that differ in kind.
const PLANS: [&str; 10] = [
    "broadcast",
    "flattened",
    "merge_join",
    "merge_statement",
    "missing_statistics",
    "nested_loop",
    "redistribute_both",
    "search_by_category_normalized",
    "spectrum_unpruned",
    "window_one_slice",
];

/// What is seen, without what differs each time.
async fn seen(page: &Page) -> String {
    page.run("document.querySelector('.took').textContent = ''; scrollTo(0, 0); document.activeElement.blur()")
        .await;
    page.driver
        .screenshot_as_png_base64()
        .await
        .expect("a picture")
}

/// The share of two pictures that differs, in squares of eight pixels; all where they are not of one
/// size. The browser reads them.
async fn differs(page: &Page, a: &str, b: &str) -> f64 {
    let script = format!(
        "return (async () => {{
           const read = async (text) => {{
             const image = new Image();
             image.src = `data:image/png;base64,${{text}}`;
             await image.decode();
             const canvas = document.createElement('canvas');
             [canvas.width, canvas.height] = [Math.ceil(image.width / 8), Math.ceil(image.height / 8)];
             const context = canvas.getContext('2d');
             context.imageSmoothingQuality = 'high';
             context.drawImage(image, 0, 0, canvas.width, canvas.height);
             return context.getImageData(0, 0, canvas.width, canvas.height);
           }};
           const [a, b] = [await read({}), await read({})];
           if (a.width !== b.width || a.height !== b.height) return 1;
           let count = 0;
           for (let at = 0; at < a.data.length; at += 4) {{
             const apart = Math.max(...[0, 1, 2].map((one) => Math.abs(a.data[at + one] - b.data[at + one])));
             if (apart > 32) count += 1;
           }}
           return count / (a.data.length / 4);
         }})()",
        json!(a),
        json!(b)
    );
    page.run(&script).await.as_f64().expect("a share")
}

fn read(path: &Path) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    Some(base64(&bytes))
}

/// As a data address has it.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + 4);
    for three in bytes.chunks(3) {
        let value = three
            .iter()
            .fold(0u32, |value, byte| value << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for at in 0..4 {
            match at <= three.len() {
                true => out.push(char::from(LETTERS[(value >> (18 - 6 * at) & 63) as usize])),
                false => out.push('='),
            }
        }
    }
    out
}

#[tokio::test]
async fn pictures_show_the_page_as_it_is() {
    let Some(page) = page(1440, 1010).await else {
        return;
    };
    let mut stale = Vec::new();
    let mut before: Option<String> = None;
    for name in PLANS {
        let path = samples()
            .into_iter()
            .find(|path| path.file_stem().is_some_and(|stem| stem == name));
        let text = std::fs::read_to_string(path.expect(name)).expect("a sample");
        page.size(WIDTHS[0].0, WIDTHS[0].1).await;
        page.ask(&[("plan", &text), ("cluster", CLUSTER)]).await;
        for (width, height) in WIDTHS {
            page.size(width, height).await;
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            let now = seen(&page).await;
            let kept = folder().join(format!("{name}-{width}.png"));
            if std::env::var_os("DISTKEY_PICTURES").is_some() {
                std::fs::create_dir_all(folder()).expect("a folder");
                page.driver.screenshot(&kept).await.expect("a picture");
            }
            let share = match read(&kept) {
                Some(kept) => differs(&page, &kept, &now).await,
                None => 1.0,
            };
            if share > NEAR {
                stale.push(format!("{name}-{width}: {:.1} % differs", share * 100.0));
            }
            if width != WIDTHS[0].0 {
                continue;
            }
            // Another plan is told apart.
            if let Some(before) = &before {
                let share = differs(&page, before, &now).await;
                assert!(share > NEAR, "{name}: {share}");
            }
            before = Some(now);
        }
    }
    assert!(
        stale.is_empty(),
        "make them anew and look at them: {stale:#?}"
    );
    page.end().await;
}

#[test]
fn the_readmes_picture_is_one_of_them() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(readme).expect("a text");
    let wanted = "docs/pictures/search_by_category_normalized-1440.png";
    assert!(readme.contains(wanted));
    assert_eq!(base64(b"Man"), "TWFu");
    assert_eq!(base64(b"Ma"), "TWE=");
    assert_eq!(base64(b"M"), "TQ==");
}
