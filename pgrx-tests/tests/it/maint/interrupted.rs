//! A server that is killed in the middle, and the run after that.

use pg_crm_tests::{Cluster, Sql, eventually};

use super::{in_utc, owner, partitions};

const ROWS: &str = "SELECT count(*), sum(n) FROM mine.t";

#[test]
fn a_run_after_a_kill_goes_on_where_the_first_was() {
    let cluster = Cluster::start(&[]);
    let db = cluster.fresh_db();
    let mut owner = owner(&db);
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz NOT NULL, n integer) PARTITION BY RANGE (at);
         CREATE TABLE mine.rest PARTITION OF mine.t DEFAULT;
         CREATE TABLE mine.old PARTITION OF mine.t FOR VALUES FROM ('2001-01-01') TO ('2001-02-01');
         DO $$ BEGIN
           EXECUTE format('CREATE TABLE mine.new PARTITION OF mine.t FOR VALUES FROM (%L) TO (%L)',
                          date_trunc('month', now()), date_trunc('month', now()) + interval '1 month');
         END $$;
         INSERT INTO mine.t SELECT date_trunc('month', now()) + interval '1 month' + n * interval '1 minute', n FROM generate_series(1, 2000) AS n;
         SELECT maint.manage_partitions('mine.t', '1 month', 2, '1 year');
         UPDATE maint.partition_config SET batch_size = 20 WHERE parent = 'mine.t'::regclass",
    );
    db.superuser().exec("CHECKPOINT");
    let planned = "SELECT partition, lower_bound, upper_bound FROM maint.plan_partitions('mine.t') WHERE action = 'create' ORDER BY 2";
    let planned = in_utc(db.superuser()).lines(planned);
    assert_eq!(planned.len(), 2);
    let before = owner.lines(ROWS);
    for kill in 1..=3 {
        let mut runner = db.connect_as("partition_owner");
        let pid: i32 = runner.one("SELECT pg_backend_pid()", &[]);
        let grown = "SELECT count(*) FROM mine.rest";
        let left: i64 = in_utc(db.superuser()).one(grown, &[]);
        std::thread::scope(|scope| {
            let run = scope.spawn(move || {
                runner
                    .batch_execute("CALL maint.maintain_partitions('mine.t')")
                    .expect_err("it is killed");
            });
            let mut witness = db.superuser();
            eventually("a batch or two have moved", || {
                witness.one::<i64>(grown, &[]) <= left - 40
            });
            cluster.kill9_backend(pid);
            run.join().expect("the session ended with an error");
        });
        let mut after = in_utc(db.connect_as("partition_owner"));
        assert_eq!(after.lines(ROWS), before, "rows after kill {kill}");
    }
    let mut owner = in_utc(db.connect_as("partition_owner"));
    owner.exec("CALL maint.maintain_partitions()");
    assert_eq!(owner.lines(ROWS), before);
    assert_eq!(owner.lines("SELECT count(*) FROM mine.rest"), ["0"]);
    assert_eq!(owner.lines("SELECT * FROM maint.partition_moves"), [""; 0]);
    assert_eq!(
        owner.lines("SELECT partition, lower_bound, upper_bound FROM maint.partition_bounds('mine.t') WHERE lower_bound > now() ORDER BY 2"),
        planned
    );
    assert_eq!(partitions(&db, "mine.t").len(), 4);
    // Nothing that was never attached is left over.
    let tables =
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'mine'::regnamespace AND relkind = 'r'";
    assert_eq!(owner.lines(tables), ["4"]);
    let told = "SELECT DISTINCT status, detail FROM maint.maintenance_runs WHERE target = 'mine.t' AND status <> 'succeeded'";
    assert_eq!(owner.lines(told), ["failed|interrupted"]);
}
