//! States and their times, on a table of one's own.

use pg_crm_tests::{Sql, shared};

const TABLE: &str = "
    CREATE TABLE public.jobs (
        id integer PRIMARY KEY,
        status text,
        started_at timestamptz,
        ended_at timestamptz
    );
    CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE ON public.jobs FOR EACH ROW
    EXECUTE FUNCTION crm.stamp_state('status', 'started_at: running, done; failed', 'ended_at: done, failed');";

/// A row's columns as given, what is there afterwards: whether started_at and ended_at are now,
/// another time, or NULL.
const INSERTED: &[(&str, &str)] = &[
    ("'new', NULL, NULL", "- -"),
    ("'running', NULL, NULL", "now -"),
    ("'done', NULL, NULL", "now now"),
    ("'failed', NULL, NULL", "- now"),
    ("'done', '2001-01-01', '2001-01-02'", "then then"),
    // What contradicts itself stays for a check to refuse.
    ("'new', '2001-01-01', NULL", "then -"),
    ("NULL, NULL, NULL", "- -"),
];

/// Updates one after the other.
const UPDATED: &[(&str, &str)] = &[
    ("status = 'running'", "now -"),
    ("started_at = '2001-01-01'", "then -"),
    ("status = 'failed'", "then now"),
    ("status = 'done', ended_at = '2001-01-02'", "then then"),
    ("status = 'running'", "then -"),
    ("status = 'new'", "- -"),
    ("status = 'new', ended_at = '2001-01-02'", "- then"),
    ("status = 'failed', started_at = NULL", "- then"),
    ("status = NULL", "- -"),
];

const TIMES: &str = "
    SELECT concat_ws(' ', CASE WHEN started_at = now() THEN 'now' WHEN started_at IS NULL THEN '-' ELSE 'then' END,
                          CASE WHEN ended_at = now() THEN 'now' WHEN ended_at IS NULL THEN '-' ELSE 'then' END)
      FROM public.jobs";

#[test]
fn who_sets_only_the_state_gets_the_time() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(TABLE);
    for (row, expected) in INSERTED {
        let mut tx = dba.transaction().expect("a transaction begins");
        tx.exec(&format!("INSERT INTO public.jobs VALUES (1, {row})"));
        assert_eq!(&tx.one::<String>(TIMES, &[]), expected, "{row}");
    }
    let mut tx = dba.transaction().expect("a transaction begins");
    tx.exec("INSERT INTO public.jobs VALUES (1, 'new')");
    for (change, expected) in UPDATED {
        tx.exec(&format!("UPDATE public.jobs SET {change}"));
        assert_eq!(&tx.one::<String>(TIMES, &[]), expected, "{change}");
    }
}

#[test]
fn a_trigger_that_is_declared_wrongly_says_so() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    for (arguments, sqlstate) in [
        ("", "22023"),
        ("'status', 'ended_at'", "22023"),
        ("'state', 'ended_at: done'", "42703"),
        ("'status', 'gone_at: done'", "42703"),
        ("'status', 'id: done'", "42804"),
    ] {
        let mut tx = dba.transaction().expect("a transaction begins");
        tx.exec(&format!(
            "CREATE TABLE public.jobs (id integer, status text, ended_at timestamptz);
             CREATE TRIGGER stamp BEFORE INSERT ON public.jobs FOR EACH ROW EXECUTE FUNCTION crm.stamp_state({arguments})"
        ));
        tx.fails_with("INSERT INTO public.jobs VALUES (1, 'done')", sqlstate);
    }
    for fired in [
        "AFTER INSERT ON public.jobs FOR EACH ROW",
        "BEFORE INSERT ON public.jobs",
    ] {
        let mut tx = dba.transaction().expect("a transaction begins");
        tx.exec(&format!(
            "CREATE TABLE public.jobs (id integer, status text, ended_at timestamptz);
             CREATE TRIGGER stamp {fired} EXECUTE FUNCTION crm.stamp_state('status', 'ended_at: done')"
        ));
        tx.fails_with("INSERT INTO public.jobs VALUES (1, 'done')", "39P01");
    }
}
