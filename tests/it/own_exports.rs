//! What a user has who may run `stats-query` and nothing else: its two exports. With them, search by
//! category over the sample schemas gets a verdict, and a reason.

use std::path::Path;

use serde_json::Value;

use crate::support::{Ran, distkey, folder, run};

/// What the SQL of `stats-query` gives for the sample tables: the columns that it selects, in
/// their order.
const TABLE_INFO: &str = "\
schema,table,diststyle,sortkey1,sortkey1_enc,encoded,size,tbl_rows,estimated_visible_rows,unsorted,stats_off,skew_rows
public,availability,AUTO(ALL),,,\"Y, AUTO(ENCODE)\",14,6,6,,0.00,
public,brands,EVEN,,,\"Y, AUTO(ENCODE)\",96,12000,12000,,0.00,1.01
public,categories,EVEN,,,\"Y, AUTO(ENCODE)\",96,40,40,,0.00,1.50
public,departments,AUTO(ALL),,,\"Y, AUTO(ENCODE)\",10,8,8,,0.00,
public,products,KEY(product_id),product_id,none,\"Y, AUTO(ENCODE)\",3360,50000000,50000000,0.00,0.00,1.01
public,products_wide,KEY(product_id),category_id,none,\"Y, AUTO(ENCODE)\",5200,50000000,50000000,0.00,0.00,1.01
";

/// The same of `stats-query --columns`.
const PG_STATS: &str = "\
schemaname,tablename,attname,null_frac,avg_width,n_distinct,correlation,most_common_freqs
public,availability,availability_id,0,2,-1,,
public,availability,label,0,9,-1,,
public,brands,brand_id,0,4,-1,0.3,
public,brands,name,0,14,-1,,
public,categories,category_id,0,4,-1,,
public,categories,department_id,0,4,-0.2,,
public,categories,slug,0,12,-1,,
public,departments,department_id,0,4,-1,,
public,departments,name,0,11,-1,,
public,products,product_id,0,8,-1,1,
public,products,category_id,0,4,40,0.03,\"{0.06,0.05,0.045,0.04,0.04,0.035}\"
public,products,brand_id,0,8,11800,0.01,\"{0.004,0.003,0.003}\"
public,products,availability_id,0,2,6,0.3,\"{0.6,0.2,0.1,0.05,0.03,0.02}\"
public,products,title,0,44,-0.9,0,
public,products,price,0,8,60000,0,\"{0.002,0.002}\"
public,products,listed_at,0,8,-0.3,0.9,
public,products_wide,product_id,0,8,-1,0.03,
public,products_wide,category_id,0,4,40,1,\"{0.06,0.05,0.045,0.04,0.04,0.035}\"
public,products_wide,category,0,12,40,0.1,\"{0.06,0.05}\"
public,products_wide,department,0,10,8,0.1,\"{0.2,0.2}\"
public,products_wide,brand,0,14,11800,0.01,
public,products_wide,availability,0,9,6,0.4,\"{0.6,0.2,0.1,0.05,0.03,0.02}\"
public,products_wide,title,0,44,-0.9,0,
public,products_wide,price,0,8,60000,0.04,\"{0.002,0.002}\"
public,products_wide,listed_at,0,8,-0.3,0.1,
";

fn sample(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).expect("a sample")
}

/// Search by category over one of the sample schemas, explained from some exports.
fn explained(name: &str, exports: &[(&str, &str)], format: &str) -> Ran {
    let ddl = sample(&format!("sample_ddl/catalog_{name}.sql"));
    let query = sample(&format!("sample_queries/search_{name}.sql"));
    let mut files = vec![("t.sql", ddl.as_str()), ("q.sql", query.as_str())];
    files.extend(exports);
    let mut arguments = vec![
        "explain",
        "--query",
        "q.sql",
        "--ddl",
        "t.sql",
        "--cluster",
        "ra3.4xlarge:4",
        "--format",
        format,
    ];
    for (name, _) in exports {
        arguments.extend(["--stats", name]);
    }
    let folder = folder(&files);
    distkey(folder.path(), &arguments)
}

fn prediction(ran: &Ran) -> Value {
    let document: Value = serde_json::from_str(&ran.out).expect("JSON");
    document["inputs"][0]["prediction"].clone()
}

/// The columns that a script selects: names, without what they are made of.
fn selected(script: &str) -> Vec<String> {
    let sql: Vec<&str> = script
        .lines()
        .filter(|line| !line.starts_with("--"))
        .collect();
    let sql = sql.join(" ");
    let list = sql
        .split("SELECT")
        .nth(1)
        .and_then(|rest| rest.split("FROM").next())
        .expect("a SELECT");
    let name = |item: &str| {
        let item = item.trim();
        let item = item.rsplit(" AS ").next().unwrap_or(item);
        item.trim_matches('"').to_owned()
    };
    list.split(',').map(name).collect()
}

#[test]
fn the_exports_are_what_the_scripts_select() {
    for (arguments, export) in [
        (vec!["stats-query"], TABLE_INFO),
        (vec!["stats-query", "--columns"], PG_STATS),
    ] {
        let header = export.lines().next().expect("a header");
        let header: Vec<&str> = header.split(',').collect();
        assert_eq!(selected(&run(&arguments, &[])), header);
    }
}

#[test]
fn both_exports_decide_search_by_category_and_tell_why() {
    let both = [("info.csv", TABLE_INFO), ("columns.csv", PG_STATS)];
    for name in ["denormalized", "normalized"] {
        let ran = explained(name, &both, "json");
        for refused in ["not read", "not used", "understood", "in no DDL"] {
            assert!(!ran.err.contains(refused), "{name}: {}", ran.err);
        }
        let found = prediction(&ran);
        assert_eq!(found["verdict"], "within", "{name}: {found}");
        let steps = found["steps"].as_array().expect("steps");
        assert!(
            steps.iter().any(|step| step["why"]
                .as_str()
                .is_some_and(|why| why.starts_with("reads"))),
            "{name}: {found}"
        );
    }
    // What is open of the range is told with what would close it.
    let assumed = prediction(&explained("denormalized", &both, "json"))["assumptions"].to_string();
    assert!(
        assumed.contains("SELECT MIN(price), MAX(price) FROM products_wide;"),
        "{assumed}"
    );
}

/// Fewer exports may leave it open, and never turn it over.
#[test]
fn one_export_or_none_never_says_the_opposite() {
    let exports = [("info.csv", TABLE_INFO), ("columns.csv", PG_STATS)];
    for name in ["denormalized", "normalized"] {
        for given in [&exports[..0], &exports[..1], &exports[1..]] {
            let found = prediction(&explained(name, given, "json"));
            assert_ne!(
                found["verdict"],
                "over",
                "{name}, {} given: {found}",
                given.len()
            );
        }
        let nothing = prediction(&explained(name, &[], "json"));
        assert_eq!(nothing["verdict"], "cannot_tell", "{name}");
    }
}
