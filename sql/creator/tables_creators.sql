CREATE TABLE creator.creators (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    contact_id uuid,
    user_id uuid,
    handle varchar(100),
    handle_norm text GENERATED ALWAYS AS (lower(ltrim(btrim(handle), '@'))) STORED,
    display_name varchar(255) NOT NULL,
    legal_name varchar(255),
    email varchar(255),
    phone varchar(50),
    phone_region crm.country_code,
    bio text,
    avatar_url text,
    website varchar(255),
    language text,
    time_zone text,
    country_id uuid,
    city varchar(100),
    primary_platform creator.platform,
    social_handles jsonb NOT NULL DEFAULT '{}',
    categories text[] NOT NULL DEFAULT '{}',
    tier creator.creator_tier,
    status creator.creator_status NOT NULL DEFAULT 'prospect',
    onboarded_at timestamptz,
    blocked_at timestamptz,
    blocked_reason text,
    minimum_fee numeric(15,2),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    owner_id uuid,
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    -- The length is bounded, since a tsvector cannot hold more than 1 MB.
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', display_name), 'A')
        || setweight(to_tsvector('simple', coalesce(handle, '')), 'A')
        || setweight(to_tsvector('english', left(coalesce(bio, ''), 100000)), 'B')
    ) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT creators_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT creators_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT creators_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE SET NULL (contact_id),
    CONSTRAINT creators_user_fkey FOREIGN KEY (user_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (user_id),
    CONSTRAINT creators_country_fkey FOREIGN KEY (country_id)
        REFERENCES crm.countries (id) ON DELETE RESTRICT,
    CONSTRAINT creators_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT creators_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT creators_handle_check CHECK (btrim(handle) ~ '^@?[^\s@]+$'),
    CONSTRAINT creators_display_name_check CHECK (btrim(display_name) <> ''),
    CONSTRAINT creators_language_check CHECK (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$'),
    -- Silent, since strict mode raises an error where the value is no object at all.
    CONSTRAINT creators_social_handles_check CHECK (
        jsonb_typeof(social_handles) = 'object'
        AND NOT jsonb_path_exists(social_handles, 'strict $.* ? (@.type() != "string" || @ == "")', '{}', true)
    ),
    CONSTRAINT creators_categories_check CHECK (array_position(categories, NULL) IS NULL),
    CONSTRAINT creators_onboarded_at_check CHECK (onboarded_at IS NOT NULL OR status NOT IN ('active', 'paused')),
    CONSTRAINT creators_blocked_check CHECK (
        (status = 'blocked') = (blocked_at IS NOT NULL) AND (blocked_reason IS NULL OR blocked_at IS NOT NULL)
    ),
    CONSTRAINT creators_minimum_fee_check CHECK (minimum_fee >= 0 AND minimum_fee <> 'NaN'),
    CONSTRAINT creators_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE creator.creators IS 'People and teams who make content for an organization.';
COMMENT ON COLUMN creator.creators.external_id IS 'Key of the creator in another system; unique among an organization''s live creators.';
COMMENT ON COLUMN creator.creators.contact_id IS 'The contact who the creator is, with messages, calls and identities.';
COMMENT ON COLUMN creator.creators.user_id IS 'Member as whom the creator signs in; at most one live creator each.';
COMMENT ON COLUMN creator.creators.handle IS 'Name by which the creator is known, with or without @.';
COMMENT ON COLUMN creator.creators.handle_norm IS 'The handle in lower case, without @; unique among an organization''s live creators.';
COMMENT ON COLUMN creator.creators.display_name IS 'Name for people.';
COMMENT ON COLUMN creator.creators.legal_name IS 'Name in contracts and on tax forms.';
COMMENT ON COLUMN creator.creators.email IS 'E-mail address as entered; valid by crm.is_valid_email.';
COMMENT ON COLUMN creator.creators.phone IS 'Telephone number as entered.';
COMMENT ON COLUMN creator.creators.phone_region IS 'Region in whose national form phone is written, where it has no leading +.';
COMMENT ON COLUMN creator.creators.bio IS 'What the creator says about themselves.';
COMMENT ON COLUMN creator.creators.avatar_url IS 'Where the creator''s picture is.';
COMMENT ON COLUMN creator.creators.website IS 'Address of the creator''s web site.';
COMMENT ON COLUMN creator.creators.language IS 'Language of the creator''s content: a BCP 47 tag, e.g. en, pt-BR.';
COMMENT ON COLUMN creator.creators.time_zone IS 'Time zone of the creator: an IANA name, e.g. Europe/Berlin.';
COMMENT ON COLUMN creator.creators.country_id IS 'Country that the creator lives in.';
COMMENT ON COLUMN creator.creators.city IS 'City that the creator lives in.';
COMMENT ON COLUMN creator.creators.primary_platform IS 'Platform with the creator''s main audience.';
COMMENT ON COLUMN creator.creators.social_handles IS 'Accounts on platforms: a JSON object from platform to handle.';
COMMENT ON COLUMN creator.creators.categories IS 'Subjects of the creator''s content, in the tenant''s own words, e.g. travel.';
COMMENT ON COLUMN creator.creators.tier IS 'Size of the audience, as the tenant draws the lines; NULL: not known.';
COMMENT ON COLUMN creator.creators.status IS 'Whether the creator is worked with.';
COMMENT ON COLUMN creator.creators.onboarded_at IS 'When the creator joined; given where active or paused.';
COMMENT ON COLUMN creator.creators.blocked_at IS 'When the creator was blocked; given exactly where blocked.';
COMMENT ON COLUMN creator.creators.blocked_reason IS 'Why the creator was blocked.';
COMMENT ON COLUMN creator.creators.minimum_fee IS 'Least fee that the creator works for, in currency; not negative; NULL: not known.';
COMMENT ON COLUMN creator.creators.currency IS 'Currency that the creator is paid in: ISO 4217.';
COMMENT ON COLUMN creator.creators.owner_id IS 'Member who looks after the creator.';
COMMENT ON COLUMN creator.creators.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN creator.creators.metadata IS 'What programs keep with the creator; a JSON object.';
COMMENT ON COLUMN creator.creators.search_vector IS 'Full text of the creator: names (weight A, configuration simple), the first 100000 characters of the bio (B, english).';

CREATE TABLE creator.creator_metrics (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    platform creator.platform NOT NULL,
    captured_on date NOT NULL DEFAULT current_date,
    period_days integer NOT NULL DEFAULT 30,
    source creator.metric_source NOT NULL DEFAULT 'manual',
    followers bigint,
    following bigint,
    posts bigint,
    impressions bigint,
    reach bigint,
    views bigint,
    likes bigint,
    comments bigint,
    shares bigint,
    saves bigint,
    clicks bigint,
    engagement_rate numeric(9,4),
    audience jsonb NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT creator_metrics_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT creator_metrics_creator_platform_captured_on_key UNIQUE (organization_id, creator_id, platform, captured_on),
    CONSTRAINT creator_metrics_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT creator_metrics_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT creator_metrics_captured_on_check CHECK (isfinite(captured_on)),
    CONSTRAINT creator_metrics_period_days_check CHECK (period_days > 0),
    CONSTRAINT creator_metrics_counts_check CHECK (
        least(followers, following, posts, impressions, reach, views, likes, comments, shares, saves, clicks) >= 0
    ),
    CONSTRAINT creator_metrics_reach_check CHECK (reach <= impressions),
    CONSTRAINT creator_metrics_engagement_rate_check CHECK (engagement_rate >= 0 AND engagement_rate <> 'NaN'),
    CONSTRAINT creator_metrics_audience_check CHECK (jsonb_typeof(audience) = 'object'),
    CONSTRAINT creator_metrics_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE creator.creator_metrics IS 'How large and how lively a creator''s audience is, one row per platform and day; a later measure of the same day replaces it. Counts are not negative; NULL: not measured.';
COMMENT ON COLUMN creator.creator_metrics.creator_id IS 'The creator.';
COMMENT ON COLUMN creator.creator_metrics.platform IS 'Platform that was measured.';
COMMENT ON COLUMN creator.creator_metrics.captured_on IS 'Day of the measure, which closes the period.';
COMMENT ON COLUMN creator.creator_metrics.period_days IS 'Length in days of the period that impressions to clicks are counted over; positive.';
COMMENT ON COLUMN creator.creator_metrics.source IS 'Who says so.';
COMMENT ON COLUMN creator.creator_metrics.followers IS 'Followers on that day.';
COMMENT ON COLUMN creator.creator_metrics.following IS 'Accounts that the creator followed on that day.';
COMMENT ON COLUMN creator.creator_metrics.posts IS 'Posts that were there on that day.';
COMMENT ON COLUMN creator.creator_metrics.impressions IS 'How often posts were shown in the period.';
COMMENT ON COLUMN creator.creator_metrics.reach IS 'How many people saw posts in the period; at most impressions.';
COMMENT ON COLUMN creator.creator_metrics.views IS 'How often videos were played in the period.';
COMMENT ON COLUMN creator.creator_metrics.likes IS 'Likes in the period.';
COMMENT ON COLUMN creator.creator_metrics.comments IS 'Comments in the period.';
COMMENT ON COLUMN creator.creator_metrics.shares IS 'Shares in the period.';
COMMENT ON COLUMN creator.creator_metrics.saves IS 'Saves in the period.';
COMMENT ON COLUMN creator.creator_metrics.clicks IS 'Clicks on links in the period.';
COMMENT ON COLUMN creator.creator_metrics.engagement_rate IS 'Engagement in percent, as the source defines it; not negative, may exceed 100.';
COMMENT ON COLUMN creator.creator_metrics.audience IS 'Who the audience is: countries, ages, interests and their shares; a JSON object.';
COMMENT ON COLUMN creator.creator_metrics.metadata IS 'What programs keep with the measure; a JSON object.';

CREATE TABLE creator.creator_verifications (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    type creator.verification_type NOT NULL,
    platform creator.platform,
    subject varchar(255),
    subject_norm text GENERATED ALWAYS AS (lower(btrim(subject))) STORED,
    status creator.verification_status NOT NULL DEFAULT 'pending',
    provider varchar(100),
    external_id varchar(255),
    evidence jsonb NOT NULL DEFAULT '{}',
    submitted_at timestamptz,
    reviewed_by uuid,
    reviewed_at timestamptz,
    verified_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    rejection_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT creator_verifications_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT creator_verifications_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT creator_verifications_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT creator_verifications_reviewed_by_fkey FOREIGN KEY (reviewed_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (reviewed_by),
    CONSTRAINT creator_verifications_platform_check CHECK ((type = 'platform_account') = (platform IS NOT NULL)),
    CONSTRAINT creator_verifications_subject_check CHECK (btrim(subject) <> ''),
    CONSTRAINT creator_verifications_external_id_check CHECK (external_id IS NULL OR (btrim(external_id) <> '' AND provider IS NOT NULL)),
    CONSTRAINT creator_verifications_evidence_check CHECK (jsonb_typeof(evidence) = 'object'),
    CONSTRAINT creator_verifications_submitted_at_check CHECK (submitted_at IS NOT NULL OR status <> 'in_review'),
    CONSTRAINT creator_verifications_reviewed_by_check CHECK (reviewed_by IS NULL OR reviewed_at IS NOT NULL),
    CONSTRAINT creator_verifications_verified_at_check CHECK (
        (status IN ('verified', 'expired', 'revoked')) = (verified_at IS NOT NULL)
    ),
    CONSTRAINT creator_verifications_expires_at_check CHECK (
        (expires_at IS NULL OR verified_at IS NULL OR expires_at > verified_at)
        AND (status <> 'expired' OR expires_at IS NOT NULL)
    ),
    CONSTRAINT creator_verifications_revoked_at_check CHECK ((status = 'revoked') = (revoked_at IS NOT NULL)),
    CONSTRAINT creator_verifications_rejected_check CHECK (
        CASE status WHEN 'rejected' THEN num_nulls(reviewed_at, rejection_reason) = 0 ELSE rejection_reason IS NULL END
    )
);
COMMENT ON TABLE creator.creator_verifications IS 'What was asked, shown and found about who a creator is. Of each matter at most one is open or good.';
COMMENT ON COLUMN creator.creator_verifications.creator_id IS 'The creator.';
COMMENT ON COLUMN creator.creator_verifications.type IS 'What is verified.';
COMMENT ON COLUMN creator.creator_verifications.platform IS 'Platform of the account; given exactly where an account on one is verified.';
COMMENT ON COLUMN creator.creator_verifications.subject IS 'The very address, handle or account; NULL where the type says it all.';
COMMENT ON COLUMN creator.creator_verifications.subject_norm IS 'The subject in lower case, trimmed.';
COMMENT ON COLUMN creator.creator_verifications.status IS 'State of the verification.';
COMMENT ON COLUMN creator.creator_verifications.provider IS 'Service that verifies; NULL: members do.';
COMMENT ON COLUMN creator.creator_verifications.external_id IS 'Key of the verification at its provider, which is then given.';
COMMENT ON COLUMN creator.creator_verifications.evidence IS 'What was shown, or where it is kept; a JSON object. No copies of documents.';
COMMENT ON COLUMN creator.creator_verifications.submitted_at IS 'When the evidence came; given where it is in review.';
COMMENT ON COLUMN creator.creator_verifications.reviewed_by IS 'Member who decided; NULL: a program, or not decided.';
COMMENT ON COLUMN creator.creator_verifications.reviewed_at IS 'When it was decided; given where it was rejected.';
COMMENT ON COLUMN creator.creator_verifications.verified_at IS 'When it was found true; given exactly where it is verified, expired or revoked.';
COMMENT ON COLUMN creator.creator_verifications.expires_at IS 'Until when it is good, after verified_at; NULL: for ever.';
COMMENT ON COLUMN creator.creator_verifications.revoked_at IS 'When it was taken back; given exactly where it is revoked.';
COMMENT ON COLUMN creator.creator_verifications.rejection_reason IS 'Why it was rejected; given exactly where it was.';
