//! What an export of `SVV_TABLE_INFO` says of keys that Redshift chose.

use super::{DistStyle, Ident, Schema, SortKey};

impl Schema {
    /// The schema that one script defines.
    pub fn of(script: &crate::sql::Script) -> Self {
        let mut builder = super::SchemaBuilder::default();
        builder.apply(script);
        builder.finish()
    }

    /// Lays what an export of `SVV_TABLE_INFO` says over tables whose keys are AUTO.
    pub fn settle_auto(&mut self, stats: &crate::stats::Stats) {
        for table in self.tables.values_mut() {
            let Some(stats) = stats.table(&table.name) else {
                continue;
            };
            if let (DistStyle::Auto(state), Some(text)) = (&mut table.dist_style, &stats.diststyle)
            {
                *state = DistStyle::exported(text).map(Box::new);
            }
            if let (SortKey::Auto(state), Some(text)) = (&mut table.sort_key, &stats.sortkey1) {
                let inner = text
                    .strip_prefix("AUTO(SORTKEY(")
                    .and_then(|t| t.strip_suffix("))"));
                *state = inner.map(|column| vec![Ident::exported(column)]);
            }
        }
    }
}

impl DistStyle {
    /// The style as `SVV_TABLE_INFO` prints it, without what AUTO stands around it:
    /// `AUTO(KEY(c))`, `AUTO(ALL)`, `EVEN`, ….
    pub fn exported(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text
            .strip_prefix("AUTO(")
            .and_then(|t| t.strip_suffix(')'))
            .unwrap_or(text);
        match text {
            "EVEN" => Some(DistStyle::Even),
            "ALL" => Some(DistStyle::All),
            _ => {
                let column = text.strip_prefix("KEY(")?.strip_suffix(')')?;
                Some(DistStyle::Key(Ident::exported(column)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::TableStats;

    #[test]
    fn an_exported_key_is_a_bare_name() {
        for (exported, column) in [
            ("id", "id"),
            ("Unit.Price", "unit.price"),
            ("a\"b", "a\"b"),
            ("\"a b\"", "a b"),
            ("f(x)", "f(x)"),
        ] {
            let style = DistStyle::exported(&format!("AUTO(KEY({exported}))"));
            assert_eq!(style, Some(DistStyle::Key(Ident::exact(column))));
            let mut schema = Schema::default();
            let table = crate::schema::Table::empty("t".into(), (0, crate::text::Span::default()));
            schema.tables.insert("t".into(), table);
            let mut stats = crate::stats::Stats::default();
            let known = TableStats {
                sortkey1: Some(format!("AUTO(SORTKEY({exported}))")),
                ..TableStats::default()
            };
            stats.tables.insert("t".into(), known);
            schema.settle_auto(&stats);
            assert_eq!(schema.tables[&"t".into()].sort_columns(), [column]);
        }
    }
}
