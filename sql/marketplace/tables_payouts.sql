-- What moves money is at the provider; here is only its key there.
CREATE TABLE marketplace.payout_methods (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    type marketplace.payout_method_type NOT NULL,
    provider varchar(100) NOT NULL,
    provider_token varchar(255) NOT NULL,
    fingerprint tenancy.token_hash,
    label varchar(100),
    last4 text,
    country crm.country_code,
    currency crm.currency_code,
    is_default boolean NOT NULL DEFAULT false,
    status marketplace.payout_method_status NOT NULL DEFAULT 'pending',
    verified_at timestamptz,
    disabled_at timestamptz,
    disabled_reason text,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT payout_methods_pkey PRIMARY KEY (id, organization_id),
    -- What payouts refer to, so that nobody's money goes to another's account.
    CONSTRAINT payout_methods_id_creator_key UNIQUE (id, creator_id, organization_id),
    CONSTRAINT payout_methods_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT payout_methods_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT payout_methods_provider_check CHECK (provider ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT payout_methods_provider_token_check CHECK (btrim(provider_token) <> ''),
    CONSTRAINT payout_methods_last4_check CHECK (last4 ~ '^[0-9A-Za-z]{2,4}$'),
    CONSTRAINT payout_methods_verified_at_check CHECK (
        (verified_at IS NOT NULL OR status <> 'verified') AND (verified_at IS NULL OR status <> 'pending')
    ),
    CONSTRAINT payout_methods_disabled_check CHECK (
        (status = 'disabled') = (disabled_at IS NOT NULL) AND (disabled_reason IS NULL OR disabled_at IS NOT NULL)
    ),
    CONSTRAINT payout_methods_is_default_check CHECK (NOT is_default OR (status <> 'disabled' AND deleted_at IS NULL)),
    CONSTRAINT payout_methods_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE marketplace.payout_methods IS 'Where creators'' money goes, by the provider''s key; account numbers are with the provider alone.';
COMMENT ON COLUMN marketplace.payout_methods.creator_id IS 'The creator.';
COMMENT ON COLUMN marketplace.payout_methods.type IS 'How the creator is paid.';
COMMENT ON COLUMN marketplace.payout_methods.provider IS 'Payment service, in lower case, no spaces.';
COMMENT ON COLUMN marketplace.payout_methods.provider_token IS 'Key of the account at the provider, no account number; unique among a creator''s live methods.';
COMMENT ON COLUMN marketplace.payout_methods.fingerprint IS 'Keyed digest (HMAC) of the account number, by which the same account is known again.';
COMMENT ON COLUMN marketplace.payout_methods.label IS 'Name for people.';
COMMENT ON COLUMN marketplace.payout_methods.last4 IS 'Last 2 to 4 characters of the account number, by which people know it again.';
COMMENT ON COLUMN marketplace.payout_methods.country IS 'Country of the account: ISO 3166-1 alpha-2.';
COMMENT ON COLUMN marketplace.payout_methods.currency IS 'Currency of the account: ISO 4217; NULL: any.';
COMMENT ON COLUMN marketplace.payout_methods.is_default IS 'Whether it is used where none is named; at most one of a creator, neither disabled nor deleted.';
COMMENT ON COLUMN marketplace.payout_methods.status IS 'State of the method.';
COMMENT ON COLUMN marketplace.payout_methods.verified_at IS 'When it was verified; given where it is.';
COMMENT ON COLUMN marketplace.payout_methods.disabled_at IS 'When it was disabled; given exactly where it is.';
COMMENT ON COLUMN marketplace.payout_methods.disabled_reason IS 'Why it was disabled.';
COMMENT ON COLUMN marketplace.payout_methods.metadata IS 'What programs keep with the method; a JSON object.';

CREATE TABLE marketplace.payouts (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    display_id bigint,
    creator_id uuid NOT NULL,
    payout_method_id uuid,
    contract_id uuid,
    idempotency_key varchar(255) NOT NULL,
    amount numeric(15,2) NOT NULL,
    fee_amount numeric(15,2) NOT NULL DEFAULT 0,
    net_amount numeric(15,2) NOT NULL GENERATED ALWAYS AS (amount - fee_amount) STORED,
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    status marketplace.payout_status NOT NULL DEFAULT 'pending',
    description text,
    provider varchar(100),
    external_id varchar(255),
    attempt_count integer NOT NULL DEFAULT 0,
    scheduled_at timestamptz,
    created_by uuid,
    approved_at timestamptz,
    approved_by uuid,
    submitted_at timestamptz,
    paid_at timestamptz,
    failed_at timestamptz,
    failure_code varchar(100),
    failure_reason text,
    returned_at timestamptz,
    cancelled_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT payouts_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT payouts_organization_display_id_key UNIQUE (organization_id, display_id),
    CONSTRAINT payouts_idempotency_key_key UNIQUE (organization_id, idempotency_key),
    -- What others refer to, so that they are of the same creator or contract.
    CONSTRAINT payouts_id_creator_key UNIQUE (id, creator_id, organization_id),
    CONSTRAINT payouts_id_contract_key UNIQUE (id, contract_id, organization_id),
    CONSTRAINT payouts_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT payouts_creator_fkey FOREIGN KEY (creator_id, organization_id)
        REFERENCES creator.creators (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT payouts_payout_method_fkey FOREIGN KEY (payout_method_id, creator_id, organization_id)
        REFERENCES marketplace.payout_methods (id, creator_id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT payouts_contract_fkey FOREIGN KEY (contract_id, creator_id, organization_id)
        REFERENCES marketplace.contracts (id, creator_id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT payouts_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT payouts_approved_by_fkey FOREIGN KEY (approved_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (approved_by),
    CONSTRAINT payouts_display_id_check CHECK (display_id > 0),
    CONSTRAINT payouts_idempotency_key_check CHECK (btrim(idempotency_key) <> ''),
    CONSTRAINT payouts_amount_check CHECK (amount > 0 AND amount <> 'NaN'),
    CONSTRAINT payouts_fee_amount_check CHECK (fee_amount >= 0 AND fee_amount <= amount),
    CONSTRAINT payouts_external_id_check CHECK (external_id IS NULL OR (btrim(external_id) <> '' AND provider IS NOT NULL)),
    CONSTRAINT payouts_attempt_count_check CHECK (attempt_count >= 0),
    CONSTRAINT payouts_payout_method_check CHECK (
        payout_method_id IS NOT NULL OR status IN ('pending', 'approved', 'cancelled')
    ),
    CONSTRAINT payouts_approved_check CHECK (
        (approved_at IS NOT NULL OR status IN ('pending', 'cancelled'))
        AND (approved_at IS NULL OR status <> 'pending')
        AND (approved_by IS NULL OR approved_at IS NOT NULL)
    ),
    CONSTRAINT payouts_submitted_at_check CHECK (
        (submitted_at IS NOT NULL OR status NOT IN ('processing', 'paid', 'failed', 'returned'))
        AND (submitted_at IS NULL OR status NOT IN ('pending', 'cancelled'))
    ),
    CONSTRAINT payouts_paid_at_check CHECK ((status IN ('paid', 'returned')) = (paid_at IS NOT NULL)),
    CONSTRAINT payouts_failed_check CHECK (
        (failed_at IS NOT NULL OR status <> 'failed')
        AND (failed_at IS NOT NULL OR num_nonnulls(failure_code, failure_reason) = 0)
    ),
    CONSTRAINT payouts_returned_at_check CHECK ((status = 'returned') = (returned_at IS NOT NULL)),
    CONSTRAINT payouts_returned_at_order_check CHECK (returned_at >= paid_at),
    CONSTRAINT payouts_cancelled_at_check CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    CONSTRAINT payouts_version_check CHECK (version > 0),
    CONSTRAINT payouts_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE marketplace.payouts IS 'Payments to creators. What they pay for is in creator.creator_earnings.';
COMMENT ON COLUMN marketplace.payouts.display_id IS 'Number for people, counted up from 1 in every organization; never given twice.';
COMMENT ON COLUMN marketplace.payouts.creator_id IS 'The creator.';
COMMENT ON COLUMN marketplace.payouts.payout_method_id IS 'Where the money goes, an account of that creator; given from processing on.';
COMMENT ON COLUMN marketplace.payouts.contract_id IS 'Contract with that creator that it is for; NULL: several, or none.';
COMMENT ON COLUMN marketplace.payouts.idempotency_key IS 'The sender''s name of the payment, so that it is not made twice; unique per organization.';
COMMENT ON COLUMN marketplace.payouts.amount IS 'What leaves the creator''s account, in currency; positive.';
COMMENT ON COLUMN marketplace.payouts.fee_amount IS 'What the transfer costs the creator, in currency; 0 to amount.';
COMMENT ON COLUMN marketplace.payouts.net_amount IS 'What arrives: amount less fee_amount.';
COMMENT ON COLUMN marketplace.payouts.currency IS 'Currency of the amounts: ISO 4217.';
COMMENT ON COLUMN marketplace.payouts.status IS 'State of the payout.';
COMMENT ON COLUMN marketplace.payouts.description IS 'What the creator reads on the statement.';
COMMENT ON COLUMN marketplace.payouts.provider IS 'Payment service that it went through.';
COMMENT ON COLUMN marketplace.payouts.external_id IS 'Key of the transfer at the provider, which is then given; unique per organization and provider.';
COMMENT ON COLUMN marketplace.payouts.attempt_count IS 'How often it was handed to the provider; not negative.';
COMMENT ON COLUMN marketplace.payouts.scheduled_at IS 'Not to be paid before; NULL: at once.';
COMMENT ON COLUMN marketplace.payouts.created_by IS 'Member who asked for it; NULL: a program.';
COMMENT ON COLUMN marketplace.payouts.approved_at IS 'When it was approved; given from approved on.';
COMMENT ON COLUMN marketplace.payouts.approved_by IS 'Member who approved it.';
COMMENT ON COLUMN marketplace.payouts.submitted_at IS 'When it was last handed to the provider; given from processing on.';
COMMENT ON COLUMN marketplace.payouts.paid_at IS 'When it was paid; given exactly where paid or returned.';
COMMENT ON COLUMN marketplace.payouts.failed_at IS 'When it last failed; given where it did.';
COMMENT ON COLUMN marketplace.payouts.failure_code IS 'Why it last failed, as the provider codes it.';
COMMENT ON COLUMN marketplace.payouts.failure_reason IS 'Why it last failed, in words.';
COMMENT ON COLUMN marketplace.payouts.returned_at IS 'When it came back; given exactly where returned; not before paid_at.';
COMMENT ON COLUMN marketplace.payouts.cancelled_at IS 'When it was cancelled; given exactly where it is.';
COMMENT ON COLUMN marketplace.payouts.version IS 'Counts the changes, from 1: who changes a payout names the version that was read, so that it is not sent twice.';
COMMENT ON COLUMN marketplace.payouts.metadata IS 'What programs keep with the payout; a JSON object.';

CREATE TABLE marketplace.disputes (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    display_id bigint,
    contract_id uuid NOT NULL,
    deliverable_id uuid,
    payout_id uuid,
    opened_by_party marketplace.dispute_party NOT NULL,
    opened_by uuid,
    reason marketplace.dispute_reason NOT NULL,
    description text NOT NULL,
    evidence jsonb NOT NULL DEFAULT '[]',
    amount numeric(15,2),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    status marketplace.dispute_status NOT NULL DEFAULT 'open',
    assignee_id uuid,
    response_due_at timestamptz,
    escalated_at timestamptz,
    resolution marketplace.dispute_resolution,
    resolution_note text,
    creator_amount numeric(15,2),
    resolved_at timestamptz,
    resolved_by uuid,
    withdrawn_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT disputes_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT disputes_organization_display_id_key UNIQUE (organization_id, display_id),
    CONSTRAINT disputes_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT disputes_contract_fkey FOREIGN KEY (contract_id, organization_id)
        REFERENCES marketplace.contracts (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT disputes_deliverable_fkey FOREIGN KEY (deliverable_id, contract_id, organization_id)
        REFERENCES creator.deliverables (id, contract_id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT disputes_payout_fkey FOREIGN KEY (payout_id, contract_id, organization_id)
        REFERENCES marketplace.payouts (id, contract_id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT disputes_opened_by_fkey FOREIGN KEY (opened_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (opened_by),
    CONSTRAINT disputes_assignee_fkey FOREIGN KEY (assignee_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (assignee_id),
    CONSTRAINT disputes_resolved_by_fkey FOREIGN KEY (resolved_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (resolved_by),
    CONSTRAINT disputes_display_id_check CHECK (display_id > 0),
    CONSTRAINT disputes_description_check CHECK (btrim(description) <> ''),
    CONSTRAINT disputes_evidence_check CHECK (jsonb_typeof(evidence) = 'array'),
    CONSTRAINT disputes_amount_check CHECK (amount > 0 AND amount <> 'NaN'),
    CONSTRAINT disputes_response_due_at_check CHECK (response_due_at IS NOT NULL OR status <> 'awaiting_response'),
    CONSTRAINT disputes_escalated_at_check CHECK (escalated_at IS NOT NULL OR status <> 'escalated'),
    CONSTRAINT disputes_resolved_check CHECK (
        CASE status
            WHEN 'resolved' THEN num_nulls(resolution, resolved_at) = 0
            ELSE num_nonnulls(resolution, resolution_note, creator_amount, resolved_at, resolved_by) = 0
        END
    ),
    CONSTRAINT disputes_creator_amount_check CHECK (
        creator_amount IS NULL OR (amount IS NOT NULL AND creator_amount BETWEEN 0 AND amount)
    ),
    CONSTRAINT disputes_split_check CHECK (resolution <> 'split' OR creator_amount IS NOT NULL),
    CONSTRAINT disputes_withdrawn_at_check CHECK ((status = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    CONSTRAINT disputes_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE marketplace.disputes IS 'Quarrels about contracts. About the same thing at most one is not ended.';
COMMENT ON COLUMN marketplace.disputes.display_id IS 'Number for people, counted up from 1 in every organization; never given twice.';
COMMENT ON COLUMN marketplace.disputes.contract_id IS 'The contract.';
COMMENT ON COLUMN marketplace.disputes.deliverable_id IS 'Deliverable of that contract that it is about.';
COMMENT ON COLUMN marketplace.disputes.payout_id IS 'Payout of that contract that it is about.';
COMMENT ON COLUMN marketplace.disputes.opened_by_party IS 'Side that opened it.';
COMMENT ON COLUMN marketplace.disputes.opened_by IS 'Member who entered it.';
COMMENT ON COLUMN marketplace.disputes.reason IS 'What it is about.';
COMMENT ON COLUMN marketplace.disputes.description IS 'What happened, as the side that opened it says.';
COMMENT ON COLUMN marketplace.disputes.evidence IS 'What both sides showed, or where it is kept; a JSON array.';
COMMENT ON COLUMN marketplace.disputes.amount IS 'Amount in dispute, in currency; positive; NULL: it is not about money.';
COMMENT ON COLUMN marketplace.disputes.currency IS 'Currency of the amounts: ISO 4217.';
COMMENT ON COLUMN marketplace.disputes.status IS 'State of the dispute.';
COMMENT ON COLUMN marketplace.disputes.assignee_id IS 'Member who handles it.';
COMMENT ON COLUMN marketplace.disputes.response_due_at IS 'Until when the other side should answer; given where that is awaited.';
COMMENT ON COLUMN marketplace.disputes.escalated_at IS 'When it was escalated; given where it is.';
COMMENT ON COLUMN marketplace.disputes.resolution IS 'How it ended; given exactly where it is resolved.';
COMMENT ON COLUMN marketplace.disputes.resolution_note IS 'Why it ended so.';
COMMENT ON COLUMN marketplace.disputes.creator_amount IS 'What of the amount the creator gets, in currency: 0 to amount; given where it is split.';
COMMENT ON COLUMN marketplace.disputes.resolved_at IS 'When it was resolved; given exactly where it is.';
COMMENT ON COLUMN marketplace.disputes.resolved_by IS 'Member who decided.';
COMMENT ON COLUMN marketplace.disputes.withdrawn_at IS 'When it was withdrawn; given exactly where it is.';
COMMENT ON COLUMN marketplace.disputes.metadata IS 'What programs keep with the dispute; a JSON object.';
