-- Real customers: 23,570 people who bought music at CDNOW in 1997 and 1998
\set ON_ERROR_STOP on
CREATE EXTENSION pg_crm CASCADE;
\dx

CREATE TEMPORARY TABLE purchase_line (line text);
\set load '\\copy purchase_line FROM ' :'cdnow'
:load
CREATE TABLE public.demo_purchase AS
SELECT f[1] AS customer,
       to_timestamp(f[2] || '+00', 'YYYYMMDDTZH') AS placed_at,
       f[4]::numeric(15,2) AS amount
  FROM purchase_line, regexp_split_to_array(btrim(line, E' \r'), ' +') AS f
 WHERE line ~ '^ *[0-9]'; -- not the headings
GRANT SELECT ON public.demo_purchase TO crm_app;

INSERT INTO tenancy.organizations (name, slug)
VALUES ('CDNOW', 'cdnow'), ('Second Organization', 'second');
SELECT id AS cdnow_id FROM tenancy.organizations WHERE slug = 'cdnow' \gset
SELECT id AS second_id FROM tenancy.organizations WHERE slug = 'second' \gset

-- From here on as the application would: a role without any special right, an organization set for
-- the transaction, and no organization_id in any statement.
BEGIN;
SET LOCAL ROLE crm_app;
SELECT tenancy.set_context(:'cdnow_id') \g /dev/null
INSERT INTO crm.contacts (external_id, name)
SELECT customer, 'Customer ' || customer
  FROM public.demo_purchase
 GROUP BY customer;
-- What was known on 30 September 1997.
INSERT INTO commerce.orders (contact_id, status, total_amount, placed_at)
SELECT c.id, 'completed', p.amount, p.placed_at
  FROM public.demo_purchase AS p
  JOIN crm.contacts AS c ON c.external_id = p.customer
 WHERE p.placed_at <= '1997-09-30 00:00+00';
COMMIT;

BEGIN;
SET LOCAL ROLE crm_app;
SELECT tenancy.set_context(:'second_id') \g /dev/null
INSERT INTO crm.contacts (first_name, last_name, email, phone, title, company_name)
VALUES ('Ada', 'Lovelace', 'Ada@Example.com', '+44 20 7946 0018', 'Analyst', 'Engines Ltd'),
       ('Grace', 'Hopper', 'grace@example.org', '+1 212 555 0142', 'Rear Admiral', 'US Navy');
COMMIT;
ANALYZE;

SELECT o.name AS organization,
       (SELECT count(*) FROM crm.contacts AS c WHERE c.organization_id = o.id) AS contacts,
       (SELECT count(*) FROM commerce.orders AS p WHERE p.organization_id = o.id) AS orders,
       (SELECT count(*) FROM crm.contact_engagement AS e WHERE e.organization_id = o.id) AS engagement_states
  FROM tenancy.organizations AS o
 ORDER BY o.name;
