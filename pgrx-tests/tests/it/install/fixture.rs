//! A database with a bit of everything in it, and its catalog as text.

use pg_crm_tests::{Db, Org, Sql, shared};

/// Two organizations with rows in most tables, what a user adds to a table of ours, and a partition
/// made at run time.
pub fn lived_in() -> (Db, Org) {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let globex = db.org("Globex");
    let mut dba = db.superuser();
    dba.exec(
        "ALTER TABLE crm.contacts ADD COLUMN favourite text DEFAULT 'tea';
         CREATE INDEX contacts_favourite_idx ON crm.contacts (favourite);
         CREATE POLICY no_coffee ON crm.contacts AS RESTRICTIVE USING (favourite <> 'coffee');
         CREATE TABLE public.firings (at timestamptz DEFAULT clock_timestamp());
         CREATE FUNCTION public.fire() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
         $$ BEGIN INSERT INTO public.firings DEFAULT VALUES; RETURN NEW; END $$;
         CREATE TRIGGER fire AFTER INSERT OR UPDATE ON crm.contacts
           FOR EACH ROW EXECUTE FUNCTION public.fire();
         CREATE SEQUENCE crm.users_sequence;
         SELECT nextval('crm.users_sequence') FROM generate_series(1, 41);
         SELECT maint.manage_partitions('analytics.events', '1 month', 5, '12 months');
         INSERT INTO crm.industries (code, name) VALUES ('software', 'Software')",
    );
    dba.exec("CALL maint.maintain_partitions()");
    for org in [&acme, &globex] {
        db.app().in_org_as(org, org.owner, |tx| {
            tx.exec(
                "INSERT INTO crm.companies (name, domain, industry_id)
                 SELECT 'Initech', 'initech.example', id FROM crm.industries;
                 INSERT INTO crm.contacts (first_name, last_name, email, phone, company_id)
                 SELECT 'Ann', 'No ' || i, 'Ann.' || i || '@Example.com', '+1 212 555 01' || lpad(i::text, 2, '0'), c.id
                   FROM crm.companies AS c, generate_series(1, 20) AS i;
                 INSERT INTO crm.tags (name) VALUES ('vip'), ('new');
                 INSERT INTO crm.contact_tags (contact_id, tag_id)
                 SELECT c.id, t.id FROM crm.contacts AS c, crm.tags AS t;
                 INSERT INTO inbox.messages (contact_id, channel, direction, content)
                 SELECT id, 'sms', 'inbound', 'hello' FROM crm.contacts;
                 INSERT INTO commerce.orders (contact_id, status, total_amount, placed_at)
                 SELECT id, 'paid', 9.99, now() - interval '40 days' FROM crm.contacts;
                 INSERT INTO crm.deals (contact_id, name, amount, status)
                 SELECT id, 'Deal', 100, 'won' FROM crm.contacts LIMIT 3;
                 INSERT INTO crm.notes (contact_id, type, content)
                 SELECT id, 'private', 'psst' FROM crm.contacts LIMIT 1;
                 INSERT INTO analytics.events (name, contact_id, occurred_at)
                 SELECT 'seen', id, now() + interval '4 months' FROM crm.contacts;
                 INSERT INTO analytics.events (name, occurred_at) VALUES ('old', '1999-01-01')",
            );
        });
    }
    (db, acme)
}

/// Everything that the catalog says of the model's schemas, but for the order of columns.
pub fn catalog(db: &Db) -> Vec<String> {
    let mut dba = db.superuser();
    dba.exec("SET search_path = ''");
    dba.lines(
        "WITH s AS (
           SELECT oid FROM pg_namespace
            WHERE nspname !~ '^(pg_|information_schema$|public$)')
         SELECT 'constraint ' || coalesce(conrelid::regclass::text, contypid::regtype::text) || ' ' || conname
                || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated
           FROM pg_constraint WHERE connamespace IN (SELECT oid FROM s)
         UNION ALL
         SELECT 'trigger ' || tgrelid::regclass || ' ' || tgenabled::text || ' ' || pg_get_triggerdef(oid)
           FROM pg_trigger WHERE NOT tgisinternal
         UNION ALL
         SELECT format('policy %s.%s %s %s %s %s %s %s', schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check)
           FROM pg_policies
         UNION ALL
         SELECT 'index ' || indexrelid::regclass || ' ' || pg_get_indexdef(indexrelid)
           FROM pg_index JOIN pg_class AS c ON c.oid = indrelid WHERE c.relnamespace IN (SELECT oid FROM s)
         UNION ALL
         SELECT format('column %s.%s %s %s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod),
                       attnotnull, attgenerated, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
           FROM pg_attribute
           JOIN pg_class AS c ON c.oid = attrelid
           LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
          WHERE c.relnamespace IN (SELECT oid FROM s) AND attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v')
         UNION ALL
         SELECT format('relation %s %s %s %s %s %s', oid::regclass, relkind, relowner::regrole, relrowsecurity, relforcerowsecurity,
                       ARRAY(SELECT a::text FROM unnest(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::\"char\" ELSE 'r'::\"char\" END, relowner))) AS a ORDER BY 1))
           FROM pg_class WHERE relnamespace IN (SELECT oid FROM s)
         UNION ALL
         SELECT format('function %s %s %s %s %s %s %s', oid::regprocedure, provolatile, proparallel, prosecdef, proconfig,
                       ARRAY(SELECT a::text FROM unnest(proacl) AS a ORDER BY 1), obj_description(oid, 'pg_proc'))
           FROM pg_proc WHERE pronamespace IN (SELECT oid FROM s)
         UNION ALL
         SELECT format('event trigger %s %s %s %s %s', evtname, evtevent, evtenabled, evttags, evtfoid::regproc) FROM pg_event_trigger
         UNION ALL
         SELECT format('schema %s %s %s', nspname, ARRAY(SELECT a::text FROM unnest(nspacl) AS a ORDER BY 1), obj_description(oid, 'pg_namespace'))
           FROM pg_namespace WHERE oid IN (SELECT oid FROM s)
         ORDER BY 1",
    )
}

/// What two catalogs do not share, for a message that can be read.
pub fn difference(before: &[String], after: &[String]) -> String {
    let missing = before
        .iter()
        .filter(|line| after.binary_search(line).is_err())
        .map(|line| format!("- {line}\n"));
    let added = after
        .iter()
        .filter(|line| before.binary_search(line).is_err())
        .map(|line| format!("+ {line}\n"));
    missing.chain(added).collect()
}
