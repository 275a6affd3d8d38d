CREATE TABLE crm.pipelines (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name varchar(255) NOT NULL,
    name_norm text NOT NULL GENERATED ALWAYS AS (lower(btrim(name))) STORED,
    description text,
    position integer NOT NULL DEFAULT 0,
    is_default boolean NOT NULL DEFAULT false,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT pipelines_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT pipelines_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT pipelines_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT pipelines_position_check CHECK (position >= 0),
    CONSTRAINT pipelines_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE crm.pipelines IS 'Ways of selling, each with its own stages.';
COMMENT ON COLUMN crm.pipelines.name IS 'Name for people.';
COMMENT ON COLUMN crm.pipelines.name_norm IS 'The name in lower case, trimmed; unique among an organization''s live pipelines.';
COMMENT ON COLUMN crm.pipelines.description IS 'What is sold this way.';
COMMENT ON COLUMN crm.pipelines.position IS 'Place in a list, lowest first.';
COMMENT ON COLUMN crm.pipelines.is_default IS 'Whether new deals go here; at most one live pipeline of an organization.';
COMMENT ON COLUMN crm.pipelines.metadata IS 'What programs keep with the pipeline; a JSON object.';

CREATE TABLE crm.deal_stages (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    pipeline_id uuid NOT NULL,
    name varchar(255) NOT NULL,
    name_norm text NOT NULL GENERATED ALWAYS AS (lower(btrim(name))) STORED,
    position integer NOT NULL DEFAULT 0,
    probability smallint NOT NULL DEFAULT 0,
    is_won boolean NOT NULL DEFAULT false,
    is_lost boolean NOT NULL DEFAULT false,
    stale_after_days integer,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT deal_stages_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT deal_stages_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT deal_stages_pipeline_fkey FOREIGN KEY (pipeline_id, organization_id)
        REFERENCES crm.pipelines (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT deal_stages_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT deal_stages_position_check CHECK (position >= 0),
    CONSTRAINT deal_stages_probability_check CHECK (probability BETWEEN 0 AND 100),
    CONSTRAINT deal_stages_outcome_check CHECK (
        NOT (is_won AND is_lost)
        AND (NOT is_won OR probability = 100)
        AND (NOT is_lost OR probability = 0)
    ),
    CONSTRAINT deal_stages_stale_after_days_check CHECK (stale_after_days > 0),
    CONSTRAINT deal_stages_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE crm.deal_stages IS 'Stages of a pipeline, in the order that deals pass through them.';
COMMENT ON COLUMN crm.deal_stages.pipeline_id IS 'The pipeline that the stage belongs to.';
COMMENT ON COLUMN crm.deal_stages.name IS 'Name for people.';
COMMENT ON COLUMN crm.deal_stages.name_norm IS 'The name in lower case, trimmed; unique among a pipeline''s live stages.';
COMMENT ON COLUMN crm.deal_stages.position IS 'Place in the pipeline, earliest first.';
COMMENT ON COLUMN crm.deal_stages.probability IS 'Chance in percent that a deal in this stage is won: 0 to 100; 100 in a won stage, 0 in a lost one.';
COMMENT ON COLUMN crm.deal_stages.is_won IS 'Whether a deal that comes here is won.';
COMMENT ON COLUMN crm.deal_stages.is_lost IS 'Whether a deal that comes here is lost.';
COMMENT ON COLUMN crm.deal_stages.stale_after_days IS 'Days after which an open deal has stayed here too long; NULL: never.';
COMMENT ON COLUMN crm.deal_stages.metadata IS 'What programs keep with the stage; a JSON object.';

CREATE TABLE crm.deals (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    contact_id uuid,
    company_id uuid,
    name varchar(255) NOT NULL,
    description text,
    amount numeric(15,2),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    status crm.deal_status NOT NULL DEFAULT 'open',
    stage_id uuid,
    stage_entered_at timestamptz NOT NULL DEFAULT now(),
    advanced_at timestamptz,
    probability smallint,
    owner_id uuid,
    source varchar(100),
    close_date date,
    closed_at timestamptz,
    lost_reason text,
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    -- The name under both configurations: stemmed as prose, and word by word as a name.
    -- The length is bounded, since a tsvector cannot hold more than 1 MB.
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', name), 'A')
        || setweight(to_tsvector('english', name), 'A')
        || setweight(to_tsvector('english', left(coalesce(description, ''), 100000)), 'B')
    ) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT deals_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT deals_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    -- A deal outlives either party, but deals_party_check keeps its last one.
    CONSTRAINT deals_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE SET NULL (contact_id),
    CONSTRAINT deals_company_fkey FOREIGN KEY (company_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE SET NULL (company_id),
    CONSTRAINT deals_stage_fkey FOREIGN KEY (stage_id, organization_id)
        REFERENCES crm.deal_stages (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT deals_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT deals_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT deals_party_check CHECK (contact_id IS NOT NULL OR company_id IS NOT NULL),
    CONSTRAINT deals_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT deals_amount_check CHECK (amount >= 0 AND amount <> 'NaN'),
    CONSTRAINT deals_probability_check CHECK (probability BETWEEN 0 AND 100),
    CONSTRAINT deals_closed_at_check CHECK ((status = 'open') = (closed_at IS NULL)),
    CONSTRAINT deals_lost_reason_check CHECK (lost_reason IS NULL OR status = 'lost'),
    CONSTRAINT deals_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE crm.deals IS 'Sales opportunities, with a contact, a company or both.';
COMMENT ON COLUMN crm.deals.external_id IS 'Key of the deal in another system; unique among an organization''s live deals.';
COMMENT ON COLUMN crm.deals.contact_id IS 'The person that the deal is made with.';
COMMENT ON COLUMN crm.deals.company_id IS 'The company that the deal is made with.';
COMMENT ON COLUMN crm.deals.name IS 'What the deal is called.';
COMMENT ON COLUMN crm.deals.description IS 'What the deal is about.';
COMMENT ON COLUMN crm.deals.amount IS 'What the deal is worth, in currency; not negative; NULL: not yet known.';
COMMENT ON COLUMN crm.deals.currency IS 'Currency of amount: ISO 4217.';
COMMENT ON COLUMN crm.deals.status IS 'Whether the deal is open, won or lost.';
COMMENT ON COLUMN crm.deals.stage_id IS 'Stage that the deal is in, and by it the pipeline; NULL: in none.';
COMMENT ON COLUMN crm.deals.stage_entered_at IS 'Since when the deal is in its stage.';
COMMENT ON COLUMN crm.deals.advanced_at IS 'When the deal last moved to a later open stage of its pipeline; NULL: never.';
COMMENT ON COLUMN crm.deals.probability IS 'Chance in percent that the deal is won: 0 to 100; NULL: that of the stage.';
COMMENT ON COLUMN crm.deals.owner_id IS 'Member who works on the deal.';
COMMENT ON COLUMN crm.deals.source IS 'Where the deal came from, in the tenant''s own words.';
COMMENT ON COLUMN crm.deals.close_date IS 'Day on which the deal is expected to close.';
COMMENT ON COLUMN crm.deals.closed_at IS 'When the deal was won or lost; NULL exactly while it is open.';
COMMENT ON COLUMN crm.deals.lost_reason IS 'Why the deal was lost; only where it was.';
COMMENT ON COLUMN crm.deals.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN crm.deals.metadata IS 'What programs keep with the deal; a JSON object.';
COMMENT ON COLUMN crm.deals.search_vector IS 'Full text of the deal: name (weight A, configurations simple and english), the first 100000 characters of the description (B, english).';

CREATE TABLE crm.deal_tags (
    deal_id uuid NOT NULL,
    tag_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT deal_tags_pkey PRIMARY KEY (deal_id, organization_id, tag_id),
    CONSTRAINT deal_tags_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT deal_tags_deal_fkey FOREIGN KEY (deal_id, organization_id)
        REFERENCES crm.deals (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT deal_tags_tag_fkey FOREIGN KEY (tag_id, organization_id)
        REFERENCES crm.tags (id, organization_id) ON DELETE CASCADE
);
COMMENT ON TABLE crm.deal_tags IS 'Which deal carries which tag.';
COMMENT ON COLUMN crm.deal_tags.deal_id IS 'The deal.';
COMMENT ON COLUMN crm.deal_tags.tag_id IS 'The tag.';

-- Append-only. Stages cannot vanish from under it (retire them with deleted_at), and
-- changed_by is no foreign key: the ledger still tells who did it when the member has left.
CREATE TABLE crm.deal_stage_history (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    deal_id uuid NOT NULL,
    from_stage_id uuid,
    to_stage_id uuid,
    from_status crm.deal_status,
    to_status crm.deal_status NOT NULL,
    amount numeric(15,2),
    changed_by uuid,
    changed_at timestamptz NOT NULL DEFAULT now(),
    seconds_in_stage bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT deal_stage_history_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT deal_stage_history_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT deal_stage_history_deal_fkey FOREIGN KEY (deal_id, organization_id)
        REFERENCES crm.deals (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT deal_stage_history_from_stage_fkey FOREIGN KEY (from_stage_id, organization_id)
        REFERENCES crm.deal_stages (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT deal_stage_history_to_stage_fkey FOREIGN KEY (to_stage_id, organization_id)
        REFERENCES crm.deal_stages (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT deal_stage_history_change_check CHECK (
        from_stage_id IS DISTINCT FROM to_stage_id OR from_status IS DISTINCT FROM to_status
    ),
    CONSTRAINT deal_stage_history_amount_check CHECK (amount >= 0 AND amount <> 'NaN'),
    CONSTRAINT deal_stage_history_seconds_in_stage_check CHECK (seconds_in_stage >= 0)
);
COMMENT ON TABLE crm.deal_stage_history IS 'Every change of a deal''s stage or status, its creation included. Rows are added, never changed.';
COMMENT ON COLUMN crm.deal_stage_history.deal_id IS 'The deal.';
COMMENT ON COLUMN crm.deal_stage_history.from_stage_id IS 'Stage before; NULL: none.';
COMMENT ON COLUMN crm.deal_stage_history.to_stage_id IS 'Stage after; NULL: none.';
COMMENT ON COLUMN crm.deal_stage_history.from_status IS 'Status before; NULL when the deal was made.';
COMMENT ON COLUMN crm.deal_stage_history.to_status IS 'Status after.';
COMMENT ON COLUMN crm.deal_stage_history.amount IS 'The deal''s amount at that time, in the deal''s currency.';
COMMENT ON COLUMN crm.deal_stage_history.changed_by IS 'User who made the change; NULL: a program.';
COMMENT ON COLUMN crm.deal_stage_history.changed_at IS 'When the change took place; earlier than created_at where history was imported.';
COMMENT ON COLUMN crm.deal_stage_history.seconds_in_stage IS 'How long the deal had been in from_stage_id, in seconds; not negative; NULL when the deal was made.';
