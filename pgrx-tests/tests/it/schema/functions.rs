//! Rules for the extension's functions.

use super::{none, only};

#[test]
fn every_function_has_a_comment() {
    none("SELECT name FROM f WHERE obj_description(oid, 'pg_proc') IS NULL");
}

#[test]
fn every_function_is_in_a_schema_of_the_model() {
    none(
        "SELECT name FROM f WHERE pronamespace::regnamespace::text NOT IN (SELECT split_part(t.name, '.', 1) FROM t)",
    );
}

/// A body in PL/pgSQL resolves its names at run time, in the caller's search_path unless it has its own.
#[test]
fn every_plpgsql_function_has_a_search_path_of_its_own() {
    only(
        "SELECT name FROM f JOIN pg_language AS l ON l.oid = f.prolang
         WHERE l.lanname = 'plpgsql' AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)",
        &[
            ("crm.activate_score_model(uuid)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("crm.rebuild_engagement(uuid)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("crm.refresh_contact_scores(uuid)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.apply_retention()", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.cancel_repartition(regclass)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.cleanup_failed_jobs(integer)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.cleanup_old_audit_logs(integer)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.maintain_partitions(regclass)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.mark_overdue_activities(integer)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.purge_expired()", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.repartition(regclass,name,interval,integer,interval,text,boolean,integer,integer)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.run_daily()", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.run_monthly()", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.run_repartition(regclass,integer,integer,text,bigint,text,text,text,text)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.run_rhythm(text)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.run_task(text,integer)", "a procedure that commits, hence without SET; it qualifies every name"),
            ("maint.run_weekly()", "a procedure that commits, hence without SET; it qualifies every name"),
        ],
    );
}

/// A restore makes the functions before the tables.
#[test]
fn no_function_uses_the_row_type_of_a_table() {
    none(
        "SELECT f.name FROM f
         WHERE EXISTS (
            SELECT FROM unnest(coalesce(f.proallargtypes, f.proargtypes::oid[]) || f.prorettype) AS a (type)
            JOIN pg_type AS y ON y.oid = a.type
            LEFT JOIN pg_type AS e ON e.oid = y.typelem AND y.typcategory = 'A'
            JOIN pg_class AS c ON c.oid IN (y.typrelid, e.typrelid)
            WHERE c.relkind <> 'c')",
    );
}

#[test]
fn no_function_has_a_body_that_is_parsed_when_it_is_made() {
    none("SELECT name FROM f WHERE prosqlbody IS NOT NULL");
}

const SETS: &str = "sets a parameter, which no parallel operation may do";

const ALTERS: &str = "alters tables, by statements that it puts together";

const UNLISTENS: &str =
    "asks by UNLISTEN, which no parallel operation may do, and is for nobody's query";

/// VOLATILE and PARALLEL UNSAFE is what a function is that says nothing, and right for what writes.
/// Those of maint change tables and are called by themselves.
#[test]
fn no_function_for_queries_is_volatile_and_parallel_unsafe() {
    only(
        "SELECT name FROM f
         WHERE provolatile = 'v' AND proparallel = 'u' AND prorettype <> 'trigger'::regtype
            AND pronamespace <> 'maint'::regnamespace
            AND prosrc !~* '(insert into|update|delete from|for update) '",
        &[
            ("tenancy.authenticate(text)", SETS),
            ("crm.hold_signals_of(uuid)", "takes a lock, in C"),
            (
                "crm.rebuild_engagement_of(uuid,uuid[],boolean,uuid)",
                "writes the kept state, in C",
            ),
            ("crm.refresh_scores_of(uuid,uuid[])", "stores scores, in C"),
            ("tenancy.clear_context()", SETS),
            (
                "tenancy.create_token_key(text,text,text,text,timestamp with time zone)",
                "writes a table, in native code",
            ),
            (
                "tenancy.has_acting_owner(uuid)",
                "for a trigger: sees what no snapshot of the transaction shows",
            ),
            ("tenancy.disable_org_isolation(regclass)", ALTERS),
            ("tenancy.enable_org_isolation(regclass)", ALTERS),
            ("tenancy.inherit_policies(regclass)", ALTERS),
            ("tenancy.keep_org_isolation()", ALTERS),
            ("tenancy.refuse_restricted_operation()", UNLISTENS),
            ("tenancy.set_context(uuid,uuid)", SETS),
        ],
    );
}

#[test]
fn every_function_for_queries_that_only_reads_is_parallel_safe() {
    only(
        "SELECT name FROM f
         WHERE provolatile <> 'v' AND proparallel <> 's' AND pronamespace <> 'maint'::regnamespace",
        &[
            ("tenancy.export_organization(uuid)", UNLISTENS),
            ("tenancy.require_operator(uuid)", UNLISTENS),
        ],
    );
}

/// Whatever reads a table or the context may answer differently tomorrow.
#[test]
fn no_function_that_reads_tables_is_immutable() {
    none(
        "SELECT name FROM f
         WHERE provolatile = 'i'
            AND (proname ~ '^(current_|calculate_|explain_|get_|hottest_|contact_|is_valid_phone$|format_phone$|phone_(region|type)$)'
                OR prosrc ~* '\\m(from|join)\\s+(tenancy|crm|inbox|commerce|analytics|maint|pg_catalog)\\.[a-z_]+\\s+(as\\s|where)')",
    );
}

/// Whoever may attach a trigger function to a table of their own could feed it rows.
#[test]
fn no_trigger_function_is_open_to_public() {
    none(
        "SELECT name FROM f
         WHERE prorettype = 'trigger'::regtype AND has_function_privilege('public', oid, 'EXECUTE')",
    );
}

#[test]
fn every_function_that_changes_the_database_is_closed_to_public() {
    only(
        "SELECT name FROM f
         WHERE provolatile = 'v' AND prorettype <> 'trigger'::regtype
            AND has_function_privilege('public', oid, 'EXECUTE')",
        &[
            ("crm.uuid_v7()", "a random number"),
            (
                "maint.manage_partitions(regclass,interval,integer,interval,text,text)",
                "the table it writes is crm_admin's alone",
            ),
            ("tenancy.clear_context()", "takes visibility away"),
        ],
    );
}

/// A function that is not strict must say so on purpose: the result for NULL is its own.
#[test]
fn validators_of_columns_never_raise_for_null() {
    let db = pg_crm_tests::shared().fresh_db();
    let mut app = db.app();
    use pg_crm_tests::Sql;
    for call in [
        "crm.is_valid_email(NULL)",
        "crm.normalize_email(NULL)",
        "crm.email_rejection_reason(NULL)",
        "crm.is_disposable_email(NULL)",
        "crm.is_possible_phone(NULL)",
        "crm.is_valid_phone(NULL)",
        "crm.normalize_phone(NULL)",
        "crm.format_phone(NULL)",
        "crm.phone_region(NULL)",
        "crm.phone_type(NULL)",
        "crm.get_contact_tags(NULL)",
        "crm.calculate_contact_score(NULL)",
        "crm.contact_engagement_at(NULL, now())",
    ] {
        let answer: Option<String> = app.one(&format!("SELECT ({call})::text"), &[]);
        assert_eq!(answer, None, "{call}");
    }
}
