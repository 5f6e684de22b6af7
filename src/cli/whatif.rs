//! The what-if arguments of `distkey explain`.

use crate::anonymize::Anonymizer;
use crate::explain::{Asked, WhatIf};

/// What would be different.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "What if")]
pub struct WhatIfArgs {
    /// Another distribution key.
    #[arg(long, value_name = "TABLE=COLUMN")]
    distkey: Vec<String>,
    /// Another distribution style: all or even.
    #[arg(long, value_name = "TABLE=STYLE")]
    diststyle: Vec<String>,
    /// Another sort key.
    #[arg(long, value_name = "TABLE=A,B")]
    sortkey: Vec<String>,
    /// Another volume: of all tables, or of one.
    #[arg(long, value_name = "N|TABLE=N")]
    scale: Vec<String>,
    /// Another cluster.
    #[arg(long, value_name = "CLUSTER")]
    to_cluster: Option<String>,
    /// Rows that a table gains, as `catalog=2000000/hour`: tells when the budget is lost.
    #[arg(long, value_name = "TABLE=ROWS/PERIOD", requires = "query")]
    grow: Option<String>,
}

impl WhatIfArgs {
    /// Whether nothing is asked.
    pub(super) fn is_empty(&self) -> bool {
        let lists = [&self.distkey, &self.diststyle, &self.sortkey, &self.scale];
        let none = lists.iter().all(|list| list.is_empty());
        none && self.to_cluster.is_none() && self.grow.is_none()
    }

    /// Reads the arguments.
    ///
    /// # Errors
    /// One that is not in its form.
    pub(super) fn read(&self, anonymizer: &Anonymizer) -> anyhow::Result<WhatIf> {
        let asked = Asked {
            distkey: self.distkey.clone(),
            diststyle: self.diststyle.clone(),
            sortkey: self.sortkey.clone(),
            scale: self.scale.clone(),
            to_cluster: self.to_cluster.clone(),
            grow: self.grow.clone(),
        };
        Ok(WhatIf::try_from(&asked)?.renamed(&|name| anonymizer.argument(name)))
    }
}
