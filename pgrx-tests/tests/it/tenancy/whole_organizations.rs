//! Organizations as a whole: exported, erased.

mod foreign_code;

use std::collections::BTreeMap;

use pg_crm_tests::{Client, Db, Org, Sql, Uuid, Value, shared};

use super::{release_holds, tenant_tables, two_organizations};

const EXPORT: &str = "SELECT table_name || ' ' || row_data FROM tenancy.export_organization('{}')";

#[track_caller]
fn export(client: &mut impl Sql, org: &Org) -> Vec<String> {
    client.lines(&EXPORT.replace("{}", &org.to_string()))
}

#[track_caller]
fn delete(client: &mut impl Sql, org: &Org) -> BTreeMap<String, i64> {
    let counts: Value = client.one("SELECT tenancy.delete_organization($1)", &[&org.id]);
    counts
        .as_object()
        .expect("an object")
        .iter()
        .map(|(table, count)| (table.clone(), count.as_i64().expect("a count")))
        .collect()
}

/// The numbers of an organization's rows, of tables that have any.
#[track_caller]
fn counts(db: &Db, org: &Org) -> BTreeMap<String, i64> {
    let mut dba = db.superuser();
    let mut counts = BTreeMap::new();
    for table in tenant_tables(db) {
        let count: i64 = dba.one(
            &format!("SELECT count(*) FROM {table} WHERE organization_id = $1"),
            &[&org.id],
        );
        if count > 0 {
            counts.insert(table, count);
        }
    }
    counts
}

#[test]
fn an_export_has_every_row_of_the_organization_and_none_of_another() {
    let (db, acme, globex) = two_organizations();
    let mut exported = BTreeMap::new();
    for line in export(&mut db.superuser(), &acme) {
        assert!(!line.contains(&globex.to_string()), "{line}");
        let (table, _) = line.split_once(' ').expect("a table and a row");
        *exported.entry(table.to_owned()).or_insert(0) += 1;
    }
    let mut expected = counts(&db, &acme);
    expected.insert("tenancy.organizations".to_owned(), 1);
    expected.insert("tenancy.users".to_owned(), 2);
    assert_eq!(exported, expected);
}

#[test]
fn an_export_is_the_same_whoever_asks_and_whatever_the_session_is_set_to() {
    let (db, acme, _) = two_organizations();
    let expected = export(&mut db.superuser(), &acme);
    let mut other = db.superuser();
    other.exec("SET timezone = 'Asia/Tokyo'; SET datestyle = 'German'; SET intervalstyle = 'iso_8601'; SET bytea_output = 'escape'; SET search_path = ''");
    assert_eq!(export(&mut other, &acme), expected);
    assert_eq!(export(&mut db.admin(), &acme), expected);
    let owned = db
        .app()
        .in_org_as(&acme, acme.owner, |tx| export(tx, &acme));
    assert_eq!(owned, expected);
}

/// Columns whose names sound like a secret's and that hold none.
const NO_SECRETS: &[&str] = &[
    "audit.audit_logs.hash",
    "audit.audit_logs.previous_hash",
    "audit.chain_heads.last_hash",
    "audit.chain_heads.removed_hash",
    "audit.record_versions.hash",
    "audit.record_versions.previous_hash",
    "audit.security_events.hash",
    "audit.security_events.previous_hash",
    "chat.messages.input_tokens",
    "chat.messages.output_tokens",
    "compliance.consent_records.subject_hash",
    "compliance.data_export_requests.subject_hash",
    "creator.campaign_briefs.hashtags",
    "creator.campaigns.hashtags",
    "integration.webhooks.token_prefix",
    "voice.assistants.max_tokens",
    "voice.vapi_calls.input_tokens",
    "voice.vapi_calls.output_tokens",
    "workflow.workflow_triggers.token_prefix",
];

#[test]
fn every_column_that_sounds_like_a_secret_is_left_out_or_known_to_be_none() {
    let db = shared().fresh_db();
    let exported: Vec<String> = db.superuser().column(
        "SELECT t.target || '.' || a.attname
         FROM tenancy.organization_tables() AS t
         JOIN pg_attribute AS a ON a.attrelid = t.target AND a.attnum > 0 AND NOT a.attisdropped
         WHERE a.attname ~ 'hash|token|secret|cipher|encrypt|wrapped|password|private_key|nonce'
            AND a.attname <> ALL (t.secrets)
         ORDER BY 1",
        &[],
    );
    assert_eq!(exported, NO_SECRETS);
}

#[test]
fn an_export_holds_no_secret() {
    let (db, acme, _) = two_organizations();
    let mut dba = db.superuser();
    dba.exec(
        "UPDATE billing.payment_methods SET provider_token = 'planted';
         UPDATE marketplace.payout_methods SET provider_token = 'planted';
         UPDATE integration.integration_credentials SET ciphertext = decode(repeat('ab', 64), 'hex')",
    );
    let digests: Vec<String> = dba.column(
        "SELECT encode(token_hash, 'hex') FROM tenancy.sessions
         UNION ALL SELECT encode(token_hash, 'hex') FROM tenancy.invitations
         UNION ALL SELECT encode(key_hash, 'hex') FROM tenancy.api_keys
         UNION ALL SELECT encode(share_token_hash, 'hex') FROM analytics.dashboards
         UNION ALL SELECT encode(token_hash, 'hex') FROM workflow.workflow_triggers WHERE token_hash IS NOT NULL",
        &[],
    );
    assert!(digests.len() > 8, "{digests:?}");
    let exported = export(&mut dba, &acme).join("\n");
    for secret in digests.iter().map(String::as_str).chain([
        "argon2id",
        "planted",
        "abababab",
        "tenancy.user_credentials",
    ]) {
        assert!(!exported.contains(secret), "{secret} is exported");
    }
}

#[test]
fn a_users_own_table_is_exported_and_emptied() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    db.cluster().require_role("table_owner", "LOGIN");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "GRANT CREATE ON SCHEMA public TO table_owner;
         SET ROLE table_owner;
         CREATE TABLE public.\"Their notes\" (organization_id uuid, note text);
         ALTER TABLE public.\"Their notes\" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         CREATE FUNCTION public.who() RETURNS trigger LANGUAGE plpgsql AS
         $$BEGIN RAISE EXCEPTION 'called as %', current_user; END$$;
         CREATE TRIGGER who BEFORE DELETE ON public.\"Their notes\" FOR EACH ROW EXECUTE FUNCTION public.who();
         RESET ROLE;
         CREATE TABLE public.linked (organization_id uuid REFERENCES tenancy.organizations, note text);
         INSERT INTO public.\"Their notes\" VALUES ('{acme}', 'a'), ('{acme}', 'b'), ('{globex}', 'c'), (NULL, 'd');
         INSERT INTO public.linked VALUES ('{acme}', 'a'), ('{globex}', 'c')"
    ));
    let exported = export(&mut dba, &acme);
    let theirs = exported
        .iter()
        .filter(|line| line.starts_with("public."))
        .count();
    assert_eq!(theirs, 3, "{exported:#?}");
    let deleted = delete(&mut dba, &acme);
    assert_eq!(deleted.get("public.\"Their notes\""), Some(&2));
    assert_eq!(deleted.get("public.linked"), Some(&1));
    assert_eq!(
        dba.lines("SELECT note FROM public.\"Their notes\" ORDER BY 1"),
        ["c", "d"]
    );
    assert_eq!(dba.lines("SELECT note FROM public.linked"), ["c"]);
    let forced: bool = dba.one(
        "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'Their notes'",
        &[],
    );
    assert!(forced);
}

#[test]
fn a_users_own_table_that_others_refer_to_is_not_torn_from_them() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.cluster().require_role("table_owner", "LOGIN");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "GRANT CREATE ON SCHEMA public TO table_owner;
         SET ROLE table_owner;
         CREATE TABLE public.boards (id int PRIMARY KEY, organization_id uuid);
         CREATE TABLE public.pins (board_id int REFERENCES public.boards ON DELETE CASCADE);
         INSERT INTO public.boards VALUES (1, '{acme}');
         INSERT INTO public.pins VALUES (1)"
    ));
    dba.exec("RESET ROLE");
    let error = dba.fails_with(
        &format!("SELECT tenancy.delete_organization('{acme}')"),
        "55000",
    );
    assert!(error.message().contains("public.boards"), "{error:?}");
    assert!(error.hint().is_some());
    assert_eq!(dba.lines("SELECT count(*) FROM public.pins"), ["1"]);
}

#[test]
fn a_users_table_beside_the_ledgers_is_emptied_too() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    dba.exec(&format!(
        "CREATE TABLE audit.remarks (organization_id uuid, remark text);
         INSERT INTO audit.remarks VALUES ('{acme}', 'a'), ('{globex}', 'b')"
    ));
    assert_eq!(delete(&mut dba, &acme).get("audit.remarks"), Some(&1));
    assert_eq!(dba.lines("SELECT remark FROM audit.remarks"), ["b"]);
}

/// Every row of every table as text.
#[track_caller]
fn everything(dba: &mut Client) -> Vec<String> {
    let tables: Vec<String> = dba.column(
        "SELECT c.oid::regclass::text FROM pg_class AS c
         WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND c.relpersistence <> 't'
            AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
         ORDER BY 1",
        &[],
    );
    let mut rows = Vec::new();
    for table in tables {
        rows.extend(dba.lines(&format!("SELECT '{table} ' || t::text FROM {table} AS t")));
    }
    rows
}

#[test]
fn nothing_of_an_erased_organization_is_left_and_nothing_of_another_is_touched() {
    let (db, acme, globex) = two_organizations();
    release_holds(&db);
    let mut dba = db.superuser();
    dba.exec("SET bytea_output = 'escape'");
    // The users whose only organization it is, and the name that rows carry.
    let users: Vec<Uuid> = dba.column(
        "SELECT user_id FROM tenancy.organization_members WHERE organization_id = $1",
        &[&acme.id],
    );
    assert_eq!(users.len(), 2);
    let mut expected = counts(&db, &acme);
    expected.remove("tenancy.sessions"); // go with their users
    expected.insert("tenancy.organizations".to_owned(), 1);
    expected.insert("tenancy.users".to_owned(), 2);
    let kept = export(&mut dba, &globex);

    assert_eq!(delete(&mut dba, &acme), expected);

    let traces = [vec![acme.id], users].concat();
    for row in everything(&mut dba) {
        for id in &traces {
            assert!(!row.contains(&id.to_string()), "{id} is left: {row}");
        }
    }
    assert_eq!(export(&mut dba, &globex), kept);
    let sound: i64 = dba.one("SELECT count(*) FROM audit.verify_chain()", &[]);
    assert_eq!(sound, 0);
    let note = dba.lines(
        "SELECT action, category, organization_id, user_id, detail ->> 'sha256',
                detail -> 'rows' -> 'tenancy.organizations'
         FROM audit.audit_logs WHERE organization_id IS NULL",
    );
    let digest: String = dba.one(
        "SELECT encode(sha256($1::uuid::text::bytea), 'hex')",
        &[&acme.id],
    );
    assert_eq!(
        note,
        [format!("organization.deleted|compliance|||{digest}|1")]
    );
}

#[test]
fn a_user_of_another_organization_stays() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    dba.exec(&format!(
        "INSERT INTO tenancy.organization_members (organization_id, user_id, status)
         VALUES ('{globex}', '{}', 'removed');
         INSERT INTO tenancy.sessions (user_id, organization_id, token_hash, expires_at)
         VALUES ('{}', '{acme}', sha256('x'), now() + interval '1 hour')",
        acme.owner, acme.owner
    ));
    let deleted = delete(&mut dba, &acme);
    assert_eq!(deleted.get("tenancy.users"), None);
    let left = dba.lines(&format!(
        "SELECT u.email, s.organization_id FROM tenancy.users AS u JOIN tenancy.sessions AS s ON s.user_id = u.id
         WHERE u.id = '{}'",
        acme.owner
    ));
    assert_eq!(left, ["owner@acme.example|"]);
}

#[test]
fn a_legal_hold_keeps_the_organization() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let mut dba = db.superuser();
    let statements = [
        format!("SELECT tenancy.delete_organization('{acme}')"),
        format!("DELETE FROM tenancy.organizations WHERE id = '{acme}'"),
    ];
    for (holder, held) in [
        (format!("'{acme}'"), true),
        ("NULL".to_owned(), true),
        (format!("'{globex}'"), false),
    ] {
        let mut tx = dba.transaction().expect("a transaction begins");
        tx.exec(&format!(
            "INSERT INTO maint.legal_holds (organization_id, name, reason) VALUES ({holder}, '1 O 5/26', 'A lawsuit')"
        ));
        for statement in &statements {
            let mut savepoint = tx.transaction().expect("a savepoint");
            if held {
                let error = savepoint.fails_with(statement, "55000");
                assert!(error.hint().is_some(), "{statement}");
                assert_eq!(
                    error.detail(),
                    Some("Hold \"1 O 5/26\": A lawsuit"),
                    "{statement}"
                );
                savepoint.exec(
                    "UPDATE maint.legal_holds SET released_at = now(), released_by = 'court'",
                );
            }
            savepoint.exec(statement);
            savepoint.rollback().expect("it is undone");
        }
    }
}

#[test]
fn only_owners_and_operators_handle_an_organization_as_a_whole() {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    let admin = db.member(&acme, "admin@acme.example", "admin");
    let former = db.member(&acme, "former@acme.example", "owner");
    db.superuser().exec_with(
        "UPDATE tenancy.organization_members SET status = 'removed' WHERE user_id = $1",
        &[&former],
    );
    let nobody = Uuid::nil();
    // Role, organization and user of the context, and whether Acme may be exported and deleted.
    let cases = [
        ("app_user", None, None, false),
        ("app_user", Some(&acme), None, false),
        ("app_user", Some(&acme), Some(admin), false),
        ("app_user", Some(&acme), Some(former), false),
        ("app_user", Some(&acme), Some(globex.owner), false),
        ("app_user", Some(&globex), Some(globex.owner), false),
        ("app_user", Some(&globex), Some(acme.owner), false),
        ("app_user", Some(&acme), Some(nobody), false),
        ("app_user", Some(&acme), Some(acme.owner), true),
        ("readonly_user", Some(&acme), Some(acme.owner), false),
        ("admin_user", None, None, true),
        ("admin_user", Some(&acme), None, true),
        ("admin_user", Some(&globex), None, false),
    ];
    for (role, org, user, may) in cases {
        let mut client = db.connect_as(role);
        let mut tx = client.transaction().expect("a transaction begins");
        tx.exec(&format!(
            "SET LOCAL app.current_org_id = '{}'; SET LOCAL app.current_user_id = '{}'",
            org.map(Org::to_string).unwrap_or_default(),
            user.map(|user| user.to_string()).unwrap_or_default(),
        ));
        for call in [
            format!("SELECT tenancy.export_organization('{acme}')"),
            format!("SELECT tenancy.delete_organization('{acme}')"),
        ] {
            if may {
                tx.exec(&call);
            } else {
                tx.fails_with(&call, "42501");
            }
        }
        tx.rollback().expect("it is undone");
    }
}

#[test]
fn a_superuser_who_has_taken_a_role_is_that_role() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut dba = db.superuser();
    dba.exec("SET ROLE crm_app");
    dba.fails_with(
        &format!("SELECT tenancy.export_organization('{acme}')"),
        "42501",
    );
}

#[test]
fn an_absent_organization_is_said_to_be_absent() {
    let db = shared().fresh_db();
    for call in ["export_organization", "delete_organization"] {
        for argument in [format!("'{}'", Uuid::nil()), "NULL".to_owned()] {
            db.superuser()
                .fails_with(&format!("SELECT tenancy.{call}({argument})"), "P0002");
        }
    }
}

#[test]
fn an_erasure_that_is_rolled_back_erases_nothing() {
    let (db, acme, _) = two_organizations();
    release_holds(&db);
    let before = db.snapshot();
    let mut dba = db.superuser();
    let mut tx = dba.transaction().expect("a transaction begins");
    delete(&mut tx, &acme);
    tx.rollback().expect("it is undone");
    assert_eq!(db.snapshot(), before);
}

#[test]
fn an_entry_that_comes_after_the_erasure_is_refused() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    let mut tx = app.transaction().expect("a transaction begins");
    tx.exec_with("SELECT tenancy.set_context($1)", &[&acme.id]);
    delete(&mut db.superuser(), &acme);
    tx.fails_with("SELECT audit.log('a', 'b', NULL)", "42501");
    tx.exec("SELECT audit.log_security('login')");
    tx.commit().expect("it is kept");
    let left: i64 = db.superuser().one(
        "SELECT count(*) FROM audit.security_events WHERE organization_id = $1",
        &[&acme.id],
    );
    assert_eq!(left, 0);
}
