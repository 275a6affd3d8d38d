-- Contacts to write messages to, and the usual alternative to the kept state.
-- Variables: contacts
\set org '00000000-0000-7000-8000-000000000002'
INSERT INTO tenancy.organizations (id, name, slug) VALUES (:'org', 'Writing', 'writing');
CREATE ROLE bench_writer LOGIN IN ROLE crm_app;
ALTER ROLE bench_writer IN DATABASE inbox SET app.current_org_id = :'org';

INSERT INTO crm.contacts (id, organization_id, name)
SELECT md5('contact' || i)::uuid, :'org', 'Contact ' || i
  FROM generate_series(1, :contacts) AS i;

-- One conversation for each contact.
INSERT INTO inbox.conversations (id, organization_id, contact_id, channel)
SELECT md5('conversation' || i)::uuid, :'org', md5('contact' || i)::uuid, 'sms'
  FROM generate_series(1, :contacts) AS i;

-- Row by row, as it is mostly written: the conversation's counters, the contact's last activity, and one
-- sum and one time for each contact, decayed in place.
CREATE TABLE public.row_score (
    contact_id uuid NOT NULL PRIMARY KEY,
    value double precision NOT NULL,
    as_of timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE FUNCTION public.keep_by_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.conversation_id IS NOT NULL THEN
    UPDATE inbox.conversations
       SET message_count = message_count + 1,
           unread_count = unread_count + (NEW.direction = 'inbound' AND NEW.status <> 'read')::integer,
           last_message_at = greatest(last_message_at, NEW.created_at),
           last_inbound_at = CASE WHEN NEW.direction = 'inbound' THEN greatest(last_inbound_at, NEW.created_at) ELSE last_inbound_at END
     WHERE id = NEW.conversation_id
       AND organization_id = NEW.organization_id;
  END IF;
  IF NEW.direction = 'inbound' OR NEW.status IN ('sent', 'delivered', 'read') THEN
    UPDATE crm.contacts
       SET last_activity_at = NEW.created_at
     WHERE id = NEW.contact_id
       AND organization_id = NEW.organization_id
       AND (last_activity_at IS NULL OR last_activity_at < NEW.created_at);
    INSERT INTO public.row_score AS r (contact_id, value, as_of)
    VALUES (NEW.contact_id, CASE NEW.direction WHEN 'inbound' THEN 4 ELSE 0.5 END, NEW.created_at)
    ON CONFLICT (contact_id) DO UPDATE
       SET value = r.value * exp(-ln(2.0::float8) * extract(epoch FROM greatest(r.as_of, excluded.as_of) - r.as_of)::float8 / 2592000)
                 + excluded.value * exp(-ln(2.0::float8) * extract(epoch FROM greatest(r.as_of, excluded.as_of) - excluded.as_of)::float8 / 2592000),
           as_of = greatest(r.as_of, excluded.as_of);
  END IF;
  RETURN NULL;
END
$function$;
CREATE TRIGGER keep_by_row AFTER INSERT ON inbox.messages
FOR EACH ROW EXECUTE FUNCTION public.keep_by_row();

-- What is inserted, drawn beforehand.
SELECT setseed(0.75);
CREATE TABLE public.incoming AS
SELECT md5('contact' || d.n)::uuid AS contact_id,
       md5('conversation' || d.n)::uuid AS conversation_id,
       CASE WHEN random() < 0.5 THEN 'inbound' ELSE 'outbound' END AS direction,
       date_trunc('hour', now()) - random() * interval '30 days' AS at
  FROM (SELECT 1 + floor(power(random(), 2) * :contacts)::integer AS n
          FROM generate_series(1, :messages)) AS d;
GRANT SELECT ON public.incoming TO crm_app;
VACUUM (ANALYZE);
