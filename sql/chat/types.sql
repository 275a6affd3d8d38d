CREATE DOMAIN chat.conversation_status AS text
    CONSTRAINT conversation_status_check CHECK (VALUE IN ('active', 'archived'));
COMMENT ON DOMAIN chat.conversation_status IS 'State of a conversation with an assistant: active, archived.';

CREATE DOMAIN chat.message_role AS text
    CONSTRAINT message_role_check CHECK (VALUE IN ('system', 'user', 'assistant', 'tool'));
COMMENT ON DOMAIN chat.message_role IS 'Who speaks in a conversation with an assistant: system (its instructions), user, assistant, tool (what a tool returned).';

CREATE DOMAIN chat.article_status AS text
    CONSTRAINT article_status_check CHECK (VALUE IN ('draft', 'published', 'archived'));
COMMENT ON DOMAIN chat.article_status IS 'State of an article of the knowledge base: draft, published (assistants answer from it), archived.';
