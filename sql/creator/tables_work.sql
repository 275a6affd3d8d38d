CREATE TABLE creator.deliverables (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    milestone_id uuid,
    contract_id uuid,
    creator_id uuid,
    name varchar(255) NOT NULL,
    description text,
    type creator.content_type NOT NULL,
    platform creator.platform,
    quantity integer NOT NULL DEFAULT 1,
    requirements jsonb NOT NULL DEFAULT '{}',
    position integer NOT NULL DEFAULT 0,
    status creator.deliverable_status NOT NULL DEFAULT 'pending',
    due_at timestamptz,
    revision_count integer NOT NULL DEFAULT 0,
    max_revisions integer,
    feedback text,
    submitted_at timestamptz,
    approved_at timestamptz,
    approved_by uuid,
    published_at timestamptz,
    rejected_at timestamptz,
    cancelled_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT deliverables_pkey PRIMARY KEY (id, organization_id),
    -- What others refer to, so that they are of the same campaign or contract.
    CONSTRAINT deliverables_id_campaign_key UNIQUE (id, campaign_id, organization_id),
    CONSTRAINT deliverables_id_contract_key UNIQUE (id, contract_id, organization_id),
    CONSTRAINT deliverables_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT deliverables_campaign_fkey FOREIGN KEY (campaign_id, organization_id)
        REFERENCES creator.campaigns (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT deliverables_milestone_fkey FOREIGN KEY (milestone_id, campaign_id, organization_id)
        REFERENCES creator.milestones (id, campaign_id, organization_id) ON DELETE SET NULL (milestone_id),
    CONSTRAINT deliverables_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE SET NULL (creator_id),
    CONSTRAINT deliverables_approved_by_fkey FOREIGN KEY (approved_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (approved_by),
    -- Else the references that hold the contract's creator to this one would not be checked.
    CONSTRAINT deliverables_creator_check CHECK (contract_id IS NULL OR creator_id IS NOT NULL),
    CONSTRAINT deliverables_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT deliverables_quantity_check CHECK (quantity > 0),
    CONSTRAINT deliverables_requirements_check CHECK (jsonb_typeof(requirements) = 'object'),
    CONSTRAINT deliverables_position_check CHECK (position >= 0),
    CONSTRAINT deliverables_revision_count_check CHECK (revision_count >= 0),
    CONSTRAINT deliverables_max_revisions_check CHECK (max_revisions >= 0),
    CONSTRAINT deliverables_submitted_at_check CHECK (
        submitted_at IS NOT NULL OR status NOT IN ('submitted', 'revision_requested')
    ),
    CONSTRAINT deliverables_approved_at_check CHECK (
        (status IN ('approved', 'published')) = (approved_at IS NOT NULL) AND (approved_by IS NULL OR approved_at IS NOT NULL)
    ),
    CONSTRAINT deliverables_published_at_check CHECK ((status = 'published') = (published_at IS NOT NULL)),
    CONSTRAINT deliverables_rejected_at_check CHECK ((status = 'rejected') = (rejected_at IS NOT NULL)),
    CONSTRAINT deliverables_cancelled_at_check CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    CONSTRAINT deliverables_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE creator.deliverables IS 'What creators have to make for a campaign.';
COMMENT ON COLUMN creator.deliverables.campaign_id IS 'The campaign.';
COMMENT ON COLUMN creator.deliverables.milestone_id IS 'Milestone of that campaign that it counts towards.';
COMMENT ON COLUMN creator.deliverables.contract_id IS 'Contract of that campaign and creator by which it is owed.';
COMMENT ON COLUMN creator.deliverables.creator_id IS 'Creator who makes it; NULL: nobody yet; given where there is a contract.';
COMMENT ON COLUMN creator.deliverables.name IS 'What it is called.';
COMMENT ON COLUMN creator.deliverables.description IS 'What it should be like.';
COMMENT ON COLUMN creator.deliverables.type IS 'Form of the content.';
COMMENT ON COLUMN creator.deliverables.platform IS 'Platform that it is for; NULL: none in particular.';
COMMENT ON COLUMN creator.deliverables.quantity IS 'How many pieces; positive.';
COMMENT ON COLUMN creator.deliverables.requirements IS 'Formats and lengths; a JSON object.';
COMMENT ON COLUMN creator.deliverables.position IS 'Place in a list, lowest first.';
COMMENT ON COLUMN creator.deliverables.status IS 'State of the deliverable.';
COMMENT ON COLUMN creator.deliverables.due_at IS 'When it is due.';
COMMENT ON COLUMN creator.deliverables.revision_count IS 'How often a change was asked for; not negative.';
COMMENT ON COLUMN creator.deliverables.max_revisions IS 'How often it may be, as agreed; not negative; NULL: nothing was agreed.';
COMMENT ON COLUMN creator.deliverables.feedback IS 'What the organization said about it last.';
COMMENT ON COLUMN creator.deliverables.submitted_at IS 'When it was last handed in.';
COMMENT ON COLUMN creator.deliverables.approved_at IS 'When it was approved; given exactly where approved or published.';
COMMENT ON COLUMN creator.deliverables.approved_by IS 'Member who approved it.';
COMMENT ON COLUMN creator.deliverables.published_at IS 'When it was published; given exactly where it is.';
COMMENT ON COLUMN creator.deliverables.rejected_at IS 'When it was rejected; given exactly where it is.';
COMMENT ON COLUMN creator.deliverables.cancelled_at IS 'When it was cancelled; given exactly where it is.';
COMMENT ON COLUMN creator.deliverables.metadata IS 'What programs keep with the deliverable; a JSON object.';

CREATE TABLE creator.campaign_content (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    content_id uuid NOT NULL,
    content_version_id uuid,
    deliverable_id uuid,
    platform creator.platform,
    external_id varchar(255),
    url text,
    status creator.placement_status NOT NULL DEFAULT 'planned',
    is_paid boolean NOT NULL DEFAULT false,
    spend_amount numeric(15,2) NOT NULL DEFAULT 0,
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    submitted_at timestamptz,
    approved_at timestamptz,
    approved_by uuid,
    rejected_at timestamptz,
    rejection_reason text,
    scheduled_at timestamptz,
    published_at timestamptz,
    removed_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT campaign_content_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT campaign_content_campaign_content_platform_key
        UNIQUE NULLS NOT DISTINCT (organization_id, campaign_id, content_id, platform),
    CONSTRAINT campaign_content_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT campaign_content_campaign_fkey FOREIGN KEY (campaign_id, organization_id)
        REFERENCES creator.campaigns (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT campaign_content_content_fkey FOREIGN KEY (content_id, organization_id)
        REFERENCES creator.contents (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT campaign_content_content_version_fkey FOREIGN KEY (content_version_id, content_id, organization_id)
        REFERENCES creator.content_versions (id, content_id, organization_id) ON DELETE SET NULL (content_version_id),
    CONSTRAINT campaign_content_deliverable_fkey FOREIGN KEY (deliverable_id, campaign_id, organization_id)
        REFERENCES creator.deliverables (id, campaign_id, organization_id) ON DELETE SET NULL (deliverable_id),
    CONSTRAINT campaign_content_approved_by_fkey FOREIGN KEY (approved_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (approved_by),
    CONSTRAINT campaign_content_external_id_check CHECK (external_id IS NULL OR (btrim(external_id) <> '' AND platform IS NOT NULL)),
    CONSTRAINT campaign_content_url_check CHECK (btrim(url) <> ''),
    CONSTRAINT campaign_content_spend_amount_check CHECK (spend_amount >= 0 AND (is_paid OR spend_amount = 0)),
    CONSTRAINT campaign_content_submitted_at_check CHECK (submitted_at IS NOT NULL OR status <> 'submitted'),
    CONSTRAINT campaign_content_approved_at_check CHECK (
        (status IN ('approved', 'scheduled', 'published', 'removed')) = (approved_at IS NOT NULL)
        AND (approved_by IS NULL OR approved_at IS NOT NULL)
    ),
    CONSTRAINT campaign_content_rejected_check CHECK (
        (status = 'rejected') = (rejected_at IS NOT NULL) AND (rejection_reason IS NULL OR rejected_at IS NOT NULL)
    ),
    CONSTRAINT campaign_content_scheduled_at_check CHECK (scheduled_at IS NOT NULL OR status <> 'scheduled'),
    CONSTRAINT campaign_content_published_at_check CHECK ((status IN ('published', 'removed')) = (published_at IS NOT NULL)),
    CONSTRAINT campaign_content_removed_at_check CHECK ((status = 'removed') = (removed_at IS NOT NULL)),
    CONSTRAINT campaign_content_removed_at_order_check CHECK (removed_at >= published_at),
    CONSTRAINT campaign_content_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE creator.campaign_content IS 'Where a campaign shows which content; once per content and platform.';
COMMENT ON COLUMN creator.campaign_content.campaign_id IS 'The campaign.';
COMMENT ON COLUMN creator.campaign_content.content_id IS 'The content.';
COMMENT ON COLUMN creator.campaign_content.content_version_id IS 'Version of the content that was approved or shown.';
COMMENT ON COLUMN creator.campaign_content.deliverable_id IS 'Deliverable of that campaign that it fulfils.';
COMMENT ON COLUMN creator.campaign_content.platform IS 'Where it is shown; NULL: not settled.';
COMMENT ON COLUMN creator.campaign_content.external_id IS 'Key of the post at the platform, which is then given; unique per organization and platform.';
COMMENT ON COLUMN creator.campaign_content.url IS 'Where the post is.';
COMMENT ON COLUMN creator.campaign_content.status IS 'State of the placement.';
COMMENT ON COLUMN creator.campaign_content.is_paid IS 'Whether money is spent to spread it.';
COMMENT ON COLUMN creator.campaign_content.spend_amount IS 'What was spent to spread it, in currency; not negative; 0 where it is not paid.';
COMMENT ON COLUMN creator.campaign_content.currency IS 'Currency of spend_amount: ISO 4217.';
COMMENT ON COLUMN creator.campaign_content.submitted_at IS 'When it was last handed in for approval.';
COMMENT ON COLUMN creator.campaign_content.approved_at IS 'When it was approved; given exactly where approved, scheduled, published or removed.';
COMMENT ON COLUMN creator.campaign_content.approved_by IS 'Member who approved it.';
COMMENT ON COLUMN creator.campaign_content.rejected_at IS 'When it was rejected; given exactly where it is.';
COMMENT ON COLUMN creator.campaign_content.rejection_reason IS 'Why it was rejected.';
COMMENT ON COLUMN creator.campaign_content.scheduled_at IS 'When it is to be published; given where it is scheduled.';
COMMENT ON COLUMN creator.campaign_content.published_at IS 'When it was published; given exactly where published or removed.';
COMMENT ON COLUMN creator.campaign_content.removed_at IS 'When it was taken down; given exactly where removed; not before published_at.';
COMMENT ON COLUMN creator.campaign_content.metadata IS 'What programs keep with the placement; a JSON object.';

-- Append-only. What it refers to cannot vanish from under it, and recorded_by is no foreign
-- key: the ledger still tells who did it when the member has left.
CREATE TABLE creator.creator_earnings (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    type creator.earning_type NOT NULL,
    amount numeric(15,2) NOT NULL,
    currency crm.currency_code NOT NULL,
    campaign_id uuid,
    contract_id uuid,
    milestone_id uuid,
    deliverable_id uuid,
    ambassador_id uuid,
    order_id uuid,
    payout_id uuid,
    reverses_id uuid,
    reversed_amount numeric(15,2) GENERATED ALWAYS AS (CASE WHEN reverses_id IS NOT NULL THEN -amount END) STORED,
    description text,
    idempotency_key varchar(255),
    recorded_by uuid,
    earned_at timestamptz NOT NULL DEFAULT now(),
    available_at timestamptz NOT NULL DEFAULT now(),
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT creator_earnings_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT creator_earnings_idempotency_key_key UNIQUE (organization_id, idempotency_key),
    CONSTRAINT creator_earnings_payout_key UNIQUE (organization_id, payout_id, creator_id),
    -- An entry is reversed once and in full, in its own creator's account and currency.
    CONSTRAINT creator_earnings_id_amount_key UNIQUE (id, creator_id, currency, amount, organization_id),
    CONSTRAINT creator_earnings_reverses_key UNIQUE (reverses_id, creator_id, currency, reversed_amount, organization_id),
    CONSTRAINT creator_earnings_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT creator_earnings_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT creator_earnings_campaign_fkey FOREIGN KEY (campaign_id, organization_id)
        REFERENCES creator.campaigns (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT creator_earnings_milestone_fkey FOREIGN KEY (milestone_id, organization_id)
        REFERENCES creator.milestones (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT creator_earnings_deliverable_fkey FOREIGN KEY (deliverable_id, organization_id)
        REFERENCES creator.deliverables (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT creator_earnings_order_fkey FOREIGN KEY (order_id, organization_id)
        REFERENCES commerce.orders (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT creator_earnings_reverses_fkey FOREIGN KEY (reverses_id, creator_id, currency, reversed_amount, organization_id)
        REFERENCES creator.creator_earnings (id, creator_id, currency, amount, organization_id) ON DELETE RESTRICT,
    CONSTRAINT creator_earnings_amount_check CHECK (
        CASE
            WHEN type IN ('adjustment', 'reversal') THEN amount <> 0
            WHEN type = 'payout' THEN amount < 0
            ELSE amount > 0
        END
    ),
    CONSTRAINT creator_earnings_payout_check CHECK ((type = 'payout') = (payout_id IS NOT NULL)),
    CONSTRAINT creator_earnings_reverses_check CHECK ((type = 'reversal') = (reverses_id IS NOT NULL) AND reverses_id IS DISTINCT FROM id),
    CONSTRAINT creator_earnings_milestone_check CHECK (type <> 'milestone' OR milestone_id IS NOT NULL),
    CONSTRAINT creator_earnings_idempotency_key_check CHECK (btrim(idempotency_key) <> ''),
    CONSTRAINT creator_earnings_available_at_check CHECK (available_at >= earned_at AND isfinite(available_at)),
    CONSTRAINT creator_earnings_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE creator.creator_earnings IS 'Accounts of creators, entry by entry: the sum of the amounts in a currency is what a creator is still owed. Rows are added, never changed; a mistake is reversed.';
COMMENT ON COLUMN creator.creator_earnings.creator_id IS 'Creator whose account it is.';
COMMENT ON COLUMN creator.creator_earnings.type IS 'What the entry is.';
COMMENT ON COLUMN creator.creator_earnings.amount IS 'Amount in currency: positive in the creator''s favour, negative for a payout; never 0.';
COMMENT ON COLUMN creator.creator_earnings.currency IS 'Currency of amount: ISO 4217.';
COMMENT ON COLUMN creator.creator_earnings.campaign_id IS 'Campaign that it was earned in.';
COMMENT ON COLUMN creator.creator_earnings.contract_id IS 'Contract by which it was earned, the creator''s own.';
COMMENT ON COLUMN creator.creator_earnings.milestone_id IS 'Milestone that it was earned by; given where it is paid for one.';
COMMENT ON COLUMN creator.creator_earnings.deliverable_id IS 'Deliverable that it was earned by.';
COMMENT ON COLUMN creator.creator_earnings.ambassador_id IS 'Ambassadorship that it was earned in, the creator''s own.';
COMMENT ON COLUMN creator.creator_earnings.order_id IS 'Order that it is the commission on; one commission per ambassador and order.';
COMMENT ON COLUMN creator.creator_earnings.payout_id IS 'Payout that it is the debit of, one entry each; given exactly for a payout.';
COMMENT ON COLUMN creator.creator_earnings.reverses_id IS 'Entry of the same account that it reverses, with the opposite amount; given exactly for a reversal.';
COMMENT ON COLUMN creator.creator_earnings.reversed_amount IS 'Amount of the entry that it reverses; NULL where it reverses none.';
COMMENT ON COLUMN creator.creator_earnings.description IS 'What the creator reads on the statement.';
COMMENT ON COLUMN creator.creator_earnings.idempotency_key IS 'The recorder''s name of the entry, so that it is not made twice; unique per organization.';
COMMENT ON COLUMN creator.creator_earnings.recorded_by IS 'User who recorded it; NULL: a program.';
COMMENT ON COLUMN creator.creator_earnings.earned_at IS 'When it was earned or paid.';
COMMENT ON COLUMN creator.creator_earnings.available_at IS 'From when on it may be paid out; finite, not before earned_at.';
COMMENT ON COLUMN creator.creator_earnings.metadata IS 'What programs keep with the entry; a JSON object.';

CREATE TABLE creator.creator_reviews (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    contract_id uuid,
    campaign_id uuid,
    reviewer_id uuid,
    rating smallint NOT NULL,
    quality_rating smallint,
    communication_rating smallint,
    timeliness_rating smallint,
    would_work_again boolean,
    title varchar(255),
    body text,
    status creator.review_status NOT NULL DEFAULT 'pending',
    published_at timestamptz,
    hidden_at timestamptz,
    response text,
    responded_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT creator_reviews_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT creator_reviews_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT creator_reviews_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT creator_reviews_campaign_fkey FOREIGN KEY (campaign_id, organization_id)
        REFERENCES creator.campaigns (id, organization_id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT creator_reviews_reviewer_fkey FOREIGN KEY (reviewer_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (reviewer_id),
    CONSTRAINT creator_reviews_rating_check CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT creator_reviews_quality_rating_check CHECK (quality_rating BETWEEN 1 AND 5),
    CONSTRAINT creator_reviews_communication_rating_check CHECK (communication_rating BETWEEN 1 AND 5),
    CONSTRAINT creator_reviews_timeliness_rating_check CHECK (timeliness_rating BETWEEN 1 AND 5),
    CONSTRAINT creator_reviews_published_at_check CHECK ((status = 'pending') = (published_at IS NULL)),
    CONSTRAINT creator_reviews_hidden_at_check CHECK ((status = 'hidden') = (hidden_at IS NOT NULL)),
    CONSTRAINT creator_reviews_response_check CHECK ((response IS NULL) = (responded_at IS NULL)),
    CONSTRAINT creator_reviews_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE creator.creator_reviews IS 'What members say of a creator, once per contract, and once apart from all contracts.';
COMMENT ON COLUMN creator.creator_reviews.creator_id IS 'The creator.';
COMMENT ON COLUMN creator.creator_reviews.contract_id IS 'Contract with that creator that the review is about; NULL: about none in particular.';
COMMENT ON COLUMN creator.creator_reviews.campaign_id IS 'Campaign that the review is about.';
COMMENT ON COLUMN creator.creator_reviews.reviewer_id IS 'Member who wrote it.';
COMMENT ON COLUMN creator.creator_reviews.rating IS 'Judgement as a whole: 1 (worst) to 5 (best).';
COMMENT ON COLUMN creator.creator_reviews.quality_rating IS 'Quality of the work: 1 to 5.';
COMMENT ON COLUMN creator.creator_reviews.communication_rating IS 'How easy it was to talk to the creator: 1 to 5.';
COMMENT ON COLUMN creator.creator_reviews.timeliness_rating IS 'Whether the work came in time: 1 to 5.';
COMMENT ON COLUMN creator.creator_reviews.would_work_again IS 'Whether the reviewer would work with the creator again.';
COMMENT ON COLUMN creator.creator_reviews.title IS 'The review in one line.';
COMMENT ON COLUMN creator.creator_reviews.body IS 'The review.';
COMMENT ON COLUMN creator.creator_reviews.status IS 'Whether the creator sees it.';
COMMENT ON COLUMN creator.creator_reviews.published_at IS 'When it was published; NULL exactly while it is pending.';
COMMENT ON COLUMN creator.creator_reviews.hidden_at IS 'When it was hidden again; given exactly where it is.';
COMMENT ON COLUMN creator.creator_reviews.response IS 'What the creator answered.';
COMMENT ON COLUMN creator.creator_reviews.responded_at IS 'When the creator answered; given exactly where there is an answer.';
COMMENT ON COLUMN creator.creator_reviews.metadata IS 'What programs keep with the review; a JSON object.';
