-- Every row has its natural key, and ON CONFLICT DO NOTHING names none, so that whichever key a
-- row clashes with, the one that is there stays as its owner made it. All runs insert in the same
-- order: two at the same time wait for each other and cannot deadlock.
CREATE FUNCTION crm.seed_reference_data() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  INSERT INTO crm.countries (code, alpha3, numeric_code, name)
  SELECT code, alpha3, numeric_code, name FROM crm.reference_countries() ORDER BY code
  ON CONFLICT DO NOTHING;

  INSERT INTO crm.industries (organization_id, code, name, position)
  SELECT NULL, code, name, position FROM crm.reference_industries() ORDER BY position
  ON CONFLICT DO NOTHING;

  INSERT INTO crm.job_roles (organization_id, code, name, department, seniority, position)
  SELECT NULL, code, name, department, seniority, position FROM crm.reference_job_roles() ORDER BY position
  ON CONFLICT DO NOTHING;

  INSERT INTO crm.lifecycle_stages (organization_id, code, name, position, is_customer)
  VALUES (NULL, 'subscriber', 'Subscriber', 10, false),
         (NULL, 'lead', 'Lead', 20, false),
         (NULL, 'marketing_qualified', 'Marketing qualified lead', 30, false),
         (NULL, 'sales_qualified', 'Sales qualified lead', 40, false),
         (NULL, 'opportunity', 'Opportunity', 50, false),
         (NULL, 'customer', 'Customer', 60, true),
         (NULL, 'evangelist', 'Evangelist', 70, true),
         (NULL, 'other', 'Other', 80, false)
  ON CONFLICT DO NOTHING;

  -- A plan that was deleted, or an entitlement that was taken out of one, stays away.
  WITH made AS (
    INSERT INTO billing.plans
           (organization_id, code, name, description, pricing_model, currency, unit_amount, trial_days, min_quantity, max_quantity, position)
    SELECT NULL, v.*
      FROM (VALUES
        ('free', 'Free', 'For trying it out and for the smallest teams.', 'flat', 'USD', 0.00, 0::smallint, 1, 1, 10),
        ('starter', 'Starter', 'For small teams: more contacts, members and messages.', 'per_seat', 'USD', 19.00, 14::smallint, 1, 10, 20),
        ('professional', 'Professional', 'For growing teams: automation at scale, and a log of who did what.', 'per_seat', 'USD', 49.00, 14::smallint, 1, 50, 30),
        ('enterprise', 'Enterprise', 'For large organizations: no limits on records, and single sign-on.', 'per_seat', 'USD', 99.00, 30::smallint, 10, NULL, 40)
      ) AS v (code, name, description, pricing_model, currency, unit_amount, trial_days, min_quantity, max_quantity, position)
     WHERE NOT EXISTS (SELECT FROM billing.plans AS p WHERE p.organization_id IS NULL AND p.code = v.code)
     ORDER BY v.position
    ON CONFLICT DO NOTHING
    RETURNING id, code
  )
  INSERT INTO billing.entitlements (organization_id, plan_id, feature, kind, is_enabled, limit_value, quota_interval)
  SELECT NULL, made.id, e.feature, e.kind,
         e.limit_value IS DISTINCT FROM 0,
         CASE WHEN e.kind <> 'switch' THEN e.limit_value END,
         e.quota_interval
    FROM crm.reference_entitlements() AS e
    JOIN made ON made.code = e.plan
   ORDER BY made.code, e.feature
  ON CONFLICT DO NOTHING;

  PERFORM crm.seed_pipeline(o.id)
     FROM (SELECT o.id
             FROM tenancy.organizations AS o
            WHERE o.deleted_at IS NULL
              AND NOT EXISTS (SELECT FROM crm.pipelines AS p WHERE p.organization_id = o.id)
            ORDER BY o.id) AS o;
END
$function$;
COMMENT ON FUNCTION crm.seed_reference_data() IS
'Fills the lists that all organizations share: countries (ISO 3166-1), industries (ISIC Rev. 4), job roles, lifecycle stages and plans with what they give; and gives each organization that never had a pipeline a first one, by crm.seed_pipeline(). Adds what is missing and changes nothing that is there, so it can be called again, and by several at once; rows that were deleted come back, but for plans and pipelines. For crm_admin and superusers.';
REVOKE ALL ON FUNCTION crm.seed_reference_data() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.seed_reference_data() TO crm_admin;

CREATE FUNCTION crm.seed_pipeline(organization_id uuid DEFAULT tenancy.current_org_id()) RETURNS uuid
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
  organization CONSTANT uuid := seed_pipeline.organization_id;
  pipeline uuid;
BEGIN
  IF organization IS NULL THEN
    RAISE null_value_not_allowed USING
      MESSAGE = 'organization_id must not be NULL',
      HINT = 'Name the organization, or set it by tenancy.set_context().';
  END IF;
  LOOP
    SELECT id INTO pipeline
      FROM crm.pipelines
     WHERE organization_id = organization AND deleted_at IS NULL
     ORDER BY is_default DESC, position, id
     LIMIT 1;
    EXIT WHEN FOUND;
    INSERT INTO crm.pipelines (organization_id, name, description, is_default)
    VALUES (organization, 'Sales', 'How deals are won, unless another pipeline says otherwise.', true)
    ON CONFLICT DO NOTHING
    RETURNING id INTO pipeline;
    CONTINUE WHEN NOT FOUND; -- another session was faster
    INSERT INTO crm.deal_stages (organization_id, pipeline_id, name, position, probability, is_won, is_lost, stale_after_days)
    VALUES (organization, pipeline, 'New', 10, 10, false, false, 14),
           (organization, pipeline, 'Qualified', 20, 25, false, false, 21),
           (organization, pipeline, 'Proposal', 30, 50, false, false, 30),
           (organization, pipeline, 'Negotiation', 40, 75, false, false, 30),
           (organization, pipeline, 'Won', 50, 100, true, false, NULL),
           (organization, pipeline, 'Lost', 60, 0, false, true, NULL);
    EXIT;
  END LOOP;
  RETURN pipeline;
END
$function$;
COMMENT ON FUNCTION crm.seed_pipeline(uuid) IS
'The organization''s default pipeline, or its first one; where it has none, one that is made: New, Qualified, Proposal, Negotiation, Won (100 %), Lost (0 %). For organizations made after crm.seed_reference_data() was called. Error 22004 for NULL, 42501 where the organization is not the current one, 23503 where it does not exist.';
REVOKE ALL ON FUNCTION crm.seed_pipeline(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.seed_pipeline(uuid) TO crm_app, crm_admin;
