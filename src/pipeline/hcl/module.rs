//! One module of Terraform: what its expressions come to, as far as its files tell.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};

use super::super::files::{Files, joined};
use super::super::tree::{Tree, Value};
use super::values::{below, open};
use crate::text::SourceFile;

/// Most copies of one block.
pub(super) const MOST: usize = 200;

/// A file of Terraform.
#[derive(Debug)]
pub(super) struct Parsed<'f> {
    pub source: &'f SourceFile,
    pub folder: String,
    pub body: Body,
}

/// What is noted while expressions are read.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What is not known: file, line, what.
    pub unknown: RefCell<BTreeSet<(String, usize, String)>>,
    /// Files that were read as a part of others.
    pub taken: RefCell<BTreeSet<String>>,
    /// How many values were made of others.
    spent: Cell<usize>,
}

/// Most values that are made of others: a few lines can double them line by line.
const MOST_VALUES: usize = 3_000_000;

/// Everything that modules see.
#[derive(Debug)]
pub(super) struct World<'f> {
    pub files: &'f Files,
    pub folders: BTreeMap<String, Vec<Parsed<'f>>>,
    pub notes: Notes,
}

impl World<'_> {
    pub fn note(&self, source: &SourceFile, line: usize, what: String) {
        let note = (source.name.clone(), line, what);
        self.notes.unknown.borrow_mut().insert(note);
    }

    /// Counts values; whether there may be more.
    pub fn spend(&self, values: usize) -> bool {
        let spent = self.notes.spent.get().saturating_add(values);
        self.notes.spent.set(spent);
        spent <= MOST_VALUES
    }
}

/// A block with the file that it stands in.
pub(super) type Found<'w> = (&'w Block, &'w SourceFile);

/// A module with the values of its variables.
pub(super) struct Module<'w> {
    pub world: &'w World<'w>,
    pub folder: String,
    /// What stands before the names of its resources: `etl/`.
    pub prefix: String,
    pub variables: BTreeMap<String, Tree>,
    pub declared: Declared<'w>,
    /// Locals that were read, each with how many values it holds.
    pub known: RefCell<BTreeMap<String, (Tree, usize)>>,
    /// Modules that this one calls.
    children: RefCell<BTreeMap<(String, String), Child<'w>>>,
    /// How deep expressions are nested where one is read.
    pub depth: Cell<usize>,
    /// How many modules are around it.
    level: usize,
}

/// A module that another calls; none while it is made.
type Child<'w> = Option<Rc<Module<'w>>>;

/// What the files of a module declare.
#[derive(Debug, Default)]
pub(super) struct Declared<'w> {
    pub locals: BTreeMap<String, (&'w Expression, &'w SourceFile)>,
    /// By kind and name.
    pub resources: BTreeMap<(String, String), Found<'w>>,
    /// By kind and name.
    pub data: BTreeMap<(String, String), Found<'w>>,
    /// Calls of modules.
    pub calls: BTreeMap<String, Found<'w>>,
    pub outputs: BTreeMap<String, (&'w Expression, &'w SourceFile)>,
}

/// Names that are bound where an expression stands: `each`, `count`, those of `for`.
pub(super) type Scope = Vec<(String, Tree)>;

/// One copy of a block, as `count` and `for_each` make them.
pub(super) struct Copy {
    /// Its key; empty where there is one only.
    pub key: String,
    pub scope: Scope,
}

impl<'w> Module<'w> {
    pub fn new(world: &'w World<'w>, folder: &str, prefix: String, level: usize) -> Self {
        let mut module = Module {
            world,
            folder: folder.to_owned(),
            prefix,
            variables: BTreeMap::new(),
            declared: Declared::default(),
            known: RefCell::default(),
            children: RefCell::default(),
            depth: Cell::new(0),
            level,
        };
        let declared = &mut module.declared;
        for file in world.folders.get(folder).into_iter().flatten() {
            for block in file.body.blocks() {
                let label = |at: usize| block.labels.get(at).map(|label| label.as_str().to_owned());
                let found = (block, file.source);
                match (block.ident.as_str(), label(0), label(1)) {
                    ("resource", Some(kind), Some(name)) => {
                        declared.resources.insert((kind, name), found);
                    }
                    ("data", Some(kind), Some(name)) => {
                        declared.data.insert((kind, name), found);
                    }
                    ("module", Some(name), _) => {
                        declared.calls.insert(name, found);
                    }
                    ("output", Some(name), _) => {
                        if let Some(value) = block.body.get_attribute("value") {
                            declared.outputs.insert(name, (&value.value, file.source));
                        }
                    }
                    ("locals", ..) => {
                        for one in block.body.attributes() {
                            let value = (&one.value, file.source);
                            declared
                                .locals
                                .insert(one.key.to_string().trim().to_owned(), value);
                        }
                    }
                    _ => {}
                }
            }
        }
        module
    }

    /// Gives variables their defaults where they have no value yet.
    pub fn add_defaults(&mut self) {
        for file in self.world.folders.get(&self.folder).into_iter().flatten() {
            for block in file.body.get_blocks("variable") {
                let Some(name) = block.labels.first() else {
                    continue;
                };
                let default = block.body.get_attribute("default");
                if let (Some(default), false) =
                    (default, self.variables.contains_key(name.as_str()))
                {
                    let value = self.eval(&default.value, file.source, &Vec::new());
                    self.variables.insert(name.as_str().to_owned(), value);
                }
            }
        }
    }

    /// The copies of a block.
    pub fn copies(&self, (block, source): Found<'w>) -> Vec<Copy> {
        let one = |scope: Scope| Copy {
            key: String::new(),
            scope,
        };
        let pair = |line, key: Tree, value: Tree| {
            let pairs = vec![("key".to_owned(), key), ("value".to_owned(), value)];
            vec![("each".to_owned(), Tree::new(line, Value::Map(pairs)))]
        };
        let index = |line, index: Tree| {
            let pairs = vec![("index".to_owned(), index)];
            vec![("count".to_owned(), Tree::new(line, Value::Map(pairs)))]
        };
        let unknown = |line, what: &str| {
            let name = block.labels.iter().map(|label| label.as_str());
            let name = name.collect::<Vec<_>>().join(".");
            let what = format!("{name}: its {what} is not known here, it is read as one");
            self.world.note(source, line, what);
        };
        if let Some(count) = block.body.get_attribute("count") {
            let tree = self.eval(&count.value, source, &Vec::new());
            let line = tree.line;
            return match tree.number() {
                Some(number) if number >= 0.0 => {
                    let all = 0..(number as usize).min(MOST);
                    let copy = |at: usize| Copy {
                        key: if at == 0 {
                            String::new()
                        } else {
                            at.to_string()
                        },
                        scope: index(line, Tree::of_text(line, at.to_string())),
                    };
                    all.map(copy).collect()
                }
                _ => {
                    unknown(line, "count");
                    vec![one(index(line, open(line, "count.index")))]
                }
            };
        }
        let Some(each) = block.body.get_attribute("for_each") else {
            return vec![one(Vec::new())];
        };
        let tree = self.eval(&each.value, source, &Vec::new());
        let line = tree.line;
        let all = match &tree.value {
            Value::Map(pairs) => pairs.len(),
            Value::List(items) => items.len(),
            _ => 0,
        };
        if all > MOST {
            let what = format!("for_each: of its {all} copies {MOST} are read");
            self.world.note(source, line, what);
        }
        let copy = |key: &str, value: &Tree| Copy {
            key: key.to_owned(),
            scope: pair(line, Tree::of_text(line, key.to_owned()), value.clone()),
        };
        match &tree.value {
            Value::Map(pairs) => {
                let pairs = pairs.iter().take(MOST);
                pairs.map(|(key, value)| copy(key, value)).collect()
            }
            Value::List(items) if items.iter().all(|item| item.text().is_some()) => {
                let items = items.iter().take(MOST);
                items
                    .map(|item| copy(item.text().unwrap_or_default(), item))
                    .collect()
            }
            _ => {
                unknown(line, "for_each");
                vec![one(pair(
                    line,
                    open(line, "each.key"),
                    open(line, "each.value"),
                ))]
            }
        }
    }

    /// The name of a resource as triggers and policies refer to it.
    pub fn label(&self, name: &str, key: &str) -> String {
        match key.is_empty() {
            true => format!("{}{name}", self.prefix),
            false => format!("{}{name}[{key}]", self.prefix),
        }
    }

    /// An output of a module that this one calls.
    pub fn output(&self, name: &str, rest: &[String]) -> Option<Tree> {
        let call = self.declared.calls.get(name)?;
        let copies = self.copies(*call);
        let keyed = rest
            .first()
            .and_then(|key| copies.iter().find(|copy| copy.key == *key));
        let rest = match rest.first() {
            Some(key) if keyed.is_some() || key == "0" => &rest[1..],
            _ => rest,
        };
        let child = self.child(name, keyed.or(copies.first())?)?;
        let (output, rest) = rest.split_first()?;
        let (value, source) = child.declared.outputs.get(output)?;
        Some(below(&child.eval(value, source, &Vec::new()), rest))
    }

    /// A module that this one calls, where its files are here.
    pub fn child(&self, name: &str, copy: &Copy) -> Option<Rc<Module<'w>>> {
        let key = (name.to_owned(), copy.key.clone());
        if let Some(known) = self.children.borrow().get(&key) {
            return known.clone();
        }
        let (block, source) = self.declared.calls.get(name)?;
        let folder = local_source(block).map(|path| joined(&self.folder, path))?;
        if self.level > 5 || !self.world.folders.contains_key(&folder) {
            return None;
        }
        self.children.borrow_mut().insert(key.clone(), None);
        let prefix = format!("{}/", self.label(name, &copy.key));
        let mut child = Module::new(self.world, &folder, prefix, self.level + 1);
        for one in block.body.attributes() {
            let name = one.key.to_string().trim().to_owned();
            let value = self.eval(&one.value, source, &copy.scope);
            child.variables.insert(name, value);
        }
        child.add_defaults();
        let child = Rc::new(child);
        self.children
            .borrow_mut()
            .insert(key, Some(Rc::clone(&child)));
        Some(child)
    }
}

/// The folder that a call of a module names, where it is one beside it.
pub(super) fn local_source(block: &Block) -> Option<&str> {
    let source = block.body.get_attribute("source")?;
    source.value.as_str().filter(|path| path.starts_with('.'))
}

pub(super) fn line_of(block: &Block, source: &SourceFile) -> usize {
    let start = block.span().unwrap_or_default().start;
    source.line_column(start).line
}
