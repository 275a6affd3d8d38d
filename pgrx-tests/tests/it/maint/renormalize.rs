//! `maint.renormalize_phones`: what is stored of numbers follows the functions that made it.

use pg_crm_tests::{Sql, shared};

/// Another release: numbers of Germany get a zero in front, and fewer are possible.
const ANOTHER_RELEASE: &str = "
    CREATE OR REPLACE FUNCTION crm.normalize_phone(number text, region text DEFAULT NULL) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$SELECT CASE WHEN number LIKE '+49%' THEN '+490' || substr(number, 4) ELSE number END$$";

const STORED: &str = "SELECT coalesce(phone_e164, '-') FROM crm.contacts ORDER BY first_name";

#[test]
fn stored_numbers_follow_the_function_and_only_those_that_differ() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "INSERT INTO crm.contacts (organization_id, first_name, phone)
         VALUES ('{acme}', 'a', '+493012345678'), ('{acme}', 'b', '+12125550142'), ('{acme}', 'c', NULL);
         CREATE TABLE public.\"Own numbers\" (n text, \"E 164\" text GENERATED ALWAYS AS (crm.normalize_phone(n)) STORED);
         INSERT INTO public.\"Own numbers\" VALUES ('+493012345678'), ('+12125550142');
         CREATE TABLE public.others (n text, upper text GENERATED ALWAYS AS (upper(n)) STORED)"
    ));
    let changed = "SELECT table_name, column_name, rows_changed FROM maint.renormalize_phones() WHERE rows_changed > 0";
    assert_eq!(dba.lines(changed), [] as [&str; 0], "nothing differs yet");

    let before = dba.lines("SELECT ctid FROM crm.contacts WHERE first_name <> 'a' ORDER BY 1");
    dba.exec(ANOTHER_RELEASE);
    assert_eq!(
        dba.lines(changed),
        [
            "crm.contacts|phone_e164|1",
            "public.\"Own numbers\"|E 164|1"
        ]
    );
    assert_eq!(dba.lines(STORED), ["+4903012345678", "+12125550142", "-"]);
    assert_eq!(
        dba.lines("SELECT \"E 164\" FROM public.\"Own numbers\" ORDER BY 1"),
        ["+12125550142", "+4903012345678"]
    );
    assert_eq!(
        dba.lines("SELECT ctid FROM crm.contacts WHERE first_name <> 'a' ORDER BY 1"),
        before,
        "the others were not written"
    );
    assert_eq!(dba.lines(changed), [] as [&str; 0], "once is enough");
}

#[test]
fn every_column_of_the_model_that_stores_a_number_is_looked_at() {
    let db = shared().fresh_db();
    let looked_at = db
        .superuser()
        .lines("SELECT table_name, column_name FROM maint.renormalize_phones()");
    assert_eq!(
        looked_at,
        [
            "creator.creators|phone_e164",
            "crm.companies|phone_e164",
            "crm.contact_identities|handle_norm",
            "crm.contacts|phone_e164",
            "marketing.leads|phone_e164",
            "voice.phone_numbers|phone_e164",
            "voice.vapi_calls|customer_phone_e164",
        ]
    );
}

#[test]
fn only_superusers_may() {
    let db = shared().fresh_db();
    for mut client in [db.app(), db.admin(), db.readonly()] {
        client.fails_with("SELECT maint.renormalize_phones()", "42501");
    }
    db.superuser()
        .exec("GRANT EXECUTE ON FUNCTION maint.renormalize_phones() TO crm_admin");
    db.admin()
        .fails_with("SELECT maint.renormalize_phones()", "42501");
}
