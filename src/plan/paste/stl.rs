//! Rows of `STL_EXPLAIN`, `SVCS_EXPLAIN` or `SYS_QUERY_EXPLAIN`, as CSV or as
//! psql's aligned table, read as a stream.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::io::{self, BufRead, Read as _};

use super::columns::{Columns, is_step};
use super::order::{self, Listed, Place};
use super::{LineCount, PasteError, Reading, Unrecognized, classify};
use crate::plan::tree::{self, Step};
use crate::plan::{Indentation, Node, Plan, line, numbers, whole};
use crate::text::secrets;

/// Header lines are looked for in this many lines.
const HEADER_WITHIN: usize = 12;

/// Why an export can't be read on.
#[derive(Debug, thiserror::Error)]
pub enum StlError {
    /// The operating system's word.
    #[error("cannot read on at line {line}: {reason}")]
    Io {
        /// 1-based line.
        line: usize,
        /// What went wrong.
        reason: io::Error,
    },
}

/// The rows after the header.
enum Rows<R> {
    /// Comma or TAB between fields, quotes around some; a quoted field may hold
    /// line ends.
    Csv(Box<csv::Reader<R>>),
    /// psql's aligned table.
    Aligned(R),
}

/// One row.
struct Row {
    line: usize,
    key: (String, String),
    id: Option<u64>,
    parent: Option<u64>,
    text: String,
    info: String,
}

/// The plans of an export, one query at a time: memory holds the rows of one
/// query. Rows of a query must be adjacent, as `ORDER BY query, nodeid` gives.
pub struct StlPlans<R> {
    rows: Rows<io::Chain<io::Cursor<Vec<u8>>, R>>,
    columns: Columns,
    /// Lines up to the header.
    header: usize,
    line: usize,
    pending: Option<Row>,
    done: bool,
    /// Lines with a cost that are no step, since the last plan.
    lost: Vec<usize>,
    /// What became of the lines so far.
    pub lines: LineCount,
    /// Rows without a step; the first thousand.
    pub unrecognized: Vec<Unrecognized>,
}

impl<R: BufRead> StlPlans<R> {
    /// Starts on an input; `Ok(None)` if its first lines have no such header.
    ///
    /// # Errors
    /// What the operating system says of reading.
    pub fn open(mut input: R) -> Result<Option<Self>, StlError> {
        let mut buffer = Vec::new();
        for index in 0..HEADER_WITHIN {
            buffer.clear();
            let read = input.read_until(b'\n', &mut buffer);
            if read.map_err(|reason| StlError::Io {
                line: index + 1,
                reason,
            })? == 0
            {
                return Ok(None);
            }
            let text = String::from_utf8_lossy(&buffer);
            if Columns::is_plan_info(&text) || is_step(text.trim()) {
                return Ok(None);
            }
            let header = Columns::of(text.trim_end());
            let guessed = || Columns::guessed(text.trim_end());
            if let Some((columns, first)) = match header {
                Some(columns) => Some((columns, Vec::new())),
                // A row without a header above it is read again as one.
                None => guessed().map(|columns| (columns, buffer.clone())),
            } {
                let header = index + usize::from(first.is_empty());
                let escapes = input.fill_buf().is_ok_and(has_escaped_quotes);
                let input = io::Cursor::new(first).chain(input);
                let rows = match columns.separator {
                    b'|' => Rows::Aligned(input),
                    separator => Rows::Csv(Box::new(
                        csv::ReaderBuilder::new()
                            .has_headers(false)
                            .flexible(true)
                            .delimiter(separator)
                            .escape(escapes.then_some(b'\\'))
                            .from_reader(input),
                    )),
                };
                return Ok(Some(Self {
                    rows,
                    header,
                    columns,
                    line: header,
                    pending: None,
                    done: false,
                    lost: Vec::new(),
                    lines: LineCount {
                        decoration: header,
                        ..LineCount::default()
                    },
                    unrecognized: Vec::new(),
                }));
            }
        }
        Ok(None)
    }

    fn next_row(&mut self) -> Result<Option<Row>, StlError> {
        let mut record = csv::ByteRecord::new();
        let mut buffer = Vec::new();
        loop {
            let line = self.line + 1;
            let fields: Vec<Cow<'_, str>> = match &mut self.rows {
                Rows::Csv(reader) => {
                    let read = reader.read_byte_record(&mut record);
                    if !read.map_err(|error| StlError::Io {
                        line,
                        reason: error.into(),
                    })? {
                        return Ok(None);
                    }
                    let place = record.position().map_or(0, |place| place.line() as usize);
                    self.line = self.header + place;
                    record.iter().map(String::from_utf8_lossy).collect()
                }
                Rows::Aligned(input) => {
                    buffer.clear();
                    let read = input.read_until(b'\n', &mut buffer);
                    if read.map_err(|reason| StlError::Io { line, reason })? == 0 {
                        return Ok(None);
                    }
                    self.line = line;
                    // A separator inside the last field belongs to it.
                    buffer
                        .trim_ascii_end()
                        .splitn(self.columns.names.len(), |byte| *byte == b'|')
                        .map(String::from_utf8_lossy)
                        .collect()
                }
            };
            match row(&self.columns, &fields, self.line) {
                Some(row) => {
                    self.lines.nodes += 1;
                    return Ok(Some(row));
                }
                None => self.account_for(&fields.join(" | ")),
            }
        }
    }

    /// The plan of some rows, of which those between them that could not be read are missing.
    fn build(&mut self, rows: Vec<Row>) -> Plan {
        let mut plan = build(rows);
        let lost = self.lost.drain(..).map(whole::not_understood);
        plan.gaps.splice(0..0, lost);
        plan
    }

    /// A row without a step: a ruler, a row count, or something else.
    fn account_for(&mut self, text: &str) {
        if numbers::count(text) > 0 {
            self.lost.push(self.line);
        }
        let has_fields = text.contains(" | ") && text.chars().any(char::is_alphanumeric);
        if has_fields || numbers::count(text) > 0 {
            self.lines.unrecognized += 1;
            if self.unrecognized.len() < 1_000 {
                self.unrecognized.push(Unrecognized {
                    line: self.line,
                    text: masked(text.trim()),
                });
            }
            return;
        }
        self.lines.decoration += 1;
    }
}

/// Whether quotes within fields have backslashes before them, instead of being doubled.
fn has_escaped_quotes(text: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(text, needle).is_some();
    has(b"\\\"") && !has(b"(\"\"") && !has(b" \"\"")
}

/// Exports are read row by row, past the [`SourceFile`](crate::text::SourceFile) that
/// masks secrets elsewhere.
fn masked(text: &str) -> String {
    secrets::masked(text).into_owned()
}

/// The row's fields, if it holds a step.
fn row(columns: &Columns, fields: &[Cow<'_, str>], line: usize) -> Option<Row> {
    let field = |column: Option<usize>| {
        let text = column
            .and_then(|i| fields.get(i))
            .map_or("", |f| f.as_ref());
        text.trim_end()
    };
    let text = field(columns.text);
    // Two steps in one field are none that can be told apart.
    let is_one = is_step(text.trim_start()) && numbers::count(text) <= 1;
    if !is_one && notice(text).is_none() {
        return None;
    }
    let id = |column| field(column).trim().parse().ok();
    Some(Row {
        line,
        key: (
            field(columns.query).trim().to_owned(),
            field(columns.part).trim().to_owned(),
        ),
        id: id(columns.node),
        parent: id(columns.parent),
        text: masked(text),
        info: masked(field(columns.info).trim()),
    })
}

impl<R: BufRead> Iterator for StlPlans<R> {
    type Item = Result<Plan, StlError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let mut rows: Vec<Row> = self.pending.take().into_iter().collect();
        let mut ids: HashSet<u64> = rows.iter().filter_map(|row| row.id).collect();
        loop {
            match self.next_row() {
                Err(error) => {
                    self.done = true;
                    return Some(Err(error));
                }
                Ok(None) => {
                    self.done = true;
                    return (!rows.is_empty()).then(|| Ok(self.build(rows)));
                }
                Ok(Some(row)) => {
                    let same = rows.first().is_none_or(|first| first.key == row.key)
                        && row.id.is_none_or(|id| ids.insert(id));
                    if same {
                        rows.push(row);
                        continue;
                    }
                    self.pending = Some(row);
                    return Some(Ok(self.build(rows)));
                }
            }
        }
    }
}

/// Reads a whole export that is in memory; rows of a query need not be adjacent.
pub(super) fn read(text: &str) -> Option<Reading> {
    let head = || text.lines().take(HEADER_WITHIN);
    if head().any(is_step_line)
        && !head().any(|line| Columns::of(line).is_some_and(|c| c.node.is_some()))
    {
        return None;
    }
    let two_lines = head().collect::<Vec<_>>().join(" ");
    if Columns::is_plan_info(&two_lines) && !text.contains("(cost=") {
        return Some(Reading {
            error: Some(PasteError::PlanInfo),
            lines: LineCount {
                decoration: text.lines().count(),
                ..LineCount::default()
            },
            ..Reading::default()
        });
    }
    let mut plans = StlPlans::open(text.as_bytes()).ok()??;
    let mut groups: Vec<Vec<Row>> = Vec::new();
    let mut latest: BTreeMap<(String, String), usize> = BTreeMap::new();
    while let Ok(Some(row)) = plans.next_row() {
        let group = latest.get(&row.key).copied().filter(|&group| {
            row.id.is_none() || groups[group].iter().all(|other| other.id != row.id)
        });
        match group {
            Some(group) => groups[group].push(row),
            None => {
                latest.insert(row.key.clone(), groups.len());
                groups.push(vec![row]);
            }
        }
    }
    if groups.is_empty() {
        return None;
    }
    let mut read: Vec<Plan> = groups.into_iter().map(build).collect();
    // Which plan a row belonged to is not known: it counts for each.
    for plan in &mut read {
        let lost = plans.lost.iter().copied().map(whole::not_understood);
        plan.gaps.splice(0..0, lost);
    }
    Some(Reading {
        plans: read,
        error: None,
        unrecognized: plans.unrecognized,
        lines: plans.lines,
    })
}

fn is_step_line(line: &str) -> bool {
    is_step(line.trim().trim_matches('"').trim())
}

/// Redshift's advice, which SYS_QUERY_EXPLAIN has as a row of its own.
fn notice(text: &str) -> Option<String> {
    classify::notice(text.trim()).filter(|_| !text.contains("XN "))
}

/// One query's rows → its plan: by ids where there are any, else by indentation.
fn build(rows: Vec<Row>) -> Plan {
    let is_notice = |row: &Row| notice(&row.text);
    let notices: Vec<String> = rows.iter().filter_map(is_notice).collect();
    let rows: Vec<Row> = match notices.is_empty() {
        true => rows,
        false => rows
            .into_iter()
            .filter(|row| is_notice(row).is_none())
            .collect(),
    };
    let query = rows
        .first()
        .map(|row| row.key.0.clone())
        .filter(|q| !q.is_empty());
    // The root feeds none: its parent is 0, -1, NULL or left out.
    let roots = rows.iter().filter(|row| row.parent.is_none()).count();
    let by_ids = roots <= 1 && rows.iter().all(|row| row.id.is_some());
    let mut plan = match by_ids {
        true => build_by_ids(rows),
        false => build_by_texts(&rows),
    };
    plan.query = query;
    plan.notices = notices;
    plan
}

fn step(row: &Row) -> Option<Step> {
    let arrow = row.text.trim_start().starts_with("->");
    let indent = row.text.len() - row.text.trim_start().len();
    Some(Step {
        node: parse(row)?,
        column: indent + if arrow { tree::ARROW } else { 0 },
        arrow,
    })
}

fn parse(row: &Row) -> Option<Node> {
    let parsed = line::parse_node(classify::node_text(row.text.trim()), true)?;
    let mut node = parsed.node;
    node.details.extend(classify::detail(parsed.tail));
    node.details.extend(classify::detail(&row.info));
    node.line = row.line;
    Some(node)
}

/// The tree by the indentation of the steps, or by what each takes, where that was trimmed.
fn build_by_texts(rows: &[Row]) -> Plan {
    let listed = |row| {
        Some(Listed {
            step: step(row)?,
            item: false,
            place: Place::Given,
        })
    };
    let mut steps: Vec<Listed> = rows.iter().filter_map(listed).collect();
    // From the last row to the first; what stands in a row belongs to its step all the same.
    let is_below = |one: Option<&Listed>| one.map(|one| one.step.arrow);
    if (is_below(steps.first()), is_below(steps.last())) == (Some(true), Some(false)) {
        steps.reverse();
    }
    let mut plans = order::build(steps, Vec::new());
    if let (1, Some(only)) = (plans.len(), plans.pop()) {
        return only;
    }
    // One query has one plan, however little of it is told.
    let mut plan = tree::build(rows.iter().filter_map(step).collect());
    plan.gaps = whole::gaps(&plan, false);
    plan
}

fn build_by_ids(rows: Vec<Row>) -> Plan {
    let mut rows: Vec<(u64, Option<u64>, Row)> = rows
        .into_iter()
        .filter_map(|row| Some((row.id?, row.parent, row)))
        .collect();
    rows.sort_by_key(|(id, ..)| *id);
    let known: std::collections::BTreeSet<u64> = rows.iter().map(|(id, ..)| *id).collect();
    // Children of each id; steps whose parent is not among the rows are roots.
    let mut children: BTreeMap<Option<u64>, Vec<usize>> = BTreeMap::new();
    for (index, (id, parent, _)) in rows.iter().enumerate() {
        let parent = parent.filter(|parent| known.contains(parent) && parent < id);
        children.entry(parent).or_default().push(index);
    }
    let mut plan = Plan {
        indentation: Indentation::Ids,
        ..Plan::default()
    };
    let mut todo: Vec<(usize, Option<usize>)> = Vec::new();
    let push_all = |todo: &mut Vec<_>, of: Option<u64>, parent: Option<usize>| {
        if let Some(indices) = children.get(&of) {
            todo.extend(indices.iter().rev().map(|&index| (index, parent)));
        }
    };
    for &index in children.get(&None).into_iter().flatten() {
        let (_, parent, row) = &rows[index];
        if let Some(parent) = parent.filter(|parent| *parent != 0 && !known.contains(parent)) {
            plan.gaps.push(whole::not_among_rows(row.line, parent));
        }
    }
    push_all(&mut todo, None, None);
    while let Some((index, parent)) = todo.pop() {
        let (id, _, row) = &rows[index];
        let Some(node) = parse(row) else { continue };
        let placed = plan.push(parent, node);
        push_all(&mut todo, Some(*id), Some(placed));
    }
    // The column of the parent tells what is above a step, not the arrow in its text.
    let gaps = whole::gaps(&plan, false);
    plan.gaps.extend(gaps);
    plan
}
