//! Partitions read and written around their table, as far as a DBA opens them: those that are made
//! ahead, the default one, those that were detached, those that lie in an archive.

use std::io::Read;

use pg_crm_tests::{Db, Org, Sql, Uuid};

use super::two_organizations;

/// Partitioned tables into whose partitions the test can write, and a column that may change.
const PARENTS: &[(&str, &str)] = &[
    ("analytics.events", "source"),
    ("workflow.workflow_runs", "error"),
    ("integration.sync_logs", "error"),
    ("integration.webhook_logs", "error"),
    ("billing.usage_records", "source"),
];

/// A partition, wherever it lies, with a column of its rows that may change.
struct Part {
    name: String,
    column: &'static str,
}

#[track_caller]
fn partitions(db: &Db) -> Vec<Part> {
    let of = |(parent, column): &(&str, &'static str)| {
        let names: Vec<String> = db.superuser().column(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = $1::text::regclass ORDER BY 1",
            &[parent],
        );
        assert!(names.len() >= 4, "{parent}: {names:?}");
        names.into_iter().map(|name| Part { name, column })
    };
    PARENTS.iter().flat_map(of).collect()
}

/// Where no partition made by maintenance reaches: rows go to the default partition.
fn put_rows_into_default_partitions(db: &Db) {
    for (parent, _) in PARENTS {
        db.superuser().exec(&format!(
            "SET session_replication_role = replica;
             DO $do$
             DECLARE
               key text := (SELECT a.attname FROM pg_partitioned_table AS p
                              JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
                             WHERE p.partrelid = '{parent}'::regclass);
               columns text := (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
                                 WHERE attrelid = '{parent}'::regclass AND attnum > 0 AND NOT attisdropped
                                   AND attgenerated = '' AND attidentity = '' AND attname NOT IN (key, 'id'));
             BEGIN
               EXECUTE format('INSERT INTO {parent} (%1$I, id, %2$s)
                               SELECT ''2001-01-01'', gen_random_uuid(), %2$s FROM {parent}', key, columns);
             END
             $do$"
        ));
    }
}

#[track_caller]
fn organizations(client: &mut impl Sql, part: &Part) -> Vec<Uuid> {
    client.column(
        &format!("SELECT DISTINCT organization_id FROM {}", part.name),
        &[],
    )
}

/// Asserts that an application in `org` reaches its own rows of the relation and no others, whatever
/// it does; returns whether it has some there.
#[track_caller]
fn assert_tight(db: &Db, part: &Part, org: &Org, other: &Org) -> bool {
    let Part { name, column } = part;
    let mut app = db.app();
    assert!(
        organizations(&mut app, part).is_empty(),
        "{name} without a context"
    );
    let mut tx = app.transaction().expect("a transaction begins");
    tx.exec_with("SELECT tenancy.set_context($1, $2)", &[&org.id, &org.owner]);
    let seen = organizations(&mut tx, part);
    assert!(seen.is_empty() || seen == [org.id], "{name}: {seen:?}");

    let mut copied = String::new();
    tx.copy_out(&format!("COPY {name} TO STDOUT"))
        .and_then(|mut rows| rows.read_to_string(&mut copied).map_err(|e| panic!("{e}")))
        .expect("it is copied");
    assert!(
        !copied.contains(&other.to_string()),
        "{name}: COPY TO: {copied}"
    );
    assert_eq!(copied.is_empty(), seen.is_empty(), "{name}: COPY TO");

    // Whatever a trigger or a rule of the table says of changes, none may return another's row.
    for statement in [
        format!("UPDATE {name} SET {column} = {column} RETURNING organization_id"),
        format!(
            "UPDATE {name} SET {column} = {column} WHERE organization_id = '{other}' RETURNING organization_id"
        ),
        format!("DELETE FROM {name} WHERE organization_id = '{other}' RETURNING organization_id"),
        format!("DELETE FROM {name} RETURNING organization_id"),
        format!("SELECT organization_id FROM {name} FOR UPDATE"),
    ] {
        let mut savepoint = tx.transaction().expect("a savepoint is made");
        if let Ok(rows) = savepoint.query(statement.as_str(), &[]) {
            let reached: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
            assert!(
                reached.iter().all(|id| *id == org.id),
                "{statement}: {reached:?}"
            );
            assert!(
                !reached.is_empty() || seen.is_empty() || statement.contains("WHERE"),
                "{statement}"
            );
        }
    }
    // PostgreSQL has no COPY FROM for tables with policies; an INSERT must not do either.
    tx.fails_with(&format!("COPY {name} FROM STDIN"), "0A000");
    if !seen.is_empty() {
        tx.fails_with(&forging_insert(db, name, other), "42501");
    }
    let statistics: i64 = tx.one(
        "SELECT count(*) FROM pg_stats WHERE format('%I.%I', schemaname, tablename)::regclass = $1::text::regclass",
        &[name],
    );
    assert_eq!(statistics, 0, "{name}: statistics of values");
    !seen.is_empty()
}

/// An INSERT of one of the relation's own rows as another organization's.
#[track_caller]
fn forging_insert(db: &Db, name: &str, other: &Org) -> String {
    let columns: String = db.superuser().one(
        "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
         WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
            AND attgenerated = '' AND attidentity = '' AND attname NOT IN ('id', 'organization_id')",
        &[&name],
    );
    format!(
        "INSERT INTO {name} (id, organization_id, {columns}) SELECT gen_random_uuid(), '{other}', {columns} FROM {name} LIMIT 1"
    )
}

#[track_caller]
fn assert_all_tight(db: &Db, parts: &[Part], org: &Org, other: &Org) {
    for part in parts {
        db.superuser().exec(&format!(
            "GRANT ALL ON {name} TO crm_app; REVOKE TRUNCATE, TRIGGER, REFERENCES ON {name} FROM crm_app; ANALYZE {name}",
            name = part.name
        ));
    }
    let with_rows = parts
        .iter()
        .filter(|part| assert_tight(db, part, org, other))
        .count();
    // This month's and the default one of each table.
    assert_eq!(with_rows, 2 * PARENTS.len());
}

#[test]
fn partitions_that_are_opened_show_ones_own_rows_only() {
    let (db, acme, globex) = two_organizations();
    put_rows_into_default_partitions(&db);
    db.superuser()
        .exec("UPDATE maint.partition_config SET premake = premake + 1");
    db.admin().exec("CALL maint.maintain_partitions()");
    assert_all_tight(&db, &partitions(&db), &globex, &acme);
}

#[test]
fn partitions_that_were_detached_or_archived_show_ones_own_rows_only() {
    let (db, acme, globex) = two_organizations();
    put_rows_into_default_partitions(&db);
    let mut parts = partitions(&db);
    let mut dba = db.superuser();
    dba.exec("CREATE SCHEMA archive; GRANT USAGE ON SCHEMA archive TO crm_app");
    for (parent, _) in PARENTS {
        let names: Vec<String> = dba.column(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = $1::text::regclass",
            &[parent],
        );
        for name in names {
            dba.exec(&format!("ALTER TABLE {parent} DETACH PARTITION {name}"));
        }
    }
    for part in parts.iter_mut().step_by(2) {
        let name = part.name.rsplit('.').next().expect("a name").to_owned();
        dba.exec(&format!("ALTER TABLE {} SET SCHEMA archive", part.name));
        part.name = format!("archive.{name}");
    }
    assert_all_tight(&db, &parts, &globex, &acme);
}
