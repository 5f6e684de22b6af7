//! Types and keys as Redshift spells them, in messages and in JSON alike.

use std::fmt::{self, Display, Formatter};

use serde::{Serialize, Serializer};

use super::{DistStyle, SortKey};
use crate::name;

impl Display for DistStyle {
    /// As `SVV_TABLE_INFO` has it: `EVEN`, `ALL`, `KEY(c)`, `AUTO(KEY(c))`; `AUTO` where the
    /// state is unknown.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            DistStyle::Auto(None) => f.write_str("AUTO"),
            DistStyle::Auto(Some(state)) => write!(f, "AUTO({state})"),
            DistStyle::Even => f.write_str("EVEN"),
            DistStyle::All => f.write_str("ALL"),
            DistStyle::Key(column) => write!(f, "KEY({column})"),
        }
    }
}

impl Display for SortKey {
    /// `AUTO`, `AUTO(SORTKEY(c))`, `NONE`, `COMPOUND(a, b)`, `INTERLEAVED(a, b)`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            SortKey::Auto(None) => f.write_str("AUTO"),
            SortKey::Auto(Some(columns)) => write!(f, "AUTO(SORTKEY({}))", name::list(columns)),
            SortKey::None => f.write_str("NONE"),
            SortKey::Compound(columns) => write!(f, "COMPOUND({})", name::list(columns)),
            SortKey::Interleaved(columns) => write!(f, "INTERLEAVED({})", name::list(columns)),
        }
    }
}

impl Serialize for DistStyle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for SortKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::Schema;
    use crate::text::SourceFile;

    #[test]
    fn json_has_redshifts_words() {
        let ddl = "create table a (id bigint, name varchar(20), price decimal(10,2)) \
                   diststyle key distkey (id) compound sortkey (name, id);
                   create table b (x int) diststyle even interleaved sortkey (x);
                   create table c (x double precision) diststyle all sortkey auto;
                   create table d (x timestamptz encode az64);
                   create table e (x varchar(max)) sortkey auto;
                   alter table e alter sortkey none;";
        let mut schema = Schema::of(&crate::sql::parse(&SourceFile::new("t.sql", ddl)));
        let stats =
            r#"[{"table": "d", "diststyle": "AUTO(KEY(x))", "sortkey1": "AUTO(SORTKEY(x))"}]"#;
        schema.settle_auto(&crate::stats::Stats::read(stats).expect("statistics"));
        let shown: Vec<String> = schema
            .tables
            .values()
            .map(|table| {
                let json = serde_json::to_value(table).expect("JSON");
                let types: Vec<&str> = json["columns"]
                    .as_array()
                    .expect("columns")
                    .iter()
                    .filter_map(|column| column["data_type"].as_str())
                    .collect();
                let (style, sort) = (&json["dist_style"], &json["sort_key"]);
                let encoding = &json["columns"][0]["encoding"];
                format!("{style} {sort} {} {encoding}", types.join(" "))
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        "KEY(id)" "COMPOUND(name, id)" BIGINT VARCHAR(20) DECIMAL(10,2) null
        "EVEN" "INTERLEAVED(x)" INTEGER null
        "ALL" "AUTO" DOUBLE PRECISION null
        "AUTO(KEY(x))" "AUTO(SORTKEY(x))" TIMESTAMPTZ "az64"
        "AUTO" "NONE" VARCHAR(65535) null
        "#);
    }
}
