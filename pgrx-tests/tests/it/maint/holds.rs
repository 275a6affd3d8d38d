//! Legal holds keep partitions that are past their retention.

use pg_crm_tests::{Client, Db, Sql, shared};

use super::{maintain, owner, plan};

/// A table of the user's own with organizations and contacts, a row in each of two old partitions.
fn table(db: &Db) -> Client {
    let mut owner = owner(db);
    owner.exec(
        "CREATE TABLE mine.t (at timestamptz, organization_id uuid, contact_id uuid) PARTITION BY RANGE (at);
         CREATE TABLE mine.old_1 PARTITION OF mine.t FOR VALUES FROM ('2001-01-01 00:00+00') TO ('2001-02-01 00:00+00');
         CREATE TABLE mine.old_2 PARTITION OF mine.t FOR VALUES FROM ('2001-02-01 00:00+00') TO ('2001-03-01 00:00+00');
         CREATE TABLE mine.later PARTITION OF mine.t FOR VALUES FROM ('2001-03-01 00:00+00') TO (MAXVALUE);
         SELECT maint.manage_partitions('mine.t', premake => 0, retention => '1 year')",
    );
    owner
}

/// What is planned for the two old partitions.
fn actions(client: &mut Client) -> Vec<String> {
    plan(client, "mine.t")
        .iter()
        .map(|line| line.split('|').next().expect("an action").to_owned())
        .collect()
}

#[test]
fn a_hold_keeps_what_it_reaches_until_it_is_released() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    let [ann, bob]: [String; 2] = ["Ann", "Bob"].map(|name| {
        dba.one(
            "INSERT INTO crm.contacts (organization_id, first_name) VALUES ($1, $2) RETURNING id::text",
            &[&acme.id, &name],
        )
    });
    let mut owner = table(&db);
    owner.exec(&format!(
        "INSERT INTO mine.t VALUES ('2001-01-10', '{acme}', '{ann}'), ('2001-02-10', '{globex}', NULL)"
    ));
    assert_eq!(actions(&mut owner), ["drop", "drop"]);
    let any = |columns: &str, values: &str| (columns.to_owned(), values.to_owned());
    for ((columns, values), expected) in [
        (any("", ""), ["hold", "hold"]),
        (any("target", "'mine.t'"), ["hold", "hold"]),
        (any("target", "'mine.old_1'"), ["drop", "hold"]),
        (any("target", "'crm.contacts'"), ["drop", "drop"]),
        (any("from_time", "'2001-02-01 00:00+00'"), ["drop", "hold"]),
        (
            any("from_time", "'2001-01-31 23:59:59.999999+00'"),
            ["hold", "hold"],
        ),
        (any("until_time", "'2001-02-01 00:00+00'"), ["drop", "hold"]),
        (
            any("until_time", "'2001-02-01 00:00:00.000001+00'"),
            ["hold", "hold"],
        ),
        (
            any("organization_id", &format!("'{acme}'")),
            ["drop", "hold"],
        ),
        (
            any("organization_id", &format!("'{globex}'")),
            ["drop", "hold"],
        ),
        (
            any("organization_id, contact_id", &format!("'{acme}', '{ann}'")),
            ["drop", "hold"],
        ),
        (
            any("organization_id, contact_id", &format!("'{acme}', '{bob}'")),
            ["drop", "drop"],
        ),
        (
            any("released_at, released_by", "now() + interval '1 s', 'me'"),
            ["drop", "drop"],
        ),
    ] {
        let comma = if columns.is_empty() { "" } else { ", " };
        dba.exec(&format!(
            "INSERT INTO maint.legal_holds (name, reason{comma}{columns}) VALUES ('h', 'a lawsuit'{comma}{values})"
        ));
        let mut planned = actions(&mut owner);
        planned.sort();
        assert_eq!(planned, expected, "{columns} = {values}");
        dba.exec("DELETE FROM maint.legal_holds");
    }
    // Held, told, released, dropped.
    dba.exec("INSERT INTO maint.legal_holds (name, reason, until_time) VALUES ('h', 'a lawsuit', '2001-01-15')");
    maintain(&mut owner, "mine.t");
    maintain(&mut owner, "mine.t");
    assert_eq!(
        owner.lines("SELECT detail FROM maint.maintenance_runs WHERE task = 'partitions.retire' AND target = 'mine.t' ORDER BY id"),
        ["1 partitions; 1 held", "0 partitions; 1 held"]
    );
    assert_eq!(
        owner.lines("SELECT to_regclass('mine.old_1'), to_regclass('mine.old_2')"),
        ["mine.old_1|"]
    );
    dba.exec("UPDATE maint.legal_holds SET released_at = now(), released_by = 'me'");
    maintain(&mut owner, "mine.t");
    assert_eq!(
        owner.lines("SELECT to_regclass('mine.old_1') IS NULL"),
        ["t"]
    );
}

/// What its owner cannot see, because of policies that are forced, is kept.
#[test]
fn what_cannot_be_seen_is_held() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut owner = table(&db);
    owner.exec("ALTER TABLE mine.old_1 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY");
    db.superuser().exec(&format!(
        "INSERT INTO maint.legal_holds (name, reason, organization_id) VALUES ('h', 'a lawsuit', '{acme}')"
    ));
    let mut planned = actions(&mut owner);
    planned.sort();
    assert_eq!(planned, ["drop", "hold"]);
}

#[test]
fn an_event_of_a_held_organization_keeps_its_partition() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    dba.exec("SET timezone = 'UTC'");
    dba.exec("CREATE TABLE analytics.events_old PARTITION OF analytics.events FOR VALUES FROM ('2001-01-01') TO ('2001-02-01')");
    dba.exec(&format!(
        "INSERT INTO analytics.events (organization_id, name, occurred_at) VALUES ('{acme}', 'seen', '2001-01-10');
         INSERT INTO maint.legal_holds (name, reason, organization_id) VALUES ('h', 'a lawsuit', '{globex}')"
    ));
    let mut admin = db.admin();
    let action = "SELECT action FROM maint.plan_partitions('analytics.events') WHERE partition = 'analytics.events_old'";
    assert_eq!(admin.lines(action), ["drop"]);
    dba.exec(&format!(
        "UPDATE maint.legal_holds SET organization_id = '{acme}'"
    ));
    assert_eq!(admin.lines(action), ["hold"]);
}
