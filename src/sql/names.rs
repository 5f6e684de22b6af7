//! Where the names stand in a statement, as its parser reads it: a word is a name by
//! its place, and not by what it says. `part`, `key` and `date` may each be either.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::ser::{self, Serializer};
use sqlparser::tokenizer::Location;

/// What a name is of, as far as its place tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamePlace {
    /// A table, a column, an alias or anything else that is defined.
    Name,
    /// A function that is called.
    Function,
}

/// The names of a statement.
#[derive(Debug, Default)]
pub struct NamePlaces {
    /// By line and column, counted from the statement's first word.
    pub places: BTreeMap<Location, NamePlace>,
    /// Parts between parentheses that were stepped over, from their first token to what
    /// follows the last: expressions with names that are told apart without a grammar.
    pub skipped: Vec<(Location, Location)>,
    /// Whether a part of the statement was not understood: there may be more.
    pub incomplete: bool,
}

impl NamePlaces {
    /// Whether it is not known of a place what stands there.
    pub fn is_unknown(&self, place: Location) -> bool {
        let within = |(first, end): &(Location, Location)| *first <= place && place < *end;
        self.incomplete || self.skipped.iter().any(within)
    }

    /// Takes in the names of a part that sqlparser has read, or that it refused.
    pub(super) fn add(&mut self, part: Option<&impl Serialize>) {
        let mut collector = Collector {
            names: self,
            function: false,
            location: Vec::new(),
        };
        let understood = part.is_some_and(|part| part.serialize(&mut collector).is_ok());
        self.incomplete |= !understood;
    }
}

/// Walks a syntax tree over its serialization: there an identifier is an `Ident`
/// wherever it stands, so no kind of clause can be forgotten.
struct Collector<'a> {
    names: &'a mut NamePlaces,
    /// Within the name of a function.
    function: bool,
    /// The numbers met within an identifier: line and column of its start, then of its end.
    location: Vec<u64>,
}

/// Nothing can go wrong: what is met is looked at, and nothing is written.
#[derive(Debug)]
struct Never(String);

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Never {}

impl ser::Error for Never {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Never(message.to_string())
    }
}

/// Parts of a sequence, a struct or a variant.
struct Parts<'c, 'a> {
    collector: &'c mut Collector<'a>,
    /// The struct, where that matters.
    of: &'static str,
}

impl Parts<'_, '_> {
    fn part<T: Serialize + ?Sized>(&mut self, part: &T) -> Result<(), Never> {
        part.serialize(&mut *self.collector)
    }

    fn finish(self) -> Result<(), Never> {
        if self.of != "Ident" {
            return Ok(());
        }
        let Collector {
            names,
            function,
            location,
        } = self.collector;
        match *location.as_slice() {
            [line, column, ..] if line > 0 => {
                let place = match function {
                    true => NamePlace::Function,
                    false => NamePlace::Name,
                };
                names.places.insert(Location { line, column }, place);
            }
            // The parser made it up, or lost its place.
            _ => names.incomplete = true,
        }
        Ok(())
    }
}

macro_rules! look_past {
    ($($name:ident: $type:ty),* $(,)?) => {
        $(fn $name(self, _: $type) -> Result<(), Never> { Ok(()) })*
    };
}

impl<'c, 'a> Serializer for &'c mut Collector<'a> {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Parts<'c, 'a>;
    type SerializeTuple = Parts<'c, 'a>;
    type SerializeTupleStruct = Parts<'c, 'a>;
    type SerializeTupleVariant = Parts<'c, 'a>;
    type SerializeMap = Parts<'c, 'a>;
    type SerializeStruct = Parts<'c, 'a>;
    type SerializeStructVariant = Parts<'c, 'a>;

    look_past! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_i64: i64, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
        serialize_f32: f32, serialize_f64: f64, serialize_char: char, serialize_str: &str,
        serialize_bytes: &[u8], serialize_unit_struct: &'static str,
    }

    fn serialize_u64(self, number: u64) -> Result<(), Never> {
        self.location.push(number);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Never> {
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Never> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &str, _: u32, _: &str) -> Result<(), Never> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &str,
        value: &T,
    ) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        of: &str,
        _: u32,
        variant: &str,
        value: &T,
    ) -> Result<(), Never> {
        // A part of a date that the standard lacks, as `qtr`: an identifier, but no name.
        match (of, variant) {
            ("DateTimeField", "Custom") => Ok(()),
            _ => value.serialize(self),
        }
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'c, 'a>, Never> {
        self.serialize_struct("", 0)
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'c, 'a>, Never> {
        self.serialize_struct("", 0)
    }

    fn serialize_tuple_struct(self, _: &str, _: usize) -> Result<Parts<'c, 'a>, Never> {
        self.serialize_struct("", 0)
    }

    fn serialize_tuple_variant(
        self,
        of: &'static str,
        _: u32,
        variant: &str,
        _: usize,
    ) -> Result<Parts<'c, 'a>, Never> {
        // A type that sqlparser does not know, as `super`.
        match (of, variant) {
            ("DataType", "Custom") => self.serialize_struct("custom type", 0),
            _ => self.serialize_struct("", 0),
        }
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'c, 'a>, Never> {
        self.serialize_struct("", 0)
    }

    fn serialize_struct(self, of: &'static str, _: usize) -> Result<Parts<'c, 'a>, Never> {
        if of == "Ident" {
            self.location.clear();
        }
        Ok(Parts {
            collector: self,
            of,
        })
    }

    fn serialize_struct_variant(
        self,
        _: &str,
        _: u32,
        _: &str,
        _: usize,
    ) -> Result<Parts<'c, 'a>, Never> {
        self.serialize_struct("", 0)
    }
}

macro_rules! parts_of {
    ($($trait:ident: $part:ident),* $(,)?) => {
        $(impl ser::$trait for Parts<'_, '_> {
            type Ok = ();
            type Error = Never;

            fn $part<T: Serialize + ?Sized>(&mut self, part: &T) -> Result<(), Never> {
                match self.of {
                    "custom type" => Ok(()),
                    _ => self.part(part),
                }
            }

            fn end(self) -> Result<(), Never> {
                self.finish()
            }
        })*
    };
}

parts_of! {
    SerializeSeq: serialize_element, SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field,
}

impl ser::SerializeMap for Parts<'_, '_> {
    type Ok = ();
    type Error = Never;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Never> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        self.part(value)
    }

    fn end(self) -> Result<(), Never> {
        self.finish()
    }
}

impl ser::SerializeStruct for Parts<'_, '_> {
    type Ok = ();
    type Error = Never;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        let outside = self.collector.function;
        if (self.of, name) == ("Function", "name") {
            self.collector.function = true;
        }
        let walked = self.part(value);
        self.collector.function = outside;
        walked
    }

    fn end(self) -> Result<(), Never> {
        self.finish()
    }
}

impl ser::SerializeStructVariant for Parts<'_, '_> {
    type Ok = ();
    type Error = Never;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        self.part(value)
    }

    fn end(self) -> Result<(), Never> {
        self.finish()
    }
}
