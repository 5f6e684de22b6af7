//! Words that are Redshift's and no name of anybody's.

use crate::planner;

/// Words of conditions and of Redshift's clauses that sqlparser does not list. They are
/// its own only where no name can stand.
const OWN: &[&str] = &[
    // Conditions.
    "outer",
    "inner",
    "and",
    "or",
    "not",
    "is",
    "null",
    "in",
    "like",
    "ilike",
    "similar",
    "to",
    "between",
    "case",
    "when",
    "then",
    "else",
    "end",
    "any",
    "all",
    "some",
    "unknown",
    "distinct",
    "from",
    "hashed",
    "subplan",
    "asc",
    "desc",
    "nulls",
    "first",
    "last",
    "exists",
    "array",
    "row",
    "at",
    "time",
    "zone",
    "with",
    "without",
    "identity",
    // Clauses and values of Redshift's DDL and COPY.
    "distkey",
    "sortkey",
    "diststyle",
    "encode",
    "even",
    "key",
    "compound",
    "interleaved",
    "backup",
    "az64",
    "bytedict",
    "delta",
    "delta32k",
    "lzo",
    "mostly8",
    "mostly16",
    "mostly32",
    "raw",
    "runlength",
    "text255",
    "text32k",
    "bzip2",
    "glacier",
    "nullas",
    "spectrum",
    "serde",
    "serdeproperties",
    "redshift",
    "public",
    "temp",
    "refresh",
    "autorefresh",
    "preserve",
    "identity",
];

/// Words of types.
const TYPES: &[&str] = &[
    "super",
    "hllsketch",
    "varbyte",
    "varbinary",
    "geometry",
    "geography",
    "bpchar",
    "character",
    "varying",
    "varchar",
    "nvarchar",
    "char",
    "nchar",
    "text",
    "string",
    "numeric",
    "decimal",
    "integer",
    "int",
    "int2",
    "int4",
    "int8",
    "smallint",
    "bigint",
    "real",
    "float",
    "float4",
    "float8",
    "double",
    "precision",
    "boolean",
    "bool",
    "date",
    "timestamp",
    "timestamptz",
    "timetz",
    "interval",
    "struct",
    "map",
    "oid",
    "regclass",
    "unsigned",
    "time",
    "zone",
    "with",
    "without",
];

/// Schemas that every database has.
const SCHEMAS: &[&str] = &["public", "information_schema", "pg_catalog"];

/// Operands that are no names, and what may stand before one.
const OPERANDS: &[&str] = &[
    "null",
    "true",
    "false",
    "not",
    "case",
    "when",
    "distinct",
    "all",
    "any",
    "some",
    "exists",
    "array",
    "row",
    "cast",
    "interval",
    "approximate",
    "hashed",
    "subplan",
    "initplan",
    "alternatives",
    "sysdate",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "session_user",
    "default",
];

/// What stands between operands or after one.
const OPERATORS: &[&str] = &[
    "and",
    "or",
    "not",
    "is",
    "in",
    "like",
    "ilike",
    "similar",
    "to",
    "between",
    "escape",
    "from",
    "isnull",
    "notnull",
    "null",
    "true",
    "false",
    "unknown",
    "distinct",
    "when",
    "then",
    "else",
    "end",
    "asc",
    "desc",
    "nulls",
    "first",
    "last",
    "at",
    "time",
    "zone",
    "collate",
    "over",
    "by",
    "partition",
    "order",
    "rows",
    "range",
    "unbounded",
    "preceding",
    "following",
    "current",
    "row",
    "as",
    "using",
    "ignore",
    "respect",
    "within",
    "group",
    "subplan",
    "initplan",
    "any",
    "all",
];

/// After these an operand is complete.
const ENDS: &[&str] = &[
    "null",
    "true",
    "false",
    "unknown",
    "isnull",
    "notnull",
    "end",
    "asc",
    "desc",
    "first",
    "last",
    "nulls",
    "sysdate",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "session_user",
    "default",
    "percent",
];

/// Words that Redshift reserves: without quotes they name nothing.
const RESERVED: &str = "\
    aes128 aes256 all allowoverwrite analyse analyze and any array as asc authorization az64 \
    backup between binary blanksasnull both bytedict bzip2 case cast check collate column \
    constraint create credentials cross current_date current_time current_timestamp current_user \
    current_user_id default deferrable deflate defrag delta delta32k desc disable distinct do \
    else emptyasnull enable encode encrypt encryption end except explicit false for foreign \
    freeze from full globaldict256 globaldict64k grant group gzip having identity ignore ilike \
    in initially inner intersect interval into is isnull join language leading left like limit \
    localtime localtimestamp lun luns lzo lzop minus mostly16 mostly32 mostly8 natural new not \
    notnull null nulls off offline offset oid old on only open or order outer overlaps parallel \
    partition percent permissions pivot placing primary raw readratio recover references \
    rejectlog resort respect restore right select session_user similar snapshot some sysdate \
    system table tag tdes text255 text32k then timestamp to top trailing true truncatecolumns \
    union unique unnest unpivot user using verbose wallet when where with without";

/// What is named by the word after one of these.
const NAMING: &[&str] = &[
    "analyze",
    "as",
    "call",
    "column",
    "constraint",
    "copy",
    "database",
    "datashare",
    "from",
    "function",
    "group",
    "into",
    "join",
    "library",
    "model",
    "owner",
    "policy",
    "procedure",
    "role",
    "schema",
    "table",
    "truncate",
    "update",
    "user",
    "vacuum",
    "view",
];

/// What may stand between such a word and the name.
const CLAUSES: &[&str] = &[
    "delete", "exists", "if", "only", "reindex", "replace", "sort",
];

/// Functions whose first argument is a part of a date.
const DATE_FUNCTIONS: &[&str] = &[
    "dateadd",
    "datediff",
    "date_add",
    "date_diff",
    "date_part",
    "date_part_year",
    "date_trunc",
    "extract",
    "pgdate_part",
    "timestampadd",
    "timestampdiff",
];

/// Functions of Redshift beside the planner's aggregates: what stands before a
/// parenthesis and is no one's own.
const FUNCTIONS: &str = "\
    approximate rank dense_rank row_number ntile lag lead first_value last_value nth_value \
    cume_dist percent_rank ratio_to_report over abs ceil ceiling floor round trunc mod power pow \
    sqrt exp ln log dlog10 random sign greatest least coalesce nvl nvl2 nullif decode isnull \
    length len char_length character_length octet_length lower upper initcap trim btrim ltrim \
    rtrim lpad rpad left right substring substr position strpos charindex replace translate \
    reverse repeat replicate concat split_part regexp_substr regexp_replace regexp_instr \
    regexp_count md5 sha sha1 sha2 func_sha1 crc32 fnv_hash checksum quote_ident quote_literal \
    chr ascii to_char to_date to_number to_timestamp cast convert convert_timezone date_part \
    date_trunc dateadd datediff date_add date_diff date_cmp extract getdate sysdate now \
    timeofday current_date current_timestamp current_user current_schema last_day months_between \
    add_months next_day pgdate_part json_extract_path_text json_extract_array_element_text \
    json_array_length is_valid_json json_parse json_serialize json_typeof object \
    get_array_length values unnest generate_series texttime text_to_interval bpcharlen \
    timestamp_cmp interval_cmp float8 numeric_trunc";

/// First arguments of date functions.
const DATE_PARTS: &[&str] = &[
    "year",
    "years",
    "month",
    "months",
    "day",
    "days",
    "hour",
    "hours",
    "minute",
    "minutes",
    "second",
    "seconds",
    "week",
    "weeks",
    "quarter",
    "qtr",
    "dow",
    "doy",
    "epoch",
    "decade",
    "century",
    "millisecond",
    "microsecond",
];

/// Whether a word is in a list of words with blanks between.
fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|own| own == word)
}

/// Whether a word is one of Redshift's where no name stands.
pub(super) fn is_own(word: &str) -> bool {
    OWN.contains(&word) || TYPES.contains(&word)
}

/// Whether a schema is one that every database has.
pub(super) fn is_schema(name: &str) -> bool {
    SCHEMAS.contains(&name)
}

/// Whether a word is part of a type's name.
pub(super) fn is_type(word: &str) -> bool {
    TYPES.contains(&word)
}

/// Whether a word before a parenthesis is a function of Redshift.
pub(super) fn is_function(word: &str) -> bool {
    is_in(FUNCTIONS, word)
        || OPERANDS.contains(&word)
        || OPERATORS.contains(&word)
        || TYPES.contains(&word)
        || planner::is_aggregate(word)
}

/// Whether a word, where an operand is expected, is none of somebody's names.
pub(super) fn is_operand(word: &str) -> bool {
    OPERANDS.contains(&word)
}

/// Whether a word that stands by itself is a value, as `sysdate` is.
pub(super) fn is_value(word: &str) -> bool {
    OPERANDS.contains(&word) || word == "user"
}

/// Whether a parameter, or a part of CREDENTIALS, holds a secret or the name of a key.
pub(super) fn is_credential(parameter: &str) -> bool {
    matches!(
        parameter.to_lowercase().trim_start_matches("aws_"),
        "access_key_id"
            | "secret_access_key"
            | "session_token"
            | "token"
            | "master_symmetric_key"
            | "password"
    )
}

/// Whether the value of a load's parameter says nothing of the data.
pub(super) fn is_plain_parameter(parameter: &str) -> bool {
    matches!(
        parameter,
        "region"
            | "delimiter"
            | "dateformat"
            | "timeformat"
            | "null"
            | "quote"
            | "encoding"
            | "acceptinvchars"
            | "extension"
    )
}

/// Whether a word stands between operands.
pub(super) fn is_operator(word: &str) -> bool {
    OPERATORS.contains(&word)
}

/// Whether an operand is complete with this word.
pub(super) fn ends_operand(word: &str) -> bool {
    ENDS.contains(&word)
}

/// Whether Redshift reserves a word.
pub(super) fn is_reserved(word: &str) -> bool {
    is_in(RESERVED, word)
}

/// Whether a word says that a name comes next.
pub(super) fn names_next(word: &str) -> bool {
    NAMING.contains(&word)
}

/// Whether a word stands between such a word and the name.
pub(super) fn is_clause(word: &str) -> bool {
    NAMING.contains(&word) || CLAUSES.contains(&word) || is_in(RESERVED, word)
}

/// Whether a word is a part of a date.
pub(super) fn is_date_part(word: &str) -> bool {
    DATE_PARTS.contains(&word)
}

/// Whether a function's first argument is a part of a date.
pub(super) fn takes_date_part(function: &str) -> bool {
    DATE_FUNCTIONS.contains(&function)
}

/// Whether a text is a part of a date or a span of time: `month`, `3 days`.
pub(super) fn is_time_word(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let word = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-' || c == ' ');
    DATE_PARTS.contains(&word)
}

/// Whether a file's ending says how it is written, and not what it is called.
pub(super) fn is_format(ending: &str) -> bool {
    let known = [
        "gz", "bz2", "lzo", "zst", "csv", "json", "parquet", "orc", "avro", "txt", "manifest",
    ];
    known.contains(&ending.to_lowercase().as_str())
}
