CREATE UNIQUE INDEX conversations_organization_channel_external_id_key ON inbox.conversations (organization_id, channel, external_id) NULLS NOT DISTINCT WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX conversations_organization_contact_idx ON inbox.conversations (organization_id, contact_id, last_message_at);
CREATE INDEX conversations_organization_assignee_idx ON inbox.conversations (organization_id, assignee_id, status);
CREATE INDEX conversations_organization_status_last_message_at_idx ON inbox.conversations (organization_id, status, last_message_at) WHERE deleted_at IS NULL;
CREATE INDEX conversations_organization_snoozed_until_idx ON inbox.conversations (organization_id, snoozed_until) WHERE status = 'snoozed' AND deleted_at IS NULL;
CREATE INDEX conversations_labels_idx ON inbox.conversations USING gin (organization_id, labels) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX messages_organization_channel_external_id_key ON inbox.messages (organization_id, channel, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX messages_organization_contact_created_at_idx ON inbox.messages (organization_id, contact_id, created_at);
CREATE INDEX messages_organization_conversation_created_at_idx ON inbox.messages (organization_id, conversation_id, created_at);
CREATE INDEX messages_organization_channel_created_at_idx ON inbox.messages (organization_id, channel, created_at) WHERE deleted_at IS NULL;
CREATE INDEX messages_organization_status_created_at_idx ON inbox.messages (organization_id, status, created_at) WHERE deleted_at IS NULL;
CREATE INDEX messages_organization_scheduled_at_idx ON inbox.messages (organization_id, scheduled_at) WHERE status = 'scheduled' AND deleted_at IS NULL;
CREATE INDEX messages_organization_unread_idx ON inbox.messages (organization_id, conversation_id) WHERE direction = 'inbound' AND status <> 'read' AND deleted_at IS NULL;
CREATE INDEX messages_organization_sender_idx ON inbox.messages (organization_id, sender_id);

CREATE UNIQUE INDEX calls_organization_external_id_key ON inbox.calls (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX calls_organization_message_key ON inbox.calls (organization_id, message_id);
CREATE INDEX calls_organization_contact_started_at_idx ON inbox.calls (organization_id, contact_id, started_at);
CREATE INDEX calls_organization_conversation_idx ON inbox.calls (organization_id, conversation_id);
CREATE INDEX calls_organization_member_idx ON inbox.calls (organization_id, member_id, started_at);
CREATE INDEX calls_organization_status_started_at_idx ON inbox.calls (organization_id, status, started_at) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX emails_organization_internet_message_id_key ON inbox.emails (organization_id, internet_message_id) WHERE internet_message_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX emails_organization_message_key ON inbox.emails (organization_id, message_id);
CREATE INDEX emails_organization_contact_created_at_idx ON inbox.emails (organization_id, contact_id, created_at);
CREATE INDEX emails_organization_conversation_idx ON inbox.emails (organization_id, conversation_id);
CREATE INDEX emails_organization_sender_idx ON inbox.emails (organization_id, sender_id);
CREATE INDEX emails_organization_sent_at_idx ON inbox.emails (organization_id, sent_at) WHERE deleted_at IS NULL;
