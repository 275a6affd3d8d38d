-- Isolation: the second organization sees none of the first's rows
\set ON_ERROR_STOP on
SELECT id AS cdnow_id FROM tenancy.organizations WHERE slug = 'cdnow' \gset
SELECT id AS second_id FROM tenancy.organizations WHERE slug = 'second' \gset
SELECT id AS foreign_contact FROM crm.contacts WHERE organization_id = :'cdnow_id' LIMIT 1 \gset

CREATE TEMPORARY TABLE seen (context text, contacts bigint, orders bigint, engagement_states bigint);
GRANT INSERT ON seen TO crm_app;
BEGIN;
SET LOCAL ROLE crm_app;
INSERT INTO seen SELECT 'none', (SELECT count(*) FROM crm.contacts), (SELECT count(*) FROM commerce.orders), (SELECT count(*) FROM crm.contact_engagement);
SELECT tenancy.set_context(:'cdnow_id') \g /dev/null
INSERT INTO seen SELECT 'CDNOW', (SELECT count(*) FROM crm.contacts), (SELECT count(*) FROM commerce.orders), (SELECT count(*) FROM crm.contact_engagement);
SELECT tenancy.set_context(:'second_id') \g /dev/null
INSERT INTO seen SELECT 'Second Organization', (SELECT count(*) FROM crm.contacts), (SELECT count(*) FROM commerce.orders), (SELECT count(*) FROM crm.contact_engagement);
COMMIT;
\echo 'What the application role sees, without any WHERE:'
TABLE seen;

\echo 'What the second organization gets when it tries with a contact of the first:'
CREATE TEMPORARY TABLE attempt (what text, answer text);
GRANT INSERT ON attempt TO crm_app;
SELECT set_config('demo.foreign_contact', :'foreign_contact', false),
       set_config('demo.cdnow', :'cdnow_id', false) \g /dev/null
BEGIN;
SET LOCAL ROLE crm_app;
SELECT tenancy.set_context(:'second_id') \g /dev/null
DO $$
DECLARE
  stranger uuid := current_setting('demo.foreign_contact');
  changed bigint;
BEGIN
  INSERT INTO attempt SELECT 'read its score', coalesce(crm.calculate_contact_score(stranger)::text, 'NULL');
  UPDATE crm.contacts SET name = 'mine' WHERE id = stranger;
  GET DIAGNOSTICS changed = ROW_COUNT;
  INSERT INTO attempt VALUES ('change its name', changed || ' rows');
  BEGIN
    INSERT INTO commerce.orders (contact_id, total_amount) VALUES (stranger, 1);
  EXCEPTION WHEN OTHERS THEN
    INSERT INTO attempt VALUES ('give it an order', SQLERRM);
  END;
  BEGIN
    INSERT INTO crm.contacts (organization_id, name) VALUES (current_setting('demo.cdnow')::uuid, 'spy');
  EXCEPTION WHEN OTHERS THEN
    INSERT INTO attempt VALUES ('put a contact there', SQLERRM);
  END;
END
$$;
COMMIT;
TABLE attempt;
