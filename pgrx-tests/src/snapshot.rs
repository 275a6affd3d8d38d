//! The rows of tables as values, to be compared before and after.

use std::collections::BTreeMap;

use postgres::Client;

use crate::sql::Sql;

/// The rows of tables by qualified table name, each row as text, sorted.
pub type Snapshot = BTreeMap<String, Vec<String>>;

/// Ordinary and partitioned tables outside the system's schemas; partitions are read through
/// their parents.
const TABLES: &str = "
    SELECT c.oid::regclass::text
    FROM pg_catalog.pg_class AS c
    WHERE c.relkind IN ('r', 'p')
        AND NOT c.relispartition
        AND c.relpersistence <> 't'
        AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
    ORDER BY 1";

impl crate::Db {
    /// All rows of all tables that are not the system's.
    #[track_caller]
    pub fn snapshot(&self) -> Snapshot {
        take(&mut qualifying_client(self), "t::text")
    }

    /// Like [`snapshot`](Self::snapshot), with each row's place and inserting transaction: equal
    /// to an earlier one only where no row was touched, not even rewritten as it was.
    #[track_caller]
    pub fn physical_snapshot(&self) -> Snapshot {
        take(
            &mut qualifying_client(self),
            "t.tableoid::regclass || ' ' || t.ctid || ' ' || t.xmin || ' ' || t",
        )
    }

    /// All rows of one table as text, sorted.
    #[track_caller]
    pub fn table(&self, table: &str) -> Vec<String> {
        rows(&mut qualifying_client(self), table, "t::text")
    }
}

/// With an empty search_path all names come qualified; in UTC two sessions print equal times.
fn qualifying_client(db: &crate::Db) -> Client {
    let mut client = db.superuser();
    client.exec("SET search_path = ''; SET timezone = 'UTC'; SET extra_float_digits = 1");
    client
}

#[track_caller]
fn take(client: &mut Client, row: &str) -> Snapshot {
    let tables: Vec<String> = client.column(TABLES, &[]);
    let mut snapshot = Snapshot::new();
    for table in tables {
        let rows = rows(client, &table, row);
        snapshot.insert(table, rows);
    }
    snapshot
}

#[track_caller]
fn rows(client: &mut Client, table: &str, row: &str) -> Vec<String> {
    client.column(&format!("SELECT {row} FROM {table} AS t ORDER BY 1"), &[])
}
