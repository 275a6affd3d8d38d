//! Tables of users have code of their own, which must not run with the rights of who handles an
//! organization as a whole.

use pg_crm_tests::{Client, Db, Org, Sql, shared};

use super::{EXPORT, delete, export};

/// Statements that let a table of somebody else's call `foreign_code()`, and those that take it back.
const CALLS: &[(&str, &str)] = &[
    (
        "CREATE INDEX calls ON public.theirs (n) WHERE public.foreign_code(1)",
        "DROP INDEX public.calls",
    ),
    (
        "CREATE INDEX calls ON public.theirs ((public.foreign_code(1)))",
        "DROP INDEX public.calls",
    ),
    (
        "CREATE OPERATOR public.### (RIGHTARG = int, FUNCTION = public.foreign_code);
         CREATE INDEX calls ON public.theirs (n) WHERE OPERATOR(public.###) 1",
        "DROP INDEX public.calls; DROP OPERATOR public.### (NONE, int)",
    ),
    (
        "ALTER TABLE public.theirs ADD CONSTRAINT calls CHECK (public.foreign_code(1))",
        "ALTER TABLE public.theirs DROP CONSTRAINT calls",
    ),
    (
        "CREATE STATISTICS public.calls ON n, (public.foreign_code(1)) FROM public.theirs",
        "DROP STATISTICS public.calls",
    ),
    (
        "CREATE TABLE public.child () INHERITS (public.theirs);
         CREATE INDEX calls ON public.child (n) WHERE public.foreign_code(1)",
        "DROP TABLE public.child",
    ),
    (
        "CREATE TABLE public.parted (organization_id uuid, n int)
         PARTITION BY LIST ((CASE WHEN public.foreign_code(1) THEN n END))",
        "DROP TABLE public.parted",
    ),
];

/// A table and a function of a role that is no superuser.
#[track_caller]
fn with_foreign_code() -> (Db, Org, Client) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.cluster().require_role("table_owner", "LOGIN");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "GRANT CREATE ON SCHEMA public TO table_owner;
         GRANT USAGE ON SCHEMA tenancy TO table_owner;
         GRANT REFERENCES ON tenancy.organizations TO table_owner;
         SET ROLE table_owner;
         CREATE FUNCTION public.foreign_code(n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
         $$BEGIN
           IF current_user <> 'table_owner' THEN RAISE EXCEPTION 'called as %', current_user; END IF;
           RETURN true;
         END$$;
         CREATE TABLE public.theirs (id int PRIMARY KEY, organization_id uuid, n int CHECK (n > 0));
         INSERT INTO public.theirs VALUES (1, '{acme}', 1);
         RESET ROLE"
    ));
    (db, acme, dba)
}

#[test]
fn no_code_of_a_tables_owner_runs_as_a_superuser() {
    let (_db, acme, mut dba) = with_foreign_code();
    dba.exec("SET constraint_exclusion = on");
    for (calls, undo) in CALLS {
        dba.exec(&format!("SET ROLE table_owner; {calls}; RESET ROLE"));
        for statement in [
            EXPORT.replace("{}", &acme.to_string()),
            format!("SELECT tenancy.delete_organization('{acme}')"),
        ] {
            let error = dba.fails_with(&statement, "55000");
            assert!(
                error.message().contains("foreign_code"),
                "{calls}: {error:?}"
            );
            assert!(error.hint().is_some());
        }
        dba.exec(undo);
    }
    let exported = export(&mut dba, &acme);
    assert!(
        exported
            .iter()
            .any(|line| line.starts_with("public.theirs"))
    );
    assert_eq!(delete(&mut dba, &acme).get("public.theirs"), Some(&1));
}

#[test]
fn maintenance_lends_no_tables_owner_the_rights_of_who_runs_it() {
    let (_db, acme, mut dba) = with_foreign_code();
    dba.exec(&format!(
        "GRANT crm_app TO table_owner;
         SET ROLE table_owner;
         CREATE INDEX calls ON public.theirs (public.foreign_code(n));
         CREATE OR REPLACE FUNCTION public.foreign_code(n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
         $$BEGIN PERFORM tenancy.export_organization('{acme}'); RETURN true; END$$;
         RESET ROLE"
    ));
    for statement in ["ANALYZE public.theirs", "REINDEX TABLE public.theirs"] {
        dba.fails_with(statement, "42501");
    }
    dba.exec(
        "SET ROLE table_owner;
         CREATE OR REPLACE FUNCTION public.foreign_code(n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
         'BEGIN RETURN true; END';
         DROP TABLE public.theirs;
         RESET ROLE",
    );
    // Where parallel plans are wanted and nothing may be written, it works as ever.
    dba.exec("SET force_parallel_mode = on; SET default_transaction_read_only = on");
    assert!(!export(&mut dba, &acme).is_empty());
}

#[test]
fn no_trigger_of_a_tables_owner_runs_as_who_deletes_the_organization() {
    let (_db, acme, mut dba) = with_foreign_code();
    dba.exec(&format!(
        "SET ROLE table_owner;
         CREATE TABLE public.cascaded (organization_id uuid REFERENCES tenancy.organizations ON DELETE CASCADE);
         CREATE FUNCTION public.who() RETURNS trigger LANGUAGE plpgsql AS
         $$BEGIN PERFORM public.foreign_code(1); RETURN OLD; END$$;
         CREATE TRIGGER before_it BEFORE DELETE ON public.cascaded FOR EACH ROW EXECUTE FUNCTION public.who();
         CREATE TRIGGER after_it AFTER DELETE ON public.cascaded FOR EACH ROW EXECUTE FUNCTION public.who();
         RESET ROLE;
         INSERT INTO public.cascaded VALUES ('{acme}')"
    ));
    for statement in [
        format!("SELECT tenancy.delete_organization('{acme}')"),
        format!("DELETE FROM tenancy.organizations WHERE id = '{acme}'"),
    ] {
        let error = dba.fails_with(&statement, "55000");
        assert!(error.message().contains("after_it"), "{error:?}");
    }
    dba.exec("DROP TRIGGER after_it ON public.cascaded");
    delete(&mut dba, &acme);
    assert_eq!(dba.lines("SELECT count(*) FROM public.cascaded"), ["0"]);
}
