CREATE FUNCTION crm.demo_deals(seed bigint, first bigint, last bigint, today timestamptz)
RETURNS TABLE (n bigint, i bigint, created_at timestamptz, ended_at timestamptz, status text, reach integer)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 2000
SET search_path = pg_catalog, pg_temp
AS $function$
  -- A deal ends before the contact was last heard of; the open ones are of contacts heard of lately.
  SELECT d.n, d.i, d.at,
         d.at + floor(extract(epoch FROM d.last_at - d.at) * (0.2 + 0.8 * d.length)) * interval '1 second',
         CASE WHEN d.quiet < 45 AND d.fate < 0.5 THEN 'open' WHEN d.fate < 0.72 THEN 'won' ELSE 'lost' END,
         1 + floor(4 * crm.demo_unit(crm.demo_key(seed), 512, d.n))::integer
    FROM (SELECT s.*, crm.demo_unit(crm.demo_key(seed), 510, s.n) AS length, crm.demo_unit(crm.demo_key(seed), 511, s.n) AS fate
            FROM crm.demo_signals('deals', seed, first, last, today) AS s
          OFFSET 0) AS d
$function$;
COMMENT ON FUNCTION crm.demo_deals(bigint, bigint, bigint, timestamptz) IS
'For demonstration data: the course of the deals of contacts first to last. reach: the last open stage that a deal enters, from 1 to 4; ended_at: when it entered the last stage of all.';

-- Deals begin in the first stage and then move, so that the history of their stages is written by
-- the same triggers as ever.
CREATE FUNCTION crm.seed_demo_deals(seed bigint, first bigint, last bigint, today timestamptz) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  organization CONSTANT uuid := tenancy.current_org_id();
  key CONSTANT bigint := crm.demo_key(seed);
  contact_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'contact');
  prefix CONSTANT text := crm.demo_prefix(organization, seed, 'deal');
  members CONSTANT text[] := crm.demo_members();
  products CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'product');
  sources CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'source');
  reasons CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'lost');
  pipeline CONSTANT uuid := crm.seed_pipeline(organization);
  stages CONSTANT uuid[] := ARRAY(SELECT id FROM crm.deal_stages
                                   WHERE organization_id = organization AND pipeline_id = pipeline AND deleted_at IS NULL AND NOT is_won AND NOT is_lost
                                   ORDER BY position, id);
  won CONSTANT uuid := (SELECT id FROM crm.deal_stages
                         WHERE organization_id = organization AND pipeline_id = pipeline AND deleted_at IS NULL AND is_won ORDER BY position, id LIMIT 1);
  lost CONSTANT uuid := (SELECT id FROM crm.deal_stages
                          WHERE organization_id = organization AND pipeline_id = pipeline AND deleted_at IS NULL AND is_lost ORDER BY position, id LIMIT 1);
  started CONSTANT timestamptz := clock_timestamp();
  made bigint;
BEGIN
  INSERT INTO crm.deals
         (id, organization_id, external_id, contact_id, company_id, name, amount, status, stage_id, stage_entered_at, owner_id, source, close_date, created_at, updated_at)
  SELECT crm.demo_id(prefix, d.n), organization, 'demo-' || d.n || CASE WHEN seed = 1 THEN '' ELSE '-s' || seed END,
         c.id, c.company_id, coalesce(c.company_name, c.last_name) || ': ' || crm.demo_pick(products, crm.demo_unit(key, 520, d.n)),
         round((300 * exp(5 * crm.demo_unit(key, 521, d.n) * crm.demo_unit(key, 522, d.n)))::numeric, -1),
         'open', stages[1], d.created_at,
         crm.demo_pick(members, crm.demo_unit(key, 523, d.n))::uuid,
         crm.demo_pick(sources, crm.demo_unit(key, 524, d.n)),
         CASE WHEN d.status = 'open' THEN (today AT TIME ZONE 'UTC')::date + floor(90 * crm.demo_unit(key, 525, d.n) - 10)::integer
              ELSE (d.ended_at AT TIME ZONE 'UTC')::date END,
         d.created_at, d.created_at
    FROM crm.demo_deals(seed, first, last, today) AS d
    JOIN crm.demo_contacts(contact_prefix, first, last) AS c ON c.i = d.i
   ORDER BY d.n;
  GET DIAGNOSTICS made = ROW_COUNT;

  FOR step IN 2 .. least(4, cardinality(stages)) LOOP
    UPDATE crm.deals AS deal
       SET stage_id = stages[step],
           -- In seconds: a difference of two times has days, which are not always 24 hours.
           stage_entered_at = d.created_at + floor(extract(epoch FROM d.ended_at - d.created_at) * (step - 1)
                                                   / CASE WHEN d.status = 'open' THEN d.reach ELSE d.reach + 1 END) * interval '1 second'
      FROM (SELECT crm.demo_id(prefix, c.n) AS id, c.* FROM crm.demo_deals(seed, first, last, today) AS c OFFSET 0) AS d
     WHERE deal.id = d.id AND deal.organization_id = organization
       AND d.reach >= step;
  END LOOP;

  UPDATE crm.deals AS deal
     SET stage_id = coalesce(CASE d.status WHEN 'won' THEN won ELSE lost END, deal.stage_id),
         stage_entered_at = d.ended_at,
         status = d.status,
         closed_at = d.ended_at,
         lost_reason = CASE d.status WHEN 'lost' THEN crm.demo_pick(reasons, crm.demo_unit(key, 526, d.n)) END
    FROM (SELECT crm.demo_id(prefix, c.n) AS id, c.* FROM crm.demo_deals(seed, first, last, today) AS c OFFSET 0) AS d
   WHERE deal.id = d.id AND deal.organization_id = organization
     AND d.status <> 'open';
  RETURN jsonb_build_object('crm.deals', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));
END
$function$;
COMMENT ON FUNCTION crm.seed_demo_deals(bigint, bigint, bigint, timestamptz) IS
'Part of crm.seed_demo_data(): deals of contacts first to last of the current organization, moved through the stages of its pipeline.';
REVOKE ALL ON FUNCTION crm.seed_demo_deals(bigint, bigint, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.seed_demo_deals(bigint, bigint, bigint, timestamptz) TO crm_app, crm_admin;

CREATE FUNCTION crm.seed_demo_work(seed bigint, first bigint, last bigint, today timestamptz) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  organization CONSTANT uuid := tenancy.current_org_id();
  key CONSTANT bigint := crm.demo_key(seed);
  contact_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'contact');
  activity_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'activity');
  note_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'note');
  order_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'order');
  line_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'order line');
  event_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'event');
  suffix CONSTANT text := CASE WHEN seed = 1 THEN '' ELSE '-s' || seed END;
  members CONSTANT text[] := crm.demo_members();
  products CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'product');
  outcomes CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'outcome');
  events CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'event');
  result jsonb := '{}';
  started timestamptz := clock_timestamp();
  made bigint;
BEGIN
  INSERT INTO crm.activities
         (id, organization_id, external_id, contact_id, company_id, kind, subject, status, priority, assignee_id, starts_at, ends_at, due_at, completed_at, outcome, created_at, updated_at)
  SELECT crm.demo_id(activity_prefix, x.n), organization, 'demo-' || x.n || suffix, x.contact_id, x.company_id, x.kind,
         (SELECT crm.demo_pick(t.texts, crm.demo_unit(key, 410, x.n)) FROM crm.demo_texts() AS t WHERE t.subject = x.kind),
         x.status,
         crm.demo_pick('{low,normal,normal,normal,normal,high,high,urgent}', crm.demo_unit(key, 411, x.n)),
         crm.demo_pick(members, crm.demo_unit(key, 412, x.n))::uuid,
         CASE WHEN x.kind IN ('meeting', 'call') THEN x.due_at - interval '30 minutes' END,
         CASE WHEN x.kind IN ('meeting', 'call') THEN x.due_at END,
         x.due_at,
         CASE WHEN x.status = 'completed' THEN x.at END,
         CASE WHEN x.status = 'completed' THEN crm.demo_pick(outcomes, crm.demo_unit(key, 413, x.n)) END,
         greatest(x.contact_created_at, least(x.at, x.due_at) - floor(72 * crm.demo_unit(key, 414, x.n)) * interval '1 hour'),
         x.at
    FROM (SELECT y.*,
                 CASE y.status WHEN 'pending' THEN today + (24 * (1 + floor(20 * power(crm.demo_unit(key, 415, y.n), 2))) + 9) * interval '1 hour'
                               WHEN 'overdue' THEN today - (24 * (1 + floor(20 * power(crm.demo_unit(key, 415, y.n), 2))) - 9) * interval '1 hour'
                               ELSE y.at + floor(48 * crm.demo_unit(key, 415, y.n) - 12) * interval '1 hour' END AS due_at
            FROM (SELECT s.n, s.at, s.created_at AS contact_created_at, c.id AS contact_id, c.company_id,
                         crm.demo_pick('{task,task,task,meeting,call,call,follow_up,follow_up}', crm.demo_unit(key, 416, s.n)) AS kind,
                         -- What is still to be done is for contacts heard of lately.
                         CASE WHEN s.j <= 2 AND s.quiet < 60 AND crm.demo_unit(key, 417, s.n) < 0.6
                              THEN CASE WHEN crm.demo_unit(key, 418, s.n) < 0.75 THEN 'pending' ELSE 'overdue' END
                              WHEN crm.demo_unit(key, 418, s.n) < 0.05 THEN 'cancelled' ELSE 'completed' END AS status
                    FROM crm.demo_signals('activities', seed, first, last, today) AS s
                    JOIN crm.demo_contacts(contact_prefix, first, last) AS c ON c.i = s.i
                  OFFSET 0) AS y
          OFFSET 0) AS x
   ORDER BY x.n;
  GET DIAGNOSTICS made = ROW_COUNT;
  result := result || jsonb_build_object('crm.activities', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));

  started := clock_timestamp();
  INSERT INTO crm.notes (id, organization_id, contact_id, author_id, type, content, is_pinned, created_at, updated_at)
  SELECT crm.demo_id(note_prefix, s.n), organization, crm.demo_id(contact_prefix, s.i), crm.demo_pick(members, crm.demo_unit(key, 810, s.n))::uuid, 'public',
         crm.demo_pick(outcomes, crm.demo_unit(key, 811, s.n)), crm.demo_unit(key, 812, s.n) < 0.05, s.at, s.at
    FROM crm.demo_signals('notes', seed, first, last, today) AS s
   ORDER BY s.n;
  GET DIAGNOSTICS made = ROW_COUNT;
  result := result || jsonb_build_object('crm.notes', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));

  started := clock_timestamp();
  INSERT INTO commerce.orders
         (id, organization_id, external_id, contact_id, company_id, status, source, email, subtotal_amount, discount_amount, shipping_amount, tax_amount,
          total_amount, refunded_amount, placed_at, paid_at, shipped_at, delivered_at, cancelled_at, cancel_reason, created_at, updated_at)
  SELECT crm.demo_id(order_prefix, x.n), organization, 'demo-' || x.n || suffix, x.contact_id, x.company_id, x.status,
         crm.demo_pick('{shop,shop,sales,phone}', crm.demo_unit(key, 610, x.n)), x.email,
         x.subtotal, x.discount, x.shipping, x.tax, x.subtotal - x.discount + x.shipping + x.tax,
         CASE WHEN x.status = 'refunded' THEN x.subtotal - x.discount + x.shipping + x.tax ELSE 0 END,
         x.at,
         CASE WHEN x.status NOT IN ('pending', 'cancelled') THEN x.at + interval '3 minutes' END,
         CASE WHEN x.status IN ('shipped', 'delivered', 'completed') THEN x.at + interval '20 hours' END,
         CASE WHEN x.status IN ('delivered', 'completed') THEN x.at + interval '66 hours' END,
         CASE WHEN x.status = 'cancelled' THEN x.at + interval '50 minutes' END,
         CASE WHEN x.status = 'cancelled' THEN 'changed mind' END,
         x.at, x.at
    FROM (SELECT y.*, round(y.subtotal * CASE WHEN crm.demo_unit(key, 611, y.n) < 0.2 THEN 0.1 ELSE 0 END, 2) AS discount,
                 CASE WHEN y.subtotal < 100 THEN 9.90 ELSE 0 END AS shipping,
                 round(y.subtotal * 0.08, 2) AS tax
            FROM (SELECT s.n, s.at, c.id AS contact_id, c.company_id, c.email, l.subtotal,
                         -- Parcels take three days.
                         CASE WHEN s.at > today - interval '96 hours' THEN crm.demo_pick('{pending,paid,paid,processing}', crm.demo_unit(key, 612, s.n))
                              ELSE crm.demo_pick('{completed,completed,completed,completed,completed,completed,completed,delivered,delivered,shipped,cancelled,refunded}',
                                                 crm.demo_unit(key, 612, s.n)) END AS status
                    FROM crm.demo_signals('orders', seed, first, last, today) AS s
                    JOIN crm.demo_contacts(contact_prefix, first, last) AS c ON c.i = s.i
                   CROSS JOIN LATERAL (SELECT sum(i.quantity * i.unit_price) FROM crm.demo_lines(seed, s.n) AS i) AS l (subtotal)
                  OFFSET 0) AS y
          OFFSET 0) AS x
   ORDER BY x.n;
  GET DIAGNOSTICS made = ROW_COUNT;
  result := result || jsonb_build_object('commerce.orders', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));

  started := clock_timestamp();
  INSERT INTO commerce.order_items (id, organization_id, order_id, position, sku, name, quantity, unit_price, created_at, updated_at)
  SELECT crm.demo_id(line_prefix, s.n * 4 + l.position), organization, crm.demo_id(order_prefix, s.n), l.position,
         'SKU-' || lpad(l.product::text, 4, '0'), products[l.product], l.quantity, l.unit_price, s.at, s.at
    FROM crm.demo_signals('orders', seed, first, last, today) AS s
   CROSS JOIN LATERAL crm.demo_lines(seed, s.n) AS l
   ORDER BY s.n, l.position;
  GET DIAGNOSTICS made = ROW_COUNT;
  result := result || jsonb_build_object('commerce.order_items', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));

  -- Of the last 90 days: older events would fill the default partition.
  started := clock_timestamp();
  INSERT INTO analytics.events (id, organization_id, name, contact_id, session_id, source, properties, context, occurred_at, created_at)
  SELECT crm.demo_id(event_prefix, s.n), organization, e.name, crm.demo_id(contact_prefix, s.i),
         'session-' || s.i || '-' || to_char(s.at AT TIME ZONE 'UTC', 'YYYYMMDD'),
         crm.demo_pick('{web,web,web,mobile,email}', crm.demo_unit(key, 711, s.n)),
         jsonb_build_object('path', '/' || replace(e.name, '_', '-'), 'product', crm.demo_pick(products, crm.demo_unit(key, 712, s.n))),
         jsonb_build_object('device', crm.demo_pick('{desktop,desktop,phone,tablet}', crm.demo_unit(key, 713, s.i))),
         s.at, s.at
    FROM crm.demo_signals('events', seed, first, last, today) AS s
   CROSS JOIN LATERAL (SELECT crm.demo_pick(events, crm.demo_unit(key, 710, s.n)) OFFSET 0) AS e (name)
   WHERE s.at > today - interval '2160 hours'
   ORDER BY s.n;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN result || jsonb_build_object('analytics.events', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));
END
$function$;
COMMENT ON FUNCTION crm.seed_demo_work(bigint, bigint, bigint, timestamptz) IS
'Part of crm.seed_demo_data(): activities, notes, orders with their lines, and events of contacts first to last of the current organization.';
REVOKE ALL ON FUNCTION crm.seed_demo_work(bigint, bigint, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.seed_demo_work(bigint, bigint, bigint, timestamptz) TO crm_app, crm_admin;
