//! Keys that keep rows apart, what a deleted row takes along, and the columns that keep themselves.

use pg_crm_tests::{Db, Org, Sql, shared};

use crate::tenancy::populate_core;

fn populated() -> (Db, Org) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    populate_core(&db, &acme);
    (db, acme)
}

/// A second row with the key of the first: the statement, and the key.
const DUPLICATES: &[(&str, &str)] = &[
    (
        "INSERT INTO crm.tags (name) SELECT upper(name) || ' ' FROM crm.tags",
        "tags_organization_name_norm_key",
    ),
    (
        "INSERT INTO crm.contact_tags (contact_id, tag_id) SELECT contact_id, tag_id FROM crm.contact_tags",
        "contact_tags_pkey",
    ),
    (
        "INSERT INTO crm.contacts (external_id) VALUES ('x'), ('x')",
        "contacts_organization_external_id_key",
    ),
    (
        "INSERT INTO crm.companies (name, external_id) VALUES ('a', 'x'), ('b', 'x')",
        "companies_organization_external_id_key",
    ),
    (
        "INSERT INTO crm.companies (name, domain) VALUES ('a', 'x.example'), ('b', ' X.Example')",
        "companies_organization_domain_norm_key",
    ),
    (
        "INSERT INTO crm.pipelines (name) SELECT lower(name) FROM crm.pipelines",
        "pipelines_organization_name_norm_key",
    ),
    (
        "INSERT INTO crm.pipelines (name, is_default) VALUES ('a', true), ('b', true)",
        "pipelines_organization_default_key",
    ),
    (
        "INSERT INTO crm.deals (contact_id, name, external_id) SELECT id, 'd', 'x' FROM crm.contacts, generate_series(1, 2)",
        "deals_organization_external_id_key",
    ),
    (
        "INSERT INTO crm.activities (external_id) VALUES ('x'), ('x')",
        "activities_organization_external_id_key",
    ),
    (
        "INSERT INTO crm.documents (contact_id, name, storage_key) SELECT id, 'd', '1' FROM crm.contacts",
        "documents_organization_storage_key_key",
    ),
    (
        "INSERT INTO inbox.conversations (contact_id, channel, external_id) SELECT id, NULL, 'x' FROM crm.contacts, generate_series(1, 2)",
        "conversations_organization_channel_external_id_key",
    ),
    (
        "INSERT INTO inbox.messages (contact_id, channel, direction, external_id) SELECT id, 'sms', 'inbound', 'x' FROM crm.contacts, generate_series(1, 2)",
        "messages_organization_channel_external_id_key",
    ),
    (
        "INSERT INTO inbox.calls (contact_id, direction, message_id) SELECT contact_id, 'outbound', message_id FROM inbox.calls",
        "calls_organization_message_key",
    ),
    (
        "INSERT INTO inbox.emails (contact_id, direction, internet_message_id) SELECT id, 'inbound', 'x' FROM crm.contacts, generate_series(1, 2)",
        "emails_organization_internet_message_id_key",
    ),
    (
        "INSERT INTO commerce.orders (display_id) VALUES (1), (1)",
        "orders_organization_display_id_key",
    ),
    (
        "INSERT INTO commerce.orders (external_id) VALUES ('x'), ('x')",
        "orders_organization_external_id_key",
    ),
    (
        "INSERT INTO tenancy.api_keys (name, key_prefix, key_hash) VALUES ('A', 'a', sha256('1')), (' a', 'a', sha256('2'))",
        "api_keys_organization_name_norm_key",
    ),
    (
        "INSERT INTO tenancy.invitations (email, token_hash) VALUES ('A@b.example', sha256('1')), ('a@B.example', sha256('2'))",
        "invitations_organization_email_norm_key",
    ),
    (
        "INSERT INTO tenancy.idempotency_keys (scope, key, fingerprint) SELECT scope, key, fingerprint FROM tenancy.idempotency_keys",
        "idempotency_keys_pkey",
    ),
];

#[test]
fn a_second_row_with_the_same_key_is_refused() {
    let (db, acme) = populated();
    for (statement, key) in DUPLICATES {
        db.app().in_org_as(&acme, acme.owner, |tx| {
            let mut savepoint = tx.transaction().expect("a savepoint is made");
            let error = savepoint.execute(*statement, &[]).expect_err(statement);
            let error = error.as_db_error().expect("the server answers");
            // Of a partition, the key is named after the partition.
            assert_eq!(
                (error.code().code(), error.constraint()),
                ("23505", Some(*key)),
                "{statement}"
            );
        });
    }
}

#[test]
fn an_event_with_the_same_id_and_time_is_refused() {
    let (db, acme) = populated();
    let columns = "id, name, occurred_at";
    db.app().in_org(&acme, |tx| {
        tx.fails_with(
            &format!(
                "INSERT INTO analytics.events ({columns}) SELECT {columns} FROM analytics.events"
            ),
            "23505",
        );
    });
}

#[test]
fn a_deleted_row_frees_its_key() {
    let (db, acme) = populated();
    db.app().in_org(&acme, |tx| {
        for (table, columns, values) in [
            ("crm.contacts", "external_id", "'x'"),
            ("crm.companies", "name, domain", "'a', 'x.example'"),
            ("crm.pipelines", "name, is_default", "'a', true"),
            ("commerce.orders", "external_id", "'x'"),
        ] {
            let insert = format!("INSERT INTO {table} ({columns}) VALUES ({values})");
            tx.exec(&insert);
            tx.fails_with(&insert, "23505");
            tx.exec(&format!("UPDATE {table} SET deleted_at = now()"));
            tx.exec(&insert);
        }
    });
}

#[test]
fn what_must_not_vanish_is_kept() {
    let (db, acme) = populated();
    db.app().in_org(&acme, |tx| {
        for (statement, key) in [
            ("DELETE FROM crm.deal_stages", "deals_stage_fkey"),
            ("DELETE FROM crm.pipelines", "deals_stage_fkey"),
        ] {
            let error = tx.fails_with(statement, "23503");
            assert_eq!(error.constraint(), Some(key), "{statement}");
        }
    });
}

#[test]
fn a_link_to_a_deleted_row_is_undone_and_the_row_stays() {
    let (db, acme) = populated();
    db.member(&acme, "other@acme.example", "owner"); // the last owner stays
    for (delete, left) in [
        (
            "DELETE FROM crm.companies",
            "SELECT count(*) FROM crm.contacts WHERE company_id IS NULL",
        ),
        (
            "DELETE FROM inbox.messages",
            "SELECT count(*) FROM inbox.calls WHERE message_id IS NULL",
        ),
        (
            "DELETE FROM inbox.messages",
            "SELECT count(*) FROM inbox.emails WHERE message_id IS NULL",
        ),
        (
            "DELETE FROM crm.deals",
            "SELECT count(*) FROM commerce.orders WHERE deal_id IS NULL",
        ),
        (
            "DELETE FROM crm.industries",
            "SELECT count(*) - 1 FROM crm.companies WHERE industry_id IS NULL",
        ),
        (
            "DELETE FROM crm.job_roles",
            "SELECT count(*) FROM crm.contacts WHERE job_role_id IS NULL",
        ),
        (
            "DELETE FROM tenancy.organization_members WHERE user_id = tenancy.current_user_id()",
            "SELECT count(*) FROM crm.contacts WHERE owner_id IS NULL",
        ),
    ] {
        let mut app = db.app();
        let mut tx = app.transaction().expect("a transaction begins");
        tx.exec_with(
            "SELECT tenancy.set_context($1, $2)",
            &[&acme.id, &acme.owner],
        );
        tx.exec(delete);
        assert_eq!(tx.one::<i64>(left, &[]), 1, "after {delete}: {left}");
    }
}

#[test]
fn a_part_goes_with_its_whole() {
    let (db, acme) = populated();
    for (delete, gone) in [
        ("DELETE FROM crm.tags", "crm.contact_tags"),
        ("DELETE FROM crm.tags", "crm.deal_tags"),
        ("DELETE FROM crm.deals", "crm.deal_stage_history"),
        ("DELETE FROM inbox.conversations", "inbox.messages"),
        ("DELETE FROM commerce.orders", "commerce.order_items"),
    ] {
        let mut app = db.app();
        let mut tx = app.transaction().expect("a transaction begins");
        tx.exec_with(
            "SELECT tenancy.set_context($1, $2)",
            &[&acme.id, &acme.owner],
        );
        tx.exec(delete);
        let left: i64 = tx.one(&format!("SELECT count(*) FROM {gone}"), &[]);
        assert_eq!(left, 0, "{gone} after {delete}");
    }
}

#[test]
fn updated_at_follows_every_change_and_cannot_be_kept_back() {
    let (db, acme) = populated();
    db.superuser().exec(
        "SET session_replication_role = replica;
         UPDATE crm.contacts SET updated_at = '2000-01-01'",
    );
    let mut app = db.app();
    for assignment in ["title = 'x'", "title = 'x', updated_at = '2000-01-01'"] {
        let mut tx = app.transaction().expect("a transaction begins");
        tx.exec_with("SELECT tenancy.set_context($1)", &[&acme.id]);
        tx.exec(&format!("UPDATE crm.contacts SET {assignment}"));
        let touched: bool = tx.one("SELECT updated_at = now() FROM crm.contacts", &[]);
        assert!(touched, "after SET {assignment}");
    }
}

#[test]
fn closing_a_deal_stamps_it_and_reopening_wipes_that() {
    let (db, acme) = populated();
    let state = "SELECT status, closed_at = now(), lost_reason FROM crm.deals";
    db.app().in_org(&acme, |tx| {
        for (update, expected) in [
            ("status = 'lost', lost_reason = 'price'", "lost|t|price"),
            ("status = 'open'", "open||"),
            ("status = 'won'", "won|t|"),
            ("closed_at = NULL", "won|t|"),
        ] {
            tx.exec(&format!("UPDATE crm.deals SET {update}"));
            assert_eq!(tx.lines(state), [expected], "after {update}");
        }
    });
}

#[test]
fn completing_an_activity_stamps_it_and_taking_it_up_again_wipes_that() {
    let (db, acme) = populated();
    let state = "SELECT status, completed_at = now() FROM crm.activities";
    db.app().in_org(&acme, |tx| {
        for (update, expected) in [
            ("status = 'completed'", "completed|t"),
            ("subject = 'x'", "completed|t"),
            ("status = 'pending'", "pending|"),
            ("status = 'cancelled'", "cancelled|"),
        ] {
            tx.exec(&format!("UPDATE crm.activities SET {update}"));
            assert_eq!(tx.lines(state), [expected], "after {update}");
        }
    });
}
