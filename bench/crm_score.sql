-- One organization's contacts with two years of messages, calls, e-mails, activities, deals and
-- orders, most of which are of few contacts.
-- Variables: contacts
\set org '00000000-0000-7000-8000-000000000001'
SELECT setseed(0.5);
INSERT INTO tenancy.organizations (id, name, slug) VALUES (:'org', 'Measured', 'measured');
CREATE ROLE bench_app LOGIN IN ROLE crm_app;

INSERT INTO crm.contacts (organization_id, external_id, first_name, last_name, email, phone, title, company_name)
SELECT :'org', 'c' || i, 'First' || i % 977, 'Last' || i,
       CASE WHEN i % 10 < 8 THEN 'user' || i || '@example.com' END,
       CASE WHEN i % 10 > 4 THEN '+1212555' || lpad((i % 10000)::text, 4, '0') END,
       CASE WHEN i % 3 = 0 THEN 'Buyer' END,
       CASE WHEN i % 2 = 0 THEN 'Company ' || i % 5000 END
  FROM generate_series(1, :contacts) AS i;
CREATE TEMPORARY TABLE contact AS
SELECT row_number() OVER (ORDER BY md5(external_id)) AS place, id FROM crm.contacts;
CREATE UNIQUE INDEX ON contact (place);
ANALYZE contact;

-- n signals: the square of a random number makes the first places the busy ones.
CREATE FUNCTION pg_temp.drawn(n bigint) RETURNS TABLE (place bigint, at timestamptz, kind double precision)
LANGUAGE sql AS $function$
  SELECT 1 + floor(power(random(), 2) * (SELECT count(*) FROM contact))::bigint,
         date_trunc('hour', now()) - power(random(), 1.5) * interval '730 days',
         random()
    FROM generate_series(1, n)
$function$;

-- The references are right by construction: not to check them saves half the time of the load. The
-- triggers that keep the engagement fire all the same.
SET session_replication_role = replica;
SET work_mem = '256MB';
ALTER TABLE inbox.messages ENABLE ALWAYS TRIGGER keep_engagement_insert;
ALTER TABLE inbox.calls ENABLE ALWAYS TRIGGER keep_engagement_insert;
ALTER TABLE inbox.emails ENABLE ALWAYS TRIGGER keep_engagement_insert;
ALTER TABLE crm.activities ENABLE ALWAYS TRIGGER keep_engagement_insert;
ALTER TABLE crm.deals ENABLE ALWAYS TRIGGER keep_engagement_insert;
ALTER TABLE commerce.orders ENABLE ALWAYS TRIGGER keep_engagement_insert;

INSERT INTO inbox.messages (organization_id, contact_id, channel, direction, status, content, created_at)
SELECT :'org', c.id, 'whatsapp', CASE WHEN d.kind < 0.45 THEN 'inbound' ELSE 'outbound' END,
       CASE WHEN d.kind < 0.45 THEN 'received' WHEN d.kind < 0.95 THEN 'sent' ELSE 'failed' END, 'content', d.at
  FROM pg_temp.drawn(8 * :contacts) AS d JOIN contact AS c USING (place);

INSERT INTO inbox.calls (organization_id, contact_id, direction, status, started_at, created_at)
SELECT :'org', c.id, CASE WHEN d.kind < 0.4 THEN 'inbound' ELSE 'outbound' END,
       CASE WHEN d.kind < 0.9 THEN 'completed' ELSE 'no_answer' END, d.at, d.at
  FROM pg_temp.drawn(2 * :contacts) AS d JOIN contact AS c USING (place);

INSERT INTO inbox.emails (organization_id, contact_id, direction, subject, sent_at, opened_at, clicked_at, replied_at, created_at)
SELECT :'org', c.id, CASE WHEN d.kind < 0.2 THEN 'inbound' ELSE 'outbound' END, 'subject', d.at,
       CASE WHEN d.kind > 0.6 THEN d.at + interval '1 minute' END,
       CASE WHEN d.kind > 0.85 THEN d.at + interval '2 minutes' END,
       CASE WHEN d.kind > 0.95 THEN d.at + interval '3 minutes' END, d.at
  FROM pg_temp.drawn(3 * :contacts) AS d JOIN contact AS c USING (place);

INSERT INTO crm.activities (organization_id, contact_id, kind, subject, status, completed_at, created_at)
SELECT :'org', c.id,
       CASE WHEN d.kind < 0.2 THEN 'meeting' WHEN d.kind < 0.4 THEN 'call' WHEN d.kind < 0.6 THEN 'follow_up' ELSE 'task' END,
       'subject', CASE WHEN d.kind < 0.8 THEN 'completed' ELSE 'pending' END,
       CASE WHEN d.kind < 0.8 THEN d.at END, d.at
  FROM pg_temp.drawn(2 * :contacts) AS d JOIN contact AS c USING (place);

INSERT INTO crm.deals (organization_id, contact_id, name, amount, status, closed_at, created_at)
SELECT :'org', c.id, 'deal', 1000,
       CASE WHEN d.kind < 0.3 THEN 'open' WHEN d.kind < 0.6 THEN 'won' ELSE 'lost' END,
       CASE WHEN d.kind >= 0.3 THEN d.at + interval '1 minute' END, d.at
  FROM pg_temp.drawn(:contacts / 2) AS d JOIN contact AS c USING (place);

INSERT INTO commerce.orders (organization_id, contact_id, status, total_amount, placed_at, created_at)
SELECT :'org', c.id, CASE WHEN d.kind < 0.95 THEN 'completed' ELSE 'cancelled' END, 25, d.at, d.at
  FROM pg_temp.drawn(3 * :contacts / 2) AS d JOIN contact AS c USING (place);
RESET session_replication_role;

CREATE TABLE public.sample AS
SELECT id FROM crm.contacts ORDER BY md5('sample' || external_id) LIMIT 2000;
CREATE TABLE public.all_ids AS
SELECT array_agg(id) AS ids FROM crm.contacts;
GRANT SELECT ON public.sample, public.all_ids TO crm_app;
VACUUM (ANALYZE);

-- The peers: weights and caps as pg_crm's, recency by buckets.

-- Truly immutable, and so inlined: it only compares.
CREATE FUNCTION public.recency(at timestamptz, d30 timestamptz, d90 timestamptz, d365 timestamptz) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT CASE WHEN at > d30 THEN 1.0::float8 WHEN at > d90 THEN 0.5 WHEN at > d365 THEN 0.1 ELSE 0 END
$function$;

-- One query for each table, each by an index on (organization_id, contact_id, time).
CREATE FUNCTION public.calculate_contact_score(contact uuid, as_of timestamptz DEFAULT now()) RETURNS integer
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $function$
DECLARE
  c record;
  total double precision;
  part double precision;
  talks double precision;
  d30 CONSTANT timestamptz := as_of - interval '30 days';
  d90 CONSTANT timestamptz := as_of - interval '90 days';
  d365 CONSTANT timestamptz := as_of - interval '365 days';
BEGIN
  SELECT organization_id, email_norm, phone_e164, coalesce(company_id::text, company_name) AS company, title
    INTO c
    FROM crm.contacts
   WHERE id = contact AND deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  total := 5 * num_nonnulls(c.email_norm, c.phone_e164, c.company, c.title);

  SELECT sum(CASE direction WHEN 'inbound' THEN 4.0::float8 ELSE 0.5 END * public.recency(created_at, d30, d90, d365))
    INTO talks
    FROM inbox.messages
   WHERE organization_id = c.organization_id AND contact_id = contact
     AND created_at > d365 AND created_at <= as_of
     AND deleted_at IS NULL AND (direction = 'inbound' OR status IN ('sent', 'delivered', 'read'));
  SELECT sum(CASE direction WHEN 'inbound' THEN 6.0::float8 ELSE 2 END * public.recency(started_at, d30, d90, d365))
    INTO part
    FROM inbox.calls
   WHERE organization_id = c.organization_id AND contact_id = contact
     AND started_at > d365 AND started_at <= as_of
     AND deleted_at IS NULL AND (direction = 'inbound' OR status = 'completed');
  total := total + least(25, coalesce(talks, 0) + coalesce(part, 0));

  SELECT sum((CASE direction WHEN 'inbound' THEN 3.0::float8 ELSE 0.2 END
              + CASE WHEN opened_at <= as_of THEN 1 ELSE 0 END
              + CASE WHEN clicked_at <= as_of THEN 3 ELSE 0 END
              + CASE WHEN replied_at <= as_of THEN 5 ELSE 0 END
              - CASE WHEN bounced_at <= as_of THEN 5 ELSE 0 END) * public.recency(created_at, d30, d90, d365))
    INTO part
    FROM inbox.emails
   WHERE organization_id = c.organization_id AND contact_id = contact
     AND created_at > d365 AND created_at <= as_of AND deleted_at IS NULL;
  total := total + least(15, coalesce(part, 0));

  SELECT sum(CASE kind WHEN 'meeting' THEN 8.0::float8 WHEN 'call' THEN 3 WHEN 'follow_up' THEN 2 ELSE 1 END
             * public.recency(completed_at, d30, d90, d365))
    INTO part
    FROM crm.activities
   WHERE organization_id = c.organization_id AND contact_id = contact
     AND status = 'completed' AND completed_at > d365 AND completed_at <= as_of AND deleted_at IS NULL;
  total := total + least(15, coalesce(part, 0));

  SELECT sum(8.0::float8 * public.recency(created_at, d30, d90, d365)
             + CASE WHEN closed_at <= as_of THEN CASE status WHEN 'won' THEN 15 WHEN 'lost' THEN -6 ELSE 0 END ELSE 0 END
               * public.recency(closed_at, d30, d90, d365))
    INTO part
    FROM crm.deals
   WHERE organization_id = c.organization_id AND contact_id = contact
     AND created_at <= as_of AND deleted_at IS NULL;
  total := total + least(25, coalesce(part, 0));

  SELECT sum(10.0::float8 * public.recency(placed_at, d30, d90, d365))
    INTO part
    FROM commerce.orders
   WHERE organization_id = c.organization_id AND contact_id = contact
     AND placed_at > d365 AND placed_at <= as_of
     AND status NOT IN ('draft', 'cancelled', 'refunded') AND deleted_at IS NULL;
  total := total + least(60, coalesce(part, 0));

  RETURN least(100, greatest(0, round(total)));
END
$function$;

-- All contacts at once: each table read once, no function called for a row but what is inlined,
-- and the bounds computed once.
\set bounds '(SELECT now() - interval ''30 days''), (SELECT now() - interval ''90 days''), (SELECT now() - interval ''365 days'')'
CREATE VIEW public.set_based_score WITH (security_invoker) AS
SELECT c.id AS contact_id,
       s.engagement,
       least(100, greatest(0, round(
           5 * num_nonnulls(c.email_norm, c.phone_e164, coalesce(c.company_id::text, c.company_name), c.title)
           + coalesce(s.capped, 0))))::integer AS score
  FROM crm.contacts AS c
  LEFT JOIN (
        SELECT contact_id, sum(points) AS engagement, sum(least(points, cap)) AS capped
          FROM (SELECT contact_id, cap, sum(points) AS points
                  FROM (SELECT contact_id, 25.0::float8 AS cap,
                               sum(CASE direction WHEN 'inbound' THEN 4.0::float8 ELSE 0.5 END * public.recency(created_at, :bounds)) AS points
                          FROM inbox.messages
                         WHERE created_at > (SELECT now() - interval '365 days') AND created_at <= now() AND deleted_at IS NULL
                           AND (direction = 'inbound' OR status IN ('sent', 'delivered', 'read'))
                         GROUP BY contact_id
                         UNION ALL
                        SELECT contact_id, 25,
                               sum(CASE direction WHEN 'inbound' THEN 6.0::float8 ELSE 2 END * public.recency(started_at, :bounds))
                          FROM inbox.calls
                         WHERE started_at > (SELECT now() - interval '365 days') AND started_at <= now() AND deleted_at IS NULL
                           AND (direction = 'inbound' OR status = 'completed')
                         GROUP BY contact_id
                         UNION ALL
                        SELECT contact_id, 15,
                               sum((CASE direction WHEN 'inbound' THEN 3.0::float8 ELSE 0.2 END
                                    + CASE WHEN opened_at <= now() THEN 1 ELSE 0 END
                                    + CASE WHEN clicked_at <= now() THEN 3 ELSE 0 END
                                    + CASE WHEN replied_at <= now() THEN 5 ELSE 0 END
                                    - CASE WHEN bounced_at <= now() THEN 5 ELSE 0 END) * public.recency(created_at, :bounds))
                          FROM inbox.emails
                         WHERE created_at > (SELECT now() - interval '365 days') AND created_at <= now() AND deleted_at IS NULL
                         GROUP BY contact_id
                         UNION ALL
                        SELECT contact_id, 15.5, -- apart from e-mail's group
                               sum(CASE kind WHEN 'meeting' THEN 8.0::float8 WHEN 'call' THEN 3 WHEN 'follow_up' THEN 2 ELSE 1 END
                                   * public.recency(completed_at, :bounds))
                          FROM crm.activities
                         WHERE status = 'completed' AND completed_at > (SELECT now() - interval '365 days') AND completed_at <= now()
                           AND deleted_at IS NULL
                         GROUP BY contact_id
                         UNION ALL
                        SELECT contact_id, 25.5, -- apart from conversation's group
                               sum(8.0::float8 * public.recency(created_at, :bounds)
                                   + CASE WHEN closed_at <= now() THEN CASE status WHEN 'won' THEN 15 WHEN 'lost' THEN -6 ELSE 0 END ELSE 0 END
                                     * public.recency(closed_at, :bounds))
                          FROM crm.deals
                         WHERE created_at <= now() AND deleted_at IS NULL
                         GROUP BY contact_id
                         UNION ALL
                        SELECT contact_id, 60, sum(10.0::float8 * public.recency(placed_at, :bounds))
                          FROM commerce.orders
                         WHERE placed_at > (SELECT now() - interval '365 days') AND placed_at <= now() AND deleted_at IS NULL
                           AND status NOT IN ('draft', 'cancelled', 'refunded')
                         GROUP BY contact_id) AS by_table
                 GROUP BY contact_id, cap) AS by_group
         GROUP BY contact_id) AS s
    ON s.contact_id = c.id
 WHERE c.deleted_at IS NULL;

GRANT SELECT ON public.set_based_score TO crm_app;
