-- What was paid to whom is kept: neither the deal nor the recipient can vanish from under it.
CREATE TABLE sales.commissions (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    deal_id uuid,
    recipient_id uuid,
    kind sales.commission_kind NOT NULL DEFAULT 'commission',
    installment smallint NOT NULL DEFAULT 1,
    plan_name varchar(255),
    base_amount numeric(15,2),
    rate_percent numeric(7,4),
    split_percent numeric(7,4) NOT NULL DEFAULT 100,
    amount numeric(15,2) NOT NULL,
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    status sales.commission_status NOT NULL DEFAULT 'pending',
    earned_on date,
    payout_date date,
    approved_at timestamptz,
    approved_by uuid,
    paid_at timestamptz,
    clawed_back_at timestamptz,
    cancelled_at timestamptz,
    status_reason text,
    note text,
    version integer NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT commissions_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT commissions_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT commissions_deal_fkey FOREIGN KEY (deal_id, organization_id)
        REFERENCES crm.deals (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT commissions_recipient_fkey FOREIGN KEY (recipient_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT commissions_approved_by_fkey FOREIGN KEY (approved_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (approved_by),
    CONSTRAINT commissions_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT commissions_deal_check CHECK (deal_id IS NOT NULL OR kind = 'bonus'),
    CONSTRAINT commissions_installment_check CHECK (installment > 0),
    CONSTRAINT commissions_base_amount_check CHECK (base_amount >= 0 AND base_amount <> 'NaN'),
    CONSTRAINT commissions_rate_percent_check CHECK (rate_percent BETWEEN 0 AND 100),
    CONSTRAINT commissions_split_percent_check CHECK (split_percent > 0 AND split_percent <= 100),
    CONSTRAINT commissions_amount_check CHECK (amount >= 0 AND amount <> 'NaN'),
    CONSTRAINT commissions_payout_date_check CHECK (payout_date >= earned_on),
    CONSTRAINT commissions_paid_at_check CHECK (paid_at >= approved_at),
    CONSTRAINT commissions_clawed_back_at_check CHECK (clawed_back_at >= paid_at),
    CONSTRAINT commissions_approved_by_check CHECK (approved_by IS NULL OR approved_at IS NOT NULL),
    CONSTRAINT commissions_self_approval_check CHECK (approved_by <> recipient_id),
    CONSTRAINT commissions_status_check CHECK (
        CASE status
            WHEN 'pending' THEN num_nonnulls(approved_at, paid_at, clawed_back_at, cancelled_at) = 0
            WHEN 'approved' THEN approved_at IS NOT NULL AND num_nonnulls(paid_at, clawed_back_at, cancelled_at) = 0
            WHEN 'paid' THEN paid_at IS NOT NULL AND num_nonnulls(clawed_back_at, cancelled_at) = 0
            WHEN 'clawed_back' THEN num_nonnulls(paid_at, clawed_back_at) = 2 AND cancelled_at IS NULL
            ELSE cancelled_at IS NOT NULL AND num_nonnulls(paid_at, clawed_back_at) = 0
        END
    ),
    CONSTRAINT commissions_version_check CHECK (version > 0),
    CONSTRAINT commissions_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE sales.commissions IS 'What members earn by deals, and as bonuses. One that is neither cancelled nor deleted exists once per deal, recipient, kind and installment.';
COMMENT ON COLUMN sales.commissions.external_id IS 'Key of the commission in another system, e.g. payroll; unique among an organization''s live commissions.';
COMMENT ON COLUMN sales.commissions.deal_id IS 'Deal that it is paid for; NULL only for a bonus.';
COMMENT ON COLUMN sales.commissions.recipient_id IS 'Member who gets it; NULL: not yet known, or the house.';
COMMENT ON COLUMN sales.commissions.kind IS 'What is paid for.';
COMMENT ON COLUMN sales.commissions.installment IS 'Which one it is, where it is paid in parts; from 1.';
COMMENT ON COLUMN sales.commissions.plan_name IS 'Plan that it was computed by, in the tenant''s own words.';
COMMENT ON COLUMN sales.commissions.base_amount IS 'What the rate was applied to, in currency; not negative.';
COMMENT ON COLUMN sales.commissions.rate_percent IS 'Rate in percent: 0 to 100.';
COMMENT ON COLUMN sales.commissions.split_percent IS 'The recipient''s share in percent, where several share a deal: above 0, to 100.';
COMMENT ON COLUMN sales.commissions.amount IS 'What the recipient gets, in currency; not negative.';
COMMENT ON COLUMN sales.commissions.currency IS 'Currency of the amounts: ISO 4217.';
COMMENT ON COLUMN sales.commissions.status IS 'Where it stands; each state but pending has its time.';
COMMENT ON COLUMN sales.commissions.earned_on IS 'Day on which it was earned, e.g. that of the deal''s closing.';
COMMENT ON COLUMN sales.commissions.payout_date IS 'Day on which it is, or was, to be paid out; not before earned_on.';
COMMENT ON COLUMN sales.commissions.approved_at IS 'When it was approved.';
COMMENT ON COLUMN sales.commissions.approved_by IS 'Member who approved it; never the recipient.';
COMMENT ON COLUMN sales.commissions.paid_at IS 'When it was paid; not before approved_at.';
COMMENT ON COLUMN sales.commissions.clawed_back_at IS 'When it was taken back; not before paid_at.';
COMMENT ON COLUMN sales.commissions.cancelled_at IS 'When it was cancelled; given exactly where it is.';
COMMENT ON COLUMN sales.commissions.status_reason IS 'Why it was cancelled or taken back.';
COMMENT ON COLUMN sales.commissions.note IS 'What members wrote about it.';
COMMENT ON COLUMN sales.commissions.version IS 'Counts the changes, from 1: who changes a commission names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN sales.commissions.metadata IS 'What programs keep with the commission; a JSON object.';

-- Without its owner or its pipeline a forecast would read as the whole organization's, so it
-- goes with them.
CREATE TABLE sales.forecasts (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    owner_id uuid,
    pipeline_id uuid,
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    quota_amount numeric(15,2),
    pipeline_amount numeric(15,2),
    best_case_amount numeric(15,2),
    commit_amount numeric(15,2),
    forecast_amount numeric(15,2),
    actual_amount numeric(15,2),
    confidence_score numeric(5,2),
    method sales.forecast_method NOT NULL DEFAULT 'manual',
    status sales.forecast_status NOT NULL DEFAULT 'draft',
    submitted_at timestamptz,
    submitted_by uuid,
    finalized_at timestamptz,
    note text,
    version integer NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT forecasts_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT forecasts_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT forecasts_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE CASCADE,
    CONSTRAINT forecasts_pipeline_fkey FOREIGN KEY (pipeline_id, organization_id)
        REFERENCES crm.pipelines (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT forecasts_submitted_by_fkey FOREIGN KEY (submitted_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (submitted_by),
    CONSTRAINT forecasts_period_check CHECK (isfinite(period_start) AND isfinite(period_end) AND period_end >= period_start),
    CONSTRAINT forecasts_quota_amount_check CHECK (quota_amount >= 0 AND quota_amount <> 'NaN'),
    CONSTRAINT forecasts_pipeline_amount_check CHECK (pipeline_amount >= 0 AND pipeline_amount <> 'NaN'),
    CONSTRAINT forecasts_best_case_amount_check CHECK (best_case_amount >= 0 AND best_case_amount <> 'NaN'),
    CONSTRAINT forecasts_commit_amount_check CHECK (commit_amount >= 0 AND commit_amount <> 'NaN'),
    CONSTRAINT forecasts_forecast_amount_check CHECK (forecast_amount >= 0 AND forecast_amount <> 'NaN'),
    CONSTRAINT forecasts_actual_amount_check CHECK (actual_amount >= 0 AND actual_amount <> 'NaN'),
    CONSTRAINT forecasts_confidence_score_check CHECK (confidence_score BETWEEN 0 AND 100),
    CONSTRAINT forecasts_submitted_check CHECK (submitted_at IS NOT NULL OR submitted_by IS NULL),
    CONSTRAINT forecasts_status_check CHECK (
        CASE status
            WHEN 'draft' THEN num_nonnulls(submitted_at, finalized_at) = 0
            WHEN 'submitted' THEN num_nonnulls(submitted_at, forecast_amount) = 2 AND finalized_at IS NULL
            ELSE num_nonnulls(finalized_at, actual_amount) = 2
        END
    ),
    CONSTRAINT forecasts_version_check CHECK (version > 0),
    CONSTRAINT forecasts_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE sales.forecasts IS 'What is expected to be sold in a period, and what was. One live forecast per period, owner, pipeline and currency.';
COMMENT ON COLUMN sales.forecasts.period_start IS 'First day of the period.';
COMMENT ON COLUMN sales.forecasts.period_end IS 'Last day of the period; not before its first.';
COMMENT ON COLUMN sales.forecasts.owner_id IS 'Member whose sales are forecast; NULL: the whole organization''s.';
COMMENT ON COLUMN sales.forecasts.pipeline_id IS 'Pipeline that is forecast; NULL: all.';
COMMENT ON COLUMN sales.forecasts.currency IS 'Currency of all amounts: ISO 4217.';
COMMENT ON COLUMN sales.forecasts.quota_amount IS 'What is to be sold; not negative.';
COMMENT ON COLUMN sales.forecasts.pipeline_amount IS 'Sum of all open deals that are expected to close in the period; not negative.';
COMMENT ON COLUMN sales.forecasts.best_case_amount IS 'What is sold if all goes well; not negative.';
COMMENT ON COLUMN sales.forecasts.commit_amount IS 'What is sold at the least; not negative.';
COMMENT ON COLUMN sales.forecasts.forecast_amount IS 'What is expected to be sold; not negative; given where it is submitted.';
COMMENT ON COLUMN sales.forecasts.actual_amount IS 'What was sold; not negative; given where it is final.';
COMMENT ON COLUMN sales.forecasts.confidence_score IS 'How sure the forecast is, in percent: 0 to 100.';
COMMENT ON COLUMN sales.forecasts.method IS 'How forecast_amount was made.';
COMMENT ON COLUMN sales.forecasts.status IS 'Where the forecast stands; each state but draft has its time.';
COMMENT ON COLUMN sales.forecasts.submitted_at IS 'When it was submitted.';
COMMENT ON COLUMN sales.forecasts.submitted_by IS 'Member who submitted it.';
COMMENT ON COLUMN sales.forecasts.finalized_at IS 'When the result was entered; given exactly where it is final.';
COMMENT ON COLUMN sales.forecasts.note IS 'What the forecast rests on.';
COMMENT ON COLUMN sales.forecasts.version IS 'Counts the changes, from 1: who changes a forecast names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN sales.forecasts.metadata IS 'What programs keep with the forecast; a JSON object.';
