//! Programs beside the server, and documents.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pg_crm_tests::{Db, PgBouncer, Pgbench, PoolMode, Sql, docs, pg_dump, pg_restore, psql, tool};

use super::{has_processes, stand_in};

/// A copy by each way to dump and restore equals the original.
#[test]
fn databases_are_dumped_and_restored() {
    let cluster = stand_in();
    let db = cluster.fresh_db();
    db.org("Acme");
    let dump = pg_dump(&db, &[]).ok();
    let equals_original = |copy: &Db| {
        assert_eq!(copy.snapshot(), db.snapshot());
        assert_eq!(without_key(&pg_dump(copy, &[]).ok()), without_key(&dump));
    };

    let copy = cluster.empty_db();
    psql(&copy, &["-1", "-q"], &dump).ok();
    equals_original(&copy);

    let copy = cluster.empty_db();
    pg_restore(
        &copy,
        &["--exit-on-error"],
        pg_dump(&db, &["-Fc"]).ok_bytes(),
    )
    .ok();
    equals_original(&copy);

    let copy = cluster.empty_db();
    let archive = cluster.scratch("databases_are_dumped_and_restored");
    let archive = archive.to_str().expect("UTF-8");
    pg_dump(&db, &["-Fd", "-f", archive]).ok();
    pg_restore(&copy, &["-j2", "--exit-on-error", archive], "").ok();
    equals_original(&copy);
}

/// Recent minor versions put a random key into each plain dump (`\restrict`).
fn without_key(dump: &str) -> String {
    dump.lines()
        .filter(|line| !line.contains("restrict "))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn programs_tell_their_errors() {
    let db = stand_in().empty_db();
    assert_eq!(
        psql(&db, &["-At"], "SELECT current_user; \\echo done").ok(),
        "postgres\ndone\n"
    );
    assert!(
        psql(&db, &[], "SELECT 1/0; SELECT 1")
            .fails()
            .contains("division by zero")
    );
    let failed = catch_unwind(AssertUnwindSafe(|| pg_dump(&db, &["-t", "absent"]).ok()))
        .expect_err("it fails");
    let message = failed.downcast_ref::<String>().expect("a message");
    assert!(
        message.contains("no matching tables were found"),
        "{message}"
    );
    // More than pipes hold, in both directions at once.
    let copied = tool(
        &db,
        "psql",
        &[
            "-XAt",
            "-c",
            "COPY (SELECT repeat('x', 99) FROM generate_series(1, 9999)) TO STDOUT",
        ],
        "",
    );
    assert_eq!(copied.ok().len(), 999_900);
    psql(&db, &["-q"], "SELECT 'a long line';\n".repeat(20_000)).ok();
}

#[test]
fn pgbench_runs_a_script_by_many_clients() {
    let db = stand_in().fresh_db();
    db.superuser()
        .exec("CREATE TABLE ticks (n integer); GRANT INSERT ON ticks TO crm_app");
    let result = Pgbench::new(&db, "\\set n random(1, 10)\nINSERT INTO ticks VALUES (:n);")
        .role("app_user")
        .clients(4)
        .jobs(2)
        .transactions(10)
        .run();
    assert_eq!((result.transactions, result.failed), (40, 0));
    assert!(result.tps > 0.0 && result.latency_ms > 0.0);
    assert_eq!(
        db.superuser().one::<i64>("SELECT count(*) FROM ticks", &[]),
        40
    );
}

#[test]
fn pgbouncer_shares_a_server_between_transactions() {
    let db = stand_in().fresh_db();
    let acme = db.org("Acme");
    let pool = PgBouncer::start(db.cluster(), PoolMode::Transaction, 1);
    let (mut one, mut two) = (pool.connect(&db, "app_user"), pool.connect(&db, "app_user"));
    let pid = "SELECT pg_backend_pid()";
    assert_eq!(one.lines(pid), two.lines(pid));
    for client in [&mut one, &mut two] {
        client.in_org(&acme, |tx| {
            tx.exec_with("INSERT INTO tenancy.notes (body) VALUES ($1)", &[&"note"])
        });
    }
    assert_eq!(db.table("tenancy.notes").len(), 2);
    let pools = pool.console().lines("SHOW POOLS");
    assert!(
        pools
            .iter()
            .any(|pool| pool.starts_with(&format!("{}|app_user|", db.name()))),
        "{pools:?}"
    );

    let dir = pool.socket_dir().to_owned();
    drop(pool);
    assert!(!dir.exists() && !has_processes(&dir));
}

#[test]
fn documents_are_executed_and_errors_have_their_lines() {
    let db = stand_in().empty_db();
    let document = db.cluster().scratch("document.md");
    let markdown = "# How\n\n```sql\nCREATE TABLE t (n integer);\n```\n\n```sql\nINSERT INTO t VALUES (1);\nSELECT n FROM t;\n```\n";
    fs::write(&document, markdown).expect("the directory is writable");
    assert!(docs::run(&db, &document).contains("(1 row)"));
    let failed =
        catch_unwind(AssertUnwindSafe(|| docs::run(&db, &document))).expect_err("t exists now");
    let message = failed.downcast_ref::<String>().expect("a message");
    assert!(message.contains("document.md:4: ERROR:"), "{message}");
}
