//! The tables and the workload as they are: what every design is compared with.

use std::cell::OnceCell;
use std::sync::Arc;

use rayon::prelude::*;

use super::design::Design;
use super::evaluate::{LARGE_WORKLOAD, Planned, Readied, evaluate};
use super::literals::Reaching;
use super::memo::Memo;
use super::{Request, auto, literals, refused};
use crate::name::TableName;
use crate::schema::DistStyle;

/// The present design, and what of the workload can be planned.
#[derive(Debug)]
pub(super) struct Present<'a> {
    pub request: &'a Request<'a>,
    pub planned: Planned,
    /// What was planned of the workload under other keys.
    pub memo: Memo,
    /// The entries, read once; none of a large workload, whose trees take more memory than reading
    /// them again takes time.
    readied: Vec<Option<Arc<Readied<'a>>>>,
    pub left_out: Vec<(String, String)>,
    /// Columns whose ends are taken from the workload's literals.
    pub reaching: Reaching,
    /// Tables on AUTO that are taken as ALL.
    pub starting: Vec<String>,
}

impl<'a> Present<'a> {
    /// Plans the workload on the tables as they are.
    pub fn new(request: &'a Request<'a>) -> Self {
        let mut design = Design::new(request.schema.clone(), request.stats.clone());
        let starting = auto::settle(request, &mut design);
        let every: Vec<usize> = (0..request.workload.entries.len()).collect();
        let mut left_out = request.workload.left_out.clone();
        let mut all = Vec::new();
        for outcome in evaluate(request, &design, &every) {
            match outcome {
                Ok(evaluated) => all.push(evaluated),
                Err((at, error)) => {
                    left_out.push((request.workload.entries[at].name.clone(), error));
                }
            }
        }
        let reaching = literals::fill(&mut design, &all);
        let mut planned = Planned { design, all };
        if reaching.columns().next().is_some() {
            let entries = planned.entries();
            planned = Planned::new(request, planned.design, &entries);
        }
        let kept = match every.len() <= LARGE_WORKLOAD {
            true => every,
            false => Vec::new(),
        };
        let readied = kept.into_iter().map(|at| Readied::new(request, at).ok());
        Self {
            request,
            readied: readied.map(|one| one.map(Arc::new)).collect(),
            memo: Memo::new(&planned),
            planned,
            left_out,
            reaching,
            starting,
        }
    }

    /// An entry, read.
    fn readied(&self, entry: usize) -> Option<Arc<Readied<'a>>> {
        match self.readied.get(entry) {
            Some(Some(kept)) => Some(Arc::clone(kept)),
            _ => Readied::new(self.request, entry).ok().map(Arc::new),
        }
    }

    /// Bytes that one run of an entry moves under other keys; `None` where it can't be planned so.
    pub fn moved(&self, design: &Design, entry: usize) -> Option<f64> {
        self.one(entry).moved(design)
    }

    /// An entry that is planned under several designs in turn.
    pub fn one(&self, entry: usize) -> One<'_, 'a> {
        One {
            present: self,
            entry,
            readied: OnceCell::new(),
        }
    }

    /// The same, and the median of a warm run in milliseconds.
    pub fn figures(&self, design: &Design, entry: usize) -> Option<[f64; 2]> {
        let readied = || self.readied(entry);
        self.memo.figures(self.request, design, entry, &readied)
    }

    /// The tables as they are.
    pub fn design(&self) -> &Design {
        &self.planned.design
    }

    /// How often an entry runs.
    pub fn frequency(&self, entry: usize) -> f64 {
        self.request.workload.entries[entry].frequency
    }

    /// The median of a warm run of an entry, in milliseconds.
    pub fn ms(&self, entry: usize) -> Option<f64> {
        let one = self.planned.entry(entry)?;
        let [_, ms] = self.memo.figures_of(self.request, self.design(), one);
        Some(ms)
    }

    /// Whether a table's present DISTKEY is one that would be refused.
    pub fn unwanted(&self, name: &TableName) -> bool {
        let design = self.design();
        let Some(table) = design.table(name) else {
            return false;
        };
        match design.style(name) {
            DistStyle::Key(column) => {
                refused::uneven(self.request, design, table, &column).is_some()
            }
            _ => false,
        }
    }

    /// The workload under another design.
    pub fn plan(&self, design: Design) -> Planned {
        let entries = self.planned.entries();
        let all = entries.par_iter();
        let all = all.filter_map(|&entry| {
            let readied = || self.readied(entry);
            self.memo.evaluated(self.request, &design, entry, &readied)
        });
        Planned {
            all: all.collect(),
            design,
        }
    }
}

/// An entry that is read once, if it has to be planned at all.
pub(super) struct One<'p, 'a> {
    present: &'p Present<'a>,
    entry: usize,
    readied: OnceCell<Option<Arc<Readied<'a>>>>,
}

impl One<'_, '_> {
    /// Bytes that one run moves under other keys; `None` where it can't be planned so.
    pub fn moved(&self, design: &Design) -> Option<f64> {
        let Present { request, memo, .. } = self.present;
        let readied = || {
            let read = || self.present.readied(self.entry);
            self.readied.get_or_init(read).clone()
        };
        memo.moved(request, design, self.entry, &readied)
    }
}
