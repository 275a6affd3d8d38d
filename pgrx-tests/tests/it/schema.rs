//! The data model: what the catalog says of every object, and which rows the tables take.

mod catalog;
mod checks;
mod domain_values;
mod domains;
mod functions;
mod keys;
mod ledgers;
mod versions;

use pg_crm_tests::{Sql, shared};

/// Tables of the model, partitions not.
const TABLES: &str = "
    SELECT c.oid, c.relname, c.oid::regclass::text AS name,
        EXISTS (SELECT FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped) AS tenant
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$|public$)'";

/// Functions and procedures that are members of the extension.
const FUNCTIONS: &str = "
    SELECT p.*, p.oid::regprocedure::text AS name
    FROM pg_proc AS p
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
        AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'pg_crm'";

/// The lines of a query over `t`, the tables of the model, and `f`, the functions of the extension.
#[track_caller]
fn ask(query: &str) -> Vec<String> {
    let db = shared().fresh_db();
    let mut client = db.superuser();
    let mut ask =
        |query: &str| client.lines(&format!("WITH t AS ({TABLES}), f AS ({FUNCTIONS}) {query}"));
    let (tables, functions) = (ask("SELECT name FROM t"), ask("SELECT name FROM f"));
    assert!(
        tables.len() > 30 && functions.len() > 30,
        "the catalog queries find too little:\n{tables:?}\n{functions:?}"
    );
    ask(query)
}

/// Asserts that the query, which looks for exceptions to a rule, finds these alone.
#[track_caller]
fn only(query: &str, justified: &[(&str, &str)]) {
    let mut expected: Vec<_> = justified.iter().map(|(object, _)| *object).collect();
    expected.sort_unstable();
    let mut found = ask(query);
    found.sort();
    assert_eq!(
        found, expected,
        "left: what breaks the rule; right: what may"
    );
}

#[track_caller]
fn none(query: &str) {
    only(query, &[]);
}
