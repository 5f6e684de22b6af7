//! The numbers behind a message, kept small: a file may have as many findings as lines.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The numbers behind a message: a JSON object, kept as its text. A tree of them takes twenty times as much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence(Box<str>);

impl Evidence {
    /// What a struct serializes to; nothing of what is no object.
    pub fn of(evidence: &(impl Serialize + ?Sized)) -> Self {
        let text = serde_json::to_string(evidence).unwrap_or_default();
        match text.starts_with('{') {
            true => Self(text.into_boxed_str()),
            false => Self("{}".into()),
        }
    }

    /// All of it.
    pub fn map(&self) -> Map<String, Value> {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// One of its values.
    pub fn get(&self, key: &str) -> Option<Value> {
        // Most is asked for what is not there.
        let is_there = self.0.contains(&format!("\"{key}\":"));
        is_there.then(|| self.map().swap_remove(key)).flatten()
    }

    /// One of its values, where it is a text.
    pub fn text(&self, key: &str) -> Option<String> {
        match self.get(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }
}

impl Default for Evidence {
    fn default() -> Self {
        Self("{}".into())
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.map().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Numbers {
        table: &'static str,
        share: f64,
        columns: Vec<(&'static str, u32)>,
        nested: Option<Box<Numbers>>,
    }

    #[test]
    fn evidence_says_what_its_struct_says() {
        // A sum that a parser of floats in a hurry reads as its neighbour.
        for share in [
            0.1 + 0.2,
            1e-308,
            5e-324,
            f64::MAX,
            2_500_000_000.0,
            1.0 / 3.0,
        ] {
            let numbers = Numbers {
                table: "a \"quoted\" `name`: {",
                share,
                columns: vec![("x", 1), ("y", 2)],
                nested: Some(Box::new(Numbers {
                    table: "inner",
                    share,
                    columns: Vec::new(),
                    nested: None,
                })),
            };
            let evidence = Evidence::of(&numbers);
            let expected = serde_json::to_value(&numbers).expect("JSON");
            assert_eq!(serde_json::to_value(&evidence).expect("JSON"), expected);
            let keys: Vec<String> = evidence.map().keys().cloned().collect();
            assert_eq!(keys, ["table", "share", "columns", "nested"]);
            assert_eq!(evidence.text("table").as_deref(), Some(numbers.table));
            assert_eq!(evidence.get("columns"), Some(expected["columns"].clone()));
            assert_eq!(evidence.get("inner"), None);
            assert_eq!(evidence.text("share"), None);
        }
        assert_eq!(Evidence::of(&3), Evidence::default());
    }
}
