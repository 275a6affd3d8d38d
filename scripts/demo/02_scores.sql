-- The hottest contacts on 30 September 1997, and why
\set ON_ERROR_STOP on
SELECT id AS cdnow_id FROM tenancy.organizations WHERE slug = 'cdnow' \gset
BEGIN;
SET LOCAL ROLE crm_app;
SELECT tenancy.set_context(:'cdnow_id') \g /dev/null

\echo 'The ten hottest (SELECT * FROM crm.hottest_contacts(10, ''1997-09-30'')):'
SELECT c.display_name AS contact, round(h.engagement::numeric, 2) AS engagement, h.score
  FROM crm.hottest_contacts(10, '1997-09-30 00:00+00') AS h
  JOIN crm.contacts AS c ON c.id = h.contact_id
 ORDER BY h.engagement DESC;

\echo 'Why the first has its score (SELECT * FROM crm.explain_contact_score(...)); the points add up to it:'
SELECT e.component, e.signal, e.raw, round(e.points::numeric, 3) AS points
  FROM crm.hottest_contacts(1, '1997-09-30 00:00+00') AS h
 CROSS JOIN crm.explain_contact_score(h.contact_id, '1997-09-30 00:00+00') AS e;

\echo 'The same kind of contact in the middle of the list, where no cap is reached:'
SELECT c.display_name AS contact, e.component, e.signal, e.raw, round(e.points::numeric, 3) AS points,
       crm.calculate_contact_score(c.id, '1997-09-30 00:00+00') AS score
  FROM (SELECT contact_id FROM crm.hottest_contacts(3000, '1997-09-30 00:00+00') ORDER BY engagement LIMIT 1) AS h
  JOIN crm.contacts AS c ON c.id = h.contact_id
 CROSS JOIN crm.explain_contact_score(c.id, '1997-09-30 00:00+00') AS e;

-- The ranking is written down before the future is known.
CREATE TEMPORARY TABLE ranking ON COMMIT DROP AS
SELECT contact_id, ntile(10) OVER (ORDER BY engagement DESC, c.external_id) AS tenth
  FROM crm.hottest_contacts(1000000, '1997-09-30 00:00+00') AS h
  JOIN crm.contacts AS c ON c.id = h.contact_id;

INSERT INTO commerce.orders (contact_id, status, total_amount, placed_at)
SELECT c.id, 'completed', p.amount, p.placed_at
  FROM public.demo_purchase AS p
  JOIN crm.contacts AS c ON c.external_id = p.customer
 WHERE p.placed_at > '1997-09-30 00:00+00';

\echo 'What the contacts really bought in the nine months after, by tenth of the ranking:'
SELECT tenth,
       round(100 * share, 1) AS "% of later purchases",
       round(share * 10, 2) AS lift,
       repeat('#', round(100 * share)::integer) AS chart
  FROM (SELECT r.tenth, count(o.id) / sum(count(o.id)) OVER () AS share
          FROM ranking AS r
          LEFT JOIN commerce.orders AS o
            ON o.contact_id = r.contact_id
           AND o.placed_at > '1997-09-30 00:00+00'
         GROUP BY r.tenth) AS tenths
 ORDER BY tenth;
COMMIT;
