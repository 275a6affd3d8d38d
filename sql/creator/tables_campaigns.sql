CREATE TABLE creator.campaigns (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    code varchar(100),
    name varchar(255) NOT NULL,
    description text,
    company_id uuid,
    owner_id uuid,
    type creator.campaign_type NOT NULL DEFAULT 'sponsored',
    objective creator.campaign_objective NOT NULL DEFAULT 'awareness',
    status creator.campaign_status NOT NULL DEFAULT 'draft',
    visibility creator.visibility NOT NULL DEFAULT 'invited',
    budget_amount numeric(15,2),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    start_date date,
    end_date date,
    application_deadline timestamptz,
    max_creators integer,
    min_followers bigint,
    platforms creator.platform[] NOT NULL DEFAULT '{}',
    territories crm.country_code[] NOT NULL DEFAULT '{}',
    categories text[] NOT NULL DEFAULT '{}',
    hashtags text[] NOT NULL DEFAULT '{}',
    goals jsonb NOT NULL DEFAULT '{}',
    launched_at timestamptz,
    completed_at timestamptz,
    cancelled_at timestamptz,
    cancel_reason text,
    version integer NOT NULL DEFAULT 1,
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    -- The length is bounded, since a tsvector cannot hold more than 1 MB.
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', name), 'A')
        || setweight(to_tsvector('english', name), 'A')
        || setweight(to_tsvector('english', left(coalesce(description, ''), 100000)), 'B')
    ) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT campaigns_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT campaigns_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT campaigns_company_fkey FOREIGN KEY (company_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE SET NULL (company_id),
    CONSTRAINT campaigns_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT campaigns_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT campaigns_code_check CHECK (code ~ '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$'),
    CONSTRAINT campaigns_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT campaigns_budget_amount_check CHECK (budget_amount >= 0 AND budget_amount <> 'NaN'),
    CONSTRAINT campaigns_end_date_check CHECK (end_date >= start_date),
    CONSTRAINT campaigns_max_creators_check CHECK (max_creators > 0),
    CONSTRAINT campaigns_min_followers_check CHECK (min_followers >= 0),
    CONSTRAINT campaigns_platforms_check CHECK (array_position(platforms, NULL) IS NULL),
    CONSTRAINT campaigns_territories_check CHECK (array_position(territories, NULL) IS NULL),
    CONSTRAINT campaigns_categories_check CHECK (array_position(categories, NULL) IS NULL),
    CONSTRAINT campaigns_hashtags_check CHECK (array_position(hashtags, NULL) IS NULL),
    CONSTRAINT campaigns_goals_check CHECK (jsonb_typeof(goals) = 'object'),
    CONSTRAINT campaigns_launched_at_check CHECK (
        (launched_at IS NOT NULL OR status NOT IN ('active', 'paused', 'completed'))
        AND (launched_at IS NULL OR status NOT IN ('draft', 'planned', 'recruiting'))
    ),
    CONSTRAINT campaigns_completed_at_check CHECK ((status = 'completed') = (completed_at IS NOT NULL)),
    CONSTRAINT campaigns_completed_at_order_check CHECK (completed_at >= launched_at),
    CONSTRAINT campaigns_cancelled_check CHECK (
        (status = 'cancelled') = (cancelled_at IS NOT NULL) AND (cancel_reason IS NULL OR cancelled_at IS NOT NULL)
    ),
    CONSTRAINT campaigns_version_check CHECK (version > 0),
    CONSTRAINT campaigns_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE creator.campaigns IS 'Undertakings with creators. What is mailed and advertised to leads is in marketing.campaigns.';
COMMENT ON COLUMN creator.campaigns.external_id IS 'Key of the campaign in another system; unique among an organization''s live campaigns.';
COMMENT ON COLUMN creator.campaigns.code IS 'Short name for links and reports: lower-case letters, digits, inside also . _ -; unique among an organization''s live campaigns.';
COMMENT ON COLUMN creator.campaigns.name IS 'What the campaign is called.';
COMMENT ON COLUMN creator.campaigns.description IS 'What it is about.';
COMMENT ON COLUMN creator.campaigns.company_id IS 'Company whose brand it is for; NULL: the organization itself.';
COMMENT ON COLUMN creator.campaigns.owner_id IS 'Member who runs it.';
COMMENT ON COLUMN creator.campaigns.type IS 'How creators take part.';
COMMENT ON COLUMN creator.campaigns.objective IS 'What it is for.';
COMMENT ON COLUMN creator.campaigns.status IS 'State of the campaign.';
COMMENT ON COLUMN creator.campaigns.visibility IS 'Which creators see it.';
COMMENT ON COLUMN creator.campaigns.budget_amount IS 'What it may cost, in currency; not negative; NULL: not set.';
COMMENT ON COLUMN creator.campaigns.currency IS 'Currency of budget_amount: ISO 4217.';
COMMENT ON COLUMN creator.campaigns.start_date IS 'First day, as planned.';
COMMENT ON COLUMN creator.campaigns.end_date IS 'Last day, as planned; not before start_date.';
COMMENT ON COLUMN creator.campaigns.application_deadline IS 'Until when creators may apply; NULL: no end is set.';
COMMENT ON COLUMN creator.campaigns.max_creators IS 'How many creators take part at most; positive; NULL: any number.';
COMMENT ON COLUMN creator.campaigns.min_followers IS 'Followers that a creator needs at least; not negative.';
COMMENT ON COLUMN creator.campaigns.platforms IS 'Platforms that it is for; {}: any.';
COMMENT ON COLUMN creator.campaigns.territories IS 'Countries that it is for: ISO 3166-1 alpha-2; {}: any.';
COMMENT ON COLUMN creator.campaigns.categories IS 'Subjects, in the same words as those of creators.';
COMMENT ON COLUMN creator.campaigns.hashtags IS 'Hashtags by which its posts are found.';
COMMENT ON COLUMN creator.campaigns.goals IS 'What is to be reached: a JSON object from measure to target.';
COMMENT ON COLUMN creator.campaigns.launched_at IS 'When it became active; given where active, paused or completed.';
COMMENT ON COLUMN creator.campaigns.completed_at IS 'When it was completed; given exactly where it is; not before launched_at.';
COMMENT ON COLUMN creator.campaigns.cancelled_at IS 'When it was cancelled; given exactly where it is.';
COMMENT ON COLUMN creator.campaigns.cancel_reason IS 'Why it was cancelled.';
COMMENT ON COLUMN creator.campaigns.version IS 'Counts the changes, from 1: who changes a campaign names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN creator.campaigns.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN creator.campaigns.metadata IS 'What programs keep with the campaign; a JSON object.';
COMMENT ON COLUMN creator.campaigns.search_vector IS 'Full text of the campaign: name (weight A, configurations simple and english), the first 100000 characters of the description (B, english).';

CREATE TABLE creator.campaign_briefs (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    status creator.brief_status NOT NULL DEFAULT 'draft',
    title varchar(255) NOT NULL,
    summary text,
    target_audience text,
    key_messages text[] NOT NULL DEFAULT '{}',
    dos text[] NOT NULL DEFAULT '{}',
    donts text[] NOT NULL DEFAULT '{}',
    hashtags text[] NOT NULL DEFAULT '{}',
    mentions text[] NOT NULL DEFAULT '{}',
    disclosure text,
    usage_terms text,
    requirements jsonb NOT NULL DEFAULT '{}',
    attachments jsonb NOT NULL DEFAULT '[]',
    created_by uuid,
    published_at timestamptz,
    superseded_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT campaign_briefs_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT campaign_briefs_campaign_revision_key UNIQUE (organization_id, campaign_id, revision),
    CONSTRAINT campaign_briefs_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT campaign_briefs_campaign_fkey FOREIGN KEY (campaign_id, organization_id)
        REFERENCES creator.campaigns (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT campaign_briefs_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT campaign_briefs_revision_check CHECK (revision > 0),
    CONSTRAINT campaign_briefs_title_check CHECK (btrim(title) <> ''),
    CONSTRAINT campaign_briefs_lists_check CHECK (
        array_position(key_messages, NULL) IS NULL
        AND array_position(dos, NULL) IS NULL
        AND array_position(donts, NULL) IS NULL
        AND array_position(hashtags, NULL) IS NULL
        AND array_position(mentions, NULL) IS NULL
    ),
    CONSTRAINT campaign_briefs_requirements_check CHECK (jsonb_typeof(requirements) = 'object'),
    CONSTRAINT campaign_briefs_attachments_check CHECK (jsonb_typeof(attachments) = 'array'),
    CONSTRAINT campaign_briefs_published_at_check CHECK ((status = 'draft') = (published_at IS NULL)),
    CONSTRAINT campaign_briefs_superseded_at_check CHECK ((status = 'superseded') = (superseded_at IS NOT NULL)),
    CONSTRAINT campaign_briefs_superseded_at_order_check CHECK (superseded_at >= published_at)
);
COMMENT ON TABLE creator.campaign_briefs IS 'What creators are told about a campaign, in revisions; at most one is published at a time.';
COMMENT ON COLUMN creator.campaign_briefs.campaign_id IS 'The campaign.';
COMMENT ON COLUMN creator.campaign_briefs.revision IS 'Number of the revision, from 1; unique per campaign.';
COMMENT ON COLUMN creator.campaign_briefs.status IS 'State of the brief.';
COMMENT ON COLUMN creator.campaign_briefs.title IS 'What it is called.';
COMMENT ON COLUMN creator.campaign_briefs.summary IS 'The campaign in a few words.';
COMMENT ON COLUMN creator.campaign_briefs.target_audience IS 'Whom the content should reach.';
COMMENT ON COLUMN creator.campaign_briefs.key_messages IS 'What the content should say.';
COMMENT ON COLUMN creator.campaign_briefs.dos IS 'What creators should do.';
COMMENT ON COLUMN creator.campaign_briefs.donts IS 'What creators must not do.';
COMMENT ON COLUMN creator.campaign_briefs.hashtags IS 'Hashtags to use.';
COMMENT ON COLUMN creator.campaign_briefs.mentions IS 'Accounts to mention.';
COMMENT ON COLUMN creator.campaign_briefs.disclosure IS 'How to say that the content is paid for, e.g. #ad.';
COMMENT ON COLUMN creator.campaign_briefs.usage_terms IS 'What the organization will use the content for.';
COMMENT ON COLUMN creator.campaign_briefs.requirements IS 'Formats, lengths and numbers; a JSON object.';
COMMENT ON COLUMN creator.campaign_briefs.attachments IS 'Files and links that go with it; a JSON array.';
COMMENT ON COLUMN creator.campaign_briefs.created_by IS 'Member who wrote it.';
COMMENT ON COLUMN creator.campaign_briefs.published_at IS 'When it was published; NULL exactly while it is a draft.';
COMMENT ON COLUMN creator.campaign_briefs.superseded_at IS 'When a later one took its place; given exactly where one did; not before published_at.';

CREATE TABLE creator.milestones (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    contract_id uuid,
    name varchar(255) NOT NULL,
    description text,
    position integer NOT NULL DEFAULT 0,
    status creator.milestone_status NOT NULL DEFAULT 'pending',
    amount numeric(15,2),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    due_at timestamptz,
    submitted_at timestamptz,
    approved_at timestamptz,
    approved_by uuid,
    paid_at timestamptz,
    cancelled_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT milestones_pkey PRIMARY KEY (id, organization_id),
    -- What deliverables refer to, so that both are of the same campaign.
    CONSTRAINT milestones_id_campaign_key UNIQUE (id, campaign_id, organization_id),
    CONSTRAINT milestones_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT milestones_campaign_fkey FOREIGN KEY (campaign_id, organization_id)
        REFERENCES creator.campaigns (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT milestones_approved_by_fkey FOREIGN KEY (approved_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (approved_by),
    CONSTRAINT milestones_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT milestones_position_check CHECK (position >= 0),
    CONSTRAINT milestones_amount_check CHECK (amount >= 0 AND amount <> 'NaN'),
    CONSTRAINT milestones_submitted_at_check CHECK (submitted_at IS NOT NULL OR status <> 'submitted'),
    CONSTRAINT milestones_approved_at_check CHECK (
        (status IN ('approved', 'paid')) = (approved_at IS NOT NULL) AND (approved_by IS NULL OR approved_at IS NOT NULL)
    ),
    CONSTRAINT milestones_paid_at_check CHECK ((status = 'paid') = (paid_at IS NOT NULL)),
    CONSTRAINT milestones_cancelled_at_check CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    CONSTRAINT milestones_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE creator.milestones IS 'Steps of a campaign, or of one contract in it, at which something is due.';
COMMENT ON COLUMN creator.milestones.campaign_id IS 'The campaign.';
COMMENT ON COLUMN creator.milestones.contract_id IS 'Contract of that campaign whose step it is; NULL: the campaign''s own.';
COMMENT ON COLUMN creator.milestones.name IS 'What is to be reached.';
COMMENT ON COLUMN creator.milestones.description IS 'When it counts as reached.';
COMMENT ON COLUMN creator.milestones.position IS 'Place in the order, earliest first.';
COMMENT ON COLUMN creator.milestones.status IS 'State of the milestone.';
COMMENT ON COLUMN creator.milestones.amount IS 'What is paid for it, in currency; not negative; NULL: nothing.';
COMMENT ON COLUMN creator.milestones.currency IS 'Currency of amount: ISO 4217.';
COMMENT ON COLUMN creator.milestones.due_at IS 'When it should be reached.';
COMMENT ON COLUMN creator.milestones.submitted_at IS 'When it was last said to be reached.';
COMMENT ON COLUMN creator.milestones.approved_at IS 'When it was found reached; given exactly where approved or paid.';
COMMENT ON COLUMN creator.milestones.approved_by IS 'Member who found so.';
COMMENT ON COLUMN creator.milestones.paid_at IS 'When it was paid; given exactly where it is.';
COMMENT ON COLUMN creator.milestones.cancelled_at IS 'When it was cancelled; given exactly where it is.';
COMMENT ON COLUMN creator.milestones.metadata IS 'What programs keep with the milestone; a JSON object.';

CREATE TABLE creator.creator_applications (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    status creator.application_status NOT NULL DEFAULT 'submitted',
    message text,
    proposed_amount numeric(15,2),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    proposal jsonb NOT NULL DEFAULT '{}',
    invited_by uuid,
    invited_at timestamptz,
    submitted_at timestamptz DEFAULT now(),
    decided_by uuid,
    decided_at timestamptz,
    decision_reason text,
    withdrawn_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT creator_applications_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT creator_applications_campaign_creator_key UNIQUE (organization_id, campaign_id, creator_id),
    CONSTRAINT creator_applications_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT creator_applications_campaign_fkey FOREIGN KEY (campaign_id, organization_id)
        REFERENCES creator.campaigns (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT creator_applications_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT creator_applications_invited_by_fkey FOREIGN KEY (invited_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (invited_by),
    CONSTRAINT creator_applications_decided_by_fkey FOREIGN KEY (decided_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (decided_by),
    CONSTRAINT creator_applications_proposed_amount_check CHECK (proposed_amount >= 0 AND proposed_amount <> 'NaN'),
    CONSTRAINT creator_applications_proposal_check CHECK (jsonb_typeof(proposal) = 'object'),
    CONSTRAINT creator_applications_invited_check CHECK (
        (invited_at IS NOT NULL OR status NOT IN ('invited', 'declined')) AND (invited_by IS NULL OR invited_at IS NOT NULL)
    ),
    CONSTRAINT creator_applications_decided_check CHECK (
        (status IN ('accepted', 'rejected', 'declined')) = (decided_at IS NOT NULL)
        AND (decided_at IS NOT NULL OR num_nonnulls(decided_by, decision_reason) = 0)
    ),
    CONSTRAINT creator_applications_withdrawn_at_check CHECK ((status = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    -- An invitation is not an application yet, whatever the column's default.
    CONSTRAINT creator_applications_submitted_at_check CHECK (
        CASE
            WHEN status = 'invited' THEN submitted_at IS NULL
            WHEN status IN ('submitted', 'shortlisted', 'rejected') THEN submitted_at IS NOT NULL
            ELSE num_nonnulls(invited_at, submitted_at) > 0
        END
    ),
    CONSTRAINT creator_applications_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE creator.creator_applications IS 'Creators who applied to a campaign or were invited to it, each once: who applies again changes the row.';
COMMENT ON COLUMN creator.creator_applications.campaign_id IS 'The campaign.';
COMMENT ON COLUMN creator.creator_applications.creator_id IS 'The creator.';
COMMENT ON COLUMN creator.creator_applications.status IS 'State of the application.';
COMMENT ON COLUMN creator.creator_applications.message IS 'What the creator wrote.';
COMMENT ON COLUMN creator.creator_applications.proposed_amount IS 'Fee that the creator asks for, in currency; not negative.';
COMMENT ON COLUMN creator.creator_applications.currency IS 'Currency of proposed_amount: ISO 4217.';
COMMENT ON COLUMN creator.creator_applications.proposal IS 'What the creator offers to make; a JSON object.';
COMMENT ON COLUMN creator.creator_applications.invited_by IS 'Member who invited the creator.';
COMMENT ON COLUMN creator.creator_applications.invited_at IS 'When the creator was invited; NULL: came unasked.';
COMMENT ON COLUMN creator.creator_applications.submitted_at IS 'When the creator applied, now by default; NULL: did not, or, where invited, not yet.';
COMMENT ON COLUMN creator.creator_applications.decided_by IS 'Member who decided.';
COMMENT ON COLUMN creator.creator_applications.decided_at IS 'When it was decided; given exactly where accepted, rejected or declined.';
COMMENT ON COLUMN creator.creator_applications.decision_reason IS 'Why it was decided so.';
COMMENT ON COLUMN creator.creator_applications.withdrawn_at IS 'When the creator withdrew; given exactly where withdrawn.';
COMMENT ON COLUMN creator.creator_applications.metadata IS 'What programs keep with the application; a JSON object.';
