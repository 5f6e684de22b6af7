//! What is changed: keys, distribution, volume, cluster.

use std::str::FromStr;

use crate::name::{self, Ident, TableName};
use crate::schema::{DistStyle, Schema, SortKey, Table, TableKind};
use crate::stats::Stats;

/// Changes to tables and data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// `--distkey T=C`, `--diststyle T=all`.
    pub distributions: Vec<(TableName, DistStyle)>,
    /// `--sortkey T=A,B`.
    pub sort_keys: Vec<(TableName, Vec<Ident>)>,
    /// `--scale 2`: all tables; `--scale orders=3`: one.
    pub scales: Vec<Scale>,
}

/// A change of volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// The table, or all of them.
    pub table: Option<TableName>,
    /// How many times the rows.
    pub factor: f64,
}

/// Rows that a table gains.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// The table.
    pub table: TableName,
    /// Rows per hour.
    pub rows_per_hour: f64,
}

impl Growth {
    /// Whether it is this table that grows; see [`Growth::meant`].
    pub fn is_of(&self, table: &TableName) -> bool {
        self.table == *table
    }
}

/// Why a change is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// Not in the form that is expected.
    #[error("`{text}` is not understood: write it as `{form}`")]
    Form {
        /// What stood there.
        text: String,
        /// How it should look.
        form: &'static str,
    },
    /// A table that the DDL does not define.
    #[error(
        "table `{table}` is not defined in the DDL, so it can't be changed{}",
        hint(nearest)
    )]
    Table {
        /// What stood there.
        table: TableName,
        /// The most similar name in the DDL.
        nearest: Option<String>,
    },
    /// A view or an external table.
    #[error("`{0}` is {1}: it has no {2} of its own")]
    NoKeys(TableName, &'static str, &'static str),
    /// Two changes of one thing.
    #[error("two {what} are asked for `{table}`: ask for one at a time")]
    Twice {
        /// The table.
        table: TableName,
        /// Distributions or sort keys.
        what: &'static str,
    },
    /// A table that several schemas have.
    #[error("table `{table}` may be {}: name its schema", either(candidates))]
    Ambiguous {
        /// What stood there.
        table: TableName,
        /// The tables of that name.
        candidates: Vec<TableName>,
    },
    /// A table that is scaled, or grows, from an unknown number of rows.
    #[error("the rows of `{0}` are not known: give them with --stats")]
    Rows(TableName),
    /// A column that the table does not have.
    #[error("table `{table}` has no column `{column}`{}", hint(nearest))]
    Column {
        /// The table.
        table: TableName,
        /// The column.
        column: Ident,
        /// The most similar name in the table.
        nearest: Option<String>,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn either(candidates: &[TableName]) -> String {
    let names = candidates.iter().map(|name| format!("`{name}`"));
    names.collect::<Vec<_>>().join(" or ")
}

fn form(text: &str, form: &'static str) -> ChangeError {
    ChangeError::Form {
        text: text.to_owned(),
        form,
    }
}

/// `T=C` in its two parts, folded.
fn assignment(text: &str, expected: &'static str) -> Result<(TableName, String), ChangeError> {
    let (table, value) = name::split_once(text, '=').ok_or_else(|| form(text, expected))?;
    let (table, value) = (TableName::typed(table), value.trim().to_ascii_lowercase());
    if table.name.is_empty() || value.is_empty() {
        return Err(form(text, expected));
    }
    Ok((table, value))
}

impl Changes {
    /// Adds `--distkey T=C`.
    ///
    /// # Errors
    /// Another form.
    pub fn distkey(&mut self, text: &str) -> Result<(), ChangeError> {
        let (table, column) = assignment(text, "--distkey orders=customer_id")?;
        self.distributions
            .push((table, DistStyle::Key(Ident::typed(&column))));
        Ok(())
    }

    /// Adds `--diststyle T=all|even`.
    ///
    /// # Errors
    /// Another form.
    pub fn diststyle(&mut self, text: &str) -> Result<(), ChangeError> {
        const FORM: &str = "--diststyle orders=all|even";
        let (table, style) = assignment(text, FORM)?;
        let style = match style.as_str() {
            "all" => DistStyle::All,
            "even" => DistStyle::Even,
            _ => return Err(form(text, FORM)),
        };
        self.distributions.push((table, style));
        Ok(())
    }

    /// Adds `--sortkey T=A,B`.
    ///
    /// # Errors
    /// Another form.
    pub fn sortkey(&mut self, text: &str) -> Result<(), ChangeError> {
        const FORM: &str = "--sortkey orders=ordered_at,customer_id";
        let (table, columns) = assignment(text, FORM)?;
        let columns: Vec<Ident> = name::items(&columns).map(Ident::typed).collect();
        if columns.iter().any(|column| column.is_empty()) {
            return Err(form(text, FORM));
        }
        self.sort_keys.push((table, columns));
        Ok(())
    }

    /// Adds `--scale 2` or `--scale orders=3`.
    ///
    /// # Errors
    /// Another form, or a factor that is not above zero.
    pub fn scale(&mut self, text: &str) -> Result<(), ChangeError> {
        self.scales.push(text.parse()?);
        Ok(())
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The changes of keys as the arguments `--distkey`, `--diststyle` and `--sortkey` ask for
    /// them; `None` where one of them has no such argument.
    pub fn arguments(&self) -> Option<[Vec<String>; 3]> {
        let [mut keys, mut styles] = [Vec::new(), Vec::new()];
        for (table, style) in &self.distributions {
            match style {
                DistStyle::Key(column) => keys.push(format!("{table}={column}")),
                DistStyle::All => styles.push(format!("{table}=all")),
                DistStyle::Even => styles.push(format!("{table}=even")),
                DistStyle::Auto(_) => return None,
            }
        }
        let sorted = self.sort_keys.iter().map(|(table, columns)| {
            let columns: Vec<String> = columns.iter().map(Ident::to_string).collect();
            format!("{table}={}", columns.join(","))
        });
        Some([keys, styles, sorted.collect()])
    }

    /// How many times the rows are of a table that the scales mean by these names.
    pub fn factor(&self, is_it: impl Fn(&TableName) -> bool) -> f64 {
        let of = |scale: &&Scale| scale.table.as_ref().is_none_or(&is_it);
        self.scales
            .iter()
            .filter(of)
            .map(|scale| scale.factor)
            .product()
    }

    /// The tables after the change.
    ///
    /// # Errors
    /// A table or column that the schema does not have.
    pub fn apply(&self, schema: &Schema) -> Result<Schema, ChangeError> {
        let mut changed = schema.clone();
        for (name, style) in &self.distributions {
            let table = table_mut(&mut changed, name, "distribution")?;
            if let DistStyle::Key(column) = style {
                known_column(table, column)?;
            }
            table.dist_style = style.clone();
        }
        for (name, columns) in &self.sort_keys {
            let table = table_mut(&mut changed, name, "sort key")?;
            for column in columns {
                known_column(table, column)?;
            }
            table.sort_key = SortKey::Compound(columns.clone());
        }
        Ok(changed)
    }

    /// The statistics after the change. A sort key that is new is taken as sorted,
    /// a distribution as the change says it.
    pub fn apply_stats(&self, stats: &Stats) -> Stats {
        let mut changed = stats.clone();
        for (key, table) in &mut changed.tables {
            // Statistics may spell the table otherwise than the DDL.
            let is_it = |name: &TableName| stats.key(name) == Some(key);
            let factor = self.factor(is_it);
            for rows in [
                &mut table.rows,
                &mut table.deleted_rows,
                &mut table.size_blocks,
            ] {
                *rows = rows.map(|n| n * factor);
            }
            if self.distributions.iter().any(|(name, _)| is_it(name)) {
                table.diststyle = None;
                table.skew_rows = None;
            }
            if self.sort_keys.iter().any(|(name, _)| is_it(name)) {
                table.sortkey1 = None;
                table.unsorted = Some(0.0);
            }
        }
        changed
    }
}

/// The table whose distribution or sort key is changed.
fn table_mut<'s>(
    schema: &'s mut Schema,
    name: &TableName,
    what: &'static str,
) -> Result<&'s mut Table, ChangeError> {
    let key = schema.resolve(name).map(|table| table.name.clone());
    let Some(key) = key else {
        return Err(ChangeError::Table {
            nearest: schema.nearest(name),
            table: name.clone(),
        });
    };
    match schema.tables.get_mut(&key) {
        Some(table) if table.kind == TableKind::View => {
            Err(ChangeError::NoKeys(key, "a view", what))
        }
        Some(table) if table.kind == TableKind::External => {
            Err(ChangeError::NoKeys(key, "an external table", what))
        }
        Some(table) => Ok(table),
        None => Err(ChangeError::Table {
            table: key,
            nearest: None,
        }),
    }
}

fn known_column(table: &Table, column: &Ident) -> Result<(), ChangeError> {
    match table.column(column) {
        Some(_) => Ok(()),
        None if !table.columns_known => Ok(()),
        None => {
            let names = table.columns.iter().map(|column| column.name.as_str());
            Err(ChangeError::Column {
                table: table.name.clone(),
                nearest: name::nearest(column, names),
                column: column.clone(),
            })
        }
    }
}

impl FromStr for Scale {
    type Err = ChangeError;

    fn from_str(text: &str) -> Result<Self, ChangeError> {
        const FORM: &str = "--scale 2 or --scale orders=3";
        let (table, factor) = match name::split_once(text, '=') {
            Some((table, factor)) => (Some(TableName::typed(table)), factor),
            None => (None, text),
        };
        let factor = factor
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|f| f.is_finite() && *f > 0.0);
        let factor = factor.ok_or_else(|| form(text, FORM))?;
        Ok(Self { table, factor })
    }
}

impl FromStr for Growth {
    type Err = ChangeError;

    /// `catalog=2000000/hour`, also per minute, day, week, month or year.
    fn from_str(text: &str) -> Result<Self, ChangeError> {
        const FORM: &str = "--grow catalog=2000000/hour";
        let (table, rate) = assignment(text, FORM)?;
        let (rows, per) = rate.split_once('/').ok_or_else(|| form(text, FORM))?;
        let rows = rows
            .replace('_', "")
            .parse::<f64>()
            .ok()
            .filter(|n| n.is_finite() && *n > 0.0);
        let hours = match per.trim() {
            "minute" => 1.0 / 60.0,
            "hour" => 1.0,
            "day" => 24.0,
            "week" => 168.0,
            "month" => 730.5,
            "year" => 8766.0,
            _ => return Err(form(text, FORM)),
        };
        let rows_per_hour = rows.map(|rows| rows / hours).filter(|n| n.is_finite());
        Ok(Self {
            table,
            rows_per_hour: rows_per_hour.ok_or_else(|| form(text, FORM))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_in_quotes_are_part_of_a_name() {
        let mut changes = Changes::default();
        for text in [r#""A=B"="c=d""#, r#"s."a,b"=ÄÖ"#, r#""a""=b"=c"#] {
            assert_eq!(changes.distkey(text), Ok(()), "{text}");
        }
        let read = changes
            .distributions
            .iter()
            .map(|(table, style)| match style {
                DistStyle::Key(column) => (table.bare(), column.as_str()),
                other => panic!("{other:?}"),
            });
        assert_eq!(
            read.collect::<Vec<_>>(),
            [
                ("a=b".to_owned(), "c=d"),
                ("s.a,b".to_owned(), "ÄÖ"),
                ("a\"=b".to_owned(), "c")
            ]
        );
        assert_eq!(changes.sortkey(r#"t="a,b",c"#), Ok(()));
        assert_eq!(changes.sort_keys[0].1, ["a,b", "c"]);
        assert!(changes.sortkey("t=a,").is_err() && changes.sortkey("t=,a").is_err());
        let scale: Scale = r#""a=b"=3"#.parse().expect("a scale");
        assert_eq!((scale.table, scale.factor), (Some(r#""a=b""#.into()), 3.0));
        let growth: Growth = r#""a=1/hour"=5/day"#.parse().expect("a growth");
        assert_eq!(growth.table, TableName::typed(r#""a=1/hour""#));
    }

    #[test]
    fn changes_are_read_and_refused_with_the_form_that_is_expected() {
        let mut changes = Changes::default();
        assert!(changes.distkey("Orders=Customer_id").is_ok());
        assert!(changes.sortkey("orders=day, customer_id").is_ok());
        assert!(changes.scale("orders=3").is_ok() && changes.scale("2").is_ok());
        assert_eq!(changes.factor(|name| name == &"orders".into()), 6.0);
        assert_eq!(changes.factor(|name| name == &"customers".into()), 2.0);
        assert!(changes.diststyle("orders=key").is_err());
        assert!(changes.scale("0").is_err() && changes.distkey("orders").is_err());
        let growth: Growth = "catalog=48_000_000/day".parse().expect("a growth");
        assert_eq!(growth.rows_per_hour, 2_000_000.0);
        assert!("catalog=5".parse::<Growth>().is_err());
    }
}
