-- Who had a contact before is told by the audit log, so that this table says who has it now.
CREATE TABLE inbox.assignments (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    assignee_id uuid NOT NULL,
    method inbox.assignment_method NOT NULL DEFAULT 'manual',
    note text,
    assigned_by uuid,
    assigned_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT assignments_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT assignments_organization_contact_key UNIQUE (organization_id, contact_id),
    CONSTRAINT assignments_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT assignments_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT assignments_assignee_fkey FOREIGN KEY (assignee_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE CASCADE,
    CONSTRAINT assignments_assigned_by_fkey FOREIGN KEY (assigned_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (assigned_by),
    CONSTRAINT assignments_expires_at_check CHECK (expires_at > assigned_at)
);
COMMENT ON TABLE inbox.assignments IS 'Which member handles a contact''s conversations: at most one per contact. A single conversation may have another assignee. A contact without a row is nobody''s.';
COMMENT ON COLUMN inbox.assignments.contact_id IS 'The contact; unique per organization.';
COMMENT ON COLUMN inbox.assignments.assignee_id IS 'Member who handles it.';
COMMENT ON COLUMN inbox.assignments.method IS 'How it came to the member.';
COMMENT ON COLUMN inbox.assignments.note IS 'What the member should know.';
COMMENT ON COLUMN inbox.assignments.assigned_by IS 'Member who assigned it; the current user by default; NULL: a program.';
COMMENT ON COLUMN inbox.assignments.assigned_at IS 'When the present assignee got it.';
COMMENT ON COLUMN inbox.assignments.expires_at IS 'Until when, e.g. while a colleague is away; after assigned_at; NULL: until changed.';

CREATE TABLE inbox.templates (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name varchar(255) NOT NULL,
    name_norm text NOT NULL GENERATED ALWAYS AS (lower(btrim(name))) STORED,
    description text,
    channel inbox.channel,
    category varchar(100),
    language text,
    subject text,
    content text NOT NULL,
    content_type varchar(100) NOT NULL DEFAULT 'text/plain',
    variables text[] NOT NULL DEFAULT '{}',
    variable_defaults jsonb NOT NULL DEFAULT '{}',
    attachments jsonb NOT NULL DEFAULT '[]',
    is_active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    provider varchar(100),
    external_id varchar(255),
    approval_status inbox.template_approval,
    approval_reason text,
    created_by uuid,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT templates_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT templates_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT templates_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT templates_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT templates_category_check CHECK (btrim(category) <> ''),
    CONSTRAINT templates_language_check CHECK (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$'),
    CONSTRAINT templates_content_check CHECK (btrim(content) <> ''),
    -- Element by element, since in a joined text one name with a comma would pass for two.
    CONSTRAINT templates_variables_check CHECK (
        coalesce(array_ndims(variables), 1) = 1
        AND array_position(variables, NULL) IS NULL
        AND NOT jsonb_path_exists(to_jsonb(variables), '$[*] ? (!(@ like_regex "^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z0-9_]+)*$"))')
    ),
    CONSTRAINT templates_variable_defaults_check CHECK (
        jsonb_typeof(variable_defaults) = 'object'
        AND NOT jsonb_path_exists(variable_defaults, 'strict $.* ? (@.type() != "string" && @.type() != "number" && @.type() != "boolean")')
        AND variable_defaults - variables = '{}'
    ),
    CONSTRAINT templates_attachments_check CHECK (jsonb_typeof(attachments) = 'array'),
    CONSTRAINT templates_version_check CHECK (version > 0),
    CONSTRAINT templates_external_id_check CHECK (external_id IS NULL OR (btrim(external_id) <> '' AND provider IS NOT NULL)),
    CONSTRAINT templates_approval_status_check CHECK (approval_status IS NULL OR provider IS NOT NULL),
    CONSTRAINT templates_approval_reason_check CHECK (approval_reason IS NULL OR (approval_status IS NOT NULL AND approval_status IN ('rejected', 'paused', 'disabled'))),
    CONSTRAINT templates_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE inbox.templates IS 'Texts to begin messages with, in which variables stand for what differs from one receiver to the next.';
COMMENT ON COLUMN inbox.templates.name IS 'Name for people, as written.';
COMMENT ON COLUMN inbox.templates.name_norm IS 'The name in lower case, trimmed; unique per channel and language among an organization''s live templates.';
COMMENT ON COLUMN inbox.templates.description IS 'When to use the template.';
COMMENT ON COLUMN inbox.templates.channel IS 'Channel that it is written for; NULL: any.';
COMMENT ON COLUMN inbox.templates.category IS 'What it is for, in the tenant''s own words, e.g. greeting, reminder; NULL: none.';
COMMENT ON COLUMN inbox.templates.language IS 'Language that it is written in: a BCP 47 tag, e.g. en, pt-BR; NULL: none in particular.';
COMMENT ON COLUMN inbox.templates.subject IS 'Subject line, on channels that have one; may hold variables.';
COMMENT ON COLUMN inbox.templates.content IS 'The text, with its variables; not blank.';
COMMENT ON COLUMN inbox.templates.content_type IS 'Media type of content, e.g. text/plain, text/html.';
COMMENT ON COLUMN inbox.templates.variables IS 'Names of the variables in subject and content: letters, digits, underscores, parts set off by points, e.g. contact.first_name.';
COMMENT ON COLUMN inbox.templates.variable_defaults IS 'What to put for a variable that is not given: a JSON object of strings, numbers and booleans by declared variable.';
COMMENT ON COLUMN inbox.templates.attachments IS 'What is sent along: a JSON array of objects.';
COMMENT ON COLUMN inbox.templates.is_active IS 'Whether it is offered for new messages.';
COMMENT ON COLUMN inbox.templates.version IS 'Counts the changes, from 1: who changes a template names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN inbox.templates.provider IS 'Service that has to know the template before it is used, e.g. whatsapp_cloud; NULL: none.';
COMMENT ON COLUMN inbox.templates.external_id IS 'Key of the template at the provider; unique per provider among an organization''s live templates.';
COMMENT ON COLUMN inbox.templates.approval_status IS 'What the provider says of it; NULL: not asked.';
COMMENT ON COLUMN inbox.templates.approval_reason IS 'Why the provider rejected, paused or disabled it.';
COMMENT ON COLUMN inbox.templates.created_by IS 'Member who wrote it; the current user by default.';
COMMENT ON COLUMN inbox.templates.metadata IS 'What programs keep with the template; a JSON object.';

-- Rewritten whenever a member looks: free space on each page and no index on what changes let
-- these updates stay on their page.
CREATE TABLE inbox.conversation_reads (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    member_id uuid NOT NULL,
    last_read_at timestamptz NOT NULL DEFAULT now(),
    muted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT conversation_reads_pkey PRIMARY KEY (conversation_id, organization_id, member_id),
    CONSTRAINT conversation_reads_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT conversation_reads_conversation_fkey FOREIGN KEY (conversation_id, organization_id)
        REFERENCES inbox.conversations (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT conversation_reads_member_fkey FOREIGN KEY (member_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE CASCADE
) WITH (fillfactor = 70);
COMMENT ON TABLE inbox.conversation_reads IS 'How far each member has read each conversation. Without a row: nothing of it.';
COMMENT ON COLUMN inbox.conversation_reads.conversation_id IS 'The conversation.';
COMMENT ON COLUMN inbox.conversation_reads.member_id IS 'The member; the current user by default.';
COMMENT ON COLUMN inbox.conversation_reads.last_read_at IS 'Messages made up to this time are read, later ones new to the member; -infinity: marked as unread.';
COMMENT ON COLUMN inbox.conversation_reads.muted_at IS 'Since when the member is told nothing of it; NULL: is told.';
