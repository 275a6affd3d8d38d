//! Others write the table while it is copied: nothing is lost, and nothing comes back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use pg_crm_tests::{Client, Db, Sql, shared};

use super::super::owner;
use super::{ROWS, TABLE, request, steps_up_to};

/// What the table should hold: a table of the same name in another schema, to which the same was done.
const SHADOW: &str = "
    CREATE SCHEMA shadow AUTHORIZATION partition_owner;
    CREATE TABLE shadow.t AS SELECT * FROM mine.t;
    ALTER TABLE shadow.t OWNER TO partition_owner;
    ALTER TABLE shadow.t ADD PRIMARY KEY (id, at)";

/// What is in one of the two and not in the other.
const DIFFERENCE: &str = "
    (SELECT 'lost', t::text FROM (SELECT * FROM shadow.t EXCEPT ALL SELECT * FROM mine.t) AS t)
    UNION ALL
    (SELECT 'extra', t::text FROM (SELECT * FROM mine.t EXCEPT ALL SELECT * FROM shadow.t) AS t)";

fn with_shadow(db: &Db) -> Client {
    let mut owner = owner(db);
    owner.exec(TABLE);
    db.superuser().exec(SHADOW);
    owner
}

/// A generator of numbers, the same ones for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Changes of both tables, of which some are taken back; `{t}` is the one and the other.
fn work(client: &mut Client, numbers: &mut Numbers, isolation: &str) {
    let a = numbers.below(3000) + 1;
    let b = numbers.below(3000) + 1;
    let statement = match numbers.below(8) {
        0 => format!(
            "INSERT INTO {{t}} VALUES (100000 + {a}, '2026-01-01', 0, 'new') ON CONFLICT DO NOTHING"
        ),
        1 => format!(
            "UPDATE {{t}} SET n = n + 1, note = note || '!' WHERE id BETWEEN {a} AND {a} + 3"
        ),
        2 => format!("UPDATE {{t}} SET id = id + 200000 WHERE id = {a}"),
        3 => format!("UPDATE {{t}} SET at = at - interval '40 days' WHERE id = {a}"),
        4 => format!("DELETE FROM {{t}} WHERE id = {a}"),
        5 => format!(
            "UPDATE {{t}} SET id = id + 400000, at = at + interval '70 days', n = -n WHERE id IN ({a}, {b}, {a} + 200000)"
        ),
        6 => format!(
            "DELETE FROM {{t}} WHERE id = {a}; INSERT INTO {{t}} VALUES ({b}, '2026-02-02', 1, 'again') ON CONFLICT (id, at) DO UPDATE SET n = excluded.n"
        ),
        _ => format!(
            "UPDATE {{t}} SET n = 0 WHERE id = {b}; SAVEPOINT s; DELETE FROM {{t}} WHERE id = {a}; ROLLBACK TO s"
        ),
    };
    let end = if numbers.below(5) == 0 {
        "ROLLBACK"
    } else {
        "COMMIT"
    };
    let both = ["mine.t", "shadow.t"]
        .map(|table| statement.replace("{t}", table))
        .join("; ");
    let all = format!("BEGIN ISOLATION LEVEL {isolation}; {both}; {end}");
    if let Err(error) = client.batch_execute(&all) {
        let error = error.as_db_error().expect("the server refuses it");
        // Of two writers that meet, or of a key that is there already: never one of the copy's.
        let expected = match error.code().code() {
            "40001" | "40P01" => true,
            "23505" => error.table() == Some("t") || error.constraint() == Some("t_pkey"),
            _ => false,
        };
        assert!(expected, "{all}\n{error:?}");
        client.exec("ROLLBACK");
    }
}

#[test]
fn writers_of_all_isolation_levels_lose_nothing() {
    let db = shared().fresh_db();
    let mut owner = with_shadow(&db);
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        for (seed, isolation) in [
            "READ COMMITTED",
            "READ COMMITTED",
            "REPEATABLE READ",
            "SERIALIZABLE",
        ]
        .iter()
        .enumerate()
        {
            let (db, is_done) = (&db, &is_done);
            scope.spawn(move || {
                let mut client = db.connect_as("partition_owner");
                let mut numbers = Numbers(seed as u64 + 1);
                let mut after = 0;
                while after < 20 {
                    if is_done.load(Ordering::Relaxed) {
                        after += 1;
                    }
                    work(&mut client, &mut numbers, isolation);
                }
            });
        }
        // Small batches, so that there are many moments to meet.
        let done = owner.batch_execute("CALL maint.repartition('mine.t', 'at', batch_size => 20)");
        is_done.store(true, Ordering::Relaxed);
        done.expect("it is repartitioned");
    });
    assert_eq!(owner.lines(DIFFERENCE), [""; 0]);
    assert_eq!(
        owner.lines("SELECT relkind FROM pg_class WHERE oid = 'mine.t'::regclass"),
        ["p"]
    );
    assert_eq!(
        owner.lines(ROWS),
        owner.lines(&ROWS.replace("mine.t", "shadow.t"))
    );
}

/// The same changes at every step, one after the other.
#[test]
fn changes_at_every_step_arrive() {
    let db = shared().fresh_db();
    let mut owner = with_shadow(&db);
    request(&mut owner);
    let mut numbers = Numbers(7);
    let mut statuses = Vec::new();
    loop {
        for _ in 0..10 {
            work(&mut owner, &mut numbers, "READ COMMITTED");
        }
        let status = owner.lines("SELECT status FROM maint.repartitions");
        if status.is_empty() {
            break;
        }
        if statuses.last() != status.first() {
            statuses.extend(status);
        }
        owner.exec("SELECT maint.repartition_step('mine.t', 300)");
    }
    assert_eq!(
        statuses,
        [
            "requested",
            "partitions",
            "mirror",
            "copy",
            "analyze",
            "switch"
        ]
    );
    assert_eq!(owner.lines(DIFFERENCE), [""; 0]);
}

/// A transaction that began before the rows were copied does not see the copies, and must nevertheless
/// find them.
#[test]
fn a_transaction_with_an_old_snapshot_changes_rows_that_were_copied_since() {
    let db = shared().fresh_db();
    let mut owner = with_shadow(&db);
    request(&mut owner);
    steps_up_to(&mut owner, "copy");
    for (n, isolation) in ["REPEATABLE READ", "SERIALIZABLE"].iter().enumerate() {
        let mut writer = db.connect_as("partition_owner");
        writer.exec(&format!(
            "BEGIN ISOLATION LEVEL {isolation}; SELECT count(*) FROM shadow.t"
        ));
        if n == 0 {
            steps_up_to(&mut owner, "analyze");
        }
        let n = n * 10;
        for table in ["mine.t", "shadow.t"] {
            writer.exec(&format!(
                "DELETE FROM {table} WHERE id = 1 + {n};
                 UPDATE {table} SET n = -1 WHERE id = 2 + {n};
                 UPDATE {table} SET id = 1000000 + {n} WHERE id = 3 + {n};
                 UPDATE {table} SET at = at - interval '3 months' WHERE id = 4 + {n};
                 INSERT INTO {table} VALUES (1 + {n}, '2026-01-01', 1, 'new')"
            ));
        }
        writer.exec("COMMIT");
    }
    steps_up_to(&mut owner, "switch");
    owner.exec("SELECT maint.repartition_step('mine.t', 100)");
    assert_eq!(
        owner.lines("SELECT relkind FROM pg_class WHERE oid = 'mine.t'::regclass"),
        ["p"]
    );
    assert_eq!(owner.lines(DIFFERENCE), [""; 0]);
}

/// A trigger of the user's that changes rows of the same statement again, before the mirror has heard
/// of the first change.
#[test]
fn rows_that_triggers_change_again_arrive_as_they_are_in_the_end() {
    let db = shared().fresh_db();
    let mut owner = with_shadow(&db);
    owner.exec(
        "CREATE FUNCTION mine.again() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           IF pg_trigger_depth() = 1 THEN
             IF TG_OP <> 'DELETE' THEN
               UPDATE mine.t SET n = n + 1000 WHERE id IN (NEW.id, NEW.id + 1, NEW.id - 1);
               UPDATE mine.t SET id = id + 500000 WHERE id = NEW.id + 2;
             END IF;
             DELETE FROM mine.t WHERE id = OLD.id + 3;
             IF TG_OP = 'DELETE' THEN
               INSERT INTO mine.t VALUES (OLD.id, OLD.at, -5, 'back') ON CONFLICT DO NOTHING;
             END IF;
           END IF;
           RETURN NULL;
         END $$;
         CREATE TRIGGER \"0_first\" AFTER INSERT OR UPDATE OR DELETE ON mine.t FOR EACH ROW EXECUTE FUNCTION mine.again();
         CREATE TRIGGER zz_last AFTER INSERT OR UPDATE OR DELETE ON mine.t FOR EACH ROW EXECUTE FUNCTION mine.again()",
    );
    request(&mut owner);
    steps_up_to(&mut owner, "copy");
    for n in [0, 1000] {
        if n > 0 {
            steps_up_to(&mut owner, "switch");
        }
        owner.exec(&format!(
            "UPDATE mine.t SET note = 'one' WHERE id BETWEEN 100 + {n} AND 120 + {n};
             DELETE FROM mine.t WHERE id BETWEEN 200 + {n} AND 210 + {n};
             INSERT INTO mine.t SELECT i, now(), 1, 'new' FROM generate_series(10001 + {n}, 10009 + {n}) AS i;
             INSERT INTO mine.t SELECT id, at, -1, 'new' FROM mine.t WHERE id BETWEEN 300 + {n} AND 310 + {n} ON CONFLICT (id, at) DO UPDATE SET n = -1"
        ));
    }
    let before = owner.lines(ROWS);
    owner.exec("SELECT maint.repartition_step('mine.t', 100)");
    assert_eq!(
        owner.lines("SELECT relkind FROM pg_class WHERE oid = 'mine.t'::regclass"),
        ["p"]
    );
    assert_eq!(owner.lines(ROWS), before);
    assert_ne!(
        owner.lines("SELECT count(*) FROM mine.t WHERE note = 'back'"),
        ["0"]
    );
}

#[test]
fn a_table_that_is_emptied_leaves_an_empty_copy() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    for cascade in [false, true] {
        owner.exec(
            "CREATE TABLE mine.other (id integer PRIMARY KEY); INSERT INTO mine.other VALUES (1);
             CREATE TABLE mine.t (id integer, at timestamptz, o integer REFERENCES mine.other, PRIMARY KEY (id, at));
             INSERT INTO mine.t SELECT i, now(), 1 FROM generate_series(1, 1000) AS i",
        );
        request(&mut owner);
        steps_up_to(&mut owner, "analyze");
        owner.exec("BEGIN; TRUNCATE mine.t; ROLLBACK");
        let empty = if cascade {
            "TRUNCATE mine.other CASCADE; INSERT INTO mine.other VALUES (1)"
        } else {
            "TRUNCATE mine.t"
        };
        owner.exec(&format!("{empty}; INSERT INTO mine.t VALUES (7, now(), 1)"));
        owner.exec("CALL maint.repartition('mine.t', 'at', premake => 1, batch_size => 100)");
        assert_eq!(owner.lines("SELECT id FROM mine.t"), ["7"], "{empty}");
        owner.exec("DROP TABLE mine.t, mine.other");
    }
}

/// Logical replication applies changes with session_replication_role = replica.
#[test]
fn changes_that_fire_no_ordinary_triggers_arrive_too() {
    let db = shared().fresh_db();
    let mut owner = with_shadow(&db);
    request(&mut owner);
    steps_up_to(&mut owner, "analyze");
    let mut dba = db.superuser();
    dba.exec("SET session_replication_role = replica");
    for table in ["mine.t", "shadow.t"] {
        dba.exec(&format!(
            "DELETE FROM {table} WHERE id < 10; UPDATE {table} SET n = 0 WHERE id < 20"
        ));
    }
    owner.exec("CALL maint.repartition('mine.t', 'at', premake => 1, batch_size => 100)");
    assert_eq!(owner.lines(DIFFERENCE), [""; 0]);
}

/// Keys of types whose operators are not in pg_catalog, of a collation that takes different texts for
/// one, and of numbers that are equal and not the same.
#[test]
fn keys_of_every_kind_are_kept_apart_as_the_key_does() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    db.superuser().exec(
        "CREATE SCHEMA types; GRANT USAGE ON SCHEMA types TO partition_owner; CREATE EXTENSION citext SCHEMA types;
         CREATE COLLATION mine.blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         ALTER COLLATION mine.blind OWNER TO partition_owner",
    );
    owner.exec("CREATE DOMAIN mine.code AS varchar(10) CHECK (VALUE <> '')");
    for (key, one, other) in [
        ("types.citext", "'A'", "'a'"),
        ("text COLLATE mine.blind", "'A'", "'a'"),
        ("numeric", "1.0", "1.00"),
        ("mine.code", "'A'", "'b'"),
        ("integer[]", "'{1}'", "'{2}'"),
        ("inet", "'10.0.0.1'", "'10.0.0.2'"),
    ] {
        owner.exec(&format!(
            "CREATE TABLE mine.t (k {key}, at timestamptz, n integer, PRIMARY KEY (k, at));
             INSERT INTO mine.t VALUES ({one}, '2026-01-01', 1), ({one}, '2026-02-02', 1)"
        ));
        request(&mut owner);
        steps_up_to(&mut owner, "copy");
        owner.exec(&format!(
            "UPDATE mine.t SET k = {other} WHERE at = '2026-01-01'"
        ));
        steps_up_to(&mut owner, "analyze");
        owner.exec(&format!(
            "UPDATE mine.t SET k = {other}, n = 2 WHERE at = '2026-02-02';
             INSERT INTO mine.t VALUES ({one}, '2026-03-03', 1);
             UPDATE mine.t SET n = 3 WHERE k = {other} AND at = '2026-03-03';
             DELETE FROM mine.t WHERE k = {other} AND at = '2026-01-01'"
        ));
        let before = owner.lines(ROWS);
        owner.exec("CALL maint.repartition('mine.t', 'at', premake => 1, batch_size => 100)");
        assert_eq!(owner.lines(ROWS), before, "{key}");
        owner.exec("DROP TABLE mine.t");
    }
}
