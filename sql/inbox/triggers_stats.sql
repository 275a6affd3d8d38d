-- Conversations keep statistics of their messages: see inbox.keep_conversations(). It fires before
-- keep_engagement, by its name: all statements lock conversations before contacts.
CREATE TRIGGER keep_conversations_insert AFTER INSERT ON inbox.messages
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION inbox.keep_conversations();

CREATE TRIGGER keep_conversations_update AFTER UPDATE ON inbox.messages
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION inbox.keep_conversations();

CREATE TRIGGER keep_conversations_delete AFTER DELETE ON inbox.messages
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION inbox.keep_conversations();

CREATE TRIGGER begin_conversation BEFORE INSERT ON inbox.conversations
FOR EACH ROW WHEN (
    NEW.message_count <> 0 OR NEW.unread_count <> 0
    OR num_nonnulls(NEW.last_message_at, NEW.last_inbound_at, NEW.first_reply_at, NEW.waiting_since) > 0
)
EXECUTE FUNCTION inbox.begin_conversation();

-- Within triggers the depth is not 0, and the owner is not bound by policies: what
-- inbox.keep_conversations() writes stays, what an application's own trigger writes does not.
CREATE TRIGGER restore_conversation
AFTER UPDATE OF message_count, unread_count, last_message_at, last_inbound_at, first_reply_at, waiting_since ON inbox.conversations
FOR EACH ROW WHEN (
    (pg_trigger_depth() = 0 OR row_security_active('inbox.conversations'))
    AND (OLD.message_count IS DISTINCT FROM NEW.message_count
         OR OLD.unread_count IS DISTINCT FROM NEW.unread_count
         OR OLD.last_message_at IS DISTINCT FROM NEW.last_message_at
         OR OLD.last_inbound_at IS DISTINCT FROM NEW.last_inbound_at
         OR OLD.first_reply_at IS DISTINCT FROM NEW.first_reply_at
         OR OLD.waiting_since IS DISTINCT FROM NEW.waiting_since)
)
EXECUTE FUNCTION inbox.restore_conversation();

CREATE TRIGGER change_conversation_status BEFORE UPDATE OF status ON inbox.conversations
FOR EACH ROW WHEN (OLD.status <> NEW.status AND (NEW.status = 'resolved' OR OLD.status IN ('resolved', 'snoozed')))
EXECUTE FUNCTION inbox.change_conversation_status();
