//! Parts that several statements share.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::notation::{self, Node};

/// Their names and what they stand for.
pub(super) const PARTS: &[(&str, &str)] = &[
    // Lists of names in parentheses.
    ("columns", "( ident ,... )"),
    // A type: its words, then its length.
    (
        "type",
        "{ CHARACTER VARYING | DOUBLE PRECISION | BINARY VARYING } [ parentheses ] \
         | { TIMESTAMP | TIME } [ parentheses ] { WITH | WITHOUT } TIME ZONE \
         | INTERVAL { YEAR | MONTH | DAY | HOUR | MINUTE | SECOND } [ parentheses ] [ TO { MONTH | HOUR | MINUTE | SECOND } [ parentheses ] ] \
         | name [ parentheses ]",
    ),
    // A setting's value.
    (
        "setting",
        "{ literal | name | TRUE | FALSE | ON | OFF | DEFAULT } ,...",
    ),
    ("role_of_aws", "{ IAM_ROLE { DEFAULT | string } }"),
    ("like", "LIKE string"),
    ("limit", "LIMIT number"),
    // Transactions.
    (
        "isolation",
        "ISOLATION LEVEL { SERIALIZABLE | SNAPSHOT | READ COMMITTED | READ UNCOMMITTED | REPEATABLE READ }",
    ),
    ("transaction_mode", "isolation | READ WRITE | READ ONLY"),
    // GRANT and REVOKE.
    (
        "privilege",
        "{ SELECT | INSERT | UPDATE | DELETE | DROP | REFERENCES | ALTER | TRUNCATE | CREATE | \
         TEMPORARY | TEMP | USAGE | EXECUTE | SHARE | RULE | TRIGGER | DEBUG } [ columns ] \
         | ALL [ PRIVILEGES ] [ columns ]",
    ),
    (
        "system_privilege",
        "{ CREATE | ALTER | DROP } { USER | SCHEMA | TABLE | DATASHARE | LIBRARY | ROLE | MODEL | FUNCTION | PROCEDURE | VIEW | DATABASE } \
         | CREATE OR REPLACE { [ EXTERNAL ] FUNCTION | PROCEDURE | VIEW | TEMPLATE } | ALTER DEFAULT PRIVILEGES \
         | { EXPLAIN | IGNORE } RLS | EXPLAIN MASKING | TRUNCATE TABLE | VACUUM | ANALYZE | CANCEL \
         | ACCESS { SYSTEM TABLE | CATALOG } | ALL [ PRIVILEGES ]",
    ),
    (
        "granted_object",
        "[ TABLE ] name ,... | VIEW name ,... | ALL { TABLES | FUNCTIONS | PROCEDURES | JOBS | TEMPLATES } IN SCHEMA name ,... \
         | { DATABASE | SCHEMA | LANGUAGE | MODEL | DATASHARE | TEMPLATE } name ,... \
         | { FUNCTION | PROCEDURE } { name [ parentheses ] } ,... \
         | EXTERNAL { TABLE | SCHEMA } name ,... \
         | { JOB | COPY JOB } name ,... | ROLE name ,... | { string | DEFAULT | ALL } ,...",
    ),
    (
        "granted_scope",
        "{ SCHEMAS | LANGUAGES | COPY JOBS | JOBS } IN DATABASE name ,... \
         | { TABLES | FUNCTIONS | PROCEDURES | TEMPLATES | MODELS } IN { SCHEMA name ,... [ DATABASE name ] | DATABASE name ,... }",
    ),
    (
        "grantee",
        "{ ROLE name | GROUP name | IAM_ROLE { string | name } | RLS POLICY name | USER name | PUBLIC \
         | NAMESPACE string | ACCOUNT { string | number } [ VIA DATA CATALOG ] | name } \
         [ WITH { GRANT | ADMIN } OPTION ]",
    ),
    (
        "assumed_for",
        "FOR { ALL | COPY | UNLOAD | EXTERNAL FUNCTION | CREATE MODEL } ,...",
    ),
    (
        "grant",
        "GRANT { { { privilege | system_privilege } ,... } [ ON granted_object | FOR granted_scope ] TO grantee ,... \
         | ASSUMEROLE ON granted_object TO grantee ,... assumed_for \
         | { ROLE name } ,... TO grantee ,... \
         | name ,... TO grantee ,... }",
    ),
    (
        "revoke",
        "REVOKE [ { GRANT | ADMIN } OPTION FOR ] { { { privilege | system_privilege } ,... } [ ON granted_object | FOR granted_scope ] FROM grantee ,... \
         | ASSUMEROLE ON granted_object FROM grantee ,... assumed_for \
         | { ROLE name } ,... FROM grantee ,... \
         | name ,... FROM grantee ,... } [ CASCADE | RESTRICT ]",
    ),
    (
        "default_privileges",
        "{ GRANT privilege ,... ON { TABLES | FUNCTIONS | PROCEDURES | SCHEMAS | SEQUENCES } TO grantee ,... \
         | REVOKE [ GRANT OPTION FOR ] privilege ,... ON { TABLES | FUNCTIONS | PROCEDURES | SCHEMAS | SEQUENCES } FROM grantee ,... [ CASCADE | RESTRICT ] }",
    ),
    ("attached_to", "{ ROLE name | PUBLIC | name }"),
    // Users.
    (
        "user_option",
        "CREATEDB | NOCREATEDB | CREATEUSER | NOCREATEUSER | SYSLOG ACCESS { RESTRICTED | UNRESTRICTED } \
         | IN GROUP name ,... | VALID UNTIL { string | INFINITY } | CONNECTION LIMIT { number | UNLIMITED } \
         | SESSION TIMEOUT number | EXTERNALID { string | name } | PASSWORD { string | DISABLE }",
    ),
    ("quota", "QUOTA { number [ MB | GB | TB ] | UNLIMITED }"),
    // Functions and procedures: what follows their arguments comes in any order.
    (
        "function_option",
        "VOLATILE | STABLE | IMMUTABLE | AS string | LANGUAGE { ident | string } | NONATOMIC \
         | SECURITY { INVOKER | DEFINER } | SET ident { TO | = } setting",
    ),
    // Databases.
    (
        "database_option",
        "OWNER [ = ] name | CONNECTION LIMIT { number | UNLIMITED } \
         | COLLATE { CASE_SENSITIVE | CS | CASE_INSENSITIVE | CI } | ISOLATION LEVEL { SNAPSHOT | SERIALIZABLE } \
         | role_of_aws | IAM_ROLE name",
    ),
    (
        "integration_option",
        "{ QUERY_ALL_STATES | ACCEPTINVCHARS | TRUNCATECOLUMNS | AUTO_REMEDIATION } [ = ] { TRUE | FALSE } \
         | REFRESH_INTERVAL [ = ] literal \
         | HISTORY_MODE [ = ] { TRUE | FALSE } [ FOR { ALL TABLES [ IN SCHEMA name ,... ] | TABLE name ,... } ]",
    ),
    // Models.
    (
        "model_option",
        "TARGET ident | FUNCTION name [ parentheses ] | RETURNS type | SAGEMAKER string [ : string ] | role_of_aws \
         | AUTO { ON | OFF } | MODEL_TYPE { XGBOOST | MLP | LINEAR_LEARNER | KMEANS | FORECAST | BEDROCK | SUPER } \
         | PROBLEM_TYPE { REGRESSION | BINARY_CLASSIFICATION | MULTICLASS_CLASSIFICATION | parentheses } | OBJECTIVE string | PREPROCESSORS { string | NONE } \
         | HYPERPARAMETERS DEFAULT [ EXCEPT parentheses ] | SETTINGS parentheses",
    ),
    // External schemas, in any order as far as the syntax tells.
    (
        "catalog_option",
        "DATABASE string | SCHEMA string | REGION string | IAM_ROLE { DEFAULT | string } | CATALOG_ROLE { string | DEFAULT } \
         | AUTHENTICATION { NONE | IAM | MTLS } | AUTHENTICATION_ARN string | SECRET_ARN string | CLUSTER_ARN string \
         | CATALOG_ID string | CREATE EXTERNAL DATABASE IF NOT EXISTS",
    ),
    ("catalog_uri", "URI string [ PORT number ]"),
    (
        "file_format",
        "PARQUET | ORC | AVRO | TEXTFILE | RCFILE | SEQUENCEFILE",
    ),
    (
        "data_format",
        "CSV [ QUOTE [ AS ] string ] | DELIMITER [ AS ] string | FIXEDWIDTH [ AS ] string | TEXT \
         | { JSON | AVRO } [ AS ] [ string ] | { PARQUET | ORC } [ SERIALIZETOJSON ] \
         | SHAPEFILE [ SIMPLIFY [ AUTO ] [ literal ] ]",
    ),
];

static READ: LazyLock<HashMap<&'static str, Node>> = LazyLock::new(|| {
    let read = |(name, notation): &(&'static str, &'static str)| (*name, notation::read(notation));
    PARTS.iter().map(read).collect()
});

/// What a name stands for; `None` for a name that is none, which a test finds.
pub(super) fn part(name: &str) -> Option<&'static Node> {
    READ.get(name)
}
