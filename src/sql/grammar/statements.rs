//! The statements that no rule reads, in the syntax of SQL commands, Amazon Redshift Database
//! Developer Guide.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::notation::{self, Node};

/// The first words of a statement, as [`crate::sql::kind`] tells them, and its forms. A kind with
/// several lines has that many forms.
const STATEMENTS: &[(&str, &str)] = &[
    ("ABORT", "ABORT [ WORK | TRANSACTION ]"),
    (
        "BEGIN",
        "BEGIN [ WORK | TRANSACTION ] [ transaction_mode [ , ] ] ...",
    ),
    ("BEGIN", "BEGIN [ WORK | TRANSACTION ]"),
    (
        "START",
        "START TRANSACTION [ { transaction_mode [ , ] } ... ]",
    ),
    ("COMMIT", "COMMIT [ WORK | TRANSACTION ]"),
    ("END", "END [ WORK | TRANSACTION ]"),
    ("ROLLBACK", "ROLLBACK [ WORK | TRANSACTION ]"),
    // Tables.
    (
        "ANALYZE",
        "ANALYZE [ VERBOSE ] [ name [ columns ] ] [ { PREDICATE | ALL } COLUMNS ]",
    ),
    (
        "ANALYZE",
        "ANALYZE COMPRESSION [ name [ columns ] [ COMPROWS number ] ]",
    ),
    // The older spelling, which is a reserved word still.
    ("ANALYSE", "ANALYSE [ VERBOSE ] [ name [ columns ] ]"),
    (
        "ANALYSE",
        "ANALYSE COMPRESSION [ name [ columns ] [ COMPROWS number ] ]",
    ),
    (
        "VACUUM",
        "VACUUM [ FULL | SORT ONLY | DELETE ONLY | REINDEX | RECLUSTER ] [ name [ TO number PERCENT ] [ BOOST ] ]",
    ),
    ("TRUNCATE", "TRUNCATE [ TABLE ] name"),
    (
        "LOCK",
        "LOCK [ TABLE ] name ,... [ IN ACCESS EXCLUSIVE MODE ]",
    ),
    (
        "REFRESH",
        "REFRESH MATERIALIZED VIEW name [ RESTRICT | CASCADE ]",
    ),
    // Cursors, prepared statements, calls.
    ("CALL", "CALL name parentheses"),
    ("CANCEL", "CANCEL number [ string ]"),
    ("CLOSE", "CLOSE name"),
    ("DECLARE", "DECLARE ident CURSOR FOR query"),
    (
        "FETCH",
        "FETCH [ NEXT | ALL | FORWARD [ number | ALL ] ] FROM ident",
    ),
    ("PREPARE", "PREPARE ident [ parentheses ] AS query"),
    ("EXECUTE", "EXECUTE ident [ parentheses ]"),
    ("DEALLOCATE", "DEALLOCATE [ PREPARE ] { ident | ALL }"),
    ("EXPLAIN", "EXPLAIN [ VERBOSE ] query"),
    // Settings.
    (
        "SET",
        "SET [ SESSION | LOCAL ] { name | SEED } { TO | = } setting",
    ),
    (
        "SET",
        "SET SESSION AUTHORIZATION [ LOCAL ] { name | string | DEFAULT }",
    ),
    (
        "SET",
        "SET LOCAL SESSION AUTHORIZATION { name | string | DEFAULT }",
    ),
    (
        "SET",
        "SET SESSION CHARACTERISTICS AS TRANSACTION { transaction_mode [ , ] } ...",
    ),
    ("SET", "SET TRANSACTION { transaction_mode [ , ] } ..."),
    (
        "SET",
        "SET [ SESSION | LOCAL ] TIME ZONE { literal | LOCAL | DEFAULT }",
    ),
    ("RESET", "RESET { ALL | SESSION AUTHORIZATION | name }"),
    ("USE", "USE name"),
    ("ALTER SYSTEM", "ALTER SYSTEM SET name = setting"),
    // Privileges, users, roles, groups.
    ("GRANT", "grant"),
    ("REVOKE", "revoke"),
    (
        "ALTER DEFAULT PRIVILEGES",
        "ALTER DEFAULT PRIVILEGES [ FOR USER name ,... ] [ IN SCHEMA name ,... ] default_privileges",
    ),
    (
        "CREATE USER",
        "CREATE USER name [ WITH ] { user_option } ...",
    ),
    (
        "ALTER USER",
        "ALTER USER name [ WITH ] { user_option [ , ] } ...",
    ),
    (
        "ALTER USER",
        "ALTER USER name [ WITH ] { RENAME TO name | RESET SESSION TIMEOUT | SET ident { TO | = } setting | RESET ident }",
    ),
    ("DROP USER", "DROP USER [ IF EXISTS ] name ,..."),
    (
        "CREATE ROLE",
        "CREATE ROLE name [ EXTERNALID { string | name } ]",
    ),
    (
        "ALTER ROLE",
        "ALTER ROLE name [ WITH ] { RENAME TO name | OWNER TO name | EXTERNALID [ TO ] { string | name } } ,...",
    ),
    ("DROP ROLE", "DROP ROLE name [ FORCE | RESTRICT ]"),
    (
        "CREATE GROUP",
        "CREATE GROUP name [ [ WITH ] USER name ,... ]",
    ),
    (
        "ALTER GROUP",
        "ALTER GROUP name { { ADD | DROP } USER name ,... | RENAME TO name }",
    ),
    ("DROP GROUP", "DROP GROUP name"),
    (
        "CREATE IDENTITY",
        "CREATE IDENTITY PROVIDER name TYPE ident [ NAMESPACE { string | ident } ] [ PARAMETERS string ] [ APPLICATION_ARN string ] \
         [ role_of_aws ] [ AUTO_CREATE_ROLES { TRUE [ { INCLUDE | EXCLUDE } GROUPS like ] | FALSE } ]",
    ),
    (
        "ALTER IDENTITY",
        "ALTER IDENTITY PROVIDER name { PARAMETERS string | NAMESPACE { string | ident } | role_of_aws \
         | AUTO_CREATE_ROLES { TRUE [ { INCLUDE | EXCLUDE } GROUPS like ] | FALSE } | DISABLE | ENABLE | APPLICATION_ARN string } ...",
    ),
    ("DROP IDENTITY", "DROP IDENTITY PROVIDER name [ CASCADE ]"),
    // Row-level security and masking.
    (
        "CREATE RLS",
        "CREATE RLS POLICY name [ WITH parentheses [ [ AS ] ident ] ] USING parentheses",
    ),
    ("ALTER RLS", "ALTER RLS POLICY name USING parentheses"),
    (
        "DROP RLS",
        "DROP RLS POLICY [ IF EXISTS ] name [ CASCADE | RESTRICT ]",
    ),
    (
        "CREATE MASKING",
        "CREATE MASKING POLICY [ IF NOT EXISTS ] name WITH parentheses USING parentheses",
    ),
    (
        "ALTER MASKING",
        "ALTER MASKING POLICY name USING parentheses",
    ),
    (
        "DROP MASKING",
        "DROP MASKING POLICY [ IF EXISTS ] name [ CASCADE | RESTRICT ]",
    ),
    (
        "ATTACH",
        "ATTACH RLS POLICY name ON [ TABLE ] name ,... TO attached_to ,...",
    ),
    (
        "ATTACH",
        "ATTACH MASKING POLICY name ON name parentheses [ USING parentheses ] TO attached_to ,... [ PRIORITY number ]",
    ),
    (
        "DETACH",
        "DETACH RLS POLICY name ON [ TABLE ] name ,... FROM attached_to ,...",
    ),
    (
        "DETACH",
        "DETACH MASKING POLICY name ON name parentheses FROM attached_to ,...",
    ),
    // Schemas and databases.
    (
        "CREATE SCHEMA",
        "CREATE SCHEMA [ IF NOT EXISTS ] name [ AUTHORIZATION name ] [ quota ]",
    ),
    (
        "CREATE SCHEMA",
        "CREATE SCHEMA AUTHORIZATION name [ quota ]",
    ),
    (
        "CREATE SCHEMA",
        "CREATE SCHEMA [ IF NOT EXISTS ] [ name ] [ AUTHORIZATION name ] [ quota ] { grant | query }",
    ),
    (
        "ALTER SCHEMA",
        "ALTER SCHEMA name { RENAME TO name | OWNER TO name | quota }",
    ),
    (
        "DROP SCHEMA",
        "DROP SCHEMA [ IF EXISTS ] name ,... [ DROP EXTERNAL DATABASE ] [ CASCADE | RESTRICT ]",
    ),
    (
        "CREATE EXTERNAL SCHEMA",
        "CREATE EXTERNAL SCHEMA [ IF NOT EXISTS ] name [ AUTHORIZATION name ] FROM \
         [ DATA CATALOG | HIVE METASTORE | POSTGRES | MYSQL | KINESIS | MSK | KAFKA | REDSHIFT ] { catalog_option | catalog_uri } ...",
    ),
    (
        "CREATE EXTERNAL SCHEMA",
        "CREATE EXTERNAL SCHEMA [ IF NOT EXISTS ] name FROM { KINESIS | MSK | KAFKA }",
    ),
    (
        "ALTER EXTERNAL SCHEMA",
        "ALTER EXTERNAL SCHEMA name { catalog_option | catalog_uri } ...",
    ),
    (
        "CREATE DATABASE",
        "CREATE DATABASE name [ WITH ] [ database_option ... ]",
    ),
    (
        "CREATE DATABASE",
        "CREATE DATABASE name FROM INTEGRATION string [ DATABASE string ] [ SET ] [ integration_option ... ] [ [ WITH ] { database_option } ... ]",
    ),
    (
        "CREATE DATABASE",
        "CREATE DATABASE name FROM ARN string { WITH DATA CATALOG SCHEMA { string | name } | WITH NO DATA CATALOG SCHEMA } [ role_of_aws ]",
    ),
    (
        "CREATE DATABASE",
        "CREATE DATABASE name [ WITH PERMISSIONS ] [ [ WITH ] { database_option } ... ] FROM DATASHARE name OF [ ACCOUNT literal ] NAMESPACE { string | name } [ role_of_aws ]",
    ),
    (
        "ALTER DATABASE",
        "ALTER DATABASE name { RENAME TO name | OWNER TO name | { database_option } ... \
         | INTEGRATION REFRESH { { ALL | INERROR | REMEDIABLE } TABLES [ IN SCHEMA name ,... ] | TABLE name ,... } \
         | INTEGRATION SET { integration_option } ... }",
    ),
    (
        "DROP DATABASE",
        "DROP DATABASE [ IF EXISTS ] name [ FORCE ]",
    ),
    // Datashares.
    (
        "CREATE DATASHARE",
        "CREATE DATASHARE name [ [ SET ] PUBLICACCESSIBLE [ = ] { TRUE | FALSE } ] [ MANAGEDBY [ = ] ADX ]",
    ),
    (
        "ALTER DATASHARE",
        "ALTER DATASHARE name { ADD | REMOVE } { { TABLE | SCHEMA } name ,... | FUNCTION { name [ parentheses ] } ,... \
         | ALL { TABLES | FUNCTIONS } IN SCHEMA name ,... }",
    ),
    (
        "ALTER DATASHARE",
        "ALTER DATASHARE name [ SET ] { PUBLICACCESSIBLE [ = ] { TRUE | FALSE } | INCLUDENEW [ = ] { TRUE | FALSE } FOR SCHEMA name }",
    ),
    ("DROP DATASHARE", "DROP DATASHARE name"),
    (
        "DESC",
        "DESC DATASHARE name [ OF [ ACCOUNT { string | number } ] NAMESPACE { string | name } ]",
    ),
    ("DESC", "DESC IDENTITY PROVIDER name"),
    // Functions, procedures, libraries, models, templates.
    (
        "CREATE FUNCTION",
        "CREATE [ OR REPLACE ] FUNCTION name parentheses RETURNS type { function_option } ...",
    ),
    (
        "CREATE EXTERNAL FUNCTION",
        "CREATE [ OR REPLACE ] EXTERNAL FUNCTION name parentheses RETURNS type { VOLATILE | STABLE | IMMUTABLE } \
         { LAMBDA string | SAGEMAKER string } { role_of_aws | RETRY_TIMEOUT number | MAX_BATCH_ROWS number | MAX_BATCH_SIZE number [ KB | MB ] } ...",
    ),
    (
        "ALTER FUNCTION",
        "ALTER FUNCTION name [ parentheses ] { RENAME | OWNER } TO name",
    ),
    (
        "DROP FUNCTION",
        "DROP FUNCTION [ IF EXISTS ] { name [ parentheses ] } ,... [ CASCADE | RESTRICT ]",
    ),
    (
        "CREATE PROCEDURE",
        "CREATE [ OR REPLACE ] PROCEDURE name parentheses { function_option } ...",
    ),
    (
        "ALTER PROCEDURE",
        "ALTER PROCEDURE name [ parentheses ] { RENAME | OWNER } TO name",
    ),
    (
        "DROP PROCEDURE",
        "DROP PROCEDURE [ IF EXISTS ] { name [ parentheses ] } ,... [ CASCADE | RESTRICT ]",
    ),
    (
        "CREATE LIBRARY",
        "CREATE [ OR REPLACE ] LIBRARY name LANGUAGE ident FROM string [ { role_of_aws | [ WITH ] CREDENTIALS [ AS ] string | REGION [ AS ] string \
         | ACCESS_KEY_ID string | SECRET_ACCESS_KEY string | SESSION_TOKEN string } ... ]",
    ),
    ("DROP LIBRARY", "DROP LIBRARY name"),
    (
        "CREATE MODEL",
        "CREATE MODEL name [ FROM { name | string | parentheses } ] { model_option } ...",
    ),
    (
        "CREATE EXTERNAL MODEL",
        "CREATE EXTERNAL MODEL name { model_option } ...",
    ),
    ("DROP MODEL", "DROP MODEL [ IF EXISTS ] name"),
    (
        "ALTER TEMPLATE",
        "ALTER TEMPLATE name { RENAME TO name | OWNER TO name | SET SCHEMA name | { SET | ADD | DROP } parentheses }",
    ),
    ("DROP TEMPLATE", "DROP TEMPLATE name"),
    // External views.
    (
        "CREATE EXTERNAL VIEW",
        "CREATE EXTERNAL [ PROTECTED ] VIEW name [ IF NOT EXISTS ] AS query",
    ),
    (
        "CREATE EXTERNAL PROTECTED",
        "CREATE EXTERNAL PROTECTED VIEW name [ IF NOT EXISTS ] AS query",
    ),
    (
        "ALTER EXTERNAL VIEW",
        "ALTER EXTERNAL VIEW name [ FORCE ] { AS query | REMOVE DEFINITION }",
    ),
    (
        "DROP EXTERNAL VIEW",
        "DROP EXTERNAL VIEW name [ IF EXISTS ]",
    ),
    // What there is.
    ("SHOW", "SHOW { name | ALL }"),
    ("SHOW", "SHOW { TABLE | VIEW | TEMPLATE } name"),
    ("SHOW", "SHOW EXTERNAL TABLE name [ PARTITION ]"),
    ("SHOW", "SHOW PROCEDURE name [ parentheses ]"),
    ("SHOW", "SHOW MODEL { ALL | name }"),
    ("SHOW", "SHOW COLUMNS FROM TABLE name [ like ] [ limit ]"),
    (
        "SHOW",
        "SHOW { TABLES | FUNCTIONS | PROCEDURES | TEMPLATES } FROM SCHEMA name [ like ] [ limit ]",
    ),
    ("SHOW", "SHOW SCHEMAS FROM DATABASE name [ like ] [ limit ]"),
    (
        "SHOW",
        "SHOW DATABASES [ FROM DATA CATALOG [ ACCOUNT { string | number } ,... ] ] [ like ] [ IAM_ROLE { DEFAULT | string } ] [ limit ]",
    ),
    ("SHOW", "SHOW DATASHARES [ like ]"),
    (
        "SHOW",
        "SHOW CONSTRAINTS { PRIMARY KEYS | FOREIGN KEYS [ EXPORTED ] } FROM TABLE name [ limit ]",
    ),
    (
        "SHOW",
        "SHOW PARAMETERS OF { FUNCTION | PROCEDURE } name parentheses [ like ] [ limit ]",
    ),
    (
        "SHOW",
        "SHOW { RLS | MASKING } POLICIES [ ON name [ FOR attached_to ] | FROM DATABASE name ] [ limit ]",
    ),
    (
        "SHOW",
        "SHOW GRANTS { ON { DATABASE name | SCHEMA name | FUNCTION name [ parentheses ] | TEMPLATE name | [ TABLE ] name } [ FOR attached_to ] \
         | FOR attached_to [ FROM DATABASE name ] } [ limit ]",
    ),
    (
        "SHOW",
        "SHOW COLUMN GRANTS ON TABLE name [ FOR attached_to ] [ limit ]",
    ),
];

static READ: LazyLock<HashMap<&'static str, Vec<Node>>> = LazyLock::new(|| {
    let mut forms: HashMap<&'static str, Vec<Node>> = HashMap::new();
    for (kind, form) in STATEMENTS {
        forms.entry(kind).or_default().push(notation::read(form));
    }
    forms
});

/// The forms of a kind of statement; `None` where it has none here.
pub(super) fn forms(kind: &str) -> Option<&'static [Node]> {
    READ.get(kind).map(Vec::as_slice)
}

/// The kinds that have forms here.
pub(in crate::sql) fn kinds() -> impl Iterator<Item = &'static str> {
    STATEMENTS.iter().map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::super::parts::PARTS;
    use super::*;

    /// Every part that a notation names is spelled out, and its brackets close.
    #[test]
    fn notations_are_whole() {
        let notations = STATEMENTS.iter().chain(PARTS).map(|(_, notation)| notation);
        for notation in notations {
            for (open, close) in [("[", "]"), ("{", "}")] {
                let count = |mark: &str| notation.split_whitespace().filter(|w| *w == mark).count();
                assert_eq!(count(open), count(close), "{notation}");
            }
            check(&notation::read(notation), notation);
        }
    }

    fn check(node: &Node, notation: &str) {
        match node {
            Node::Part(name) => {
                assert!(
                    PARTS.iter().any(|(part, _)| part == name),
                    "{name}: {notation}"
                );
            }
            Node::All(nodes) | Node::Any(nodes) => {
                assert!(!nodes.is_empty(), "{notation}");
                nodes.iter().for_each(|node| check(node, notation));
            }
            Node::Optional(node) | Node::Many(node, _) => check(node, notation),
            Node::Word(word) => {
                let is_keyword = word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
                assert!(is_keyword, "{word}: {notation}");
            }
            Node::Token(..) | Node::Kind(_) => {}
        }
    }
}
