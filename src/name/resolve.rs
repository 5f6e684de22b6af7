//! Which of the known tables a name means: the one rule for schema, statistics and plans.

use std::collections::BTreeMap;

use super::{Ident, TableName};

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved<'m, T> {
    /// This one.
    Found(&'m TableName, &'m T),
    /// None that is known.
    Unknown,
    /// One of these, and nothing tells which.
    Ambiguous(Vec<&'m TableName>),
}

impl<'m, T> Resolved<'m, T> {
    /// The one that is meant, if it is certain.
    pub fn found(self) -> Option<&'m T> {
        match self {
            Resolved::Found(_, value) => Some(value),
            Resolved::Unknown | Resolved::Ambiguous(_) => None,
        }
    }
}

/// Where Redshift looks after `$user`, unless `search_path` says otherwise (AWS: search_path).
pub(crate) const DEFAULT_PATH: &str = "public";

/// Looks a name up.
///
/// The exact name; for a name without a schema the first schema of the search path that has it,
/// for a name with one a table that was defined without; then the only table of that name in any
/// schema, where no schema was named. A name whose case is not folded is tried folded at last.
pub fn resolve<'m, T>(
    known: &'m BTreeMap<TableName, T>,
    wanted: &TableName,
    search_path: &[Ident],
) -> Resolved<'m, T> {
    match resolve_exactly(known, wanted, search_path) {
        Resolved::Unknown => {
            let folded = wanted.to_folded();
            match folded == *wanted {
                true => Resolved::Unknown,
                false => resolve_exactly(known, &folded, search_path),
            }
        }
        resolved => resolved,
    }
}

fn resolve_exactly<'m, T>(
    known: &'m BTreeMap<TableName, T>,
    wanted: &TableName,
    search_path: &[Ident],
) -> Resolved<'m, T> {
    let get = |schema: Option<&str>| {
        let name = TableName::new(schema.map(Ident::exact), wanted.name.clone());
        known.get_key_value(&name)
    };
    let found = |(name, value)| Resolved::Found(name, value);
    if let Some(exact) = get(wanted.schema.as_deref()) {
        return found(exact);
    }
    if wanted.schema.is_some() {
        return get(None).map_or(Resolved::Unknown, found);
    }
    let path = search_path.iter().map(Ident::as_str);
    let path = path.filter(|schema| *schema != "$user");
    let default = search_path.is_empty().then_some(DEFAULT_PATH);
    if let Some(on_path) = path.chain(default).find_map(|schema| get(Some(schema))) {
        return found(on_path);
    }
    let mut same_name = of_name(known, wanted);
    match (same_name.next(), same_name.next()) {
        (Some(only), None) => found(only),
        (None, _) => Resolved::Unknown,
        (Some(_), Some(_)) => {
            Resolved::Ambiguous(of_name(known, wanted).map(|(name, _)| name).collect())
        }
    }
}

/// All known tables with this name, in whatever schema.
pub fn of_name<'m, T>(
    known: &'m BTreeMap<TableName, T>,
    wanted: &TableName,
) -> impl Iterator<Item = (&'m TableName, &'m T)> + use<'m, T> {
    let first = TableName::new(None, wanted.name.clone());
    let name = wanted.name.clone();
    known
        .range(first..)
        .take_while(move |(key, _)| key.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(known: &[&str], wanted: &str, path: &[&str]) -> String {
        let known: BTreeMap<TableName, ()> = known
            .iter()
            .map(|name| (TableName::typed(name), ()))
            .collect();
        let path: Vec<Ident> = path.iter().map(|schema| Ident::folded(schema)).collect();
        match resolve(&known, &TableName::printed(wanted), &path) {
            Resolved::Found(name, ()) => name.bare(),
            Resolved::Unknown => "unknown".to_owned(),
            Resolved::Ambiguous(names) => {
                let names: Vec<String> = names.iter().map(|name| name.bare()).collect();
                format!("one of {}", names.join(", "))
            }
        }
    }

    #[test]
    fn the_search_path_decides_and_what_it_leaves_open_is_said() {
        assert_eq!(found(&["t", "public.t"], "t", &[]), "t");
        assert_eq!(found(&["a.t", "public.t"], "t", &[]), "public.t");
        assert_eq!(found(&["a.t", "public.t"], "t", &["$user", "a"]), "a.t");
        assert_eq!(found(&["a.t", "b.t"], "t", &[]), "one of a.t, b.t");
        assert_eq!(found(&["a.t", "b.t"], "t", &["b"]), "b.t");
        assert_eq!(found(&["a.t"], "t", &["b"]), "a.t");
        assert_eq!(found(&["t2", "s"], "t", &[]), "unknown");
    }

    #[test]
    fn a_named_schema_is_that_schema() {
        assert_eq!(found(&["t"], "public.t", &[]), "t");
        assert_eq!(found(&["t", "public.t"], "public.t", &[]), "public.t");
        assert_eq!(found(&["a.t", "b.t"], "c.t", &[]), "unknown");
        assert_eq!(found(&["a.t"], "b.t", &["a"]), "unknown");
    }

    #[test]
    fn case_is_folded_only_where_it_is_not_known() {
        assert_eq!(found(&["orders"], "\"Orders\"", &[]), "orders");
        assert_eq!(found(&["public.\"a.b\""], "\"A.b\"", &[]), "public.a.b");
    }
}
