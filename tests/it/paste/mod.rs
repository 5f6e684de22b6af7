//! Plans turned into every form in which people paste them, and read back: the same steps,
//! numbers, conditions and parents as in the plan that was turned.

mod annotated;
mod damage;
mod lists;
mod lost;
mod numbers;
mod one_line;
mod prefixes;
mod refusals;
mod tables;
mod trees;

use std::fmt::Write as _;

use distkey::plan::{self, Plan};

use crate::support::corpus_plans;

/// Choices that differ from plan to plan and are the same in every run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % sides.max(1)
    }

    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.roll(of.len())]
    }
}

/// A plan in some form, and what is to be read of it.
pub struct Paste {
    pub text: String,
    pub expected: Plan,
}

/// How a plan is turned.
pub struct Form {
    pub name: &'static str,
    pub write: fn(&Plan, &mut Dice) -> Paste,
    /// Whether nothing is lost, so that the plan is as whole as before.
    pub whole: bool,
}

/// A form that keeps everything.
pub const fn form(name: &'static str, write: fn(&Plan, &mut Dice) -> Paste) -> Form {
    Form {
        name,
        write,
        whole: true,
    }
}

/// A form of which all that the plan says can be read.
pub fn same(plan: &Plan, text: String) -> Paste {
    Paste {
        text,
        expected: plan.clone(),
    }
}

/// The lines that Redshift prints.
pub fn lines(plan: &Plan) -> Vec<String> {
    plan.to_string().lines().map(str::to_owned).collect()
}

/// The lines without indentation and arrow, steps and details, and the depth of their step.
pub fn bare_lines(plan: &Plan) -> Vec<(usize, bool, String)> {
    let mut out = Vec::new();
    for node in &plan.nodes {
        out.push((node.depth, true, node.to_string()));
        let details = node.details.iter();
        out.extend(details.map(|detail| (node.depth, false, detail.to_string())));
    }
    out
}

/// What of a plan is compared: every step with all that was printed of it.
fn signature(plan: &Plan) -> String {
    let mut out = String::new();
    for node in &plan.nodes {
        let _ = write!(out, "{:?} {:?} {node}", node.parent, node.operator);
        let details: Vec<String> = node.details.iter().map(ToString::to_string).collect();
        let _ = writeln!(out, " | {}", details.join(" | "));
    }
    for notice in &plan.notices {
        let _ = writeln!(out, "notice {notice}");
    }
    out
}

/// Every sample plan and every complete plan of the corpus, if it is there.
fn plans() -> Vec<(String, Plan)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_plans");
    let mut texts: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the samples")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a sample");
            (path.display().to_string(), text)
        })
        .collect();
    texts.sort();
    for case in corpus_plans().unwrap_or_default() {
        if case.flag("complete") {
            texts.push((case.file.clone(), case.text));
        }
    }
    let mut plans = Vec::new();
    for (name, text) in texts {
        for (index, plan) in plan::read(&text).plans.into_iter().enumerate() {
            let has_all = |node: &plan::Node| {
                node.cost.is_some() && node.rows.is_some() && node.width.is_some() && !node.cut
            };
            if plan.gaps.is_empty() && plan.nodes.iter().all(has_all) {
                plans.push((format!("{name} {index}"), plan));
            }
        }
    }
    plans
}

/// What is wrong with the reading of a paste, if anything.
fn fault(paste: &Paste, whole: bool) -> Option<String> {
    let reading = plan::read(&paste.text);
    let [read] = reading.plans.as_slice() else {
        return Some(format!(
            "{} plans, {:?}",
            reading.plans.len(),
            reading.error
        ));
    };
    let (read_as, expected) = (signature(read), signature(&paste.expected));
    if read_as != expected {
        let (read_as, expected): (Vec<&str>, Vec<&str>) =
            (read_as.lines().collect(), expected.lines().collect());
        let at = read_as.iter().zip(&expected).position(|(a, b)| a != b);
        let at = at.unwrap_or(read_as.len().min(expected.len()));
        return Some(format!(
            "{} steps and notices of {}, the first that differs is read as\n{}\nand not\n{}",
            read_as.len(),
            expected.len(),
            read_as.get(at).unwrap_or(&"nothing"),
            expected.get(at).unwrap_or(&"nothing")
        ));
    }
    (whole && !read.gaps.is_empty()).then(|| format!("read well, and said: {:?}", read.gaps))
}

/// Holds the reading of every plan in each of the forms; prints how many came out right.
pub fn hold(forms: &[Form]) {
    let plans = plans();
    let mut wrong = Vec::new();
    for form in forms {
        let mut right = 0;
        let mut first = None;
        for (index, (name, plan)) in plans.iter().enumerate() {
            let paste = (form.write)(plan, &mut Dice::new(index as u64 + 1));
            match fault(&paste, form.whole) {
                None => right += 1,
                Some(fault) => {
                    first.get_or_insert(format!("{}, {name}:\n{}\n{fault}", form.name, paste.text));
                }
            }
        }
        wrong.extend(first);
        println!("{:<44} {right} of {}", form.name, plans.len());
    }
    assert!(
        wrong.is_empty(),
        "the first of each form\n{}",
        wrong.join("\n\n")
    );
}
