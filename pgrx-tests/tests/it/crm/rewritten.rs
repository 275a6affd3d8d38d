//! Contacts and what is kept of them are rewritten below the executor where nothing else hangs on the
//! columns that change, and by it everywhere else: no answer tells which way it was.

use pg_crm_tests::{Client, Db, Org, Sql, Uuid, psql, shared};

use super::history::assert_kept;
use super::{contact, start};

fn message(contact: Uuid, sent_at: &str) -> String {
    format!(
        "INSERT INTO inbox.messages (contact_id, channel, direction, status, sent_at)
         VALUES ('{contact}', 'sms', 'inbound', 'received', {sent_at})"
    )
}

/// How the server says that it writes a message's consequences, in a session of its own.
fn how(db: &Db, org: &Org, contact: Uuid) -> Vec<String> {
    how_of(db, org, &message(contact, "now()"))
}

fn how_of(db: &Db, org: &Org, statement: &str) -> Vec<String> {
    let script = format!(
        "SET SESSION AUTHORIZATION app_user; BEGIN; SELECT tenancy.set_context('{org}');
         SET LOCAL client_min_messages = debug1; {statement};"
    );
    let output = psql(db, &["-q", "-f", "-"], script);
    output
        .stderr
        .lines()
        .filter_map(|line| line.split_once("is changed "))
        .map(|(_, how)| how.to_owned())
        .collect()
}

const BY_KEY: &str = "by its key";

/// Speed rests on it.
#[test]
fn it_is_by_the_key_as_the_installer_leaves_the_tables() {
    let db = shared().fresh_db();
    let (_, acme, ann) = start(&db);
    assert_eq!(how(&db, &acme, ann), [BY_KEY, BY_KEY]);
    let in_thread = format!(
        "WITH thread AS (INSERT INTO inbox.conversations (contact_id, channel) VALUES ('{ann}', 'sms') RETURNING id, contact_id)
         INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status)
         SELECT contact_id, id, 'sms', 'inbound', 'received' FROM thread"
    );
    assert_eq!(how_of(&db, &acme, &in_thread), [BY_KEY, BY_KEY, BY_KEY]);
}

/// What a DBA does to `crm.contacts`, and why the executor is asked then; empty: it is not.
const CHANGES: &[(&str, &str)] = &[
    (
        "ALTER TABLE crm.contacts ADD COLUMN c integer DEFAULT 1, ADD CHECK (c > 0)",
        "",
    ),
    (
        "CREATE INDEX ON crm.contacts (organization_id, last_activity_at)",
        "",
    ),
    (
        "CREATE TRIGGER t BEFORE UPDATE OF title ON crm.contacts FOR EACH ROW EXECUTE FUNCTION public.noted()",
        "",
    ),
    (
        "ALTER TABLE crm.contacts ADD CHECK (last_activity_at > '1990-01-01')",
        "one of its checks looks at what changes",
    ),
    (
        "ALTER TABLE crm.contacts ADD CHECK (contacts IS NOT NULL OR true)",
        "one of its checks looks at what changes",
    ),
    (
        "ALTER TABLE crm.contacts ADD COLUMN day date GENERATED ALWAYS AS ((last_activity_at AT TIME ZONE 'UTC')::date) STORED",
        "a column is generated from what changes",
    ),
    (
        "CREATE TRIGGER t BEFORE UPDATE ON crm.contacts FOR EACH ROW EXECUTE FUNCTION public.noted()",
        "it has triggers of others",
    ),
    (
        "CREATE TRIGGER t AFTER UPDATE OF last_activity_at ON crm.contacts FOR EACH ROW EXECUTE FUNCTION public.noted()",
        "it has triggers of others",
    ),
    (
        "CREATE TRIGGER t AFTER UPDATE ON crm.contacts REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION public.noted()",
        "it has triggers of others",
    ),
    (
        "CREATE UNIQUE INDEX ON crm.contacts (id, last_activity_at)",
        "what changes is part of a key",
    ),
    (
        "ALTER TABLE crm.contacts ADD UNIQUE (id, created_at) DEFERRABLE",
        "it has a constraint that is checked later",
    ),
    (
        "CREATE RULE r AS ON DELETE TO crm.contacts DO ALSO SELECT 1",
        "it has rules",
    ),
    (
        "CREATE TABLE public.child () INHERITS (crm.contacts)",
        "it is no plain table",
    ),
];

#[test]
fn whatever_else_hangs_on_the_columns_is_left_to_the_executor() {
    for (change, reason) in CHANGES {
        let db = shared().fresh_db();
        let (mut app, acme, ann) = start(&db);
        app.in_org(&acme, |tx| tx.exec(&message(ann, "'2024-01-01'")));
        let mut dba = db.superuser();
        dba.exec(
            "CREATE FUNCTION public.noted() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
               RAISE WARNING 'noted';
               RETURN NEW;
             END
             $$",
        );
        dba.exec(change);
        let expected = if reason.is_empty() {
            BY_KEY.to_owned()
        } else {
            format!("through the executor: {reason}")
        };
        assert_eq!(
            how(&db, &acme, ann),
            [expected.as_str(), BY_KEY],
            "{change}"
        );
        // A session that knew the table before hears of the change.
        app.in_org(&acme, |tx| {
            tx.exec(&message(ann, "'2024-02-02'"));
            let last: String = tx.one("SELECT last_activity_at::date::text FROM crm.contacts", &[]);
            assert_eq!(last, "2024-02-02", "{change}");
        });
        assert_kept(&mut app, &acme, change);
    }
}

#[test]
fn what_the_executor_does_is_done() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let mut dba = db.superuser();
    dba.exec(
        "ALTER TABLE crm.contacts ADD CHECK (last_activity_at > '2000-01-01');
         ALTER TABLE crm.contacts ADD COLUMN day date
           GENERATED ALWAYS AS ((last_activity_at AT TIME ZONE 'UTC')::date) STORED;
         CREATE TABLE public.notes (was timestamptz, is_now timestamptz);
         CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           INSERT INTO public.notes VALUES (OLD.last_activity_at, NEW.last_activity_at);
           RETURN NULL;
         END
         $$;
         CREATE TRIGGER note AFTER UPDATE ON crm.contacts FOR EACH ROW EXECUTE FUNCTION public.note()",
    );
    app.in_org(&acme, |tx| {
        tx.fails_with(&message(ann, "'1999-01-01'"), "23514");
        tx.exec(&message(ann, "'2024-01-01 12:00+00'"));
        let day: String = tx.one("SELECT day::text FROM crm.contacts", &[]);
        assert_eq!(day, "2024-01-01");
    });
    let notes: i64 = dba.one(
        "SELECT count(*) FROM public.notes WHERE was IS NULL AND is_now = '2024-01-01 12:00+00'",
        &[],
    );
    assert_eq!(notes, 1);
    assert_kept(&mut app, &acme, "at the end");
}

#[test]
fn what_the_state_cannot_hold_is_refused_by_its_check() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    app.in_org(&acme, |tx| {
        tx.exec(&message(ann, "'2024-01-01'"));
        tx.fails_with(&message(ann, "'infinity'"), "23514");
    });
    assert_kept(&mut app, &acme, "after the refusal");
}

/// Entries in all indexes, whether a new version found room beside the old one or not.
#[test]
fn indexes_know_every_version() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec(
            "INSERT INTO crm.contacts (first_name, last_name, email)
             SELECT 'First' || i, 'Last' || i, 'user' || i || '@example.com' FROM generate_series(1, 300) AS i",
        );
        tx.exec("INSERT INTO inbox.conversations (contact_id, channel) SELECT id, 'sms' FROM crm.contacts");
        for day in 1..=8 {
            // Every contact, some, and one; the last of them is undone.
            for part in [1, 7, 300] {
                let insert = format!(
                    "INSERT INTO inbox.messages (contact_id, conversation_id, channel, direction, status, sent_at)
                     SELECT contact_id, id, 'sms', 'inbound', 'received', timestamptz '2024-01-01' + interval '{day} days'
                       FROM (SELECT id, contact_id, row_number() OVER (ORDER BY contact_id) AS n FROM inbox.conversations) AS c
                      WHERE n % {part} = 0"
                );
                tx.exec(&insert);
                tx.exec(&format!("SAVEPOINT s; {insert}; ROLLBACK TO s"));
            }
        }
    });
    let mut dba = db.superuser();
    dba.exec("CREATE EXTENSION amcheck");
    let checked: i64 = dba.one(
        "SELECT count(bt_index_check(i.indexrelid, true)::text)
           FROM pg_index AS i
           JOIN pg_class AS c ON c.oid = i.indexrelid
           JOIN pg_am AS a ON a.oid = c.relam AND a.amname = 'btree'
          WHERE i.indrelid IN ('crm.contacts'::regclass, 'crm.contact_engagement'::regclass, 'inbox.conversations'::regclass)",
        &[],
    );
    assert!(checked > 15, "{checked} indexes");
    app.in_org(&acme, |tx| {
        tx.exec("SET LOCAL enable_seqscan = off");
        let found: i64 = tx.one(
            "SELECT count(*) FROM crm.contacts
              WHERE email_norm LIKE '%ser299@%' AND deleted_at IS NULL AND last_activity_at = '2024-01-09'",
            &[],
        );
        assert_eq!(found, 1);
    });
    assert_kept(&mut app, &acme, "after all");
}

#[test]
fn a_repeatable_read_transaction_is_refused_what_it_cannot_see() {
    let db = shared().fresh_db();
    let (mut app, acme, ann) = start(&db);
    let mut other = db.app();
    other.exec("BEGIN ISOLATION LEVEL REPEATABLE READ");
    let _: String = other.one(&format!("SELECT tenancy.set_context('{acme}')::text"), &[]);
    let _: i64 = other.one("SELECT count(*) FROM crm.contacts", &[]);
    app.in_org(&acme, |tx| tx.exec(&message(ann, "'2024-01-01'")));
    other.fails_with(&message(ann, "'2024-02-02'"), "40001");
    other.exec("ROLLBACK");
    assert_kept(&mut app, &acme, "after the refusal");
}

/// Who comes second waits, and adds to what the first has written.
#[test]
fn writers_of_one_contact_come_one_after_the_other() {
    let db = shared().fresh_db();
    let (mut first, acme, ann) = start(&db);
    first.in_org(&acme, |tx| contact(tx, "Ben"));
    let mut sessions: Vec<Client> = (0..2).map(|_| db.app()).collect();
    for (session, sent_at) in sessions.iter_mut().zip(["'2024-02-02'", "'2024-01-01'"]) {
        session.exec("BEGIN");
        let _: String = session.one(&format!("SELECT tenancy.set_context('{acme}')::text"), &[]);
        session.exec("SET LOCAL lock_timeout = '200ms'");
        if sent_at == "'2024-02-02'" {
            session.exec(&message(ann, sent_at));
        } else {
            session.fails_with(&message(ann, sent_at), "55P03");
            session.exec("ROLLBACK");
        }
    }
    for session in &mut sessions {
        session.exec("COMMIT");
    }
    first.in_org(&acme, |tx| tx.exec(&message(ann, "'2024-01-01'")));
    assert_kept(&mut first, &acme, "at the end");
}
