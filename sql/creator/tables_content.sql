CREATE TABLE creator.contents (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    creator_id uuid,
    title varchar(255) NOT NULL,
    description text,
    type creator.content_type NOT NULL,
    platform creator.platform,
    language text,
    status creator.content_status NOT NULL DEFAULT 'draft',
    current_version_id uuid,
    is_sponsored boolean NOT NULL DEFAULT false,
    is_ai_generated boolean NOT NULL DEFAULT false,
    submitted_at timestamptz,
    approved_at timestamptz,
    approved_by uuid,
    published_at timestamptz,
    rejected_at timestamptz,
    rejection_reason text,
    archived_at timestamptz,
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
    CONSTRAINT contents_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT contents_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT contents_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE SET NULL (creator_id),
    CONSTRAINT contents_approved_by_fkey FOREIGN KEY (approved_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (approved_by),
    CONSTRAINT contents_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT contents_title_check CHECK (btrim(title) <> ''),
    CONSTRAINT contents_language_check CHECK (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$'),
    CONSTRAINT contents_submitted_at_check CHECK (submitted_at IS NOT NULL OR status <> 'in_review'),
    -- What is archived may have been anything before.
    CONSTRAINT contents_approved_at_check CHECK (
        (approved_at IS NOT NULL OR status NOT IN ('approved', 'published'))
        AND (approved_at IS NULL OR status IN ('approved', 'published', 'archived'))
        AND (approved_by IS NULL OR approved_at IS NOT NULL)
    ),
    CONSTRAINT contents_published_at_check CHECK (
        (published_at IS NOT NULL OR status <> 'published')
        AND (published_at IS NULL OR status IN ('published', 'archived'))
    ),
    CONSTRAINT contents_rejected_check CHECK (
        (rejected_at IS NOT NULL OR status <> 'rejected')
        AND (rejected_at IS NULL OR status IN ('rejected', 'archived'))
        AND (rejection_reason IS NULL OR rejected_at IS NOT NULL)
    ),
    CONSTRAINT contents_archived_at_check CHECK ((status = 'archived') = (archived_at IS NOT NULL)),
    CONSTRAINT contents_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE creator.contents IS 'Pieces of content that creators or the organization itself made. What they consist of is in their versions.';
COMMENT ON COLUMN creator.contents.external_id IS 'Key of the content in another system; unique among an organization''s live contents.';
COMMENT ON COLUMN creator.contents.creator_id IS 'Creator who made it; NULL: the organization itself, or erased.';
COMMENT ON COLUMN creator.contents.title IS 'What it is called.';
COMMENT ON COLUMN creator.contents.description IS 'What it shows, or its caption.';
COMMENT ON COLUMN creator.contents.type IS 'Form of the content.';
COMMENT ON COLUMN creator.contents.platform IS 'Platform that it was made for; NULL: none in particular.';
COMMENT ON COLUMN creator.contents.language IS 'Language: a BCP 47 tag, e.g. en, pt-BR.';
COMMENT ON COLUMN creator.contents.status IS 'State of the content.';
COMMENT ON COLUMN creator.contents.current_version_id IS 'Version that holds, one of its own; NULL: none yet.';
COMMENT ON COLUMN creator.contents.is_sponsored IS 'Whether it is paid for and has to say so.';
COMMENT ON COLUMN creator.contents.is_ai_generated IS 'Whether a model made it, wholly or in part.';
COMMENT ON COLUMN creator.contents.submitted_at IS 'When it was last handed in; given where it is in review.';
COMMENT ON COLUMN creator.contents.approved_at IS 'When it was approved; given where it is approved or published.';
COMMENT ON COLUMN creator.contents.approved_by IS 'Member who approved it.';
COMMENT ON COLUMN creator.contents.published_at IS 'When it was first shown to the public; given where it is published.';
COMMENT ON COLUMN creator.contents.rejected_at IS 'When it was rejected; given where it is.';
COMMENT ON COLUMN creator.contents.rejection_reason IS 'Why it was rejected.';
COMMENT ON COLUMN creator.contents.archived_at IS 'When it was archived; given exactly where it is.';
COMMENT ON COLUMN creator.contents.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN creator.contents.metadata IS 'What programs keep with the content; a JSON object.';
COMMENT ON COLUMN creator.contents.search_vector IS 'Full text of the content: title (weight A, configurations simple and english), the first 100000 characters of the description (B, english).';

CREATE TABLE creator.content_versions (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    content_id uuid NOT NULL,
    version integer NOT NULL,
    caption text,
    body text,
    storage_key varchar(1024),
    url text,
    thumbnail_url text,
    file_name varchar(255),
    mime_type varchar(127),
    size_bytes bigint,
    sha256 bytea,
    width integer,
    height integer,
    duration_seconds numeric(10,3),
    change_note text,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT content_versions_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT content_versions_content_version_key UNIQUE (organization_id, content_id, version),
    -- What others refer to, so that a version cannot be of another content than theirs.
    CONSTRAINT content_versions_id_content_key UNIQUE (id, content_id, organization_id),
    CONSTRAINT content_versions_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT content_versions_content_fkey FOREIGN KEY (content_id, organization_id)
        REFERENCES creator.contents (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT content_versions_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT content_versions_version_check CHECK (version > 0),
    CONSTRAINT content_versions_substance_check CHECK (num_nonnulls(caption, body, storage_key, url) > 0),
    CONSTRAINT content_versions_storage_key_check CHECK (btrim(storage_key) <> ''),
    CONSTRAINT content_versions_url_check CHECK (btrim(url) <> ''),
    CONSTRAINT content_versions_mime_type_check CHECK (mime_type ~ '^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$'),
    CONSTRAINT content_versions_size_bytes_check CHECK (size_bytes >= 0),
    CONSTRAINT content_versions_sha256_check CHECK (octet_length(sha256) = 32),
    CONSTRAINT content_versions_dimensions_check CHECK (num_nulls(width, height) <> 1 AND least(width, height) > 0),
    CONSTRAINT content_versions_duration_seconds_check CHECK (duration_seconds >= 0 AND duration_seconds <> 'NaN')
);
COMMENT ON TABLE creator.content_versions IS 'What a piece of content consisted of, draft by draft.';
COMMENT ON COLUMN creator.content_versions.content_id IS 'The content.';
COMMENT ON COLUMN creator.content_versions.version IS 'Number of the version, from 1; unique per content.';
COMMENT ON COLUMN creator.content_versions.caption IS 'Text that goes with it.';
COMMENT ON COLUMN creator.content_versions.body IS 'The text itself, where the content is one.';
COMMENT ON COLUMN creator.content_versions.storage_key IS 'Where the file is kept, as the storage names it; unique per organization.';
COMMENT ON COLUMN creator.content_versions.url IS 'Where it can be seen.';
COMMENT ON COLUMN creator.content_versions.thumbnail_url IS 'Where a small picture of it is.';
COMMENT ON COLUMN creator.content_versions.file_name IS 'Name of the file as it came.';
COMMENT ON COLUMN creator.content_versions.mime_type IS 'Type of the file, lower case, e.g. video/mp4.';
COMMENT ON COLUMN creator.content_versions.size_bytes IS 'Size of the file in bytes; not negative.';
COMMENT ON COLUMN creator.content_versions.sha256 IS 'SHA-256 of the file, 32 bytes; the same file is known again by it.';
COMMENT ON COLUMN creator.content_versions.width IS 'Width in pixels; positive, given with height.';
COMMENT ON COLUMN creator.content_versions.height IS 'Height in pixels; positive, given with width.';
COMMENT ON COLUMN creator.content_versions.duration_seconds IS 'Playing time in seconds; not negative.';
COMMENT ON COLUMN creator.content_versions.change_note IS 'What is different from the version before.';
COMMENT ON COLUMN creator.content_versions.created_by IS 'Member who entered it.';

CREATE TABLE creator.content_tags (
    content_id uuid NOT NULL,
    tag_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    source creator.tag_source NOT NULL DEFAULT 'manual',
    confidence numeric(4,3),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT content_tags_pkey PRIMARY KEY (content_id, organization_id, tag_id),
    CONSTRAINT content_tags_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT content_tags_content_fkey FOREIGN KEY (content_id, organization_id)
        REFERENCES creator.contents (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT content_tags_tag_fkey FOREIGN KEY (tag_id, organization_id)
        REFERENCES crm.tags (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT content_tags_confidence_check CHECK (confidence IS NULL OR (source = 'ai' AND confidence BETWEEN 0 AND 1))
);
COMMENT ON TABLE creator.content_tags IS 'Which content carries which tag.';
COMMENT ON COLUMN creator.content_tags.content_id IS 'The content.';
COMMENT ON COLUMN creator.content_tags.tag_id IS 'The tag.';
COMMENT ON COLUMN creator.content_tags.source IS 'Who put the tag on.';
COMMENT ON COLUMN creator.content_tags.confidence IS 'How sure the model is: 0 to 1; only where a model put it on.';

CREATE TABLE creator.content_rights (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    content_id uuid NOT NULL,
    right_type creator.right_type NOT NULL,
    is_exclusive boolean NOT NULL DEFAULT false,
    licensee_company_id uuid,
    platform creator.platform,
    territory crm.country_code,
    validity tstzrange NOT NULL,
    revoked_at timestamptz,
    revoked_reason text,
    effective_period tstzrange NOT NULL GENERATED ALWAYS AS (validity * tstzrange(NULL, revoked_at)) STORED,
    contract_id uuid,
    document_id uuid,
    fee_amount numeric(15,2),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    attribution text,
    terms text,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT content_rights_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT content_rights_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT content_rights_content_fkey FOREIGN KEY (content_id, organization_id)
        REFERENCES creator.contents (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT content_rights_licensee_company_fkey FOREIGN KEY (licensee_company_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT content_rights_document_fkey FOREIGN KEY (document_id, organization_id)
        REFERENCES crm.documents (id, organization_id) ON DELETE SET NULL (document_id),
    CONSTRAINT content_rights_platform_check CHECK (octet_length(platform) <= 16),
    CONSTRAINT content_rights_right_type_check CHECK (octet_length(right_type) <= 16),
    CONSTRAINT content_rights_validity_check CHECK (
        NOT isempty(validity) AND NOT lower_inf(validity) AND isfinite(lower(validity)) AND upper(validity) IS DISTINCT FROM 'infinity'
    ),
    CONSTRAINT content_rights_revoked_check CHECK (revoked_at IS NOT NULL OR revoked_reason IS NULL),
    CONSTRAINT content_rights_fee_amount_check CHECK (fee_amount >= 0 AND fee_amount <> 'NaN'),
    CONSTRAINT content_rights_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    -- Two grants of the same right must not overlap in platform, territory and time, unless
    -- neither is exclusive and the licensees differ. A check of the row cannot see the other
    -- row, and a trigger that looks for it cannot see the one that another session has not
    -- committed yet; an exclusion constraint waits for it.
    --
    -- GiST compares no uuid and no text without further extensions, but it compares network
    -- addresses, which are 128 bits like a uuid: so every key is written as one. An address
    -- with a shorter prefix contains others, so ::/0 overlaps every key: any platform, any
    -- territory, and an exclusive grant, which leaves no room for any licensee.
    -- The content comes first, its digits backwards, random ones before those of the time: with
    -- keys that ascend, the tree would be searched in many places.
    CONSTRAINT content_rights_overlap_excl EXCLUDE USING gist (
        (regexp_replace(reverse(replace(content_id::text, '-', '')), '(....)(?!$)', '\1:', 'g')::inet) inet_ops WITH =,
        (regexp_replace(rpad(encode(right_type::text::bytea, 'hex'), 32, '0'), '(....)(?!$)', '\1:', 'g')::inet) inet_ops WITH =,
        (regexp_replace(replace(organization_id::text, '-', ''), '(....)(?!$)', '\1:', 'g')::inet) inet_ops WITH =,
        (CASE WHEN platform IS NULL THEN inet '::/0'
              ELSE regexp_replace(rpad(encode(platform::text::bytea, 'hex'), 32, '0'), '(....)(?!$)', '\1:', 'g')::inet END) inet_ops WITH &&,
        (CASE WHEN territory IS NULL THEN inet '::/0'
              ELSE regexp_replace(rpad(encode(territory::text::bytea, 'hex'), 32, '0'), '(....)(?!$)', '\1:', 'g')::inet END) inet_ops WITH &&,
        (CASE WHEN is_exclusive THEN inet '::/0'
              ELSE regexp_replace(replace(coalesce(licensee_company_id, organization_id)::text, '-', ''), '(....)(?!$)', '\1:', 'g')::inet END) inet_ops WITH &&,
        effective_period WITH &&
    ) WHERE (deleted_at IS NULL)
);
COMMENT ON TABLE creator.content_rights IS 'What a piece of content may be used for, by whom, where and when. Two live grants of the same right overlap only where neither is exclusive and the licensees differ.';
COMMENT ON COLUMN creator.content_rights.content_id IS 'The content.';
COMMENT ON COLUMN creator.content_rights.right_type IS 'What it may be used for.';
COMMENT ON COLUMN creator.content_rights.is_exclusive IS 'Whether nobody else may have the right at the same time.';
COMMENT ON COLUMN creator.content_rights.licensee_company_id IS 'Company that has the right; NULL: the organization itself.';
COMMENT ON COLUMN creator.content_rights.platform IS 'Platform that the right is for; NULL: every platform.';
COMMENT ON COLUMN creator.content_rights.territory IS 'Country that the right is for: ISO 3166-1 alpha-2; NULL: worldwide.';
COMMENT ON COLUMN creator.content_rights.validity IS 'From when until when it was granted: not empty, the beginning finite; an unbounded end: for ever.';
COMMENT ON COLUMN creator.content_rights.revoked_at IS 'When it ends, or ended, early; NULL: does not. Up to the beginning of its validity: it never took effect.';
COMMENT ON COLUMN creator.content_rights.revoked_reason IS 'Why it ended early.';
COMMENT ON COLUMN creator.content_rights.effective_period IS 'From when until when the right holds: its validity up to revoked_at; empty where it never took effect.';
COMMENT ON COLUMN creator.content_rights.contract_id IS 'Contract by which it was granted.';
COMMENT ON COLUMN creator.content_rights.document_id IS 'Document that grants it.';
COMMENT ON COLUMN creator.content_rights.fee_amount IS 'What was paid for it, in currency; not negative; NULL: nothing apart from other fees.';
COMMENT ON COLUMN creator.content_rights.currency IS 'Currency of fee_amount: ISO 4217.';
COMMENT ON COLUMN creator.content_rights.attribution IS 'How the creator must be named; NULL: need not be.';
COMMENT ON COLUMN creator.content_rights.terms IS 'What else was agreed.';
COMMENT ON COLUMN creator.content_rights.metadata IS 'What programs keep with the right; a JSON object.';

CREATE TABLE creator.content_metadata (
    content_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    schema_version integer NOT NULL DEFAULT 1,
    media jsonb NOT NULL DEFAULT '{}',
    ai_insights jsonb NOT NULL DEFAULT '{}',
    ai_model varchar(100),
    analyzed_at timestamptz,
    social_metrics jsonb NOT NULL DEFAULT '{}',
    performance jsonb NOT NULL DEFAULT '{}',
    measured_at timestamptz,
    brand_safety creator.brand_safety NOT NULL DEFAULT '{}',
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT content_metadata_pkey PRIMARY KEY (content_id, organization_id),
    CONSTRAINT content_metadata_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT content_metadata_content_fkey FOREIGN KEY (content_id, organization_id)
        REFERENCES creator.contents (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT content_metadata_schema_version_check CHECK (schema_version > 0),
    CONSTRAINT content_metadata_analyzed_at_check CHECK (
        analyzed_at IS NOT NULL OR (ai_model IS NULL AND ai_insights = '{}')
    ),
    CONSTRAINT content_metadata_expires_at_check CHECK (expires_at > created_at)
);
COMMENT ON TABLE creator.content_metadata IS 'What machines found out about a piece of content, one document each; apart from creator.contents, since it is large and changes often.';
COMMENT ON COLUMN creator.content_metadata.content_id IS 'The content.';
COMMENT ON COLUMN creator.content_metadata.schema_version IS 'Version of the form that the documents are in; positive.';
COMMENT ON COLUMN creator.content_metadata.media IS 'The media themselves: a JSON object. Known keys, all optional: width, height (pixels), duration_seconds, transcript, colors (an array of strings), renditions (an array of {url, width, height}).';
COMMENT ON COLUMN creator.content_metadata.ai_insights IS 'What a model sees in it: a JSON object. Known keys, all optional: labels (an array of strings, or of {name, confidence} with a confidence of 0 to 1), topics (an array of strings), summary.';
COMMENT ON COLUMN creator.content_metadata.ai_model IS 'Model that ai_insights and brand_safety are by.';
COMMENT ON COLUMN creator.content_metadata.analyzed_at IS 'When the model looked at it; given where ai_insights says anything.';
COMMENT ON COLUMN creator.content_metadata.social_metrics IS 'Likes, comments, shares and the like, by platform: a JSON object of objects of numbers that are not negative.';
COMMENT ON COLUMN creator.content_metadata.performance IS 'What came of it, e.g. views, clicks, conversions, revenue: a JSON object of numbers, or of objects of further numbers.';
COMMENT ON COLUMN creator.content_metadata.measured_at IS 'When social_metrics and performance were last brought up to date.';
COMMENT ON COLUMN creator.content_metadata.brand_safety IS 'How safe it is for a brand.';
COMMENT ON COLUMN creator.content_metadata.expires_at IS 'When the row may be purged, after created_at; NULL: with its content.';

CREATE TABLE creator.creator_portfolios (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    content_id uuid,
    type creator.content_type NOT NULL,
    platform creator.platform,
    title varchar(255) NOT NULL,
    description text,
    url text,
    thumbnail_url text,
    client_name varchar(255),
    performed_on date,
    results jsonb NOT NULL DEFAULT '{}',
    position integer NOT NULL DEFAULT 0,
    is_featured boolean NOT NULL DEFAULT false,
    visibility creator.visibility NOT NULL DEFAULT 'public',
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT creator_portfolios_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT creator_portfolios_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT creator_portfolios_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT creator_portfolios_content_fkey FOREIGN KEY (content_id, organization_id)
        REFERENCES creator.contents (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT creator_portfolios_title_check CHECK (btrim(title) <> ''),
    CONSTRAINT creator_portfolios_url_check CHECK (btrim(url) <> ''),
    CONSTRAINT creator_portfolios_parent_check CHECK (num_nonnulls(content_id, url) = 1),
    CONSTRAINT creator_portfolios_position_check CHECK (position >= 0),
    CONSTRAINT creator_portfolios_results_check CHECK (jsonb_typeof(results) = 'object'),
    CONSTRAINT creator_portfolios_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE creator.creator_portfolios IS 'Work that a creator shows: content that the organization knows, or something elsewhere.';
COMMENT ON COLUMN creator.creator_portfolios.creator_id IS 'The creator.';
COMMENT ON COLUMN creator.creator_portfolios.content_id IS 'Content that is shown, at most once; given exactly where url is not.';
COMMENT ON COLUMN creator.creator_portfolios.type IS 'Form of the work.';
COMMENT ON COLUMN creator.creator_portfolios.platform IS 'Platform that it was made for.';
COMMENT ON COLUMN creator.creator_portfolios.title IS 'What it is called.';
COMMENT ON COLUMN creator.creator_portfolios.description IS 'What it was about.';
COMMENT ON COLUMN creator.creator_portfolios.url IS 'Where the work is; given exactly where content_id is not.';
COMMENT ON COLUMN creator.creator_portfolios.thumbnail_url IS 'Where a small picture of it is.';
COMMENT ON COLUMN creator.creator_portfolios.client_name IS 'For whom it was made.';
COMMENT ON COLUMN creator.creator_portfolios.performed_on IS 'Day on which it was made or shown.';
COMMENT ON COLUMN creator.creator_portfolios.results IS 'What came of it, as the creator says; a JSON object.';
COMMENT ON COLUMN creator.creator_portfolios.position IS 'Place in the portfolio, lowest first.';
COMMENT ON COLUMN creator.creator_portfolios.is_featured IS 'Whether it is shown before the others.';
COMMENT ON COLUMN creator.creator_portfolios.visibility IS 'Who sees it.';
COMMENT ON COLUMN creator.creator_portfolios.metadata IS 'What programs keep with the item; a JSON object.';
