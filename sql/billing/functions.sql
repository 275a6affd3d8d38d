-- Numbers without gaps. The counter's row is locked until the transaction ends, so the next issue waits,
-- and a rollback gives the number back. Numbers are given to updates alone: an INSERT ... ON CONFLICT DO
-- NOTHING would take one and then make no row.
--
-- The number is the one after the highest that an invoice has, those included that the same statement has
-- just issued, which a BEFORE ROW trigger can see. So the counter is written once for each statement: a row
-- written once for each invoice would leave a chain of its versions, longer with each, to be gone through.
CREATE FUNCTION billing.issue_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_sort = off -- the highest number is the last of the index on it, not of a sort
AS $function$
DECLARE
  last bigint;
  highest bigint;
  subtotal numeric;
  tax numeric;
BEGIN
  IF NEW.number IS NOT NULL THEN
    RAISE generated_always USING
      MESSAGE = 'the number of an invoice cannot be chosen',
      DETAIL = 'An invoice gets the next number of its organization when it is issued.',
      HINT = 'Set the status alone.';
  END IF;

  SELECT coalesce(sum(l.amount), 0), coalesce(sum(l.tax_amount), 0) INTO subtotal, tax
    FROM billing.invoice_lines AS l
   WHERE l.invoice_id = NEW.id AND l.organization_id = NEW.organization_id;
  IF (NEW.subtotal_amount, NEW.tax_amount) IS DISTINCT FROM (subtotal, tax) THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = 'the lines of the invoice do not add up to its amounts',
      DETAIL = format('Invoice %s: subtotal_amount %s, its lines %s; tax_amount %s, its lines %s.',
                      NEW.id, NEW.subtotal_amount, subtotal, NEW.tax_amount, tax),
      HINT = 'Insert what is charged as lines: the amounts of a draft follow its lines.';
  END IF;

  LOOP
    SELECT c.last_number, c.number_prefix INTO last, NEW.number_prefix
      FROM billing.invoice_counters AS c
     WHERE c.organization_id = NEW.organization_id
       FOR NO KEY UPDATE;
    EXIT WHEN FOUND;
    INSERT INTO billing.invoice_counters (organization_id) VALUES (NEW.organization_id)
    ON CONFLICT (organization_id) DO NOTHING;
  END LOOP;
  -- By a statement of its own, hence after whoever held the lock. The counter knows what was numbered
  -- before, the invoices what this statement has numbered, and what was brought along without a counter.
  SELECT i.number INTO highest
    FROM billing.invoices AS i
   WHERE i.organization_id = NEW.organization_id AND i.number IS NOT NULL
   ORDER BY i.number DESC
   LIMIT 1;
  NEW.number := greatest(last, highest) + 1;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION billing.issue_invoice() IS
'Trigger, BEFORE UPDATE OF status on billing.invoices, where a draft becomes anything else: gives the invoice the next number of its organization and the prefix of the time. Error 428C9 where the statement names a number, 55000 where the amounts are not the sums of the lines.';
REVOKE ALL ON FUNCTION billing.issue_invoice() FROM PUBLIC;

CREATE FUNCTION billing.keep_invoice_counter() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  UPDATE billing.invoice_counters AS c
     SET last_number = n.last_number
    FROM (SELECT r.organization_id, max(r.number) AS last_number
            FROM new_rows AS r
           WHERE r.number IS NOT NULL
           GROUP BY r.organization_id) AS n
   WHERE c.organization_id = n.organization_id
     AND c.last_number < n.last_number;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION billing.keep_invoice_counter() IS
'Trigger, AFTER UPDATE FOR EACH STATEMENT on billing.invoices with transition table new_rows: writes the highest number that the statement gave to billing.invoice_counters, whose row billing.issue_invoice() has locked.';
REVOKE ALL ON FUNCTION billing.keep_invoice_counter() FROM PUBLIC;

CREATE FUNCTION billing.refuse_issued_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  refused uuid;
BEGIN
  IF TG_OP = 'INSERT' THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = 'an invoice begins as a draft',
      DETAIL = format('Invoice %s was to begin with status %s.', NEW.id, NEW.status),
      HINT = 'Insert a draft and its lines, then set its status: it gets its number then.';
  ELSIF TG_OP = 'UPDATE' THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = 'an issued invoice is not changed',
      DETAIL = format('Invoice %s has status %s.', OLD.id, OLD.status),
      HINT = 'Settle it, give it up, or make it void and issue another one or a credit note.';
  END IF;
  SELECT o.id INTO refused
    FROM old_rows AS o
   WHERE o.status <> 'draft'
   LIMIT 1;
  IF FOUND THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = 'an issued invoice is not deleted',
      DETAIL = format('Invoice %s has a number.', refused),
      HINT = 'Make it void.';
  END IF;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION billing.refuse_issued_change() IS
'Trigger on billing.invoices: refuses, with 55000, an invoice that begins as anything but a draft, a change of what an issued invoice says, and, AFTER DELETE FOR EACH STATEMENT with transition table old_rows, the deletion of an issued one. Fired WHEN (pg_trigger_depth() = 0) there, so that the deletion of an organization takes its invoices along.';
REVOKE ALL ON FUNCTION billing.refuse_issued_change() FROM PUBLIC;

CREATE FUNCTION billing.keep_invoice_amounts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  ids uuid[];
  organizations uuid[];
  issued uuid;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(t.invoice_id), array_agg(t.organization_id) INTO ids, organizations
      FROM (SELECT DISTINCT n.invoice_id, n.organization_id FROM new_rows AS n) AS t;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(t.invoice_id), array_agg(t.organization_id) INTO ids, organizations
      FROM (SELECT DISTINCT o.invoice_id, o.organization_id FROM old_rows AS o) AS t;
  ELSE
    -- What programs keep with a line may change, whatever the invoice's state.
    SELECT array_agg(t.invoice_id), array_agg(t.organization_id) INTO ids, organizations
      FROM (SELECT DISTINCT v.invoice_id, v.organization_id
              FROM old_rows AS o
              FULL JOIN new_rows AS n ON n.id = o.id AND n.organization_id = o.organization_id
             CROSS JOIN LATERAL (VALUES (o.invoice_id, o.organization_id), (n.invoice_id, n.organization_id))
                     AS v (invoice_id, organization_id)
             WHERE v.invoice_id IS NOT NULL
               AND (o.invoice_id, o.subscription_id, o.plan_id, o.kind, o.position, o.description, o.metric, o.quantity,
                    o.unit_price, o.discount_amount, o.tax_rate, o.tax_amount, o.period_start, o.period_end)
                   IS DISTINCT FROM
                   (n.invoice_id, n.subscription_id, n.plan_id, n.kind, n.position, n.description, n.metric, n.quantity,
                    n.unit_price, n.discount_amount, n.tax_rate, n.tax_amount, n.period_start, n.period_end)) AS t;
  END IF;
  IF ids IS NULL THEN
    RETURN NULL;
  END IF;

  -- Whoever issues one of them meanwhile waits, or is waited for.
  WITH locked AS (
    SELECT i.id, i.organization_id, i.status
      FROM unnest(ids, organizations) AS t (id, organization_id)
      JOIN billing.invoices AS i ON i.id = t.id AND i.organization_id = t.organization_id
     ORDER BY i.organization_id, i.id
       FOR NO KEY UPDATE OF i
  )
  SELECT array_agg(l.id), array_agg(l.organization_id), (array_agg(l.id) FILTER (WHERE l.status <> 'draft'))[1]
    INTO ids, organizations, issued
    FROM locked AS l;
  IF issued IS NOT NULL THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = 'the lines of an issued invoice are not changed',
      DETAIL = format('%s of lines of invoice %s, which is no draft.', TG_OP, issued),
      HINT = 'Make it void and issue another one, or issue a credit note.';
  END IF;

  -- A statement of its own, so that it sees the lines of whoever held the locks before.
  UPDATE billing.invoices AS i
     SET subtotal_amount = s.subtotal, tax_amount = s.tax
    FROM (SELECT t.id, t.organization_id, coalesce(sum(l.amount), 0) AS subtotal, coalesce(sum(l.tax_amount), 0) AS tax
            FROM unnest(ids, organizations) AS t (id, organization_id)
            LEFT JOIN billing.invoice_lines AS l ON l.invoice_id = t.id AND l.organization_id = t.organization_id
           GROUP BY t.id, t.organization_id) AS s
   WHERE i.id = s.id
     AND i.organization_id = s.organization_id
     AND (i.subtotal_amount, i.tax_amount) IS DISTINCT FROM (s.subtotal, s.tax);
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION billing.keep_invoice_amounts() IS
'Trigger, AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT on billing.invoice_lines with transition tables new_rows and old_rows: keeps subtotal_amount and tax_amount of drafts, in the currency of the invoice. Error 55000 where the invoice is issued; only the metadata of its lines may change.';
REVOKE ALL ON FUNCTION billing.keep_invoice_amounts() FROM PUBLIC;

CREATE FUNCTION billing.current_subscription(organization_id uuid) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $function$
  SELECT s.id
    FROM billing.subscriptions AS s
   WHERE s.organization_id OPERATOR(pg_catalog.=) $1
   ORDER BY s.ended_at DESC NULLS FIRST, s.started_at DESC, s.id DESC
   LIMIT 1
$function$;
COMMENT ON FUNCTION billing.current_subscription(uuid) IS
'The subscription that counts for an organization: the one that has not ended, else the one that ended last. NULL where there is none or it is not visible.';

CREATE FUNCTION billing.keep_organization_plan() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  organizations uuid[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(DISTINCT n.organization_id) INTO organizations FROM new_rows AS n;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(DISTINCT o.organization_id) INTO organizations FROM old_rows AS o;
  ELSE
    SELECT array_agg(DISTINCT v.organization_id) INTO organizations
      FROM old_rows AS o
      FULL JOIN new_rows AS n ON n.id = o.id AND n.organization_id = o.organization_id
     CROSS JOIN LATERAL (VALUES (o.organization_id), (n.organization_id)) AS v (organization_id)
     WHERE v.organization_id IS NOT NULL
       AND (o.plan_id, o.status, o.trial_ends_at, o.started_at, o.ended_at)
           IS DISTINCT FROM (n.plan_id, n.status, n.trial_ends_at, n.started_at, n.ended_at);
  END IF;
  IF organizations IS NULL THEN
    RETURN NULL;
  END IF;

  PERFORM FROM tenancy.organizations AS g
    WHERE g.id = ANY (organizations) ORDER BY g.id FOR NO KEY UPDATE;
  -- A statement of its own, so that it sees the subscriptions of whoever held the locks before.
  UPDATE tenancy.organizations AS g
     SET plan_id = t.plan_id, subscription_status = t.status, trial_ends_at = t.trial_ends_at
    FROM (SELECT o.id, s.plan_id, coalesce(s.status, 'active') AS status, s.trial_ends_at
            FROM unnest(organizations) AS o (id)
            LEFT JOIN billing.subscriptions AS s
              ON s.organization_id = o.id AND s.id = billing.current_subscription(o.id)) AS t
   WHERE g.id = t.id
     AND (g.plan_id, g.subscription_status, g.trial_ends_at) IS DISTINCT FROM (t.plan_id, t.status, t.trial_ends_at);
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION billing.keep_organization_plan() IS
'Trigger, AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT on billing.subscriptions with transition tables new_rows and old_rows: copies plan, status and end of trial of billing.current_subscription() to tenancy.organizations; without any subscription these are NULL, active and NULL.';
REVOKE ALL ON FUNCTION billing.keep_organization_plan() FROM PUBLIC;

CREATE FUNCTION billing.check_organization_plan() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  truth record;
BEGIN
  SELECT s.plan_id, s.status, s.trial_ends_at INTO truth
    FROM billing.subscriptions AS s
   WHERE s.organization_id = NEW.id AND s.id = billing.current_subscription(NEW.id);
  IF FOUND
     AND ((NEW.plan_id IS DISTINCT FROM OLD.plan_id AND NEW.plan_id IS DISTINCT FROM truth.plan_id)
          OR (NEW.subscription_status <> OLD.subscription_status AND NEW.subscription_status <> truth.status)
          OR (NEW.trial_ends_at IS DISTINCT FROM OLD.trial_ends_at
              AND NEW.trial_ends_at IS DISTINCT FROM truth.trial_ends_at)) THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = 'plan_id, subscription_status and trial_ends_at of an organization are copies',
      DETAIL = format('Its subscription says plan %s, status %s, end of trial %s.',
                      truth.plan_id, truth.status, coalesce(truth.trial_ends_at::text, 'none')),
      HINT = 'Change the row of billing.subscriptions.';
  END IF;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION billing.check_organization_plan() IS
'Trigger, AFTER UPDATE on tenancy.organizations, where a copy of the subscription changes: refuses with 55000 what the subscription does not say. An organization that never subscribed says for itself.';
REVOKE ALL ON FUNCTION billing.check_organization_plan() FROM PUBLIC;

CREATE FUNCTION billing.check_plan_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF EXISTS (SELECT FROM billing.plans AS p WHERE p.id = NEW.plan_id AND p.organization_id <> NEW.id) THEN
    RAISE foreign_key_violation USING
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'organizations_plan_fkey',
      MESSAGE = format('insert or update on table "%s" violates foreign key constraint "organizations_plan_fkey"', TG_TABLE_NAME),
      DETAIL = 'Key is not present in table "plans".'; -- as the server says of a row that cannot be seen
  END IF;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION billing.check_plan_owner() IS
'Trigger, AFTER INSERT OR UPDATE on tenancy.organizations: refuses another organization''s plan with the error of an absent one (23503).';
REVOKE ALL ON FUNCTION billing.check_plan_owner() FROM PUBLIC;

CREATE FUNCTION billing.keep_usage_record_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  -- In key order, so that two senders of the same keys do not wait for each other. A sender that
  -- wrote the key of this very record first, to learn whether it is new, is right too.
  INSERT INTO billing.usage_record_keys (organization_id, idempotency_key, period, usage_record_id, occurred_at)
  SELECT n.organization_id, n.idempotency_key, n.period, n.id, n.occurred_at
    FROM (SELECT r.organization_id, r.idempotency_key, r.id, r.occurred_at,
                 date_trunc('month', r.occurred_at AT TIME ZONE 'UTC')::date AS period
            FROM new_rows AS r
           WHERE r.idempotency_key IS NOT NULL) AS n
   WHERE NOT EXISTS (SELECT FROM billing.usage_record_keys AS k
                      WHERE k.organization_id = n.organization_id
                        AND k.idempotency_key = n.idempotency_key
                        AND k.period = n.period
                        AND k.usage_record_id = n.id)
   ORDER BY n.organization_id, n.idempotency_key, n.period;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION billing.keep_usage_record_keys() IS
'Trigger, AFTER INSERT FOR EACH STATEMENT on billing.usage_records with transition table new_rows: writes the idempotency keys. Error 23505 (usage_record_keys_pkey) where a record of the same month came with the key before.';
REVOKE ALL ON FUNCTION billing.keep_usage_record_keys() FROM PUBLIC;
