//! What the catalog must say about every table for its rows to be safe.

use pg_crm_tests::{Sql, shared};

use super::{sessions, tenant_tables};

/// The isolating condition as the server prints it.
const ISOLATION: &str = "(organization_id = ( SELECT tenancy.current_org_id() AS current_org_id))";

/// Tables whose rows name an organization and are nevertheless not kept apart by `org_isolation`.
const NOT_ISOLATED: &[(&str, &str)] = &[(
    "tenancy.sessions",
    "of a user, whichever organization it works for: the policy `own`",
)];

/// Tables whose rows are nobody's in particular, hence without row-level security.
const OPEN: &[&str] = &[
    "crm.countries",
    "maint.backup_policies",
    "maint.backup_runs",
    "maint.maintenance_runs",
    "maint.metric_thresholds",
    "maint.partition_config",
    "maint.partition_moves",
    "maint.repartitions",
    "maint.schema_checksums",
    "maint.schema_migrations",
    "maint.size_snapshots",
    "maint.task_schedule",
];

/// Permissive policies besides `org_isolation`, each of which lets more rows through.
const MORE_POLICIES: &[&str] = &[
    "audit.security_events own",
    "billing.entitlements shared_or_own",
    "billing.plans shared_or_own",
    "crm.industries shared_or_own",
    "crm.job_roles shared_or_own",
    "crm.lifecycle_stages shared_or_own",
    "maint.legal_holds operator_shared",
    "maint.retention_policies operator_shared",
    "maint.retention_policies shared_or_own",
    "runtime.rate_limits without_organization",
    "tenancy.password_resets own",
    "tenancy.refresh_tokens own",
    "tenancy.sessions own",
    "tenancy.user_credentials own",
    "tenancy.users fellow_members",
    "tenancy.users own",
    "tenancy.verification_codes own",
];

/// Tables of the model, partitions included.
const TABLES: &str = "
    SELECT c.oid, c.oid::regclass::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
        c.relowner, c.relispartition,
        EXISTS (SELECT FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped) AS tenant
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'p')
        AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$|public$)'";

fn query(text: &str) -> String {
    format!("WITH t AS ({TABLES}) {text}")
}

#[test]
fn every_table_forces_row_level_security() {
    let db = shared().fresh_db();
    let open: Vec<String> = db.superuser().column(
        &query("SELECT name FROM t WHERE NOT forced ORDER BY 1"),
        &[],
    );
    assert_eq!(open, OPEN);
}

#[test]
fn no_table_of_an_organization_is_open() {
    let tables = tenant_tables(&shared().fresh_db());
    let open: Vec<_> = tables
        .iter()
        .filter(|t| OPEN.contains(&t.as_str()))
        .collect();
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn every_table_with_an_organization_is_isolated() {
    let db = shared().fresh_db();
    let without: Vec<String> = db.superuser().column(
        &query(
            "SELECT name FROM t
             WHERE tenant AND NOT EXISTS (
                SELECT FROM pg_policy AS p
                WHERE p.polrelid = t.oid AND p.polname = 'org_isolation' AND p.polpermissive
                    AND p.polcmd = '*' AND p.polroles = '{0}'
                    AND pg_get_expr(p.polqual, p.polrelid) = $1
                    AND pg_get_expr(p.polwithcheck, p.polrelid) = $1)
             ORDER BY 1",
        ),
        &[&ISOLATION],
    );
    let expected: Vec<_> = NOT_ISOLATED.iter().map(|(table, _)| *table).collect();
    assert_eq!(without, expected);
}

#[test]
fn no_other_policy_lets_rows_through() {
    let db = shared().fresh_db();
    let policies: Vec<String> = db.superuser().column(
        &query(
            "SELECT name || ' ' || p.polname FROM t JOIN pg_policy AS p ON p.polrelid = t.oid
             WHERE p.polpermissive AND p.polname <> 'org_isolation' AND NOT t.relispartition ORDER BY 1",
        ),
        &[],
    );
    assert_eq!(policies, MORE_POLICIES);
}

#[test]
fn an_organization_is_isolated_by_its_own_key() {
    let db = shared().fresh_db();
    let condition: String = db.superuser().one(
        "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy
         WHERE polrelid = 'tenancy.organizations'::regclass AND polname = 'org_isolation'",
        &[],
    );
    assert_eq!(condition, ISOLATION.replace("organization_id", "id"));
}

#[test]
fn nobody_but_the_owner_may_truncate_refer_or_add_triggers() {
    let db = shared().fresh_db();
    let granted = db.superuser().lines(&query(
        "SELECT name, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
         FROM t JOIN pg_class AS c USING (oid)
         CROSS JOIN aclexplode(c.relacl) AS a
         LEFT JOIN pg_roles AS g ON g.oid = a.grantee
         WHERE a.grantee <> t.relowner
            AND (a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
                OR a.is_grantable OR a.grantee = 0
                OR (g.rolname = 'crm_readonly' AND a.privilege_type <> 'SELECT'))
         ORDER BY 1, 2, 3",
    ));
    assert!(granted.is_empty(), "{granted:#?}");
}

#[test]
fn truncate_is_refused_to_every_group() {
    let db = shared().fresh_db();
    let tables = tenant_tables(&db);
    for (role, mut session) in sessions(&db) {
        for table in &tables {
            let error = session.fails_with(&format!("TRUNCATE {table} CASCADE"), "42501");
            let name = table.split('.').next_back().expect("a name");
            assert_eq!(
                error.message(),
                format!("permission denied for table {name}"),
                "{role}"
            );
        }
    }
}

#[test]
fn tables_made_later_grant_no_more() {
    let db = shared().fresh_db();
    db.superuser().exec("CREATE TABLE crm.later (id uuid)");
    let mut granted = db.superuser().lines(
        "SELECT a.grantee::regrole, string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type)
         FROM pg_class AS c CROSS JOIN aclexplode(c.relacl) AS a
         WHERE c.oid = 'crm.later'::regclass AND a.grantee <> c.relowner GROUP BY 1",
    );
    granted.sort();
    assert_eq!(
        granted,
        [
            "crm_admin|DELETE INSERT SELECT UPDATE",
            "crm_app|DELETE INSERT SELECT UPDATE",
            "crm_readonly|SELECT"
        ]
    );
}

#[test]
fn partitions_grant_nothing() {
    let db = shared().fresh_db();
    let granted = db.superuser().lines(&query(
        "SELECT name, a.grantee::regrole FROM t JOIN pg_class AS c USING (oid)
         CROSS JOIN aclexplode(c.relacl) AS a
         WHERE t.relispartition AND a.grantee <> t.relowner ORDER BY 1",
    ));
    assert!(granted.is_empty(), "{granted:#?}");
    let partitions: i64 = db.superuser().one(
        &query("SELECT count(*) FROM t WHERE relispartition AND tenant"),
        &[],
    );
    assert!(partitions > 1, "there are {partitions} partitions");
}

#[test]
fn the_group_roles_are_bound_by_row_level_security() {
    let db = shared().fresh_db();
    db.app();
    let roles = db.superuser().lines(
        "SELECT rolname FROM pg_roles
         WHERE rolname IN ('crm_app', 'crm_readonly', 'crm_admin')
            AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin)
            AND NOT EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid)
         ORDER BY 1",
    );
    assert_eq!(roles, ["crm_admin", "crm_app", "crm_readonly"]);
}
