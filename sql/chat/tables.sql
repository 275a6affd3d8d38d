CREATE TABLE chat.conversations (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid,
    contact_id uuid,
    title varchar(255),
    status chat.conversation_status NOT NULL DEFAULT 'active',
    model varchar(100),
    system_prompt text,
    settings jsonb NOT NULL DEFAULT '{}',
    is_pinned boolean NOT NULL DEFAULT false,
    archived_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT conversations_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT conversations_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT conversations_user_fkey FOREIGN KEY (user_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (user_id),
    -- What was said with a contact, or about one, is the contact's data and goes with it.
    CONSTRAINT conversations_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT conversations_title_check CHECK (btrim(title) <> ''),
    CONSTRAINT conversations_settings_check CHECK (jsonb_typeof(settings) = 'object'),
    CONSTRAINT conversations_archived_at_check CHECK ((status = 'archived') = (archived_at IS NOT NULL)),
    CONSTRAINT conversations_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE chat.conversations IS 'Conversations with an AI assistant, by a member or by a contact. Those between people are inbox.conversations.';
COMMENT ON COLUMN chat.conversations.user_id IS 'Member who talks with the assistant; NULL: a contact, a program, or a member who has left.';
COMMENT ON COLUMN chat.conversations.contact_id IS 'Contact who talks with the assistant, e.g. on a web site; where user_id is given, the one that is talked about.';
COMMENT ON COLUMN chat.conversations.title IS 'One line that says what it is about; NULL: none yet.';
COMMENT ON COLUMN chat.conversations.status IS 'Whether it is archived.';
COMMENT ON COLUMN chat.conversations.model IS 'Language model that answers, as its provider names it; NULL: the application''s choice.';
COMMENT ON COLUMN chat.conversations.system_prompt IS 'Instructions to the assistant; NULL: the application''s own.';
COMMENT ON COLUMN chat.conversations.settings IS 'Settings of the model, e.g. temperature, tools; a JSON object.';
COMMENT ON COLUMN chat.conversations.is_pinned IS 'Whether it is shown before the others.';
COMMENT ON COLUMN chat.conversations.archived_at IS 'When it was archived; given exactly where it is.';
COMMENT ON COLUMN chat.conversations.metadata IS 'What programs keep with the conversation; a JSON object.';

CREATE TABLE chat.messages (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    parent_id uuid,
    role chat.message_role NOT NULL,
    author_id uuid,
    content text NOT NULL DEFAULT '',
    attachments jsonb NOT NULL DEFAULT '[]',
    tool_calls jsonb NOT NULL DEFAULT '[]',
    tool_call_id varchar(255),
    citations jsonb NOT NULL DEFAULT '[]',
    model varchar(100),
    external_id varchar(255),
    finish_reason varchar(100),
    error_message text,
    input_tokens integer,
    output_tokens integer,
    latency_ms integer,
    cost numeric(10,4),
    cost_currency crm.currency_code,
    rating smallint,
    feedback text,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT messages_pkey PRIMARY KEY (id, organization_id),
    -- What answers refer to, so that an answer is in the same conversation as what it answers.
    CONSTRAINT messages_conversation_key UNIQUE (id, organization_id, conversation_id),
    CONSTRAINT messages_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT messages_conversation_fkey FOREIGN KEY (conversation_id, organization_id)
        REFERENCES chat.conversations (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT messages_parent_fkey FOREIGN KEY (parent_id, organization_id, conversation_id)
        REFERENCES chat.messages (id, organization_id, conversation_id) ON DELETE SET NULL (parent_id),
    CONSTRAINT messages_author_fkey FOREIGN KEY (author_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (author_id),
    CONSTRAINT messages_parent_check CHECK (parent_id <> id),
    CONSTRAINT messages_author_check CHECK (author_id IS NULL OR role IN ('user', 'system')),
    CONSTRAINT messages_attachments_check CHECK (jsonb_typeof(attachments) = 'array'),
    CONSTRAINT messages_tool_calls_check CHECK (
        jsonb_typeof(tool_calls) = 'array' AND (tool_calls = '[]' OR role = 'assistant')
    ),
    CONSTRAINT messages_tool_call_id_check CHECK (btrim(tool_call_id) <> '' AND (tool_call_id IS NULL OR role = 'tool')),
    CONSTRAINT messages_citations_check CHECK (
        jsonb_typeof(citations) = 'array' AND (citations = '[]' OR role = 'assistant')
    ),
    CONSTRAINT messages_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT messages_tokens_check CHECK (input_tokens >= 0 AND output_tokens >= 0),
    CONSTRAINT messages_latency_ms_check CHECK (latency_ms >= 0),
    CONSTRAINT messages_cost_check CHECK (cost >= 0 AND cost <> 'NaN'),
    CONSTRAINT messages_cost_currency_check CHECK (cost_currency IS NULL OR cost IS NOT NULL),
    CONSTRAINT messages_rating_check CHECK (rating IS NULL OR (rating IN (-1, 1) AND role = 'assistant')),
    CONSTRAINT messages_feedback_check CHECK (feedback IS NULL OR role = 'assistant'),
    CONSTRAINT messages_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE chat.messages IS 'What was said in conversations with an AI assistant, turn by turn.';
COMMENT ON COLUMN chat.messages.conversation_id IS 'Conversation that the message is part of.';
COMMENT ON COLUMN chat.messages.parent_id IS 'Message of the same conversation that this one follows, where a turn was edited or answered anew; NULL: the one before it.';
COMMENT ON COLUMN chat.messages.role IS 'Who speaks.';
COMMENT ON COLUMN chat.messages.author_id IS 'Member who wrote it, in the role user or system; NULL: a contact, a program, or a member who has left.';
COMMENT ON COLUMN chat.messages.content IS 'The text; empty where only attachments were sent, or only tools were called.';
COMMENT ON COLUMN chat.messages.attachments IS 'What was sent along: a JSON array of objects.';
COMMENT ON COLUMN chat.messages.tool_calls IS 'Tools that the assistant called, with their arguments: a JSON array of objects; [] in other roles.';
COMMENT ON COLUMN chat.messages.tool_call_id IS 'Call that this is the result of; only in the role tool.';
COMMENT ON COLUMN chat.messages.citations IS 'What the answer rests on, e.g. articles of the knowledge base: a JSON array of objects; [] in roles other than assistant.';
COMMENT ON COLUMN chat.messages.model IS 'Language model that wrote it, as its provider names it.';
COMMENT ON COLUMN chat.messages.external_id IS 'Key of the message at the model''s provider; unique among an organization''s live messages.';
COMMENT ON COLUMN chat.messages.finish_reason IS 'Why the model stopped, as its provider words it, e.g. stop, length, tool_calls.';
COMMENT ON COLUMN chat.messages.error_message IS 'Why there is no answer, or only a part of it; NULL: no error.';
COMMENT ON COLUMN chat.messages.input_tokens IS 'Tokens that the model read for this answer; not negative.';
COMMENT ON COLUMN chat.messages.output_tokens IS 'Tokens that the model wrote; not negative.';
COMMENT ON COLUMN chat.messages.latency_ms IS 'Time until the answer was complete, in milliseconds; not negative.';
COMMENT ON COLUMN chat.messages.cost IS 'What the provider charged, in cost_currency; not negative.';
COMMENT ON COLUMN chat.messages.cost_currency IS 'Currency of cost: ISO 4217.';
COMMENT ON COLUMN chat.messages.rating IS 'The reader''s judgement of an answer: 1 (good) or -1 (bad); NULL: none.';
COMMENT ON COLUMN chat.messages.feedback IS 'What the reader said about an answer.';
COMMENT ON COLUMN chat.messages.metadata IS 'What programs keep with the message; a JSON object.';

CREATE TABLE chat.knowledge_base (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    title varchar(255) NOT NULL,
    slug varchar(255),
    content text NOT NULL DEFAULT '',
    content_type varchar(100) NOT NULL DEFAULT 'text/markdown',
    category varchar(100),
    labels text[] NOT NULL DEFAULT '{}',
    language text,
    status chat.article_status NOT NULL DEFAULT 'draft',
    source_url text,
    author_id uuid,
    published_at timestamptz,
    archived_at timestamptz,
    reviewed_at timestamptz,
    review_due_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}',
    -- The title under both configurations: stemmed as prose, and word by word for the
    -- names in it. The length is bounded, since a tsvector cannot hold more than 1 MB.
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', title), 'A')
        || setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('simple', coalesce(category, '')), 'B')
        || setweight(to_tsvector('english', left(content, 100000)), 'C')
    ) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT knowledge_base_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT knowledge_base_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT knowledge_base_author_fkey FOREIGN KEY (author_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (author_id),
    CONSTRAINT knowledge_base_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT knowledge_base_title_check CHECK (btrim(title) <> ''),
    CONSTRAINT knowledge_base_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$'),
    CONSTRAINT knowledge_base_content_check CHECK (status <> 'published' OR btrim(content) <> ''),
    CONSTRAINT knowledge_base_category_check CHECK (btrim(category) <> ''),
    CONSTRAINT knowledge_base_labels_check CHECK (array_position(labels, NULL) IS NULL),
    CONSTRAINT knowledge_base_language_check CHECK (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$'),
    CONSTRAINT knowledge_base_published_at_check CHECK (published_at IS NULL OR status <> 'draft'),
    CONSTRAINT knowledge_base_archived_at_check CHECK ((status = 'archived') = (archived_at IS NOT NULL)),
    CONSTRAINT knowledge_base_review_due_at_check CHECK (review_due_at > reviewed_at),
    CONSTRAINT knowledge_base_version_check CHECK (version > 0),
    CONSTRAINT knowledge_base_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE chat.knowledge_base IS 'Articles that assistants answer from and members look things up in.';
COMMENT ON COLUMN chat.knowledge_base.external_id IS 'Key of the article in another system, e.g. a help centre; unique among an organization''s live articles.';
COMMENT ON COLUMN chat.knowledge_base.title IS 'What the article is about, in one line.';
COMMENT ON COLUMN chat.knowledge_base.slug IS 'Name in addresses: lower-case letters, digits, inside also . _ -; unique per language among an organization''s live articles.';
COMMENT ON COLUMN chat.knowledge_base.content IS 'The text; not empty where published.';
COMMENT ON COLUMN chat.knowledge_base.content_type IS 'Media type of content, e.g. text/markdown, text/html.';
COMMENT ON COLUMN chat.knowledge_base.category IS 'Group that the article is shown in, in the tenant''s own words; NULL: none.';
COMMENT ON COLUMN chat.knowledge_base.labels IS 'Labels in the tenant''s own words.';
COMMENT ON COLUMN chat.knowledge_base.language IS 'Language of the article: a BCP 47 tag, e.g. en, pt-BR; NULL: not said.';
COMMENT ON COLUMN chat.knowledge_base.status IS 'Whether assistants answer from it.';
COMMENT ON COLUMN chat.knowledge_base.source_url IS 'Where the text was taken from; NULL: written here.';
COMMENT ON COLUMN chat.knowledge_base.author_id IS 'Member who wrote it; NULL: a program, or a member who has left.';
COMMENT ON COLUMN chat.knowledge_base.published_at IS 'When it was first published; never given for a draft.';
COMMENT ON COLUMN chat.knowledge_base.archived_at IS 'When it was archived; given exactly where it is.';
COMMENT ON COLUMN chat.knowledge_base.reviewed_at IS 'When somebody last made sure that it is still true.';
COMMENT ON COLUMN chat.knowledge_base.review_due_at IS 'When that has to be done again; after reviewed_at; NULL: never.';
COMMENT ON COLUMN chat.knowledge_base.version IS 'Counts the changes, from 1: who changes an article names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN chat.knowledge_base.metadata IS 'What programs keep with the article; a JSON object.';
COMMENT ON COLUMN chat.knowledge_base.search_vector IS 'Full text of the article: title (weight A, configurations simple and english), category (B, simple), the first 100000 characters of the content (C, english).';
