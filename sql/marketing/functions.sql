COMMENT ON FUNCTION marketing.calculate_lead_score(uuid, timestamptz, uuid) IS
'The lead''s score, 0 to 100, by the rules that hold for contacts: fit by the attributes that leads have, engagement by the signals that were recorded of it. A lead that was converted to a contact has the contact''s score. organization_id: of whom the lead has to be; NULL: of anybody whom the caller sees. NULL where the lead is absent, deleted or not visible.';
ALTER FUNCTION marketing.calculate_lead_score(uuid, timestamptz, uuid) COST 1000;
COMMENT ON FUNCTION marketing.explain_lead_score(uuid, timestamptz) IS
'The score line by line, as crm.explain_contact_score tells it of contacts.';

CREATE FUNCTION marketing.record_lead_signal(lead_id uuid, signal text, occurred_at timestamptz DEFAULT pg_catalog.now(), weight double precision DEFAULT 1)
RETURNS uuid
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  new_id uuid;
BEGIN
  -- Of a converted lead it is the contact's.
  INSERT INTO crm.signals (organization_id, contact_id, lead_id, signal, occurred_at, weight)
  SELECT l.organization_id, l.converted_contact_id, CASE WHEN l.converted_contact_id IS NULL THEN l.id END,
         $2, coalesce($3, now()), coalesce($4, 1)
    FROM marketing.leads AS l
   WHERE l.id = $1 AND l.deleted_at IS NULL
  RETURNING id INTO new_id;
  IF new_id IS NULL THEN
    RAISE foreign_key_violation USING
      MESSAGE = format('lead %s does not exist', coalesce($1::text, 'NULL')),
      HINT = 'A lead has to be live and of the current organization.';
  END IF;
  RETURN new_id;
END
$function$;
COMMENT ON FUNCTION marketing.record_lead_signal(uuid, text, timestamptz, double precision) IS
'Records a signal of a lead, as crm.record_signal does of a contact, with its errors. It becomes the contact''s when the lead is converted.';

REVOKE ALL ON FUNCTION marketing.record_lead_signal(uuid, text, timestamptz, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION marketing.record_lead_signal(uuid, text, timestamptz, double precision) TO crm_app, crm_admin;

CREATE FUNCTION marketing.take_lead_signals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  UPDATE crm.signals AS s
     SET contact_id = NEW.converted_contact_id, lead_id = NULL
   WHERE s.lead_id = NEW.id AND s.organization_id = NEW.organization_id;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION marketing.take_lead_signals() IS
'Trigger, AFTER UPDATE on marketing.leads FOR EACH ROW that is converted: what the lead did is its contact''s from then on.';
REVOKE ALL ON FUNCTION marketing.take_lead_signals() FROM PUBLIC;

CREATE FUNCTION marketing.refresh_lead_scores(organization_id uuid) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH fresh AS MATERIALIZED (
    SELECT l.id, marketing.calculate_lead_score(l.id, now(), $1) AS score
      FROM marketing.leads AS l
     WHERE l.organization_id = $1 AND l.deleted_at IS NULL AND l.status <> 'converted'
  ), stale AS MATERIALIZED (
    SELECT l.id, fresh.score
      FROM fresh
      JOIN marketing.leads AS l ON l.id = fresh.id AND l.organization_id = $1
     WHERE l.score <> fresh.score
     ORDER BY l.id
       FOR NO KEY UPDATE OF l SKIP LOCKED
  ), written AS (
    UPDATE marketing.leads AS l
       SET score = stale.score, scored_at = now(),
           score_model_id = nullif(crm.score_model_of($1), '00000000-0000-0000-0000-000000000001')
      FROM stale
     WHERE l.id = stale.id AND l.organization_id = $1
    RETURNING 1
  )
  SELECT count(*) FROM written
$function$;
COMMENT ON FUNCTION marketing.refresh_lead_scores(uuid) IS
'For crm.refresh_contact_scores(): stores the scores of an organization''s leads that are not converted where they are others than those that are stored. Returns how many. Leads that another session has locked are left.';
REVOKE ALL ON FUNCTION marketing.refresh_lead_scores(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION marketing.refresh_lead_scores(uuid) TO crm_admin;
