-- What of a conversation's messages it keeps itself: see triggers_stats.sql.

CREATE FUNCTION inbox.message_time(direction text, status text, sent_at timestamptz, created_at timestamptz)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT CASE WHEN $1 OPERATOR(pg_catalog.=) 'inbound'
                OR $2 OPERATOR(pg_catalog.=) ANY ('{sent,delivered,read}'::pg_catalog.text[])
              THEN coalesce($3, $4)
         END
$function$;
COMMENT ON FUNCTION inbox.message_time(text, text, timestamptz, timestamptz) IS
'When a message passed between contact and organization, as crm.message_signals() tells it; NULL for an outbound one that was not sent.';

CREATE FUNCTION inbox.conversation_statistics(organization_id uuid, conversation_id uuid)
RETURNS TABLE (
  message_count integer, unread_count integer, last_message_at timestamptz, last_inbound_at timestamptz,
  first_reply_at timestamptz, waiting_since timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $function$
  SELECT pg_catalog.count(*)::pg_catalog.int4,
         (pg_catalog.count(*) FILTER (WHERE said.unread))::pg_catalog.int4,
         pg_catalog.max(said.at),
         pg_catalog.max(said.at) FILTER (WHERE said.inbound),
         pg_catalog.min(said.at) FILTER (WHERE NOT said.inbound AND said.at OPERATOR(pg_catalog.>=) said.first_inbound),
         pg_catalog.min(said.at) FILTER (WHERE said.inbound AND (said.last_outbound IS NULL
                                                                 OR said.at OPERATOR(pg_catalog.>) said.last_outbound))
    FROM (SELECT m.direction OPERATOR(pg_catalog.=) 'inbound' AS inbound,
                 m.direction OPERATOR(pg_catalog.=) 'inbound' AND m.status OPERATOR(pg_catalog.<>) 'read' AS unread,
                 t.at,
                 pg_catalog.min(t.at) FILTER (WHERE m.direction OPERATOR(pg_catalog.=) 'inbound') OVER () AS first_inbound,
                 pg_catalog.max(t.at) FILTER (WHERE m.direction OPERATOR(pg_catalog.=) 'outbound') OVER () AS last_outbound
            FROM inbox.messages AS m
           CROSS JOIN LATERAL (SELECT inbox.message_time(m.direction, m.status, m.sent_at, m.created_at)) AS t (at)
           WHERE m.organization_id OPERATOR(pg_catalog.=) $1
             AND m.conversation_id OPERATOR(pg_catalog.=) $2
             AND m.deleted_at IS NULL) AS said
$function$;
-- The planner would expect 1,000.
ALTER FUNCTION inbox.conversation_statistics(uuid, uuid) ROWS 1;
COMMENT ON FUNCTION inbox.conversation_statistics(uuid, uuid) IS
'What the columns of the same names in inbox.conversations have to be, reckoned from the live messages. A reply is an outbound message that was sent, not before the first inbound one; the contact waits since the first inbound message after the last outbound one. A resolved conversation keeps no waiting_since.';

CREATE TYPE inbox.conversation_change AS (
  organization_id uuid,
  conversation_id uuid,
  messages integer,
  unread integer,
  first_inbound timestamptz,
  last_inbound timestamptz,
  first_outbound timestamptz,
  last_outbound timestamptz,
  inbound timestamptz[],
  outbound timestamptz[],
  lost boolean
);
COMMENT ON TYPE inbox.conversation_change IS
'What a statement changed in a conversation''s messages: by how many the live and the unread ones grew; the times that came, by direction; whether times went.';

-- Counts are added to and never reckoned anew: within one statement other triggers may have more to
-- add. Times are reckoned from the messages where the kept ones do not tell the new ones; doing so
-- twice does no harm. Plans live as long as the session and must fit one row and a million, and
-- tables that were empty when they were made: hence no way to read a table but by its keys.
CREATE FUNCTION inbox.keep_conversations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan -- planning takes ten times as long as one row
AS $function$
DECLARE
  changes inbox.conversation_change[];
  unclear uuid[];
  reopened uuid[];
  unclear_in uuid[]; -- their organizations
  reopened_in uuid[];
BEGIN
  CASE TG_OP
  WHEN 'INSERT' THEN
    SELECT array_agg(ROW(c.*)::inbox.conversation_change) INTO changes
      FROM (SELECT m.organization_id, m.conversation_id, count(*), count(*) FILTER (WHERE m.inbound AND m.status <> 'read'),
                   min(m.at) FILTER (WHERE m.inbound), max(m.at) FILTER (WHERE m.inbound),
                   min(m.at) FILTER (WHERE NOT m.inbound), max(m.at) FILTER (WHERE NOT m.inbound),
                   array_agg(m.at) FILTER (WHERE m.inbound),
                   array_agg(m.at) FILTER (WHERE NOT m.inbound AND m.at IS NOT NULL), false
              FROM (SELECT n.organization_id, n.conversation_id, n.direction = 'inbound' AS inbound, n.status,
                           inbox.message_time(n.direction, n.status, n.sent_at, n.created_at) AS at
                      FROM new_rows AS n
                     WHERE n.conversation_id IS NOT NULL
                       AND n.deleted_at IS NULL) AS m
             GROUP BY 1, 2) AS c;
  WHEN 'UPDATE' THEN
    SELECT array_agg(ROW(c.*)::inbox.conversation_change) INTO changes
      FROM (SELECT m.organization_id, m.conversation_id, sum(m.messages), sum(m.unread),
                   min(m.at) FILTER (WHERE m.inbound AND m.messages > 0), max(m.at) FILTER (WHERE m.inbound AND m.messages > 0),
                   min(m.at) FILTER (WHERE NOT m.inbound AND m.messages > 0), max(m.at) FILTER (WHERE NOT m.inbound AND m.messages > 0),
                   array_agg(m.at) FILTER (WHERE m.inbound AND m.messages > 0),
                   array_agg(m.at) FILTER (WHERE NOT m.inbound AND m.messages > 0 AND m.at IS NOT NULL),
                   bool_or(m.messages < 0 AND m.at IS NOT NULL)
              FROM (SELECT r.organization_id, r.conversation_id, r.direction = 'inbound' AS inbound, r.at,
                           sum(r.sign) AS messages,
                           sum(CASE WHEN r.direction = 'inbound' AND r.status <> 'read' THEN r.sign ELSE 0 END) AS unread
                      FROM (SELECT 1 AS sign, n.organization_id, n.conversation_id, n.direction, n.status, n.deleted_at,
                                   inbox.message_time(n.direction, n.status, n.sent_at, n.created_at) AS at
                              FROM new_rows AS n
                             UNION ALL
                            SELECT -1, o.organization_id, o.conversation_id, o.direction, o.status, o.deleted_at,
                                   inbox.message_time(o.direction, o.status, o.sent_at, o.created_at)
                              FROM old_rows AS o) AS r
                     WHERE r.conversation_id IS NOT NULL
                       AND r.deleted_at IS NULL
                     GROUP BY 1, 2, 3, 4
                    HAVING sum(r.sign) <> 0
                        OR sum(CASE WHEN r.direction = 'inbound' AND r.status <> 'read' THEN r.sign ELSE 0 END) <> 0) AS m
             GROUP BY 1, 2) AS c;
  ELSE
    SELECT array_agg(ROW(c.*)::inbox.conversation_change) INTO changes
      FROM (SELECT m.organization_id, m.conversation_id, -count(*),
                   -count(*) FILTER (WHERE m.direction = 'inbound' AND m.status <> 'read'),
                   NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz,
                   NULL::timestamptz[], NULL::timestamptz[],
                   bool_or(inbox.message_time(m.direction, m.status, m.sent_at, m.created_at) IS NOT NULL)
              FROM old_rows AS m
             WHERE m.conversation_id IS NOT NULL
               AND m.deleted_at IS NULL
             GROUP BY 1, 2) AS c;
  END CASE;
  IF changes IS NULL THEN
    RETURN NULL;
  END IF;

  -- By itself and not within the statement that writes: that one has to begin at the latest versions
  -- of the rows. From an older one it would wait for who waits for this lock.
  PERFORM FROM unnest(changes) AS n
    JOIN inbox.conversations AS c
      ON c.id = n.conversation_id
     AND c.organization_id = n.organization_id
   ORDER BY c.organization_id, c.id
     FOR NO KEY UPDATE OF c;
  IF NOT FOUND THEN
    RETURN NULL; -- they are deleted together with their messages
  END IF;

  WITH kept AS (
    SELECT n.*, c.status, c.resolved_at, c.updated_at, c.message_count, c.unread_count,
           c.last_message_at, c.last_inbound_at, c.first_reply_at, c.waiting_since
      FROM unnest(changes) AS n
      JOIN inbox.conversations AS c
        ON c.id = n.conversation_id
       AND c.organization_id = n.organization_id
  ), next AS (
    SELECT l.organization_id, l.conversation_id, l.messages, l.unread,
           greatest(l.last_message_at, l.last_inbound, l.last_outbound) AS last_message_at,
           greatest(l.last_inbound_at, l.last_inbound) AS last_inbound_at,
           coalesce(l.first_reply_at,
                    CASE WHEN l.first_outbound >= f.answerable THEN l.first_outbound
                         WHEN l.last_outbound >= f.answerable
                         THEN (SELECT min(t.at) FROM unnest(l.outbound) AS t (at) WHERE t.at >= f.answerable)
                    END) AS first_reply_at,
           CASE WHEN l.status = 'resolved' THEN NULL
                WHEN l.waiting_since > f.answered OR f.answered IS NULL THEN coalesce(l.waiting_since, l.first_inbound)
                WHEN l.first_inbound > f.answered THEN l.first_inbound
                WHEN l.last_inbound > f.answered
                THEN (SELECT min(t.at) FROM unnest(l.inbound) AS t (at) WHERE t.at > f.answered)
           END AS waiting_since,
           l.lost
           -- The first inbound message may be an earlier one now, and so may be the one that answers it.
           OR coalesce(least(l.first_inbound, l.first_outbound) < l.first_reply_at, false)
           OR l.first_reply_at IS NULL
              AND (coalesce(l.first_inbound < f.answerable, false)
                   OR l.last_inbound_at IS NULL AND coalesce(l.first_inbound <= l.last_message_at, false)
                   OR l.waiting_since IS NULL AND coalesce(l.first_outbound < l.last_inbound_at, false))
           -- Or the one that waits: what lies between the messages that it is about is not kept.
           OR coalesce(l.first_inbound < l.waiting_since, false)
           OR coalesce(l.last_outbound >= l.waiting_since AND l.last_outbound < l.last_message_at, false) AS unclear,
           TG_OP = 'INSERT'
           AND CASE l.status
               WHEN 'open' THEN false
               WHEN 'resolved' THEN l.last_inbound > l.resolved_at
               -- When it was put off is not kept; long before its last change can only be old.
               ELSE l.last_inbound > l.updated_at - interval '1 day'
               END AS reopens
      FROM kept AS l
     CROSS JOIN LATERAL (
       SELECT coalesce(l.waiting_since, l.last_inbound_at, l.first_inbound), -- since when a message is a reply
              CASE WHEN l.waiting_since IS NULL THEN greatest(l.last_message_at, l.last_outbound)
                   ELSE l.last_outbound
              END -- until when all is answered
     ) AS f (answerable, answered)
  ), written AS (
    UPDATE inbox.conversations AS c
       SET message_count = c.message_count + n.messages,
           unread_count = c.unread_count + n.unread,
           last_message_at = CASE WHEN n.unclear THEN c.last_message_at ELSE n.last_message_at END,
           last_inbound_at = CASE WHEN n.unclear THEN c.last_inbound_at ELSE n.last_inbound_at END,
           first_reply_at = CASE WHEN n.unclear THEN c.first_reply_at ELSE n.first_reply_at END,
           waiting_since = CASE WHEN n.unclear THEN c.waiting_since ELSE n.waiting_since END
      FROM next AS n
     WHERE c.id = n.conversation_id
       AND c.organization_id = n.organization_id
       AND (n.messages <> 0
            OR n.unread <> 0
            OR NOT n.unclear
               AND (c.last_message_at, c.last_inbound_at, c.first_reply_at, c.waiting_since)
                   IS DISTINCT FROM (n.last_message_at, n.last_inbound_at, n.first_reply_at, n.waiting_since))
  )
  SELECT array_agg(n.conversation_id) FILTER (WHERE n.unclear), array_agg(n.organization_id) FILTER (WHERE n.unclear),
         array_agg(n.conversation_id) FILTER (WHERE n.reopens), array_agg(n.organization_id) FILTER (WHERE n.reopens)
    INTO unclear, unclear_in, reopened, reopened_in
    FROM next AS n;

  IF reopened IS NOT NULL THEN
    UPDATE inbox.conversations AS c
       SET status = 'open',
           resolved_at = NULL,
           snoozed_until = NULL
      FROM unnest(reopened, reopened_in) AS n (id, organization_id)
     WHERE c.id = n.id
       AND c.organization_id = n.organization_id;
  END IF;
  IF unclear IS NOT NULL THEN
    UPDATE inbox.conversations AS c
       SET last_message_at = s.last_message_at,
           last_inbound_at = s.last_inbound_at,
           first_reply_at = s.first_reply_at,
           waiting_since = CASE WHEN c.status <> 'resolved' THEN s.waiting_since END
      FROM unnest(unclear, unclear_in) AS n (id, organization_id)
     CROSS JOIN LATERAL inbox.conversation_statistics(n.organization_id, n.id) AS s
     WHERE c.id = n.id
       AND c.organization_id = n.organization_id
       AND (c.last_message_at, c.last_inbound_at, c.first_reply_at, c.waiting_since)
           IS DISTINCT FROM (s.last_message_at, s.last_inbound_at, s.first_reply_at,
                             CASE WHEN c.status <> 'resolved' THEN s.waiting_since END);
  END IF;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION inbox.keep_conversations() IS
'Trigger, AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT on inbox.messages with transition tables new_rows and old_rows: keeps what inbox.conversation_statistics() tells in inbox.conversations. An inbound message that is inserted opens its conversation again: a resolved one where it is later than resolved_at, a snoozed or pending one unless it is older by more than a day than the conversation''s last change.';
REVOKE ALL ON FUNCTION inbox.keep_conversations() FROM PUBLIC;

CREATE FUNCTION inbox.begin_conversation() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  NEW.message_count := 0;
  NEW.unread_count := 0;
  NEW.last_message_at := NULL;
  NEW.last_inbound_at := NULL;
  NEW.first_reply_at := NULL;
  NEW.waiting_since := NULL;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION inbox.begin_conversation() IS
'Trigger, BEFORE INSERT on inbox.conversations: a new conversation has no messages, whatever the application says.';
REVOKE ALL ON FUNCTION inbox.begin_conversation() FROM PUBLIC;

CREATE FUNCTION inbox.restore_conversation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $function$
BEGIN
  -- Differences, since the statement may have changed messages as well.
  UPDATE inbox.conversations AS c
     SET message_count = c.message_count + OLD.message_count - NEW.message_count,
         unread_count = c.unread_count + OLD.unread_count - NEW.unread_count,
         last_message_at = s.last_message_at,
         last_inbound_at = s.last_inbound_at,
         first_reply_at = s.first_reply_at,
         waiting_since = CASE WHEN c.status <> 'resolved' THEN s.waiting_since END
    FROM inbox.conversation_statistics(NEW.organization_id, NEW.id) AS s
   WHERE c.id = NEW.id
     AND c.organization_id = NEW.organization_id;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION inbox.restore_conversation() IS
'Trigger, AFTER UPDATE on inbox.conversations: takes back what an application wrote into the kept columns, e.g. by saving a whole row that it had read before.';
REVOKE ALL ON FUNCTION inbox.restore_conversation() FROM PUBLIC;

CREATE FUNCTION inbox.change_conversation_status() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $function$
BEGIN
  IF NEW.status <> 'snoozed' AND NEW.snoozed_until IS NOT DISTINCT FROM OLD.snoozed_until THEN
    NEW.snoozed_until := NULL;
  END IF;
  IF NEW.status = 'resolved' THEN
    IF NEW.waiting_since IS NOT DISTINCT FROM OLD.waiting_since THEN
      NEW.waiting_since := NULL;
    END IF; -- else it was written together with the wrong state: the check refuses it
  ELSIF OLD.status = 'resolved' THEN
    NEW.waiting_since := (SELECT s.waiting_since FROM inbox.conversation_statistics(NEW.organization_id, NEW.id) AS s);
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION inbox.change_conversation_status() IS
'Trigger, BEFORE UPDATE OF status on inbox.conversations: nobody waits in a resolved conversation, and one that is opened again says since when the contact waits; only a snoozed one has a time to open again.';
REVOKE ALL ON FUNCTION inbox.change_conversation_status() FROM PUBLIC;

CREATE FUNCTION inbox.change_message_status() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.status IN ('draft', 'scheduled', 'cancelled') AND NEW.sent_at IS NOT DISTINCT FROM OLD.sent_at THEN
    NEW.sent_at := NULL;
  END IF;
  IF NEW.status NOT IN ('delivered', 'read', 'received') AND NEW.delivered_at IS NOT DISTINCT FROM OLD.delivered_at THEN
    NEW.delivered_at := NULL;
  END IF;
  IF NEW.status <> 'read' AND NEW.read_at IS NOT DISTINCT FROM OLD.read_at THEN
    NEW.read_at := NULL;
  END IF;
  IF NEW.status <> 'failed' AND NEW.failed_at IS NOT DISTINCT FROM OLD.failed_at THEN
    NEW.failed_at := NULL;
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION inbox.change_message_status() IS
'Trigger, BEFORE UPDATE OF status on inbox.messages: forgets the times that the new status does not have, e.g. read_at where a message is marked as unread. It sets none: when a receiver read a message is told by the provider or the application, or not known.';
REVOKE ALL ON FUNCTION inbox.change_message_status() FROM PUBLIC;

CREATE FUNCTION inbox.template_variables(template text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce(array_agg(v.name ORDER BY v.place), '{}')
    FROM (SELECT found.words[1] AS name, min(found.place) AS place
            FROM regexp_matches($1, '\{\{\s*([A-Za-z_][A-Za-z0-9_]*(?:[.][A-Za-z0-9_]+)*)\s*\}\}', 'g')
                 WITH ORDINALITY AS found (words, place)
           GROUP BY 1) AS v
$function$;
COMMENT ON FUNCTION inbox.template_variables(text) IS
'The names of the variables in a template''s text, in the order in which they first appear: what stands as {{name}} or {{ contact.first_name }}. {} where there is none, and for NULL. Other braces are text.';

CREATE FUNCTION inbox.check_template_variables() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  undeclared text;
BEGIN
  SELECT string_agg(DISTINCT u.name, ', ') INTO undeclared
    FROM unnest(inbox.template_variables(NEW.subject) || inbox.template_variables(NEW.content)) AS u (name)
   WHERE u.name <> ALL (NEW.variables);
  IF undeclared IS NOT NULL THEN
    RAISE check_violation USING
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'templates_variables_check',
      MESSAGE = 'template uses variables that it does not declare',
      DETAIL = format('Not in column "variables": %s.', undeclared),
      HINT = 'Add them to "variables", or correct their names in the text.';
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION inbox.check_template_variables() IS
'Trigger, BEFORE INSERT OR UPDATE on inbox.templates: refuses (23514) a subject or content with variables that are not among the declared ones. A declared one may be unused.';
REVOKE ALL ON FUNCTION inbox.check_template_variables() FROM PUBLIC;
