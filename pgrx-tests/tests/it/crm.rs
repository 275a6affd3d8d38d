//! Schema `crm`: validation, keys, tags, scores and the engagement that is kept for them.

mod activities;
mod cascades;
mod cdnow;
mod concurrency;
mod deals;
mod demo;
mod display_id;
mod email;
mod email_profiles;
mod email_reference;
mod engagement;
mod history;
mod hottest;
mod import;
mod last_activity;
pub mod oracle;
mod own_models;
mod phone;
mod rebuild;
mod reference;
mod refresh;
mod rewritten;
mod score;
mod score_models;
mod shape;
mod signals;
mod stamp;
pub mod standby;
mod tag_cache;
mod tags;
mod touch;
mod uuid;
mod views;
mod visible;

use pg_crm_tests::{Client, Db, Org, Sql, Uuid, shared};

/// The time of most signals in the tests of engagement, as SQL.
const AT: &str = "timestamptz '2024-03-01 00:00+00'";

/// Makes a contact with a first name and nothing else, so that its fit is 0 points.
#[track_caller]
fn contact(client: &mut impl Sql, name: &str) -> Uuid {
    client.one(
        "INSERT INTO crm.contacts (first_name) VALUES ($1::text) RETURNING id",
        &[&name],
    )
}

/// An organization with a contact, and a session of its application.
#[track_caller]
fn start(db: &Db) -> (Client, Org, Uuid) {
    let org = db.org("Acme");
    let mut app = db.app();
    let ann = app.in_org(&org, |tx| contact(tx, "Ann"));
    (app, org, ann)
}

/// Volatility, parallel marking and arguments of what this module tests.
#[test]
fn functions_are_marked_as_they_behave() {
    let db = shared().fresh_db();
    let marked = db.superuser().lines(
        "SELECT p.oid::regprocedure, p.provolatile, p.proparallel
           FROM pg_proc AS p
          WHERE p.pronamespace = 'crm'::regnamespace
            AND p.prorettype <> 'trigger'::regtype
            AND p.proname !~ '_signals$'
          ORDER BY p.oid::regprocedure::text COLLATE \"C\"",
    );
    let expected = [
        "crm.calculate_contact_score(uuid,timestamp with time zone)|s|s",
        "crm.calculate_contact_scores(uuid[],timestamp with time zone)|s|s",
        "crm.contact_engagement_at(uuid,timestamp with time zone)|s|s",
        "crm.contact_grade(uuid,timestamp with time zone)|s|s",
        "crm.contact_scores(timestamp with time zone)|s|s",
        "crm.decay(double precision,timestamp with time zone,timestamp with time zone,double precision)|i|s",
        "crm.email_rejection_reason(text,text)|i|s",
        "crm.explain_contact_score(uuid,timestamp with time zone)|s|s",
        "crm.format_phone(text,text,text)|s|s",
        "crm.get_contact_tags(uuid)|s|s",
        "crm.get_tags_of_contacts(uuid[])|s|s",
        "crm.hottest_contacts(integer,timestamp with time zone)|s|s",
        "crm.is_possible_phone(text,text)|i|s",
        "crm.is_valid_email(text,text)|i|s",
        "crm.is_valid_phone(text,text)|s|s",
        "crm.normalize_email(text,text,boolean)|i|s",
        "crm.normalize_phone(text,text)|i|s",
        "crm.phone_metadata_version()|s|s",
        "crm.phone_region(text,text)|s|s",
        "crm.phone_type(text,text)|s|s",
        "crm.rate_contacts(uuid[],timestamp with time zone)|s|s",
        "crm.record_signal(uuid,text,timestamp with time zone,double precision)|v|u",
        "crm.score_model_of(uuid)|s|s",
        "crm.signal_groups()|s|s",
        "crm.uuid_v7()|v|s",
    ];
    for line in expected {
        assert!(
            marked.iter().any(|marked| marked == line),
            "{line} is not among\n{}",
            marked.join("\n")
        );
    }
}
