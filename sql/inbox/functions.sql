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

CREATE FUNCTION inbox.keep_conversations() RETURNS trigger
LANGUAGE c SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'keep_conversations_wrapper';
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
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'variables', CONSTRAINT = 'templates_variables_check',
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
