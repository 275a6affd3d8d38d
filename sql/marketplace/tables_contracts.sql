CREATE TABLE marketplace.opportunities (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    campaign_id uuid,
    company_id uuid,
    owner_id uuid,
    title varchar(255) NOT NULL,
    description text,
    status marketplace.opportunity_status NOT NULL DEFAULT 'draft',
    visibility creator.visibility NOT NULL DEFAULT 'public',
    budget_min numeric(15,2),
    budget_max numeric(15,2),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    max_awards integer NOT NULL DEFAULT 1,
    min_followers bigint,
    platforms creator.platform[] NOT NULL DEFAULT '{}',
    territories crm.country_code[] NOT NULL DEFAULT '{}',
    categories text[] NOT NULL DEFAULT '{}',
    requirements jsonb NOT NULL DEFAULT '{}',
    opened_at timestamptz,
    closes_at timestamptz,
    awarded_at timestamptz,
    cancelled_at timestamptz,
    cancel_reason text,
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    -- The length is bounded, since a tsvector cannot hold more than 1 MB.
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', title), 'A')
        || setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', left(coalesce(description, ''), 100000)), 'B')
    ) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT opportunities_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT opportunities_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT opportunities_campaign_fkey FOREIGN KEY (campaign_id, organization_id)
        REFERENCES creator.campaigns (id, organization_id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT opportunities_company_fkey FOREIGN KEY (company_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE SET NULL (company_id),
    CONSTRAINT opportunities_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT opportunities_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT opportunities_title_check CHECK (btrim(title) <> ''),
    CONSTRAINT opportunities_budget_check CHECK (least(budget_min, budget_max) >= 0 AND budget_max >= budget_min),
    CONSTRAINT opportunities_max_awards_check CHECK (max_awards > 0),
    CONSTRAINT opportunities_min_followers_check CHECK (min_followers >= 0),
    CONSTRAINT opportunities_platforms_check CHECK (array_position(platforms, NULL) IS NULL),
    CONSTRAINT opportunities_territories_check CHECK (array_position(territories, NULL) IS NULL),
    CONSTRAINT opportunities_categories_check CHECK (array_position(categories, NULL) IS NULL),
    CONSTRAINT opportunities_requirements_check CHECK (jsonb_typeof(requirements) = 'object'),
    CONSTRAINT opportunities_opened_at_check CHECK (
        (opened_at IS NOT NULL OR status NOT IN ('open', 'closed', 'awarded')) AND (opened_at IS NULL OR status <> 'draft')
    ),
    CONSTRAINT opportunities_closes_at_check CHECK (closes_at > opened_at),
    CONSTRAINT opportunities_awarded_at_check CHECK ((status = 'awarded') = (awarded_at IS NOT NULL)),
    CONSTRAINT opportunities_cancelled_check CHECK (
        (status = 'cancelled') = (cancelled_at IS NOT NULL) AND (cancel_reason IS NULL OR cancelled_at IS NOT NULL)
    ),
    CONSTRAINT opportunities_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE marketplace.opportunities IS 'Work that is offered to creators, who bid for it. What is sold to customers is in crm.deals.';
COMMENT ON COLUMN marketplace.opportunities.external_id IS 'Key of the opportunity in another system; unique among an organization''s live opportunities.';
COMMENT ON COLUMN marketplace.opportunities.campaign_id IS 'Campaign that the work is for.';
COMMENT ON COLUMN marketplace.opportunities.company_id IS 'Company whose brand it is for; NULL: the organization itself.';
COMMENT ON COLUMN marketplace.opportunities.owner_id IS 'Member who decides on the bids.';
COMMENT ON COLUMN marketplace.opportunities.title IS 'What it is called.';
COMMENT ON COLUMN marketplace.opportunities.description IS 'What is to be done.';
COMMENT ON COLUMN marketplace.opportunities.status IS 'State of the opportunity.';
COMMENT ON COLUMN marketplace.opportunities.visibility IS 'Which creators see it.';
COMMENT ON COLUMN marketplace.opportunities.budget_min IS 'Least that is paid, in currency; not negative; NULL: not said.';
COMMENT ON COLUMN marketplace.opportunities.budget_max IS 'Most that is paid, in currency; not below budget_min; NULL: not said.';
COMMENT ON COLUMN marketplace.opportunities.currency IS 'Currency of the budget: ISO 4217.';
COMMENT ON COLUMN marketplace.opportunities.max_awards IS 'How many bids are accepted at most; positive.';
COMMENT ON COLUMN marketplace.opportunities.min_followers IS 'Followers that a creator needs at least; not negative.';
COMMENT ON COLUMN marketplace.opportunities.platforms IS 'Platforms that it is for; {}: any.';
COMMENT ON COLUMN marketplace.opportunities.territories IS 'Countries that it is for: ISO 3166-1 alpha-2; {}: any.';
COMMENT ON COLUMN marketplace.opportunities.categories IS 'Subjects, in the same words as those of creators.';
COMMENT ON COLUMN marketplace.opportunities.requirements IS 'What else a creator must bring; a JSON object.';
COMMENT ON COLUMN marketplace.opportunities.opened_at IS 'When it was opened for bids; given where open, closed or awarded.';
COMMENT ON COLUMN marketplace.opportunities.closes_at IS 'Until when creators may bid, after opened_at; NULL: until it is closed.';
COMMENT ON COLUMN marketplace.opportunities.awarded_at IS 'When it was awarded; given exactly where it is.';
COMMENT ON COLUMN marketplace.opportunities.cancelled_at IS 'When it was cancelled; given exactly where it is.';
COMMENT ON COLUMN marketplace.opportunities.cancel_reason IS 'Why it was cancelled.';
COMMENT ON COLUMN marketplace.opportunities.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN marketplace.opportunities.metadata IS 'What programs keep with the opportunity; a JSON object.';
COMMENT ON COLUMN marketplace.opportunities.search_vector IS 'Full text of the opportunity: title (weight A, configurations simple and english), the first 100000 characters of the description (B, english).';

CREATE TABLE marketplace.bids (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    opportunity_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    amount numeric(15,2) NOT NULL,
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    status marketplace.bid_status NOT NULL DEFAULT 'submitted',
    message text,
    delivery_days integer,
    proposal jsonb NOT NULL DEFAULT '{}',
    submitted_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    decided_by uuid,
    decided_at timestamptz,
    decision_reason text,
    withdrawn_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bids_pkey PRIMARY KEY (id, organization_id),
    -- What contracts refer to, so that a contract is with the creator who made the bid.
    CONSTRAINT bids_id_opportunity_creator_key UNIQUE (id, opportunity_id, creator_id, organization_id),
    CONSTRAINT bids_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT bids_opportunity_fkey FOREIGN KEY (opportunity_id, organization_id)
        REFERENCES marketplace.opportunities (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT bids_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT bids_decided_by_fkey FOREIGN KEY (decided_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (decided_by),
    CONSTRAINT bids_amount_check CHECK (amount > 0 AND amount <> 'NaN'),
    CONSTRAINT bids_delivery_days_check CHECK (delivery_days >= 0),
    CONSTRAINT bids_proposal_check CHECK (jsonb_typeof(proposal) = 'object'),
    CONSTRAINT bids_expires_at_check CHECK (expires_at > submitted_at),
    CONSTRAINT bids_expired_check CHECK (status <> 'expired' OR expires_at IS NOT NULL),
    CONSTRAINT bids_decided_check CHECK (
        (status IN ('accepted', 'rejected')) = (decided_at IS NOT NULL)
        AND (decided_at IS NOT NULL OR num_nonnulls(decided_by, decision_reason) = 0)
    ),
    CONSTRAINT bids_withdrawn_at_check CHECK ((status = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    CONSTRAINT bids_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE marketplace.bids IS 'Offers of creators to do the work of an opportunity. Of a creator at most one per opportunity is open or accepted.';
COMMENT ON COLUMN marketplace.bids.opportunity_id IS 'The opportunity.';
COMMENT ON COLUMN marketplace.bids.creator_id IS 'The creator.';
COMMENT ON COLUMN marketplace.bids.amount IS 'What the creator asks for, in currency; positive.';
COMMENT ON COLUMN marketplace.bids.currency IS 'Currency of amount: ISO 4217.';
COMMENT ON COLUMN marketplace.bids.status IS 'State of the bid.';
COMMENT ON COLUMN marketplace.bids.message IS 'What the creator wrote.';
COMMENT ON COLUMN marketplace.bids.delivery_days IS 'Days that the creator needs; not negative.';
COMMENT ON COLUMN marketplace.bids.proposal IS 'What the creator offers to make; a JSON object.';
COMMENT ON COLUMN marketplace.bids.submitted_at IS 'When the creator bid.';
COMMENT ON COLUMN marketplace.bids.expires_at IS 'Until when it holds, after submitted_at; NULL: until it is decided or withdrawn.';
COMMENT ON COLUMN marketplace.bids.decided_by IS 'Member who decided.';
COMMENT ON COLUMN marketplace.bids.decided_at IS 'When it was decided; given exactly where accepted or rejected.';
COMMENT ON COLUMN marketplace.bids.decision_reason IS 'Why it was decided so.';
COMMENT ON COLUMN marketplace.bids.withdrawn_at IS 'When the creator withdrew it; given exactly where withdrawn.';
COMMENT ON COLUMN marketplace.bids.metadata IS 'What programs keep with the bid; a JSON object.';

CREATE TABLE marketplace.contracts (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    display_id bigint,
    external_id varchar(255),
    creator_id uuid NOT NULL,
    opportunity_id uuid,
    bid_id uuid,
    campaign_id uuid,
    company_id uuid,
    owner_id uuid,
    document_id uuid,
    title varchar(255) NOT NULL,
    terms text,
    status marketplace.contract_status NOT NULL DEFAULT 'draft',
    amount numeric(15,2) NOT NULL DEFAULT 0,
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    payment_days integer NOT NULL DEFAULT 30,
    starts_on date,
    ends_on date,
    exclusive_until date,
    sent_at timestamptz,
    organization_signed_at timestamptz,
    signed_by uuid,
    creator_signed_at timestamptz,
    completed_at timestamptz,
    terminated_at timestamptz,
    termination_reason text,
    cancelled_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT contracts_pkey PRIMARY KEY (id, organization_id),
    -- Among deleted rows too: people quote the number, so it is never given twice.
    CONSTRAINT contracts_organization_display_id_key UNIQUE (organization_id, display_id),
    -- What others refer to, so that they are of the same creator or campaign.
    CONSTRAINT contracts_id_creator_key UNIQUE (id, creator_id, organization_id),
    CONSTRAINT contracts_id_campaign_key UNIQUE (id, campaign_id, organization_id),
    CONSTRAINT contracts_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT contracts_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT contracts_opportunity_fkey FOREIGN KEY (opportunity_id, organization_id)
        REFERENCES marketplace.opportunities (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT contracts_bid_fkey FOREIGN KEY (bid_id, opportunity_id, creator_id, organization_id)
        REFERENCES marketplace.bids (id, opportunity_id, creator_id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT contracts_campaign_fkey FOREIGN KEY (campaign_id, organization_id)
        REFERENCES creator.campaigns (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT contracts_company_fkey FOREIGN KEY (company_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE SET NULL (company_id),
    CONSTRAINT contracts_document_fkey FOREIGN KEY (document_id, organization_id)
        REFERENCES crm.documents (id, organization_id) ON DELETE SET NULL (document_id),
    CONSTRAINT contracts_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT contracts_signed_by_fkey FOREIGN KEY (signed_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (signed_by),
    CONSTRAINT contracts_display_id_check CHECK (display_id > 0),
    CONSTRAINT contracts_external_id_check CHECK (btrim(external_id) <> ''),
    -- Else the reference that holds the bid's creator to this one would not be checked.
    CONSTRAINT contracts_bid_check CHECK (bid_id IS NULL OR opportunity_id IS NOT NULL),
    CONSTRAINT contracts_title_check CHECK (btrim(title) <> ''),
    CONSTRAINT contracts_amount_check CHECK (amount >= 0 AND amount <> 'NaN'),
    CONSTRAINT contracts_payment_days_check CHECK (payment_days >= 0),
    CONSTRAINT contracts_ends_on_check CHECK (ends_on >= starts_on),
    CONSTRAINT contracts_exclusive_until_check CHECK (exclusive_until >= starts_on),
    CONSTRAINT contracts_sent_at_check CHECK (
        (sent_at IS NOT NULL OR status <> 'sent') AND (sent_at IS NULL OR status <> 'draft')
    ),
    CONSTRAINT contracts_signed_check CHECK (
        CASE
            WHEN status IN ('active', 'completed', 'terminated') THEN num_nonnulls(organization_signed_at, creator_signed_at) = 2
            WHEN status = 'draft' THEN num_nonnulls(organization_signed_at, creator_signed_at) = 0
            ELSE num_nonnulls(organization_signed_at, creator_signed_at) < 2
        END
        AND (signed_by IS NULL OR organization_signed_at IS NOT NULL)
    ),
    CONSTRAINT contracts_completed_at_check CHECK ((status = 'completed') = (completed_at IS NOT NULL)),
    CONSTRAINT contracts_terminated_check CHECK (
        (status = 'terminated') = (terminated_at IS NOT NULL) AND (termination_reason IS NULL OR terminated_at IS NOT NULL)
    ),
    CONSTRAINT contracts_cancelled_at_check CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    CONSTRAINT contracts_deleted_at_check CHECK (deleted_at IS NULL OR status IN ('draft', 'cancelled')),
    CONSTRAINT contracts_version_check CHECK (version > 0),
    CONSTRAINT contracts_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE marketplace.contracts IS 'Contracts with creators.';
COMMENT ON COLUMN marketplace.contracts.display_id IS 'Number for people, counted up from 1 in every organization; never given twice.';
COMMENT ON COLUMN marketplace.contracts.external_id IS 'Key of the contract in another system; unique among an organization''s live contracts.';
COMMENT ON COLUMN marketplace.contracts.creator_id IS 'The creator.';
COMMENT ON COLUMN marketplace.contracts.opportunity_id IS 'Opportunity that it came of; given where bid_id is.';
COMMENT ON COLUMN marketplace.contracts.bid_id IS 'Bid of that creator on that opportunity that it came of; one contract each, cancelled ones apart.';
COMMENT ON COLUMN marketplace.contracts.campaign_id IS 'Campaign that the work is for; needed for milestones and deliverables.';
COMMENT ON COLUMN marketplace.contracts.company_id IS 'Company whose brand it is for; NULL: the organization itself.';
COMMENT ON COLUMN marketplace.contracts.owner_id IS 'Member who looks after it.';
COMMENT ON COLUMN marketplace.contracts.document_id IS 'The signed document.';
COMMENT ON COLUMN marketplace.contracts.title IS 'What it is called.';
COMMENT ON COLUMN marketplace.contracts.terms IS 'What was agreed.';
COMMENT ON COLUMN marketplace.contracts.status IS 'State of the contract.';
COMMENT ON COLUMN marketplace.contracts.amount IS 'What the creator gets in all, commissions apart, in currency; not negative.';
COMMENT ON COLUMN marketplace.contracts.currency IS 'Currency of amount: ISO 4217.';
COMMENT ON COLUMN marketplace.contracts.payment_days IS 'Days after approval within which is paid; not negative.';
COMMENT ON COLUMN marketplace.contracts.starts_on IS 'First day; NULL: that of the signatures.';
COMMENT ON COLUMN marketplace.contracts.ends_on IS 'Last day, not before starts_on; NULL: none was agreed.';
COMMENT ON COLUMN marketplace.contracts.exclusive_until IS 'Last day on which the creator works for no competitor, not before starts_on; NULL: no such term.';
COMMENT ON COLUMN marketplace.contracts.sent_at IS 'When it was sent to be signed; given where it was and waits.';
COMMENT ON COLUMN marketplace.contracts.organization_signed_at IS 'When the organization signed.';
COMMENT ON COLUMN marketplace.contracts.signed_by IS 'Member who signed for the organization.';
COMMENT ON COLUMN marketplace.contracts.creator_signed_at IS 'When the creator signed; both signatures are given exactly where it is active, completed or terminated.';
COMMENT ON COLUMN marketplace.contracts.completed_at IS 'When it was fulfilled; given exactly where completed.';
COMMENT ON COLUMN marketplace.contracts.terminated_at IS 'When it was ended early; given exactly where terminated.';
COMMENT ON COLUMN marketplace.contracts.termination_reason IS 'Why it was ended early.';
COMMENT ON COLUMN marketplace.contracts.cancelled_at IS 'When it was cancelled; given exactly where it is.';
COMMENT ON COLUMN marketplace.contracts.version IS 'Counts the changes, from 1: who changes a contract names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN marketplace.contracts.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN marketplace.contracts.metadata IS 'What programs keep with the contract; a JSON object.';
