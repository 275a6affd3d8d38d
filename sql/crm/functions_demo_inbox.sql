CREATE FUNCTION crm.demo_conversations(prefix text, first bigint, last bigint)
RETURNS TABLE (n bigint, id uuid, channel text, status text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 16000
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT ('x' || right(v.id::text, 12))::bit(48)::bigint, v.id, v.channel, v.status
    FROM inbox.conversations AS v
   WHERE v.id BETWEEN crm.demo_id(prefix, first * 1024) AND crm.demo_id(prefix, last * 1024 + 1023)
     AND v.organization_id = tenancy.current_org_id()
$function$;
COMMENT ON FUNCTION crm.demo_conversations(text, bigint, bigint) IS
'For demonstration data: the conversations of contacts first to last of the current organization, as they were made. n: the conversation''s number.';

CREATE FUNCTION crm.seed_demo_inbox(seed bigint, first bigint, last bigint, today timestamptz) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  organization CONSTANT uuid := tenancy.current_org_id();
  key CONSTANT bigint := crm.demo_key(seed);
  contact_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'contact');
  conversation_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'conversation');
  message_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'message');
  call_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'call');
  email_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'email');
  members CONSTANT text[] := crm.demo_members();
  products CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'product');
  questions CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'inbound');
  answers CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'outbound');
  subjects CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'email');
  replies CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'reply');
  outcomes CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'outcome');
  our_number CONSTANT text := '+12025550100';
  our_address CONSTANT text := 'team@example.com';
  result jsonb := '{}';
  started timestamptz := clock_timestamp();
  made bigint;
BEGIN
  INSERT INTO inbox.conversations
         (id, organization_id, contact_id, channel, subject, status, priority, assignee_id, labels, snoozed_until, resolved_at, created_at, updated_at)
  SELECT crm.demo_id(conversation_prefix, t.n), organization, crm.demo_id(contact_prefix, t.i), t.channel,
         replace(crm.demo_pick(subjects, crm.demo_unit(key, 110, t.n)), '%s', crm.demo_pick(products, crm.demo_unit(key, 111, t.n))),
         t.status,
         crm.demo_pick('{low,normal,normal,normal,normal,normal,high,urgent}', crm.demo_unit(key, 112, t.n)),
         crm.demo_pick(members, crm.demo_unit(key, 113, t.n))::uuid,
         CASE WHEN crm.demo_unit(key, 114, t.n) < 0.2 THEN ARRAY[crm.demo_pick('{billing,sales,support}', crm.demo_unit(key, 115, t.n))] ELSE '{}' END,
         CASE WHEN t.status = 'snoozed' THEN today + (24 + floor(240 * crm.demo_unit(key, 116, t.n))) * interval '1 hour' END,
         CASE WHEN t.status = 'resolved' THEN t.at + floor(60 + 3000 * crm.demo_unit(key, 117, t.n)) * interval '1 second' END,
         t.at - 5 * interval '20 minutes', t.at
    FROM (SELECT s.*,
                 CASE WHEN c.phone IS NOT NULL AND crm.demo_unit(key, 118, s.n) < 0.6
                      THEN crm.demo_pick('{sms,sms,whatsapp}', crm.demo_unit(key, 119, s.n))
                      WHEN c.email IS NOT NULL AND crm.demo_unit(key, 118, s.n) < 0.9 THEN 'email'
                      ELSE crm.demo_pick('{web,web,facebook,instagram,linkedin}', crm.demo_unit(key, 119, s.n)) END AS channel,
                 CASE WHEN s.j > 1 OR s.quiet > 30 OR crm.demo_unit(key, 120, s.n) < 0.3 THEN 'resolved'
                      -- Our turn where the last message is the contact's: see inbound below.
                      WHEN crm.demo_unit(key, 120, s.n) < 0.36 THEN 'snoozed'
                      WHEN crm.demo_unit(key, 121, s.n) < 0.5 THEN 'open' ELSE 'pending' END AS status
            FROM crm.demo_signals('threads', seed, first, last, today) AS s
            JOIN crm.demo_contacts(contact_prefix, first, last) AS c ON c.i = s.i
          OFFSET 0) AS t
   ORDER BY t.n;
  GET DIAGNOSTICS made = ROW_COUNT;
  result := result || jsonb_build_object('inbox.conversations', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));

  -- A thread's messages are spread evenly over the contact's threads and number m from the latest.
  started := clock_timestamp();
  INSERT INTO inbox.messages
         (id, organization_id, contact_id, conversation_id, channel, direction, sender_id, from_address, to_address, content, status,
          sent_at, delivered_at, read_at, failed_at, error_code, error_message, cost, cost_currency, created_at, updated_at)
  SELECT crm.demo_id(message_prefix, x.n), organization, x.contact_id, x.conversation_id, x.channel,
         CASE WHEN x.inbound THEN 'inbound' ELSE 'outbound' END,
         CASE WHEN NOT x.inbound THEN crm.demo_pick(members, crm.demo_unit(key, 130, x.n))::uuid END,
         CASE WHEN x.inbound THEN x.theirs ELSE x.ours END,
         CASE WHEN x.inbound THEN x.ours ELSE x.theirs END,
         replace(crm.demo_pick(CASE WHEN x.inbound THEN questions ELSE answers END, crm.demo_unit(key, 131, x.n)), '%s',
                 crm.demo_pick(products, crm.demo_unit(key, 111, x.thread))),
         x.status,
         x.at,
         CASE WHEN x.status IN ('delivered', 'read', 'received') THEN x.at + interval '2 seconds' END,
         CASE WHEN x.status = 'read' THEN x.at + floor(5 + 800 * crm.demo_unit(key, 132, x.n)) * interval '1 second' END,
         CASE WHEN x.status = 'failed' THEN x.at + interval '30 seconds' END,
         CASE WHEN x.status = 'failed' THEN '30003' END,
         CASE WHEN x.status = 'failed' THEN 'Unreachable destination' END,
         CASE WHEN NOT x.inbound AND x.channel IN ('sms', 'whatsapp') THEN 0.0079 END,
         CASE WHEN NOT x.inbound AND x.channel IN ('sms', 'whatsapp') THEN 'USD' END,
         x.at, x.at
    FROM (SELECT m.*, c.id AS contact_id, v.id AS conversation_id, v.channel,
                 CASE v.channel WHEN 'email' THEN c.email WHEN 'sms' THEN c.phone WHEN 'whatsapp' THEN c.phone END AS theirs,
                 CASE v.channel WHEN 'email' THEN our_address WHEN 'sms' THEN our_number WHEN 'whatsapp' THEN our_number END AS ours,
                 CASE WHEN m.inbound
                      THEN CASE WHEN m.m = 1 AND v.status = 'open' THEN 'received' ELSE 'read' END
                      ELSE crm.demo_pick(CASE WHEN m.thread = m.i * 1024 + 1 AND m.m = 1 THEN '{sent,delivered,read}'::text[]
                                              ELSE '{failed,sent,sent,delivered,delivered,delivered,delivered,delivered,delivered,delivered,delivered,delivered,read,read,read,read,read,read,read,read}' END,
                                         crm.demo_unit(key, 133, m.n)) END AS status
            FROM (SELECT s.i, s.n AS thread, g.m, s.i * 1024 + s.j * 8 + g.m AS n,
                         s.at - (g.m - 1) * interval '16 minutes'
                           - CASE WHEN g.m > 1 THEN floor(900 * crm.demo_unit(key, 134, s.n * 8 + g.m)) ELSE 0 END * interval '1 second' AS at,
                         (g.m % 2 = 1) = (crm.demo_unit(key, 121, s.n) < 0.5) AS inbound
                    FROM crm.demo_signals('threads', seed, first, last, today) AS s
                   JOIN generate_series(1, 4) AS g (m) ON g.m <= s.messages / s.made + CASE WHEN s.j <= s.messages % s.made THEN 1 ELSE 0 END
                  OFFSET 0) AS m
            JOIN crm.demo_conversations(conversation_prefix, first, last) AS v ON v.n = m.thread
            JOIN crm.demo_contacts(contact_prefix, first, last) AS c ON c.i = m.i
          OFFSET 0) AS x
   ORDER BY x.n;
  GET DIAGNOSTICS made = ROW_COUNT;
  result := result || jsonb_build_object('inbox.messages', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));

  started := clock_timestamp();
  INSERT INTO inbox.calls
         (id, organization_id, contact_id, member_id, direction, status, from_number, to_number, started_at, answered_at, ended_at,
          duration_seconds, disposition, summary, created_at, updated_at)
  SELECT crm.demo_id(call_prefix, x.n), organization, x.contact_id, crm.demo_pick(members, crm.demo_unit(key, 140, x.n))::uuid,
         CASE WHEN x.inbound THEN 'inbound' ELSE 'outbound' END, x.status,
         CASE WHEN x.inbound THEN x.phone ELSE our_number END,
         CASE WHEN x.inbound THEN our_number ELSE x.phone END,
         x.at,
         CASE WHEN x.seconds > 0 THEN x.at + interval '8 seconds' END,
         x.at + (8 + x.seconds) * interval '1 second',
         x.seconds,
         CASE WHEN x.status = 'completed' THEN crm.demo_pick('{interested,"call back",resolved,"not interested"}', crm.demo_unit(key, 141, x.n)) END,
         CASE WHEN x.status = 'completed' THEN crm.demo_pick(outcomes, crm.demo_unit(key, 142, x.n)) END,
         x.at, x.at
    FROM (SELECT y.*, CASE WHEN y.status = 'completed' THEN 20 + floor(exp(7.5 * crm.demo_unit(key, 143, y.n)))::integer ELSE 0 END AS seconds
            FROM (SELECT s.n, s.at, c.id AS contact_id, c.phone,
                         crm.demo_unit(key, 144, s.n) < 0.4 AS inbound,
                         CASE WHEN crm.demo_unit(key, 145, s.n) < 0.75 THEN 'completed'
                              WHEN crm.demo_unit(key, 144, s.n) < 0.4 THEN crm.demo_pick('{missed,missed,voicemail}', crm.demo_unit(key, 146, s.n))
                              ELSE crm.demo_pick('{no_answer,no_answer,voicemail,busy}', crm.demo_unit(key, 146, s.n)) END AS status
                    FROM crm.demo_signals('calls', seed, first, last, today) AS s
                    JOIN crm.demo_contacts(contact_prefix, first, last) AS c ON c.i = s.i
                   WHERE c.phone IS NOT NULL
                  OFFSET 0) AS y
          OFFSET 0) AS x
   ORDER BY x.n;
  GET DIAGNOSTICS made = ROW_COUNT;
  result := result || jsonb_build_object('inbox.calls', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));

  started := clock_timestamp();
  INSERT INTO inbox.emails
         (id, organization_id, contact_id, sender_id, direction, internet_message_id, from_address, to_addresses, subject, body_text,
          sent_at, delivered_at, opened_at, open_count, clicked_at, click_count, replied_at, bounced_at, bounce_kind, bounce_reason, created_at, updated_at)
  SELECT crm.demo_id(email_prefix, x.n), organization, x.contact_id,
         CASE WHEN NOT x.inbound THEN crm.demo_pick(members, crm.demo_unit(key, 150, x.n))::uuid END,
         CASE WHEN x.inbound THEN 'inbound' ELSE 'outbound' END,
         '<' || crm.demo_id(email_prefix, x.n) || '@mail.example.com>',
         CASE WHEN x.inbound THEN x.email ELSE our_address END,
         ARRAY[CASE WHEN x.inbound THEN our_address ELSE x.email::text END],
         replace(crm.demo_pick(CASE WHEN x.inbound THEN replies ELSE subjects END, crm.demo_unit(key, 151, x.n)), '%s', x.product),
         replace(crm.demo_pick(CASE WHEN x.inbound THEN questions ELSE answers END, crm.demo_unit(key, 152, x.n)), '%s', x.product),
         x.at,
         CASE WHEN x.fate > 0.02 THEN x.at + interval '3 seconds' END,
         x.opened_at,
         CASE WHEN x.opened_at IS NOT NULL THEN 1 + floor(3 * power(crm.demo_unit(key, 153, x.n), 4))::integer ELSE 0 END,
         CASE WHEN x.fate > 0.82 THEN least(x.last_at, x.opened_at + interval '40 seconds') END,
         CASE WHEN x.fate > 0.82 THEN 1 ELSE 0 END,
         CASE WHEN x.fate > 0.91 THEN least(x.last_at, x.opened_at + floor(300 + 7200 * crm.demo_unit(key, 154, x.n)) * interval '1 second') END,
         CASE WHEN x.fate <= 0.02 THEN least(x.last_at, x.at + interval '5 seconds') END,
         CASE WHEN x.fate <= 0.02 THEN crm.demo_pick('{hard,soft}', crm.demo_unit(key, 155, x.n)) END,
         CASE WHEN x.fate <= 0.02 THEN 'The mailbox does not accept mail.' END,
         x.at, x.at
    FROM (SELECT y.*, CASE WHEN y.fate > 0.5 THEN least(y.last_at, y.at + floor(30 + 20000 * power(crm.demo_unit(key, 156, y.n), 3)) * interval '1 second') END AS opened_at
            FROM (SELECT s.n, s.at, s.last_at, c.id AS contact_id, c.email,
                         crm.demo_unit(key, 157, s.n) < 0.25 AS inbound,
                         -- What became of an outbound one: bounced, ignored, opened, clicked too, answered too.
                         CASE WHEN crm.demo_unit(key, 157, s.n) < 0.25 THEN 0.1 ELSE crm.demo_unit(key, 158, s.n) END AS fate,
                         crm.demo_pick(products, crm.demo_unit(key, 159, s.n)) AS product
                    FROM crm.demo_signals('emails', seed, first, last, today) AS s
                    JOIN crm.demo_contacts(contact_prefix, first, last) AS c ON c.i = s.i
                   WHERE c.email IS NOT NULL
                  OFFSET 0) AS y
          OFFSET 0) AS x
   ORDER BY x.n;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN result || jsonb_build_object('inbox.emails', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));
END
$function$;
COMMENT ON FUNCTION crm.seed_demo_inbox(bigint, bigint, bigint, timestamptz) IS
'Part of crm.seed_demo_data(): conversations, messages, calls and e-mails of contacts first to last of the current organization.';
REVOKE ALL ON FUNCTION crm.seed_demo_inbox(bigint, bigint, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.seed_demo_inbox(bigint, bigint, bigint, timestamptz) TO crm_app, crm_admin;
