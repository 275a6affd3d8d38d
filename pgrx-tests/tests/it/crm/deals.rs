//! Deals: stage, status and times agree, and every change of stage or status is recorded.

use pg_crm_tests::{Client, Org, Sql, Transaction, shared};

use super::contact;

/// Pipelines by name: what stages each has, with W for won and L for lost.
const PIPELINES: &[(&str, &[&str])] = &[
    ("one", &["new", "talk", "won W", "lost L"]),
    ("none", &["only"]),
    ("two", &["open", "won a W", "won b W", "lost c L"]),
];

fn pipelines(tx: &mut Transaction<'_>) {
    for (pipeline, stages) in PIPELINES {
        tx.exec_with(
            "INSERT INTO crm.pipelines (name) VALUES ($1::text)",
            &[pipeline],
        );
        for (i, stage) in stages.iter().enumerate() {
            let (won, lost) = (stage.ends_with('W'), stage.ends_with('L'));
            tx.exec(&format!(
                "INSERT INTO crm.deal_stages (pipeline_id, name, position, probability, is_won, is_lost)
                 SELECT id, '{}', {i}, CASE WHEN {won} THEN 100 WHEN {lost} THEN 0 ELSE 20 END, {won}, {lost}
                   FROM crm.pipelines WHERE name = '{pipeline}'",
                stage.trim_end_matches([' ', 'W', 'L'])
            ));
        }
    }
}

/// `stage_of('one/new')` is SQL for that stage's id.
fn stage_of(path: &str) -> String {
    match path.split_once('/') {
        None => "NULL".to_owned(),
        Some((pipeline, stage)) => format!(
            "(SELECT s.id FROM crm.deal_stages AS s JOIN crm.pipelines AS p ON p.id = s.pipeline_id
               WHERE p.name = '{pipeline}' AND s.name = '{stage}')"
        ),
    }
}

const STATE: &str =
    "SELECT coalesce(p.name || '/' || s.name, '-'), d.status, d.closed_at = now(), d.lost_reason
   FROM crm.deals AS d
   LEFT JOIN crm.deal_stages AS s ON s.id = d.stage_id
   LEFT JOIN crm.pipelines AS p ON p.id = s.pipeline_id";

fn start(client: &mut Client, org: &Org) {
    client.in_org(org, |tx| {
        contact(tx, "Ann");
        pipelines(tx);
    });
}

/// What is inserted (stage, columns, values), and what stands in the table after it.
#[test]
fn a_new_deal_has_the_status_of_its_stage_or_goes_to_the_stage_of_its_status() {
    let db = shared().fresh_db();
    let (mut app, acme) = (db.app(), db.org("Acme"));
    start(&mut app, &acme);
    for (stage, status, expected) in [
        ("-", "open", "-|open||"),
        ("-", "won", "-|won|t|"),
        ("one/new", "open", "one/new|open||"),
        ("one/won", "open", "one/won|won|t|"),
        ("one/lost", "open", "one/lost|lost|t|"),
        ("one/new", "won", "one/won|won|t|"),
        ("one/new", "lost", "one/lost|lost|t|"),
        ("none/only", "won", "none/only|won|t|"),
        ("two/open", "won", "two/open|won|t|"),
        ("two/open", "lost", "two/lost c|lost|t|"),
    ] {
        app.in_org(&acme, |tx| {
            let stage = stage_of(stage);
            tx.exec(&format!(
                "DELETE FROM crm.deals;
                 INSERT INTO crm.deals (contact_id, name, status, stage_id) SELECT id, 'd', '{status}', {stage} FROM crm.contacts"
            ));
            assert_eq!(tx.lines(STATE), [expected], "{stage} {status}");
        });
    }
}

/// Updates one after the other, each with what it leaves.
#[test]
fn stage_and_status_follow_each_other() {
    let db = shared().fresh_db();
    let (mut app, acme) = (db.app(), db.org("Acme"));
    start(&mut app, &acme);
    app.in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO crm.deals (contact_id, name, stage_id) SELECT id, 'd', {} FROM crm.contacts",
            stage_of("one/new")
        ));
        let move_to = |path: &str| format!("stage_id = {}", stage_of(path));
        for (update, expected) in [
            (move_to("one/talk"), "one/talk|open||"),
            (move_to("one/won"), "one/won|won|t|"),
            ("status = 'open'".into(), "one/talk|open||"),
            ("status = 'lost', lost_reason = 'price'".into(), "one/lost|lost|t|price"),
            ("name = 'other'".into(), "one/lost|lost|t|price"),
            ("status = 'won'".into(), "one/won|won|t|"),
            (move_to("one/lost"), "one/lost|lost|t|"),
            (move_to("one/new"), "one/new|open||"),
            (format!("status = 'won', {}", move_to("one/talk")), "one/won|won|t|"),
            (move_to("two/open"), "two/open|open||"),
            ("status = 'won'".into(), "two/open|won|t|"),
            ("closed_at = NULL".into(), "two/open|won|t|"),
            (move_to("none/only"), "none/only|won|t|"),
            ("status = 'open'".into(), "none/only|open||"),
            (move_to("two/won b"), "two/won b|won|t|"),
            ("status = 'open'".into(), "two/open|open||"),
            (move_to("-"), "-|open||"),
            ("status = 'lost'".into(), "-|lost|t|"),
        ] {
            tx.exec(&format!("UPDATE crm.deals SET {update}"));
            assert_eq!(tx.lines(STATE), [expected], "after {update}");
        }
    });
}

#[test]
fn a_status_that_the_stage_contradicts_is_refused() {
    let db = shared().fresh_db();
    let (mut app, acme) = (db.app(), db.org("Acme"));
    start(&mut app, &acme);
    app.in_org(&acme, |tx| {
        tx.exec(&format!(
            "INSERT INTO crm.deals (contact_id, name, stage_id) SELECT id, 'd', {} FROM crm.contacts",
            stage_of("two/lost c")
        ));
        for (update, message) in [
            // Which of two won stages?
            ("status = 'won'".to_owned(), "a deal in a lost stage cannot be won"),
            (
                format!("status = 'open', stage_id = {}", stage_of("one/won")),
                "a deal in a won stage cannot be open",
            ),
            (
                format!("status = 'won', stage_id = {}", stage_of("one/lost")),
                "a deal in a lost stage cannot be won",
            ),
        ] {
            let error = tx.fails_with(&format!("UPDATE crm.deals SET {update}"), "23514");
            assert_eq!(error.message(), message, "{update}");
            assert_eq!(error.constraint(), Some("deals_stage_status_check"));
        }
        // An absent stage is the foreign key's business.
        tx.fails_with("UPDATE crm.deals SET stage_id = crm.uuid_v7()", "23503");
        // A closing time that is given stays, and one without a closing is refused.
        tx.exec("UPDATE crm.deals SET closed_at = '2020-01-01'");
        let kept: bool = tx.one("SELECT closed_at = '2020-01-01' FROM crm.deals", &[]);
        assert!(kept);
        tx.fails_with(
            "UPDATE crm.deals SET status = 'open', closed_at = '2021-01-01'",
            "23514",
        );
    });
}

#[test]
fn every_change_of_stage_or_status_is_recorded_with_the_time_in_the_stage() {
    let db = shared().fresh_db();
    let (mut app, acme) = (db.app(), db.org("Acme"));
    start(&mut app, &acme);
    app.in_org_as(&acme, acme.owner, |tx| {
        tx.exec(&format!(
            "INSERT INTO crm.deals (contact_id, name, stage_id, amount, stage_entered_at)
             SELECT id, 'd', {}, 10, now() - interval '1 hour' FROM crm.contacts",
            stage_of("one/new")
        ));
        tx.exec("UPDATE crm.deals SET amount = 20, name = 'e'; UPDATE crm.deals SET stage_id = stage_id, status = status");
        tx.exec(&format!("UPDATE crm.deals SET stage_id = {}, stage_entered_at = now() - interval '10 minutes'", stage_of("one/talk")));
        tx.exec("UPDATE crm.deals SET status = 'won'");
        tx.exec(&format!("UPDATE crm.deals SET stage_id = {}", stage_of("none/only")));
        tx.exec("UPDATE crm.deals SET status = 'lost'");
        let by = tx.lines("SELECT DISTINCT changed_by FROM crm.deal_stage_history");
        assert_eq!(by, [acme.owner.to_string()]);
        let history = tx.lines(
            "SELECT f.name, t.name, h.from_status, h.to_status, h.amount, h.seconds_in_stage,
                    extract(epoch FROM now() - h.changed_at)::integer
               FROM crm.deal_stage_history AS h
               LEFT JOIN crm.deal_stages AS f ON f.id = h.from_stage_id
               LEFT JOIN crm.deal_stages AS t ON t.id = h.to_stage_id
              ORDER BY h.id",
        );
        assert_eq!(
            history,
            [
                "|new||open|10.00||3600",
                "new|talk|open|open|20.00|3000|600",
                "talk|won|open|won|20.00|600|0",
                "won|only|won|open|20.00|0|0",
                "only|only|open|lost|20.00|0|0",
            ]
        );
    });
}

/// The first statements of the session leave plans behind that must do for the big ones.
#[test]
fn many_deals_of_several_organizations_are_moved_by_one_statement() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    let mut app = db.app();
    let orgs = [db.org("Acme"), db.org("Globex")];
    for org in &orgs {
        start(&mut app, org);
    }
    let insert = |n: u32| {
        format!(
            "INSERT INTO crm.deals (organization_id, contact_id, name, stage_id)
             SELECT c.organization_id, c.id, 'd', s.id
               FROM crm.contacts AS c
               JOIN crm.deal_stages AS s ON s.organization_id = c.organization_id AND s.name = 'new',
                    generate_series(1, {n})"
        )
    };
    let talk = "UPDATE crm.deals AS d SET stage_id = s.id FROM crm.deal_stages AS s
                 WHERE s.organization_id = d.organization_id AND s.name = 'talk'";
    for n in [1, 2000] {
        dba.exec(&insert(n));
        dba.exec(talk);
        dba.exec("UPDATE crm.deals SET status = 'won'");
    }
    let history = dba.lines(
        "SELECT o.slug, h.from_status, h.to_status, count(*), bool_and(s.organization_id = h.organization_id)
           FROM crm.deal_stage_history AS h
           JOIN tenancy.organizations AS o ON o.id = h.organization_id
           JOIN crm.deal_stages AS s ON s.id = h.to_stage_id
          GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    );
    // The first deal is moved out of its won stage again by the second round.
    assert_eq!(
        history,
        [
            "acme|open|open|2001|t",
            "acme|open|won|2002|t",
            "acme|won|open|1|t",
            "acme||open|2001|t",
            "globex|open|open|2001|t",
            "globex|open|won|2002|t",
            "globex|won|open|1|t",
            "globex||open|2001|t",
        ]
    );
    dba.exec(&format!(
        "DELETE FROM tenancy.organizations WHERE id = '{}'",
        orgs[0]
    ));
    assert_eq!(
        dba.lines("SELECT count(*), count(DISTINCT organization_id) FROM crm.deal_stage_history"),
        ["6005|1"]
    );
}

#[test]
fn what_is_rolled_back_is_not_recorded() {
    let db = shared().fresh_db();
    let (mut app, acme) = (db.app(), db.org("Acme"));
    start(&mut app, &acme);
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.deals (contact_id, name) SELECT id, 'd' FROM crm.contacts");
        tx.exec("SAVEPOINT s; UPDATE crm.deals SET status = 'won'; ROLLBACK TO s");
        tx.exec(
            "DELETE FROM crm.deals WHERE false; UPDATE crm.deals SET status = 'lost' WHERE false",
        );
        let rows: i64 = tx.one("SELECT count(*) FROM crm.deal_stage_history", &[]);
        assert_eq!(rows, 1);
    });
}

#[test]
fn a_stage_of_another_organization_decides_nothing() {
    let db = shared().fresh_db();
    let mut app = db.app();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    start(&mut app, &acme);
    start(&mut app, &globex);
    let theirs: pg_crm_tests::Uuid = app.in_org(&globex, |tx| {
        tx.one("SELECT id FROM crm.deal_stages WHERE name = 'won'", &[])
    });
    app.in_org(&acme, |tx| {
        tx.fails_with(
            &format!("INSERT INTO crm.deals (contact_id, name, stage_id) SELECT id, 'd', '{theirs}' FROM crm.contacts"),
            "23503",
        );
    });
}
