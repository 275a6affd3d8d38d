-- One large organization: many contacts, a few signals of each in the kept state.
-- Variables: contacts
\set org '00000000-0000-7000-8000-000000000003'
SELECT setseed(0.25);
INSERT INTO tenancy.organizations (id, name, slug) VALUES (:'org', 'Large', 'large');

-- Written as they are, without triggers: nothing is measured of how the state comes about. Points of the
-- built-in model's groups, most contacts with few, the latest signal within two years.
SET session_replication_role = replica;
SET work_mem = '256MB';
CREATE TEMPORARY TABLE drawn AS
SELECT crm.uuid_v7() AS id, power(random(), 6) AS busy, random() AS a, random() AS b, random() AS c,
       date_trunc('second', now()) - power(random(), 1.5) * interval '730 days' AS at
  FROM generate_series(1, :contacts);
INSERT INTO crm.contacts (id, organization_id, first_name)
SELECT id, :'org', 'Contact' FROM drawn;
INSERT INTO crm.contact_engagement (organization_id, contact_id, model_id, fit, as_of, rank, sums)
SELECT :'org', d.id, crm.score_model_of(:'org'), 5, d.at,
       crm.engagement_rank(g.half_lives, s.sums, d.at, clock_timestamp()), s.sums
  FROM drawn AS d
 CROSS JOIN (SELECT max(half_life) || array_agg(half_life ORDER BY place) AS half_lives, count(*) AS groups
               FROM crm.signal_groups() WITH ORDINALITY AS g (signal_group, half_life, cap, place)) AS g
 CROSS JOIN LATERAL (SELECT ARRAY[0.0::float8, 200 * d.busy * d.a, 100 * d.busy * d.b, 50 * d.busy * d.c]
                            || array_fill(0.0::float8, ARRAY[g.groups::integer - 3]) AS sums) AS s;
RESET session_replication_role;
VACUUM (ANALYZE) crm.contacts, crm.contact_engagement;
