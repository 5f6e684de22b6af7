//! A plan as Redshift prints it.

use std::fmt;

use super::{Detail, DetailKind, Engine, Node, Operator, Plan};

/// Columns by which each level is indented.
const STEP: usize = 6;

impl fmt::Display for Plan {
    /// The plan as `EXPLAIN` prints it, without header and row count.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for node in &self.nodes {
            let indent = node.depth * STEP;
            match node.depth {
                0 => writeln!(f, "{node}")?,
                _ => writeln!(f, "{:1$}->  {node}", "", indent - 4)?,
            }
            for detail in &node.details {
                writeln!(f, "{:1$}{detail}", "", indent + 2)?;
            }
        }
        for notice in &self.notices {
            writeln!(f, "----- {notice} -----")?;
        }
        Ok(())
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            DetailKind::Other => f.write_str(self.text()),
            kind if kind.is_bare() => f.write_str(kind.label()),
            kind => write!(f, "{}: {}", kind.label(), self.text()),
        }
    }
}

impl fmt::Display for Node {
    /// The step's line without indentation and arrow.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_head(f)?;
        self.fmt_numbers(f)
    }
}

impl Node {
    /// The step's line without its numbers: `XN Seq Scan on sales s`.
    pub fn title(&self) -> String {
        struct Title<'a>(&'a Node);
        impl fmt::Display for Title<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt_head(f)
            }
        }
        Title(self).to_string()
    }

    fn fmt_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.engine != Engine::Unknown {
            write!(f, "{} ", self.engine.as_str())?;
        }
        f.write_str(&self.operator.name())?;
        let link = match self.operator {
            Operator::SeqScan if self.engine != Engine::S3 => " on",
            Operator::FunctionScan => " on",
            Operator::PartitionInfoScan => " of",
            _ => "",
        };
        f.write_str(link)?;
        if let Some(label) = self.distribution {
            write!(f, " {}", label.as_str())?;
        }
        for name in [&self.relation, &self.alias].into_iter().flatten() {
            write!(f, " {name}")?;
        }
        if let Some(location) = &self.s3_location {
            write!(f, " location:{location}")?;
        }
        if let Some(format) = &self.s3_format {
            write!(f, " format:{format}")?;
        }
        Ok(())
    }

    fn fmt_numbers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cost.is_none() && self.rows.is_none() && self.width.is_none() {
            // Without any number, an unknown operator could not be told from prose.
            return match self.operator {
                Operator::Other(_) => f.write_str("  (...)"),
                _ => Ok(()),
            };
        }
        f.write_str("  (")?;
        match self.cost {
            Some(cost) => write!(f, "cost={:.2}..{:.2}", cost.startup, cost.total)?,
            None => f.write_str("...")?,
        }
        if let Some(rows) = self.rows {
            write!(f, " rows={rows:.0}")?;
        }
        if let Some(width) = self.width {
            write!(f, " width={width:.0}")?;
        }
        f.write_str(")")
    }
}
