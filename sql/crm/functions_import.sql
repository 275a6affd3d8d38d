-- Contacts as they come from elsewhere.

CREATE FUNCTION crm.clean_contacts(contacts jsonb, region text DEFAULT NULL, profile text DEFAULT 'strict')
RETURNS TABLE (
  row_number bigint, email text, phone text, first_name text, last_name text,
  cleaned jsonb, refusals text[], warnings text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
  -- What is around a cell of a spreadsheet or a web page.
  blank CONSTANT text := E' \t\n\r\u00a0';
BEGIN
  IF jsonb_typeof(contacts) <> 'array' THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('contacts are a JSON array, not of type %s', jsonb_typeof(contacts)),
      HINT = 'Each element is an object that may have the keys email, phone, phone_region, first_name, last_name and others.';
  END IF;
  -- An unknown profile is an error where there is no row, too.
  PERFORM crm.is_valid_email('', clean_contacts.profile);

  RETURN QUERY
    WITH given AS MATERIALIZED (
      SELECT e.n,
             e.contact,
             jsonb_typeof(e.contact) = 'object' AS is_object,
             CASE WHEN jsonb_typeof(r.email) = 'string' THEN nullif(btrim(r.email #>> '{}', blank), '') END AS email,
             -- As a number where a spreadsheet took it for one.
             CASE WHEN jsonb_typeof(r.phone) IN ('string', 'number') THEN nullif(btrim(r.phone #>> '{}', blank), '') END AS phone,
             CASE WHEN jsonb_typeof(r.phone_region) = 'string' THEN nullif(btrim(r.phone_region #>> '{}', blank), '') END AS phone_region,
             CASE WHEN jsonb_typeof(r.first_name) = 'string' THEN nullif(btrim(r.first_name #>> '{}', blank), '') END AS first_name,
             CASE WHEN jsonb_typeof(r.last_name) = 'string' THEN nullif(btrim(r.last_name #>> '{}', blank), '') END AS last_name,
             array_remove(ARRAY[
               CASE WHEN jsonb_typeof(e.contact) <> 'object' THEN 'is not an object' END,
               CASE WHEN jsonb_typeof(r.email) <> 'string' THEN 'email: is not a string' END,
               CASE WHEN jsonb_typeof(r.phone) NOT IN ('string', 'number') THEN 'phone: is not a string' END,
               CASE WHEN jsonb_typeof(r.phone_region) <> 'string' THEN 'phone_region: is not a string' END,
               CASE WHEN jsonb_typeof(r.first_name) <> 'string' THEN 'first_name: is not a string' END,
               CASE WHEN jsonb_typeof(r.last_name) <> 'string' THEN 'last_name: is not a string' END
             ], NULL) AS faults
        FROM jsonb_array_elements(clean_contacts.contacts) WITH ORDINALITY AS e (contact, n)
       CROSS JOIN LATERAL jsonb_to_record(CASE WHEN jsonb_typeof(e.contact) = 'object' THEN e.contact ELSE '{}' END)
          AS r (email jsonb, phone jsonb, phone_region jsonb, first_name jsonb, last_name jsonb)
    ), normal AS MATERIALIZED (
      SELECT g.*,
             crm.normalize_email(g.email, clean_contacts.profile) AS email_norm,
             crm.normalize_phone(g.phone, coalesce(g.phone_region, clean_contacts.region)) AS phone_norm
        FROM given AS g
    ), met AS (
      SELECT n.*,
             CASE WHEN n.email_norm IS NOT NULL THEN min(n.n) OVER (PARTITION BY n.email_norm) END AS email_met,
             CASE WHEN n.phone_norm IS NOT NULL THEN min(n.n) OVER (PARTITION BY n.phone_norm) END AS phone_met
        FROM normal AS n
    )
    SELECT m.n,
           m.email_norm,
           m.phone_norm,
           m.first_name,
           m.last_name,
           CASE
             WHEN m.is_object
             THEN (m.contact - '{email,phone,phone_region,first_name,last_name}'::text[])
                  || jsonb_strip_nulls(jsonb_build_object(
                       'email', m.email_norm, 'phone', m.phone_norm, 'phone_region', m.phone_region,
                       'first_name', m.first_name, 'last_name', m.last_name))
           END,
           m.faults || array_remove(ARRAY[
             CASE
               WHEN m.email IS NOT NULL AND m.email_norm IS NULL
               THEN 'email: ' || coalesce(crm.email_rejection_reason(m.email, clean_contacts.profile), 'has no normal form')
             END,
             CASE WHEN m.email_met < m.n THEN format('email: is that of row %s', m.email_met) END,
             CASE
               WHEN m.phone_norm IS NOT NULL OR m.phone IS NULL THEN NULL
               WHEN coalesce(m.phone_region, clean_contacts.region) IS NULL AND m.phone !~ '[+＋]' THEN 'phone: has neither a country code nor a region'
               ELSE 'phone: is not a possible number'
             END,
             CASE
               WHEN m.is_object AND m.faults = '{}'
                    AND coalesce(m.email, m.phone, m.first_name, m.last_name, m.contact ->> 'name', m.contact ->> 'external_id') IS NULL
               THEN 'has neither e-mail address, telephone number, name nor external_id'
             END
           ], NULL),
           array_remove(ARRAY[
             CASE WHEN crm.is_disposable_email(m.email_norm) THEN 'email: is a throw-away address' END,
             CASE WHEN m.phone_met < m.n THEN format('phone: is that of row %s', m.phone_met) END
           ], NULL)
      FROM met AS m
     ORDER BY m.n;
END
$function$;
COMMENT ON FUNCTION crm.clean_contacts(jsonb, text, text) IS
'Contacts to be imported, row by row: a JSON array of objects with the keys email, phone, phone_region, first_name, last_name and any others. row_number: from 1, in the array''s order. email: by crm.normalize_email under the profile; phone: by crm.normalize_phone in the row''s phone_region, else in region; names trimmed. cleaned: the object with these values, without those that are blank or refused, and its other keys as they are, for jsonb_populate_record. refusals: what is wrong with the row, each as "key: fault": no object, a value of the wrong type, an address or number that is none, an address of an earlier row, nothing to be known by; {} where the row can be imported. warnings: what does not stand in the way: a throw-away address, a number of an earlier row. A bad row is never an error. Error 22023 where contacts is no array, or the profile is unknown.';
