//! Rows of the default partition that are too many for one transaction.

use std::thread;

use pg_crm_tests::{Client, Db, Pgbench, Sql, shared};

use super::{maintain, owner, partitions};

/// A table whose rows are all in the default partition: `rows` of the current month, one a minute.
fn crowded(db: &Db, rows: u32) -> Client {
    let mut owner = owner(db);
    owner.exec(&format!(
        "CREATE TABLE mine.t (at timestamptz NOT NULL, n integer NOT NULL, CONSTRAINT t_pkey PRIMARY KEY (n, at)) PARTITION BY RANGE (at);
         CREATE TABLE mine.rest PARTITION OF mine.t DEFAULT;
         INSERT INTO mine.t SELECT date_trunc('month', now()) + n * interval '1 minute', n FROM generate_series(1, {rows}) AS n;
         SELECT maint.manage_partitions('mine.t', premake => 0);
         UPDATE maint.partition_config SET batch_size = 100 WHERE parent = 'mine.t'::regclass"
    ));
    owner
}

const ROWS: &str = "SELECT count(*), sum(n), sum(hashtext(at::text)::bigint) FROM mine.t";

#[test]
fn a_partition_grows_batch_by_batch_and_ends_as_planned() {
    let db = shared().fresh_db();
    let mut owner = crowded(&db, 1050);
    let before = owner.lines(ROWS);
    let planned =
        owner.lines("SELECT lower_bound, upper_bound FROM maint.plan_partitions('mine.t')");
    for batch in 1..=10 {
        let partition: String = owner.one("SELECT maint.extend_step('mine.t')", &[]);
        assert_eq!(owner.lines(ROWS), before, "after batch {batch}");
        assert_eq!(
            owner.lines(&format!("SELECT count(*) FROM {partition}")),
            [(batch * 100).to_string()]
        );
        assert_eq!(
            owner.lines("SELECT upper_bound FROM maint.partition_moves"),
            [planned[0].rsplit('|').next().expect("a bound")]
        );
    }
    maintain(&mut owner, "mine.t");
    assert_eq!(owner.lines(ROWS), before);
    assert_eq!(owner.lines("SELECT * FROM maint.partition_moves"), [""; 0]);
    assert_eq!(owner.lines("SELECT count(*) FROM mine.rest"), ["0"]);
    assert_eq!(partitions(&db, "mine.t").len(), 2);
    assert_eq!(
        owner.lines("SELECT lower_bound, upper_bound FROM maint.partition_bounds('mine.t') WHERE NOT is_default"),
        planned
    );
    let constraints = "SELECT count(*) FROM pg_constraint AS c JOIN pg_inherits AS i ON i.inhrelid = c.conrelid
                        WHERE i.inhparent = 'mine.t'::regclass AND c.contype = 'p' AND c.conparentid <> 0";
    assert_eq!(owner.lines(constraints), ["2"]);
}

#[test]
fn rows_of_one_instant_move_together() {
    let db = shared().fresh_db();
    let mut owner = crowded(&db, 1);
    owner.exec(
        "INSERT INTO mine.t SELECT date_trunc('month', now()) + interval '5 days', n FROM generate_series(1001, 1350) AS n;
         INSERT INTO mine.t SELECT date_trunc('month', now()) + interval '6 days', n FROM generate_series(2001, 2050) AS n",
    );
    let before = owner.lines(ROWS);
    let mut sizes = Vec::new();
    while let Some(partition) =
        owner.one::<Option<String>>("SELECT maint.extend_step('mine.t')", &[])
    {
        sizes.push(owner.one::<i64>(&format!("SELECT count(*) FROM {partition}"), &[]));
        assert!(sizes.len() < 10, "{sizes:?}");
    }
    assert_eq!(sizes, [1, 351, 401]);
    assert_eq!(owner.lines(ROWS), before);
}

#[test]
fn rows_that_others_refer_to_move_all_at_once() {
    let db = shared().fresh_db();
    let mut owner = crowded(&db, 350);
    owner.exec(
        "CREATE TABLE mine.child (n integer, at timestamptz, FOREIGN KEY (n, at) REFERENCES mine.t);
         INSERT INTO mine.child SELECT n, at FROM mine.t",
    );
    maintain(&mut owner, "mine.t");
    assert_eq!(owner.lines("SELECT count(*) FROM mine.rest"), ["0"]);
    assert_eq!(
        owner.lines("SELECT count(*) FROM mine.child JOIN mine.t USING (n, at)"),
        ["350"]
    );
}

#[test]
fn rows_behind_forced_policies_move_and_the_policies_stay() {
    let db = shared().fresh_db();
    let mut owner = crowded(&db, 350);
    owner.exec(
        "ALTER TABLE mine.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         ALTER TABLE mine.rest ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         CREATE POLICY nobody ON mine.t USING (false); CREATE POLICY nobody ON mine.rest USING (false)",
    );
    maintain(&mut owner, "mine.t");
    assert_eq!(
        db.superuser().lines("SELECT count(*) FROM mine.rest"),
        ["0"]
    );
    assert_eq!(db.superuser().lines("SELECT count(*) FROM mine.t"), ["350"]);
    let secured = "SELECT bool_and(relrowsecurity AND relforcerowsecurity), count(*) FROM pg_class JOIN pg_inherits ON inhrelid = oid WHERE inhparent = 'mine.t'::regclass";
    assert_eq!(owner.lines(secured), ["t|2"]);
}

/// Inserts into ranges that have a partition, that get one meanwhile, and that have none, while
/// partitions are made, filled and retired.
#[test]
fn no_row_is_lost_or_misplaced_under_load() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz NOT NULL, n integer NOT NULL, CONSTRAINT t_pkey PRIMARY KEY (n, at)) PARTITION BY RANGE (at);
         CREATE TABLE mine.rest PARTITION OF mine.t DEFAULT;
         CREATE TABLE mine.old_1 PARTITION OF mine.t FOR VALUES FROM ('2001-01-01') TO ('2001-02-01');
         CREATE TABLE mine.old_2 PARTITION OF mine.t FOR VALUES FROM ('2002-01-01') TO ('2002-02-01');
         DO $$ BEGIN
           EXECUTE format('CREATE TABLE mine.new PARTITION OF mine.t FOR VALUES FROM (%L) TO (%L)',
                          date_trunc('month', now()), date_trunc('month', now()) + interval '1 month');
         END $$;
         INSERT INTO mine.t SELECT date_trunc('month', now()) + interval '1 month' + n * interval '1 minute', n FROM generate_series(1, 2000) AS n;
         SELECT maint.manage_partitions('mine.t', premake => 0, retention => '10 years');
         UPDATE maint.partition_config SET batch_size = 200 WHERE parent = 'mine.t'::regclass",
    );
    let script = "\\set n random(100000, 2000000000)
        \\set days random(0, 200)
        INSERT INTO mine.t VALUES (now() + :days * interval '1 day' + :client_id * interval '1 minute', :n) ON CONFLICT DO NOTHING;
        SELECT count(*) FROM mine.t WHERE n = :n;";
    let result = thread::scope(|scope| {
        let load = scope.spawn(|| {
            Pgbench::new(&db, script)
                .role("partition_owner")
                .clients(4)
                .transactions(300)
                .run()
        });
        for premake in 0..=5 {
            owner.exec(&format!(
                "UPDATE maint.partition_config SET premake = {premake}, lock_attempts = 100 WHERE parent = 'mine.t'::regclass"
            ));
            maintain(&mut owner, "mine.t");
        }
        load.join().expect("no insert fails")
    });
    assert_eq!((result.transactions, result.failed), (1200, 0));
    let inserted = "SELECT count(*) > 3190 AND count(*) <= 3200, count(*) FILTER (WHERE n <= 2000), sum(n) FILTER (WHERE n <= 2000) FROM mine.t";
    assert_eq!(owner.lines(inserted), ["t|2000|2001000"]);
    let misplaced = "SELECT count(*) FROM mine.t AS t
                       JOIN maint.partition_bounds('mine.t') AS b ON t.at >= b.lower_bound AND t.at < b.upper_bound
                      WHERE t.tableoid <> b.partition";
    assert_eq!(owner.lines(misplaced), ["0"]);
    assert_eq!(partitions(&db, "mine.t").len(), 7);
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(db.superuser().lines(deadlocks), ["0"]);
}

/// Names and whether nothing is left, of one batch.
fn batch(owner: &mut Client, call: &str) -> (Vec<String>, bool) {
    let row = owner
        .query_one(&format!("SELECT * FROM maint.{call}"), &[])
        .expect("a batch ends");
    (row.get(0), row.get(1))
}

#[test]
fn a_batch_says_what_it_did_and_whether_that_was_all() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at);
         SELECT maint.manage_partitions('mine.t', premake => 5)",
    );
    assert_eq!(
        batch(&mut owner, "extend_batch('mine.t', 4)"),
        (vec!["mine.t_default".to_owned()], false)
    );
    let planned: Vec<String> = owner.column(
        "SELECT partition FROM maint.plan_partitions('mine.t') ORDER BY lower_bound",
        &[],
    );
    assert_eq!(planned.len(), 6);
    let mut made = Vec::new();
    // A slow machine makes fewer at once.
    while made.len() < planned.len() {
        let (names, is_complete) = batch(&mut owner, "extend_batch('mine.t', 4)");
        assert!((1..=4).contains(&names.len()), "{names:?}");
        made.extend(names);
        assert_eq!(is_complete, made.len() == planned.len(), "{made:?}");
    }
    assert_eq!(made, planned);
    assert_eq!(partitions(&db, "mine.t").len(), 7);
    let nothing = (Vec::new(), true);
    assert_eq!(batch(&mut owner, "extend_batch('mine.t', 4)"), nothing);
    assert_eq!(batch(&mut owner, "retire_batch('mine.t', 4)"), nothing);
}

#[test]
fn one_of_a_batch_that_fails_leaves_the_others_done() {
    let db = shared().fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz) PARTITION BY RANGE (at);
         CREATE TABLE mine.rest PARTITION OF mine.t DEFAULT;
         CREATE TABLE mine.old_1 PARTITION OF mine.t FOR VALUES FROM ('2001-01-01') TO ('2001-02-01');
         CREATE TABLE mine.old_2 PARTITION OF mine.t FOR VALUES FROM ('2001-02-01') TO ('2001-03-01');
         CREATE TABLE mine.old_3 PARTITION OF mine.t FOR VALUES FROM ('2001-03-01') TO ('2001-04-01');
         CREATE TABLE mine.new PARTITION OF mine.t FOR VALUES FROM ('2001-04-01') TO ('2025-01-01');
         CREATE VIEW mine.watching AS SELECT * FROM mine.old_2;
         SELECT maint.manage_partitions('mine.t', '10 years', 4, '20 years')",
    );
    let planned: Vec<String> = owner.column(
        "SELECT partition FROM maint.plan_partitions('mine.t') WHERE action = 'create' ORDER BY lower_bound",
        &[],
    );
    assert!(planned.len() >= 5, "{planned:?}");
    owner.exec(&format!("CREATE TABLE {} (n integer)", planned[2]));
    owner.exec("CALL maint.maintain_partitions('mine.t')");
    let runs = "SELECT task, status, substring(detail FROM '^[0-9]+ partitions'), substring(detail FROM 'SQLSTATE [0-9A-Z]{5}')
                  FROM maint.maintenance_runs WHERE target = 'mine.t' ORDER BY id";
    assert_eq!(
        owner.lines(runs),
        [
            format!(
                "partitions.create|failed|{} partitions|SQLSTATE 42P07",
                planned.len() - 1
            ),
            "partitions.retire|failed|2 partitions|SQLSTATE 2BP01".to_owned(),
        ]
    );
    let left = partitions(&db, "mine.t");
    assert!(
        left.iter().any(|line| line.starts_with("mine.old_2|")),
        "{left:?}"
    );
    // The default one, one of the old ones, the new one, and what was planned but one.
    assert_eq!(left.len(), 3 + planned.len() - 1, "{left:?}");
}
