CREATE TABLE marketplace.ambassador_programs (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    code varchar(100) NOT NULL,
    name varchar(255) NOT NULL,
    name_norm text NOT NULL GENERATED ALWAYS AS (lower(btrim(name))) STORED,
    description text,
    terms text,
    campaign_id uuid,
    owner_id uuid,
    status marketplace.program_status NOT NULL DEFAULT 'draft',
    commission_type marketplace.commission_type NOT NULL DEFAULT 'none',
    commission_rate numeric(7,4),
    commission_amount numeric(15,2),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    attribution_days integer NOT NULL DEFAULT 30,
    hold_days integer NOT NULL DEFAULT 30,
    minimum_payout numeric(15,2) NOT NULL DEFAULT 0,
    landing_url text,
    requires_approval boolean NOT NULL DEFAULT true,
    max_ambassadors integer,
    tiers jsonb NOT NULL DEFAULT '[]',
    starts_at timestamptz,
    ends_at timestamptz,
    ended_at timestamptz,
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT ambassador_programs_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT ambassador_programs_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT ambassador_programs_campaign_fkey FOREIGN KEY (campaign_id, organization_id)
        REFERENCES creator.campaigns (id, organization_id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT ambassador_programs_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT ambassador_programs_code_check CHECK (code ~ '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$'),
    CONSTRAINT ambassador_programs_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT ambassador_programs_commission_check CHECK (
        (commission_type = 'percentage') = (commission_rate IS NOT NULL)
        AND (commission_type = 'fixed') = (commission_amount IS NOT NULL)
    ),
    CONSTRAINT ambassador_programs_commission_rate_check CHECK (commission_rate BETWEEN 0 AND 100),
    CONSTRAINT ambassador_programs_commission_amount_check CHECK (commission_amount >= 0 AND commission_amount <> 'NaN'),
    CONSTRAINT ambassador_programs_attribution_days_check CHECK (attribution_days >= 0),
    CONSTRAINT ambassador_programs_hold_days_check CHECK (hold_days >= 0),
    CONSTRAINT ambassador_programs_minimum_payout_check CHECK (minimum_payout >= 0 AND minimum_payout <> 'NaN'),
    CONSTRAINT ambassador_programs_max_ambassadors_check CHECK (max_ambassadors > 0),
    CONSTRAINT ambassador_programs_tiers_check CHECK (jsonb_typeof(tiers) = 'array'),
    CONSTRAINT ambassador_programs_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT ambassador_programs_ended_at_check CHECK ((status = 'ended') = (ended_at IS NOT NULL)),
    CONSTRAINT ambassador_programs_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE marketplace.ambassador_programs IS 'Terms on which creators recommend an organization and share in what comes of it.';
COMMENT ON COLUMN marketplace.ambassador_programs.code IS 'Short name for links and reports: lower-case letters, digits, inside also . _ -; unique among an organization''s live programs.';
COMMENT ON COLUMN marketplace.ambassador_programs.name IS 'Name for people.';
COMMENT ON COLUMN marketplace.ambassador_programs.name_norm IS 'The name in lower case, trimmed; unique among an organization''s live programs.';
COMMENT ON COLUMN marketplace.ambassador_programs.description IS 'What the program is about.';
COMMENT ON COLUMN marketplace.ambassador_programs.terms IS 'What ambassadors agree to.';
COMMENT ON COLUMN marketplace.ambassador_programs.campaign_id IS 'Campaign that it is part of.';
COMMENT ON COLUMN marketplace.ambassador_programs.owner_id IS 'Member who runs it.';
COMMENT ON COLUMN marketplace.ambassador_programs.status IS 'State of the program.';
COMMENT ON COLUMN marketplace.ambassador_programs.commission_type IS 'How the commission is reckoned.';
COMMENT ON COLUMN marketplace.ambassador_programs.commission_rate IS 'Commission in percent of an order: 0 to 100; given exactly where it is a percentage.';
COMMENT ON COLUMN marketplace.ambassador_programs.commission_amount IS 'Commission on each order, in currency; not negative; given exactly where it is fixed.';
COMMENT ON COLUMN marketplace.ambassador_programs.currency IS 'Currency of the amounts: ISO 4217.';
COMMENT ON COLUMN marketplace.ambassador_programs.attribution_days IS 'Days after a recommendation within which an order counts for it; not negative.';
COMMENT ON COLUMN marketplace.ambassador_programs.hold_days IS 'Days after an order before its commission is paid out, for returns; not negative.';
COMMENT ON COLUMN marketplace.ambassador_programs.minimum_payout IS 'Least that is paid out at a time, in currency; not negative.';
COMMENT ON COLUMN marketplace.ambassador_programs.landing_url IS 'Where recommendations lead.';
COMMENT ON COLUMN marketplace.ambassador_programs.requires_approval IS 'Whether a member decides on every application.';
COMMENT ON COLUMN marketplace.ambassador_programs.max_ambassadors IS 'How many ambassadors there are at most; positive; NULL: any number.';
COMMENT ON COLUMN marketplace.ambassador_programs.tiers IS 'Better terms for more success; a JSON array.';
COMMENT ON COLUMN marketplace.ambassador_programs.starts_at IS 'When it begins; NULL: as soon as it is active.';
COMMENT ON COLUMN marketplace.ambassador_programs.ends_at IS 'When it is to end, after starts_at; NULL: no end is set.';
COMMENT ON COLUMN marketplace.ambassador_programs.ended_at IS 'When it ended; given exactly where it did.';
COMMENT ON COLUMN marketplace.ambassador_programs.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN marketplace.ambassador_programs.metadata IS 'What programs keep with the program; a JSON object.';

CREATE TABLE marketplace.ambassadors (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    program_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    status marketplace.ambassador_status NOT NULL DEFAULT 'applied',
    referral_code varchar(50),
    referral_code_norm text GENERATED ALWAYS AS (lower(btrim(referral_code))) STORED,
    discount_code varchar(50),
    tier varchar(50),
    commission_rate numeric(7,4),
    commission_amount numeric(15,2),
    invited_at timestamptz,
    applied_at timestamptz DEFAULT now(),
    approved_at timestamptz,
    approved_by uuid,
    rejected_at timestamptz,
    ended_at timestamptz,
    end_reason text,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ambassadors_pkey PRIMARY KEY (id, organization_id),
    -- What earnings refer to, so that a commission is the ambassador's own.
    CONSTRAINT ambassadors_id_creator_key UNIQUE (id, creator_id, organization_id),
    CONSTRAINT ambassadors_program_creator_key UNIQUE (organization_id, program_id, creator_id),
    -- Among ended ones too, and in all programs: links stay in the world, and a code that were
    -- given again would pay the wrong ambassador.
    CONSTRAINT ambassadors_referral_code_norm_key UNIQUE (organization_id, referral_code_norm),
    CONSTRAINT ambassadors_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT ambassadors_program_fkey FOREIGN KEY (program_id, organization_id)
        REFERENCES marketplace.ambassador_programs (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT ambassadors_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT ambassadors_approved_by_fkey FOREIGN KEY (approved_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (approved_by),
    CONSTRAINT ambassadors_referral_code_check CHECK (btrim(referral_code) ~ '^[A-Za-z0-9][A-Za-z0-9_-]*$'),
    CONSTRAINT ambassadors_discount_code_check CHECK (btrim(discount_code) <> ''),
    CONSTRAINT ambassadors_tier_check CHECK (btrim(tier) <> ''),
    CONSTRAINT ambassadors_commission_check CHECK (num_nonnulls(commission_rate, commission_amount) <= 1),
    CONSTRAINT ambassadors_commission_rate_check CHECK (commission_rate BETWEEN 0 AND 100),
    CONSTRAINT ambassadors_commission_amount_check CHECK (commission_amount >= 0 AND commission_amount <> 'NaN'),
    CONSTRAINT ambassadors_invited_at_check CHECK (invited_at IS NOT NULL OR status <> 'invited'),
    -- Who was invited has not applied yet, whatever the column's default.
    CONSTRAINT ambassadors_applied_at_check CHECK (
        CASE status WHEN 'invited' THEN applied_at IS NULL WHEN 'applied' THEN applied_at IS NOT NULL ELSE true END
    ),
    CONSTRAINT ambassadors_active_check CHECK (
        status NOT IN ('active', 'paused') OR (approved_at IS NOT NULL AND referral_code IS NOT NULL)
    ),
    CONSTRAINT ambassadors_approved_check CHECK (
        (approved_at IS NULL OR status IN ('active', 'paused', 'ended')) AND (approved_by IS NULL OR approved_at IS NOT NULL)
    ),
    CONSTRAINT ambassadors_rejected_at_check CHECK ((status = 'rejected') = (rejected_at IS NOT NULL)),
    CONSTRAINT ambassadors_ended_check CHECK (
        (status = 'ended') = (ended_at IS NOT NULL) AND (end_reason IS NULL OR ended_at IS NOT NULL)
    ),
    CONSTRAINT ambassadors_ended_at_order_check CHECK (ended_at >= approved_at),
    CONSTRAINT ambassadors_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE marketplace.ambassadors IS 'Creators in ambassador programs, each once per program.';
COMMENT ON COLUMN marketplace.ambassadors.program_id IS 'The program.';
COMMENT ON COLUMN marketplace.ambassadors.creator_id IS 'The creator.';
COMMENT ON COLUMN marketplace.ambassadors.status IS 'State of the ambassador.';
COMMENT ON COLUMN marketplace.ambassadors.referral_code IS 'Code by which recommendations are known: letters, digits, inside also _ -; given where active or paused.';
COMMENT ON COLUMN marketplace.ambassadors.referral_code_norm IS 'The code in lower case, trimmed; unique per organization, never given twice.';
COMMENT ON COLUMN marketplace.ambassadors.discount_code IS 'Code by which customers of the ambassador pay less.';
COMMENT ON COLUMN marketplace.ambassadors.tier IS 'Tier of the program that the ambassador has reached.';
COMMENT ON COLUMN marketplace.ambassadors.commission_rate IS 'Commission in percent instead of the program''s: 0 to 100; NULL: the program''s terms.';
COMMENT ON COLUMN marketplace.ambassadors.commission_amount IS 'Commission on each order instead of the program''s, in the program''s currency; not negative; at most one of the two is given.';
COMMENT ON COLUMN marketplace.ambassadors.invited_at IS 'When the creator was invited; given where it waits for an answer.';
COMMENT ON COLUMN marketplace.ambassadors.applied_at IS 'When the creator applied, now by default; NULL: did not, or, where invited, not yet.';
COMMENT ON COLUMN marketplace.ambassadors.approved_at IS 'When the creator became ambassador; given where active or paused.';
COMMENT ON COLUMN marketplace.ambassadors.approved_by IS 'Member who approved it.';
COMMENT ON COLUMN marketplace.ambassadors.rejected_at IS 'When the application was rejected; given exactly where it is.';
COMMENT ON COLUMN marketplace.ambassadors.ended_at IS 'When it ended; given exactly where it did; not before approved_at.';
COMMENT ON COLUMN marketplace.ambassadors.end_reason IS 'Why it ended.';
COMMENT ON COLUMN marketplace.ambassadors.metadata IS 'What programs keep with the ambassador; a JSON object.';
