CREATE INDEX conversations_organization_user_idx ON chat.conversations (organization_id, user_id, updated_at);
CREATE INDEX conversations_organization_contact_idx ON chat.conversations (organization_id, contact_id, updated_at);
CREATE INDEX conversations_organization_status_updated_at_idx ON chat.conversations (organization_id, status, updated_at) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX messages_organization_external_id_key ON chat.messages (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX messages_organization_conversation_created_at_idx ON chat.messages (organization_id, conversation_id, created_at);
CREATE INDEX messages_organization_conversation_parent_idx ON chat.messages (organization_id, conversation_id, parent_id);
CREATE INDEX messages_organization_author_idx ON chat.messages (organization_id, author_id);

CREATE UNIQUE INDEX knowledge_base_organization_external_id_key ON chat.knowledge_base (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX knowledge_base_organization_slug_language_key ON chat.knowledge_base (organization_id, slug, language) NULLS NOT DISTINCT WHERE slug IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX knowledge_base_organization_category_idx ON chat.knowledge_base (organization_id, category) WHERE deleted_at IS NULL;
CREATE INDEX knowledge_base_organization_status_updated_at_idx ON chat.knowledge_base (organization_id, status, updated_at) WHERE deleted_at IS NULL;
CREATE INDEX knowledge_base_organization_author_idx ON chat.knowledge_base (organization_id, author_id);
CREATE INDEX knowledge_base_search_idx ON chat.knowledge_base USING gin (organization_id, search_vector, labels, title gin_trgm_ops) WHERE deleted_at IS NULL;
