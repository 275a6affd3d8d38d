-- A plan without an organization is offered to everybody, the others to one. scope_id says the
-- same without a NULL, so that a foreign key can compare it.
CREATE TABLE billing.plans (
    id uuid NOT NULL,
    organization_id uuid,
    scope_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'::uuid)) STORED,
    code varchar(100) NOT NULL,
    name varchar(255) NOT NULL,
    description text,
    pricing_model billing.pricing_model NOT NULL DEFAULT 'flat',
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    unit_amount numeric(15,2) NOT NULL DEFAULT 0,
    setup_amount numeric(15,2) NOT NULL DEFAULT 0,
    billing_interval billing.billing_interval NOT NULL DEFAULT 'month',
    interval_count smallint NOT NULL DEFAULT 1,
    trial_days smallint NOT NULL DEFAULT 0,
    min_quantity integer NOT NULL DEFAULT 1,
    max_quantity integer,
    position integer NOT NULL DEFAULT 0,
    is_public boolean NOT NULL DEFAULT true,
    is_active boolean NOT NULL DEFAULT true,
    provider varchar(100),
    external_id varchar(255),
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT plans_pkey PRIMARY KEY (id),
    CONSTRAINT plans_id_scope_key UNIQUE (id, scope_id),
    CONSTRAINT plans_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT plans_organization_check CHECK (organization_id <> '00000000-0000-0000-0000-000000000000'),
    CONSTRAINT plans_code_check CHECK (code ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT plans_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT plans_unit_amount_check CHECK (unit_amount >= 0 AND unit_amount <> 'NaN'),
    CONSTRAINT plans_setup_amount_check CHECK (setup_amount >= 0 AND setup_amount <> 'NaN'),
    CONSTRAINT plans_interval_count_check CHECK (interval_count BETWEEN 1 AND 366),
    CONSTRAINT plans_trial_days_check CHECK (trial_days BETWEEN 0 AND 730),
    CONSTRAINT plans_quantity_check CHECK (min_quantity > 0 AND max_quantity >= min_quantity),
    CONSTRAINT plans_position_check CHECK (position >= 0),
    CONSTRAINT plans_external_id_check CHECK (btrim(external_id) <> '' AND (external_id IS NULL OR provider IS NOT NULL)),
    CONSTRAINT plans_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE billing.plans IS 'What organizations can subscribe to: rows without an organization are offered to all, the others to one. What a plan gives is in billing.entitlements.';
COMMENT ON COLUMN billing.plans.scope_id IS 'organization_id, or all zeros where the plan is everybody''s.';
COMMENT ON COLUMN billing.plans.code IS 'Stable name for programs: lower case, no spaces; unique among the live plans of an organization, and among the live ones for all.';
COMMENT ON COLUMN billing.plans.name IS 'Name for people.';
COMMENT ON COLUMN billing.plans.description IS 'What the plan offers, in words.';
COMMENT ON COLUMN billing.plans.pricing_model IS 'What it charges for.';
COMMENT ON COLUMN billing.plans.currency IS 'Currency of the amounts: ISO 4217.';
COMMENT ON COLUMN billing.plans.unit_amount IS 'Price of a period, or of a seat for a period; not negative. Subscriptions keep the price that they began with.';
COMMENT ON COLUMN billing.plans.setup_amount IS 'What is charged once, at the start; not negative.';
COMMENT ON COLUMN billing.plans.billing_interval IS 'Unit of the period that is charged for.';
COMMENT ON COLUMN billing.plans.interval_count IS 'How many of that unit make a period: 1 to 366.';
COMMENT ON COLUMN billing.plans.trial_days IS 'Days that a new subscriber may try it for nothing: 0 to 730.';
COMMENT ON COLUMN billing.plans.min_quantity IS 'Fewest seats that can be had; positive.';
COMMENT ON COLUMN billing.plans.max_quantity IS 'Most seats that can be had; NULL: any number.';
COMMENT ON COLUMN billing.plans.position IS 'Place in a list, lowest first.';
COMMENT ON COLUMN billing.plans.is_public IS 'Whether it is shown to whoever chooses a plan.';
COMMENT ON COLUMN billing.plans.is_active IS 'Whether one can still subscribe to it; who has it keeps it either way.';
COMMENT ON COLUMN billing.plans.provider IS 'Payment provider that knows the plan, e.g. stripe.';
COMMENT ON COLUMN billing.plans.external_id IS 'Key of the plan at the provider; unique among its live plans.';
COMMENT ON COLUMN billing.plans.metadata IS 'What programs keep with the plan; a JSON object.';

-- The provider's token stands for the card or account. Numbers of cards are for the provider
-- alone, so one that comes here by mistake is refused.
CREATE TABLE billing.payment_methods (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    kind billing.payment_method_kind NOT NULL DEFAULT 'card',
    provider varchar(100) NOT NULL,
    provider_customer_id varchar(255),
    provider_token varchar(255) NOT NULL,
    fingerprint varchar(255),
    brand varchar(50),
    last4 varchar(4),
    exp_month smallint,
    exp_year smallint,
    holder_name varchar(255),
    country crm.country_code,
    billing_address jsonb NOT NULL DEFAULT '{}',
    is_default boolean NOT NULL DEFAULT false,
    verified_at timestamptz,
    last_failed_at timestamptz,
    failure_count integer NOT NULL DEFAULT 0,
    failure_reason text,
    created_by uuid,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT payment_methods_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT payment_methods_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT payment_methods_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT payment_methods_provider_check CHECK (btrim(provider) <> ''),
    CONSTRAINT payment_methods_provider_token_check CHECK (btrim(provider_token) <> '' AND translate(provider_token, ' -', '') !~ '^[0-9]{12,19}$'),
    CONSTRAINT payment_methods_last4_check CHECK (last4 ~ '^[0-9A-Z]{4}$'),
    CONSTRAINT payment_methods_expiry_check CHECK (
        (exp_month IS NULL) = (exp_year IS NULL)
        AND exp_month BETWEEN 1 AND 12
        AND exp_year BETWEEN 2000 AND 2100
    ),
    CONSTRAINT payment_methods_billing_address_check CHECK (jsonb_typeof(billing_address) = 'object'),
    CONSTRAINT payment_methods_failure_check CHECK (
        failure_count >= 0
        AND (failure_count > 0 OR failure_reason IS NULL)
        AND (failure_count = 0 OR last_failed_at IS NOT NULL)
    ),
    CONSTRAINT payment_methods_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE billing.payment_methods IS 'How an organization pays. What is secret about it is at the payment provider.';
COMMENT ON COLUMN billing.payment_methods.kind IS 'What it is.';
COMMENT ON COLUMN billing.payment_methods.provider IS 'Payment provider that keeps it, e.g. stripe.';
COMMENT ON COLUMN billing.payment_methods.provider_customer_id IS 'Key of the organization as a customer of the provider.';
COMMENT ON COLUMN billing.payment_methods.provider_token IS 'The provider''s token for it, never a card''s or account''s number; unique per provider among an organization''s live ones.';
COMMENT ON COLUMN billing.payment_methods.fingerprint IS 'The provider''s mark by which the same card or account is known again.';
COMMENT ON COLUMN billing.payment_methods.brand IS 'Brand of the card or name of the bank, to show.';
COMMENT ON COLUMN billing.payment_methods.last4 IS 'Last four characters of the number, to show.';
COMMENT ON COLUMN billing.payment_methods.exp_month IS 'Month that a card expires in: 1 to 12.';
COMMENT ON COLUMN billing.payment_methods.exp_year IS 'Year that a card expires in, four digits; given together with the month.';
COMMENT ON COLUMN billing.payment_methods.holder_name IS 'Name on the card or account.';
COMMENT ON COLUMN billing.payment_methods.country IS 'Country that issued it: ISO 3166-1 alpha-2.';
COMMENT ON COLUMN billing.payment_methods.billing_address IS 'Address that belongs to it; a JSON object.';
COMMENT ON COLUMN billing.payment_methods.is_default IS 'Whether it is charged where a subscription names no other; at most one live one of an organization.';
COMMENT ON COLUMN billing.payment_methods.verified_at IS 'When the provider found it good; NULL: not yet.';
COMMENT ON COLUMN billing.payment_methods.last_failed_at IS 'When a charge last failed.';
COMMENT ON COLUMN billing.payment_methods.failure_count IS 'Charges that failed since the last good one; not negative.';
COMMENT ON COLUMN billing.payment_methods.failure_reason IS 'Why the last charge failed, in the provider''s words.';
COMMENT ON COLUMN billing.payment_methods.created_by IS 'Member who entered it.';
COMMENT ON COLUMN billing.payment_methods.metadata IS 'What programs keep with it; a JSON object.';

-- A plan is never taken from under its subscribers: it is retired by is_active or deleted_at.
CREATE TABLE billing.subscriptions (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    payment_method_id uuid,
    status tenancy.subscription_status NOT NULL DEFAULT 'active',
    quantity integer NOT NULL DEFAULT 1,
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    unit_amount numeric(15,2) NOT NULL DEFAULT 0,
    discount_percent numeric(5,2) NOT NULL DEFAULT 0,
    discount_ends_at timestamptz,
    billing_interval billing.billing_interval NOT NULL DEFAULT 'month',
    interval_count smallint NOT NULL DEFAULT 1,
    collection_method billing.collection_method NOT NULL DEFAULT 'automatic',
    days_until_due smallint,
    started_at timestamptz NOT NULL DEFAULT now(),
    trial_starts_at timestamptz,
    trial_ends_at timestamptz,
    current_period_start timestamptz,
    current_period_end timestamptz,
    past_due_since timestamptz,
    paused_at timestamptz,
    resumes_at timestamptz,
    cancel_at timestamptz,
    cancelled_at timestamptz,
    cancelled_by uuid,
    cancel_reason text,
    ended_at timestamptz,
    provider varchar(100),
    external_id varchar(255),
    version integer NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT subscriptions_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT subscriptions_plan_fkey FOREIGN KEY (plan_id)
        REFERENCES billing.plans (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_payment_method_fkey FOREIGN KEY (payment_method_id, organization_id)
        REFERENCES billing.payment_methods (id, organization_id) ON DELETE SET NULL (payment_method_id),
    CONSTRAINT subscriptions_cancelled_by_fkey FOREIGN KEY (cancelled_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (cancelled_by),
    CONSTRAINT subscriptions_quantity_check CHECK (quantity > 0),
    CONSTRAINT subscriptions_unit_amount_check CHECK (unit_amount >= 0 AND unit_amount <> 'NaN'),
    CONSTRAINT subscriptions_discount_check CHECK (
        (discount_percent > 0 OR discount_ends_at IS NULL)
        AND discount_percent BETWEEN 0 AND 100
    ),
    CONSTRAINT subscriptions_interval_count_check CHECK (interval_count BETWEEN 1 AND 366),
    CONSTRAINT subscriptions_days_until_due_check CHECK (days_until_due BETWEEN 0 AND 365),
    CONSTRAINT subscriptions_trial_check CHECK (
        trial_ends_at > trial_starts_at
        AND (status <> 'trialing' OR trial_ends_at IS NOT NULL)
    ),
    CONSTRAINT subscriptions_current_period_check CHECK (
        (current_period_start IS NULL) = (current_period_end IS NULL)
        AND current_period_end > current_period_start
    ),
    CONSTRAINT subscriptions_past_due_since_check CHECK ((status IN ('past_due', 'unpaid')) = (past_due_since IS NOT NULL)),
    CONSTRAINT subscriptions_paused_at_check CHECK ((status = 'paused') = (paused_at IS NOT NULL)),
    CONSTRAINT subscriptions_resumes_at_check CHECK (resumes_at IS NULL OR (paused_at IS NOT NULL AND resumes_at > paused_at)),
    CONSTRAINT subscriptions_cancelled_at_check CHECK (
        (cancelled_at IS NOT NULL OR num_nonnulls(cancel_at, cancelled_by, cancel_reason) = 0)
        AND (status <> 'cancelled' OR cancelled_at IS NOT NULL)
        AND (status <> 'expired' OR cancelled_at IS NULL)
    ),
    CONSTRAINT subscriptions_ended_at_check CHECK (
        (status IN ('cancelled', 'expired')) = (ended_at IS NOT NULL)
        AND ended_at >= started_at
    ),
    CONSTRAINT subscriptions_external_id_check CHECK (btrim(external_id) <> '' AND (external_id IS NULL OR provider IS NOT NULL)),
    CONSTRAINT subscriptions_version_check CHECK (version > 0),
    CONSTRAINT subscriptions_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE billing.subscriptions IS 'Which organization has which plan, at which price; at most one that has not ended. tenancy.organizations keeps copies of its plan, status and trial.';
COMMENT ON COLUMN billing.subscriptions.plan_id IS 'Plan that is subscribed to: one for all, or the organization''s own.';
COMMENT ON COLUMN billing.subscriptions.payment_method_id IS 'What is charged; NULL: the organization''s default one.';
COMMENT ON COLUMN billing.subscriptions.status IS 'State of the subscription; cancelled and expired ones have ended. One that is to be cancelled stays active until it ends.';
COMMENT ON COLUMN billing.subscriptions.quantity IS 'Seats that are paid for; positive.';
COMMENT ON COLUMN billing.subscriptions.currency IS 'Currency of unit_amount: ISO 4217.';
COMMENT ON COLUMN billing.subscriptions.unit_amount IS 'Price agreed on, of a period or of a seat for a period; not negative.';
COMMENT ON COLUMN billing.subscriptions.discount_percent IS 'Discount on the price in percent: 0 to 100.';
COMMENT ON COLUMN billing.subscriptions.discount_ends_at IS 'Until when there is the discount; NULL: as long as the subscription.';
COMMENT ON COLUMN billing.subscriptions.billing_interval IS 'Unit of the period that is charged for.';
COMMENT ON COLUMN billing.subscriptions.interval_count IS 'How many of that unit make a period: 1 to 366.';
COMMENT ON COLUMN billing.subscriptions.collection_method IS 'How its invoices are paid.';
COMMENT ON COLUMN billing.subscriptions.days_until_due IS 'Days from issue to due date of its invoices: 0 to 365; NULL: due at once.';
COMMENT ON COLUMN billing.subscriptions.started_at IS 'When it began, a trial included.';
COMMENT ON COLUMN billing.subscriptions.trial_starts_at IS 'When the trial began; NULL: none, or with the subscription.';
COMMENT ON COLUMN billing.subscriptions.trial_ends_at IS 'When the trial ends or ended; given while it is trialing.';
COMMENT ON COLUMN billing.subscriptions.current_period_start IS 'Beginning of the period that was charged last; inclusive.';
COMMENT ON COLUMN billing.subscriptions.current_period_end IS 'End of that period, when the next is charged; exclusive, after its start.';
COMMENT ON COLUMN billing.subscriptions.past_due_since IS 'Since when a payment is late; given exactly while it is past_due or unpaid.';
COMMENT ON COLUMN billing.subscriptions.paused_at IS 'Since when it is paused; given exactly while it is.';
COMMENT ON COLUMN billing.subscriptions.resumes_at IS 'When a pause ends by itself; NULL: not.';
COMMENT ON COLUMN billing.subscriptions.cancel_at IS 'When a cancelled subscription is to end, e.g. with its period; NULL: at once, or not cancelled.';
COMMENT ON COLUMN billing.subscriptions.cancelled_at IS 'When it was cancelled, which may be long before it ends; NULL: was not.';
COMMENT ON COLUMN billing.subscriptions.cancelled_by IS 'Member who cancelled it; NULL: not a member.';
COMMENT ON COLUMN billing.subscriptions.cancel_reason IS 'Why it was cancelled.';
COMMENT ON COLUMN billing.subscriptions.ended_at IS 'When it ended; given exactly where it is cancelled or expired.';
COMMENT ON COLUMN billing.subscriptions.provider IS 'Payment provider that runs it, e.g. stripe; NULL: none.';
COMMENT ON COLUMN billing.subscriptions.external_id IS 'Key of the subscription at the provider; unique per provider in an organization.';
COMMENT ON COLUMN billing.subscriptions.version IS 'Counts the changes, from 1: who changes a subscription names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN billing.subscriptions.metadata IS 'What programs keep with the subscription; a JSON object.';

-- What belongs to a plan for all has no organization, as the plan itself: the foreign key
-- compares both, so that a tenant's plan cannot leak through its entitlements.
CREATE TABLE billing.entitlements (
    id uuid NOT NULL,
    organization_id uuid,
    scope_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'::uuid)) STORED,
    plan_id uuid,
    subscription_id uuid,
    feature varchar(100) NOT NULL,
    kind billing.entitlement_kind NOT NULL DEFAULT 'switch',
    is_enabled boolean NOT NULL DEFAULT true,
    limit_value bigint,
    quota_interval billing.billing_interval,
    is_soft boolean NOT NULL DEFAULT false,
    overage_unit_price numeric(10,4),
    starts_at timestamptz,
    ends_at timestamptz,
    config jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT entitlements_pkey PRIMARY KEY (id),
    CONSTRAINT entitlements_plan_feature_key UNIQUE (plan_id, scope_id, feature),
    CONSTRAINT entitlements_subscription_feature_key UNIQUE (subscription_id, organization_id, feature),
    CONSTRAINT entitlements_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT entitlements_plan_fkey FOREIGN KEY (plan_id, scope_id)
        REFERENCES billing.plans (id, scope_id) ON DELETE CASCADE,
    CONSTRAINT entitlements_subscription_fkey FOREIGN KEY (subscription_id, organization_id)
        REFERENCES billing.subscriptions (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT entitlements_parent_check CHECK (num_nonnulls(plan_id, subscription_id) = 1),
    -- A foreign key with a NULL in it is not checked.
    CONSTRAINT entitlements_subscription_check CHECK (subscription_id IS NULL OR organization_id IS NOT NULL),
    CONSTRAINT entitlements_feature_check CHECK (feature ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT entitlements_limit_value_check CHECK (limit_value >= 0 AND (limit_value IS NULL OR kind <> 'switch')),
    CONSTRAINT entitlements_quota_interval_check CHECK ((kind = 'quota') = (quota_interval IS NOT NULL)),
    CONSTRAINT entitlements_soft_check CHECK (NOT is_soft OR limit_value IS NOT NULL),
    CONSTRAINT entitlements_overage_unit_price_check CHECK (overage_unit_price >= 0 AND overage_unit_price <> 'NaN' AND (overage_unit_price IS NULL OR is_soft)),
    CONSTRAINT entitlements_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT entitlements_config_check CHECK (jsonb_typeof(config) = 'object')
);
COMMENT ON TABLE billing.entitlements IS 'What a plan gives, feature by feature, and what one subscription gives otherwise than its plan: its row goes before the plan''s.';
COMMENT ON COLUMN billing.entitlements.scope_id IS 'organization_id, or all zeros where the plan is everybody''s.';
COMMENT ON COLUMN billing.entitlements.plan_id IS 'Plan that gives it; exactly one of plan and subscription is given.';
COMMENT ON COLUMN billing.entitlements.subscription_id IS 'Subscription that gives it.';
COMMENT ON COLUMN billing.entitlements.feature IS 'What is given, by its stable name for programs, e.g. api_access, contacts; also the metric that usage is counted by.';
COMMENT ON COLUMN billing.entitlements.kind IS 'How it is given.';
COMMENT ON COLUMN billing.entitlements.is_enabled IS 'Whether it is given at all; false takes away what the plan gives.';
COMMENT ON COLUMN billing.entitlements.limit_value IS 'How many, or how much in quota_interval; not negative; NULL: without limit.';
COMMENT ON COLUMN billing.entitlements.quota_interval IS 'Period that a quota is for; given exactly where it is one.';
COMMENT ON COLUMN billing.entitlements.is_soft IS 'Whether one may go past the limit.';
COMMENT ON COLUMN billing.entitlements.overage_unit_price IS 'Price of each unit past a soft limit, in the subscription''s currency; not negative; NULL: nothing.';
COMMENT ON COLUMN billing.entitlements.starts_at IS 'From when it is given; NULL: from the start.';
COMMENT ON COLUMN billing.entitlements.ends_at IS 'Until when it is given, exclusive; NULL: as long as the plan or subscription.';
COMMENT ON COLUMN billing.entitlements.config IS 'Values that the feature reads; a JSON object.';
