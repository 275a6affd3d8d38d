//! Which role of a member it takes to write to a table.

use pg_crm_tests::{Db, Org, Sql, Transaction, Uuid, shared};
use postgres::Error;

use super::roles::{ROLES, staff, staff_of};
use super::rows::copied_row;
use super::{BEFORE_ROWS, may, populate};

/// What it takes, where that is not a member: `-` is nothing besides the other policies, `own` a member
/// or to be the one whom the column names.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("analytics.dashboards", "own owner_id"),
    ("analytics.events", "-"),
    ("analytics.reports", "own owner_id"),
    ("billing.invoice_lines", "admin"),
    ("billing.invoices", "admin"),
    ("billing.payment_methods", "admin"),
    ("billing.subscriptions", "admin"),
    ("billing.usage_record_keys", "-"),
    ("billing.usage_records", "-"),
    ("commerce.attribution_events", "-"),
    ("compliance.data_export_requests", "admin"),
    ("compliance.rights_ledger_entries", "admin"),
    ("creator.content_rights", "admin"),
    ("creator.creator_earnings", "manager"),
    ("crm.deal_stages", "manager"),
    ("crm.industries", "manager"),
    ("crm.job_roles", "manager"),
    ("crm.lifecycle_stages", "manager"),
    ("crm.pipelines", "manager"),
    ("crm.score_models", "manager"),
    ("crm.signals", "-"),
    ("inbox.conversation_reads", "own member_id"),
    ("integration.integration_credentials", "admin"),
    ("integration.integrations", "admin"),
    ("integration.sync_logs", "-"),
    ("integration.webhook_logs", "-"),
    ("integration.webhooks", "admin"),
    ("marketplace.ambassador_programs", "manager"),
    ("marketplace.contracts", "manager"),
    ("marketplace.payout_methods", "admin"),
    ("marketplace.payouts", "manager"),
    ("notify.notification_preferences", "own user_id"),
    ("notify.notifications", "-"),
    ("runtime.cache", "-"),
    ("runtime.outbox", "-"),
    ("runtime.presence", "-"),
    ("runtime.queue_archive", "-"),
    ("runtime.queue_messages", "-"),
    ("runtime.queues", "-"),
    ("runtime.rate_limits", "-"),
    ("sales.commissions", "manager"),
    ("sales.forecasts", "manager"),
    ("tenancy.api_keys", "admin"),
    ("tenancy.idempotency_keys", "-"),
    ("tenancy.invitations", "admin"),
    ("tenancy.organization_members", "-"), // rules of its own: see members.rs
    ("tenancy.organizations", "admin"),
    ("tenancy.password_resets", "-"),
    ("tenancy.refresh_tokens", "-"),
    ("tenancy.sessions", "-"),
    ("tenancy.user_credentials", "-"),
    ("tenancy.users", "-"),
    ("tenancy.verification_codes", "-"),
    ("voice.assistants", "manager"),
    ("voice.phone_numbers", "manager"),
    ("workflow.workflow_schedules", "manager"),
    ("workflow.workflow_triggers", "manager"),
    ("workflow.workflow_versions", "manager"),
    ("workflow.workflows", "manager"),
];

/// Tables of the model that the application may write to.
const WRITABLE: &str = "
    SELECT c.oid::regclass::text
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$|public$)'
        AND has_table_privilege('crm_app', c.oid, 'INSERT, UPDATE, DELETE')
    ORDER BY 1";

fn asked(table: &str) -> &'static str {
    EXCEPTIONS
        .iter()
        .find(|(name, _)| *name == table)
        .map_or("member", |(_, asked)| asked)
}

#[track_caller]
fn writable(db: &Db) -> Vec<String> {
    db.app(); // makes the roles
    let tables: Vec<String> = db.superuser().column(WRITABLE, &[]);
    assert!(tables.len() > 90, "the catalog query finds {tables:?}");
    tables
}

#[test]
fn every_table_that_the_application_may_write_to_has_its_policies() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    let mut expected = Vec::new();
    for table in writable(&db) {
        let condition = match asked(&table).split_once(' ') {
            None => format!(
                "( SELECT tenancy.may_act_as('{}'::text) AS may_act_as)",
                asked(&table)
            ),
            Some((_, column)) => format!(
                "(({column} = ( SELECT tenancy.current_user_id() AS current_user_id)) OR ( SELECT tenancy.may_act_as('member'::text) AS may_act_as))"
            ),
        };
        let own = asked(&table).starts_with("own");
        if asked(&table) == "-" {
            continue;
        }
        for (command, using, check) in [
            ("DELETE", true, false),
            ("INSERT", false, true),
            ("UPDATE", own, true),
        ] {
            if may(&mut db.app(), &table, command) {
                let clause = |wanted| if wanted { condition.as_str() } else { "" };
                expected.push(format!(
                    "{table}|minimum_role_{}|RESTRICTIVE|{{public}}|{command}|{}|{}",
                    command.to_lowercase(),
                    clause(using),
                    clause(check)
                ));
            }
        }
    }
    let found = dba.lines(
        "SELECT p.schemaname || '.' || p.tablename, p.policyname, p.permissive, p.roles, p.cmd, p.qual, p.with_check
         FROM pg_policies AS p
         JOIN pg_class AS c ON c.relname = p.tablename AND c.relnamespace = p.schemaname::regnamespace
         WHERE p.policyname LIKE 'minimum_role_%' AND NOT c.relispartition
            AND c.oid <> 'tenancy.organization_members'::regclass
         ORDER BY 1, 2",
    );
    assert_eq!(found, expected);
}

#[test]
fn partitions_have_the_policies_of_their_parents() {
    let db = shared().fresh_db();
    let policies = "SELECT array_agg((p.polname, p.polcmd, p.polpermissive, p.polroles,
            pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))::text ORDER BY p.polname)
         FROM pg_policy AS p WHERE p.polrelid =";
    let mut dba = db.superuser();
    let different = dba.lines(&format!(
        "SELECT i.inhrelid::regclass FROM pg_inherits AS i
         JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relkind = 'r'
         WHERE ({policies} i.inhrelid) IS DISTINCT FROM ({policies} i.inhparent)"
    ));
    assert!(different.is_empty(), "{different:?}");
    let with_roles: i64 = dba.one(
        "SELECT count(*) FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
         WHERE c.relispartition AND p.polname LIKE 'minimum_role_%'",
        &[],
    );
    assert!(with_roles > 0);
}

/// An organization with a row or more in every table and a user in each role.
#[track_caller]
fn populated() -> (Db, Org, [Uuid; 5]) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.superuser().exec(BEFORE_ROWS);
    populate(&db, &acme);
    let users = staff_of(&db, &acme);
    (db, acme, users)
}

/// What a statement does, and nothing of it stays.
fn tried(
    tx: &mut Transaction<'_>,
    statement: &str,
    row: Option<&serde_json::Value>,
) -> Result<u64, Error> {
    let mut savepoint = tx.transaction()?;
    let result = match row {
        Some(row) => savepoint.execute(statement, &[row]),
        None => savepoint.execute(statement, &[]),
    };
    savepoint.rollback()?;
    result
}

#[track_caller]
fn policy_of(result: &Result<u64, Error>) -> Option<String> {
    let error = result.as_ref().err()?.as_db_error().expect("the server's");
    let (_, rest) = error
        .message()
        .split_once("row-level security policy \"minimum_role_")?;
    assert_eq!(error.code().code(), "42501");
    rest.split_once('"').map(|(policy, _)| policy.to_owned())
}

/// Every role against every table: what takes more is refused by the policy, and nothing else is.
#[test]
fn a_role_writes_to_the_tables_that_take_it_and_to_no_others() {
    let (db, acme, users) = populated();
    let mut app = db.app();
    for table in writable(&db) {
        let asked = asked(&table);
        // Users have no row of their own in tables where nothing is theirs but what they make.
        if asked == "-" {
            continue;
        }
        let own = asked.starts_with("own");
        let minimum = if own { "member" } else { asked };
        let key = if table == "tenancy.organizations" {
            "id"
        } else {
            "organization_id"
        };
        let (columns, row) = copied_row(&db, &table, key, &acme);
        let insert = format!(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $1)"
        );
        let update = format!("UPDATE {table} SET {key} = {key}");
        let delete = format!("DELETE FROM {table}");
        for (role, user) in ROLES.into_iter().zip(users) {
            let enough = position(role) >= position(minimum);
            app.in_org_as(&acme, user, |tx| {
                let visible: i64 = tx.one(&format!("SELECT count(*) FROM {table}"), &[]);
                assert!(visible > 0, "{role} reads nothing of {table}");
                let visible = visible.unsigned_abs();
                if may(tx, &table, "INSERT") {
                    let result = tried(tx, &insert, Some(&row));
                    let expected = (!enough).then_some("insert");
                    assert_eq!(
                        policy_of(&result).as_deref(),
                        expected,
                        "{role}: {insert}: {result:?}"
                    );
                }
                if may(tx, &table, "UPDATE") {
                    let result = tried(tx, &update, None);
                    let expected = (!enough && !own).then_some("update");
                    assert_eq!(
                        policy_of(&result).as_deref(),
                        expected,
                        "{role}: {update}: {result:?}"
                    );
                    let locked = tried(tx, &format!("SELECT FROM {table} FOR UPDATE"), None);
                    let out_of_reach = own && !enough;
                    let expected = if out_of_reach { 0 } else { visible };
                    assert_eq!(locked.ok(), Some(expected), "{role} locks {table}");
                    if enough || out_of_reach {
                        assert_eq!(result.ok(), Some(expected), "{role}: {update}");
                    }
                }
                if may(tx, &table, "DELETE") {
                    let result = tried(tx, &delete, None);
                    assert_eq!(policy_of(&result), None, "{role}: {delete}: {result:?}");
                    if !enough || table == "tenancy.organizations" {
                        assert_eq!(result.ok(), Some(0), "{role}: {delete}");
                    } else if let Ok(deleted) = result {
                        assert_eq!(deleted, visible, "{role}: {delete}");
                    }
                }
            });
        }
    }
}

fn position(role: &str) -> Option<usize> {
    ROLES.iter().position(|r| *r == role)
}

#[test]
fn a_viewer_reads_what_the_owner_reads() {
    let (db, acme, [viewer, ..]) = populated();
    let mut app = db.app();
    for table in writable(&db) {
        // Of each user alone: sign-ins; what a viewer has none of.
        if [
            "tenancy.sessions",
            "tenancy.user_credentials",
            "tenancy.refresh_tokens",
            "tenancy.verification_codes",
            "tenancy.password_resets",
        ]
        .contains(&table.as_str())
        {
            continue;
        }
        let count = format!("SELECT count(*) FROM {table}");
        let seen: i64 = app.in_org_as(&acme, acme.owner, |tx| tx.one(&count, &[]));
        assert!(seen > 0, "{table}");
        let by_viewer: i64 = app.in_org_as(&acme, viewer, |tx| tx.one(&count, &[]));
        assert_eq!(by_viewer, seen, "{table}");
    }
}

#[test]
fn merge_and_upsert_are_no_way_around() {
    let (db, acme, [viewer, member, ..]) = populated();
    let merge = "MERGE INTO crm.tags AS t USING (SELECT id FROM crm.tags) AS s ON t.id = s.id WHEN MATCHED THEN";
    let upsert = "INSERT INTO crm.tags (id, name) SELECT id, name FROM crm.tags ON CONFLICT (id, organization_id)";
    let statements = [
        format!("{merge} UPDATE SET color = '#ffffff'"),
        format!("{merge} DELETE"),
        "MERGE INTO crm.tags AS t USING (SELECT 1) AS s ON false WHEN NOT MATCHED THEN INSERT (name) VALUES ('New')".to_owned(),
        format!("{upsert} DO UPDATE SET color = '#ffffff'"),
        format!("{upsert} DO NOTHING"),
        "WITH made AS (INSERT INTO crm.tags (name) VALUES ('New') RETURNING id) SELECT FROM made".to_owned(),
    ];
    for (user, refused) in [(viewer, true), (member, false)] {
        db.app().in_org_as(&acme, user, |tx| {
            for statement in &statements {
                let result = tried(tx, statement, None);
                let code = result
                    .as_ref()
                    .err()
                    .and_then(|error| error.code())
                    .map(|code| code.code().to_owned());
                assert_eq!(
                    code.as_deref(),
                    refused.then_some("42501"),
                    "{statement}: {result:?}"
                );
            }
        });
    }
}

#[test]
fn whoever_looks_keeps_dashboards_and_marks_of_their_own() {
    let (db, acme, [viewer, member, ..]) = populated();
    db.app().in_org_as(&acme, viewer, |tx| {
        let make = format!("INSERT INTO analytics.dashboards (name, owner_id) VALUES ('Mine', '{viewer}')");
        tx.exec(&make);
        tx.exec(&format!(
            "INSERT INTO inbox.conversation_reads (conversation_id, member_id) SELECT id, '{viewer}' FROM inbox.conversations LIMIT 1"
        ));
        let change = "UPDATE analytics.dashboards SET description = 'Changed'";
        assert_eq!(tx.exec_with(change, &[]), 1, "their own alone");
        assert_eq!(tx.exec_with(&format!("UPDATE analytics.dashboards SET owner_id = '{viewer}' WHERE owner_id <> '{viewer}'"), &[]), 0);
        for statement in [
            make.replace(&viewer.to_string(), &member.to_string()),
            format!("UPDATE analytics.dashboards SET owner_id = '{member}' WHERE owner_id = '{viewer}'"),
        ] {
            tx.fails_with(&statement, "42501");
        }
        assert_eq!(tx.exec_with("DELETE FROM analytics.dashboards", &[]), 1);
        assert_eq!(tx.exec_with("DELETE FROM inbox.conversation_reads", &[]), 1);
    });
}

#[test]
fn a_context_without_a_user_is_not_bound() {
    let (db, acme, _) = populated();
    let mut app = db.app();
    for table in writable(&db) {
        if !may(&mut app, &table, "UPDATE") || asked(&table) == "-" {
            continue;
        }
        let key = if table == "tenancy.organizations" {
            "id"
        } else {
            "organization_id"
        };
        app.in_org(&acme, |tx| {
            let visible: i64 = tx.one(&format!("SELECT count(*) FROM {table}"), &[]);
            let update = format!("UPDATE {table} SET {key} = {key}");
            assert_eq!(
                tried(tx, &update, None).ok(),
                Some(visible.unsigned_abs()),
                "{update}"
            );
        });
    }
}

/// Functions of triggers run as their owner: what they keep takes no role.
#[test]
fn a_member_s_work_is_kept_in_tables_that_take_more() {
    let (db, acme, [_, member, ..]) = populated();
    let kept = "SELECT (SELECT count(*) FROM crm.deal_stage_history), (SELECT count(*) FROM crm.tags),
                       (SELECT count(*) FROM crm.contact_engagement), (SELECT sum(run_count) FROM workflow.workflows)";
    db.app().in_org_as(&acme, member, |tx| {
        let before = tx.lines(kept);
        tx.exec(
            "INSERT INTO crm.contacts (first_name, tags) VALUES ('Bob', '{new tag}');
             INSERT INTO crm.deals (contact_id, name, stage_id)
             SELECT c.id, 'Deal', s.id FROM crm.contacts AS c, crm.deal_stages AS s WHERE c.first_name = 'Bob' LIMIT 1;
             INSERT INTO inbox.messages (contact_id, channel, direction, status)
             SELECT id, 'sms', 'inbound', 'received' FROM crm.contacts WHERE first_name = 'Bob';
             INSERT INTO workflow.workflow_runs (workflow_id) SELECT id FROM workflow.workflows LIMIT 1",
        );
        let counts = |lines: &[String]| -> Vec<i64> {
            let counts = lines[0].split('|').map(|n| n.parse().expect("a number"));
            counts.collect()
        };
        let after = tx.lines(kept);
        for (before, after) in counts(&before).into_iter().zip(counts(&after)) {
            assert!(after > before, "{after:?}");
        }
        for statement in [
            "UPDATE crm.deal_stages SET name = 'Other'",
            "UPDATE workflow.workflows SET run_count = 0",
        ] {
            tx.fails_with(statement, "42501");
        }
    });
}

#[test]
fn an_organization_is_changed_by_admins_and_given_up_by_owners() {
    let (db, acme, users) = staff();
    let mut app = db.app();
    for (role, user) in ROLES.into_iter().zip(users) {
        app.in_org_as(&acme, user, |tx| {
            for (statement, minimum) in [
                ("UPDATE tenancy.organizations SET name = 'Other'", "admin"),
                (
                    "UPDATE tenancy.organizations SET deleted_at = now()",
                    "owner",
                ),
            ] {
                let refused = position(role) < position(minimum);
                let result = tried(tx, statement, None);
                assert_eq!(result.is_err(), refused, "{role}: {statement}: {result:?}");
            }
        });
    }
    app.in_org(&acme, |tx| {
        tx.exec("UPDATE tenancy.organizations SET deleted_at = now()")
    });
}
