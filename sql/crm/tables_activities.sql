CREATE TABLE crm.activities (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    contact_id uuid,
    deal_id uuid,
    company_id uuid,
    kind crm.activity_kind NOT NULL DEFAULT 'task',
    subject varchar(255),
    description text,
    status crm.activity_status NOT NULL DEFAULT 'pending',
    priority crm.priority NOT NULL DEFAULT 'normal',
    assignee_id uuid,
    starts_at timestamptz,
    ends_at timestamptz,
    due_at timestamptz,
    remind_at timestamptz,
    completed_at timestamptz,
    location text,
    outcome text,
    metadata jsonb NOT NULL DEFAULT '{}',
    -- The subject under both configurations: stemmed as prose, and word by word for the
    -- names in it. The length is bounded, since a tsvector cannot hold more than 1 MB.
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', coalesce(subject, '')), 'A')
        || setweight(to_tsvector('english', coalesce(subject, '')), 'A')
        || setweight(to_tsvector('english', left(coalesce(description, ''), 100000)), 'B')
        || setweight(to_tsvector('english', left(coalesce(outcome, ''), 10000)), 'C')
    ) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT activities_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT activities_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT activities_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT activities_deal_fkey FOREIGN KEY (deal_id, organization_id)
        REFERENCES crm.deals (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT activities_company_fkey FOREIGN KEY (company_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT activities_assignee_fkey FOREIGN KEY (assignee_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (assignee_id),
    CONSTRAINT activities_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT activities_ends_at_check CHECK (ends_at IS NULL OR (starts_at IS NOT NULL AND ends_at >= starts_at)),
    CONSTRAINT activities_completed_at_check CHECK ((status = 'completed') = (completed_at IS NOT NULL)),
    CONSTRAINT activities_overdue_check CHECK (status <> 'overdue' OR due_at IS NOT NULL),
    CONSTRAINT activities_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE crm.activities IS 'Tasks, meetings, calls and follow-ups with a contact, about a deal or for a company.';
COMMENT ON COLUMN crm.activities.external_id IS 'Key of the activity in another system, e.g. a calendar; unique among an organization''s live activities.';
COMMENT ON COLUMN crm.activities.contact_id IS 'Contact that the activity is with.';
COMMENT ON COLUMN crm.activities.deal_id IS 'Deal that the activity serves.';
COMMENT ON COLUMN crm.activities.company_id IS 'Company that the activity is with.';
COMMENT ON COLUMN crm.activities.kind IS 'What is to be done.';
COMMENT ON COLUMN crm.activities.subject IS 'One line that says what it is about.';
COMMENT ON COLUMN crm.activities.description IS 'Details.';
COMMENT ON COLUMN crm.activities.status IS 'Where the activity stands.';
COMMENT ON COLUMN crm.activities.priority IS 'How soon it matters.';
COMMENT ON COLUMN crm.activities.assignee_id IS 'Member who is to do it; NULL: nobody yet.';
COMMENT ON COLUMN crm.activities.starts_at IS 'When a meeting or call begins.';
COMMENT ON COLUMN crm.activities.ends_at IS 'When it ends; not before starts_at.';
COMMENT ON COLUMN crm.activities.due_at IS 'When it has to be done; NULL: no deadline.';
COMMENT ON COLUMN crm.activities.remind_at IS 'When to remind the assignee; NULL: not at all.';
COMMENT ON COLUMN crm.activities.completed_at IS 'When it was done; given exactly where it is completed.';
COMMENT ON COLUMN crm.activities.location IS 'Where a meeting takes place, or its address on line.';
COMMENT ON COLUMN crm.activities.outcome IS 'What came of it.';
COMMENT ON COLUMN crm.activities.metadata IS 'What programs keep with the activity; a JSON object.';
COMMENT ON COLUMN crm.activities.search_vector IS 'Full text of the activity: subject (weight A, configurations simple and english), description (B) and outcome (C), both english.';

CREATE TABLE crm.notes (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    contact_id uuid,
    deal_id uuid,
    company_id uuid,
    author_id uuid,
    type crm.note_type NOT NULL DEFAULT 'public',
    content text NOT NULL,
    is_pinned boolean NOT NULL DEFAULT false,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT notes_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT notes_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT notes_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT notes_deal_fkey FOREIGN KEY (deal_id, organization_id)
        REFERENCES crm.deals (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT notes_company_fkey FOREIGN KEY (company_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT notes_author_fkey FOREIGN KEY (author_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (author_id),
    CONSTRAINT notes_parent_check CHECK (num_nonnulls(contact_id, deal_id, company_id) = 1),
    CONSTRAINT notes_content_check CHECK (btrim(content) <> ''),
    CONSTRAINT notes_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE crm.notes IS 'What members write down about one contact, deal or company.';
COMMENT ON COLUMN crm.notes.contact_id IS 'Contact that the note is about.';
COMMENT ON COLUMN crm.notes.deal_id IS 'Deal that the note is about.';
COMMENT ON COLUMN crm.notes.company_id IS 'Company that the note is about.';
COMMENT ON COLUMN crm.notes.author_id IS 'Member who wrote it; NULL: a program, or a member who has left.';
COMMENT ON COLUMN crm.notes.type IS 'Who may read it: public, everybody in the organization; private, its author and administrators.';
COMMENT ON COLUMN crm.notes.content IS 'The text.';
COMMENT ON COLUMN crm.notes.is_pinned IS 'Whether it is shown before the others.';
COMMENT ON COLUMN crm.notes.metadata IS 'What programs keep with the note; a JSON object.';

CREATE TABLE crm.documents (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    contact_id uuid,
    deal_id uuid,
    activity_id uuid,
    name varchar(255) NOT NULL,
    description text,
    mime_type varchar(255),
    size_bytes bigint,
    sha256 bytea,
    storage_key text NOT NULL,
    uploaded_by uuid,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT documents_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT documents_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT documents_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT documents_deal_fkey FOREIGN KEY (deal_id, organization_id)
        REFERENCES crm.deals (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT documents_activity_fkey FOREIGN KEY (activity_id, organization_id)
        REFERENCES crm.activities (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT documents_uploaded_by_fkey FOREIGN KEY (uploaded_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (uploaded_by),
    CONSTRAINT documents_parent_check CHECK (num_nonnulls(contact_id, deal_id, activity_id) = 1),
    CONSTRAINT documents_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT documents_mime_type_check CHECK (mime_type ~ '^[^\s/]+/[^\s/]+'),
    CONSTRAINT documents_size_bytes_check CHECK (size_bytes >= 0),
    CONSTRAINT documents_sha256_check CHECK (octet_length(sha256) = 32),
    CONSTRAINT documents_storage_key_check CHECK (btrim(storage_key) <> ''),
    CONSTRAINT documents_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE crm.documents IS 'Files attached to one contact, deal or activity. The content lies in the tenant''s object storage.';
COMMENT ON COLUMN crm.documents.contact_id IS 'Contact that the file belongs to.';
COMMENT ON COLUMN crm.documents.deal_id IS 'Deal that the file belongs to.';
COMMENT ON COLUMN crm.documents.activity_id IS 'Activity that the file belongs to.';
COMMENT ON COLUMN crm.documents.name IS 'File name to show.';
COMMENT ON COLUMN crm.documents.description IS 'What the file is.';
COMMENT ON COLUMN crm.documents.mime_type IS 'Media type, e.g. application/pdf.';
COMMENT ON COLUMN crm.documents.size_bytes IS 'Size in bytes; not negative.';
COMMENT ON COLUMN crm.documents.sha256 IS 'SHA-256 of the content, 32 bytes.';
COMMENT ON COLUMN crm.documents.storage_key IS 'Where the content lies: bucket and key, or a URL without credentials; unique per organization.';
COMMENT ON COLUMN crm.documents.uploaded_by IS 'Member who attached it; NULL: a program, or a member who has left.';
COMMENT ON COLUMN crm.documents.metadata IS 'What programs keep with the file; a JSON object.';
