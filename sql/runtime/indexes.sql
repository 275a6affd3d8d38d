-- Those that do not begin with the organization are for workers and purges, which serve all
-- organizations at once.

CREATE INDEX cache_tags_idx ON runtime.cache USING gin (organization_id, tags);
CREATE INDEX cache_expires_at_idx ON runtime.cache (expires_at) WHERE expires_at IS NOT NULL;

CREATE INDEX presence_organization_contact_idx ON runtime.presence (organization_id, contact_id);
CREATE INDEX presence_organization_conversation_idx ON runtime.presence (organization_id, conversation_id);

CREATE INDEX queues_organization_dead_letter_queue_idx ON runtime.queues (organization_id, dead_letter_queue);

CREATE UNIQUE INDEX queue_messages_organization_queue_dedupe_key_key ON runtime.queue_messages (organization_id, queue, dedupe_key) WHERE dedupe_key IS NOT NULL AND status <> 'dead';
-- Two receivers at the same time cannot both have a message of the same key.
CREATE UNIQUE INDEX queue_messages_organization_queue_ordering_key_key ON runtime.queue_messages (organization_id, queue, ordering_key) WHERE ordering_key IS NOT NULL AND status = 'in_flight';
CREATE INDEX queue_messages_organization_queue_visible_at_idx ON runtime.queue_messages (organization_id, queue, priority, visible_at, id);
CREATE INDEX queue_messages_organization_queue_order_idx ON runtime.queue_messages (organization_id, queue, ordering_key, id) WHERE ordering_key IS NOT NULL AND status <> 'dead';
CREATE INDEX queue_messages_queue_visible_at_idx ON runtime.queue_messages (queue, visible_at);
CREATE INDEX queue_messages_expires_at_idx ON runtime.queue_messages (expires_at) WHERE expires_at IS NOT NULL;

CREATE INDEX queue_archive_organization_queue_created_at_idx ON runtime.queue_archive (organization_id, queue, created_at);

CREATE INDEX outbox_organization_resource_idx ON runtime.outbox (organization_id, resource, resource_id, position) WHERE resource IS NOT NULL;
CREATE INDEX outbox_pending_idx ON runtime.outbox (position) WHERE published_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_published_at_idx ON runtime.outbox (published_at) WHERE published_at IS NOT NULL;
