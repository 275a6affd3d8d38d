-- A sequence leaves gaps where a transaction is rolled back. Here the row is locked by the one
-- that takes a number, until it commits: the next one waits, and a rollback gives it back.
CREATE TABLE billing.invoice_counters (
    organization_id uuid NOT NULL,
    number_prefix varchar(20) NOT NULL DEFAULT 'INV-',
    last_number bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT invoice_counters_pkey PRIMARY KEY (organization_id),
    CONSTRAINT invoice_counters_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT invoice_counters_number_prefix_check CHECK (number_prefix ~ '^[A-Za-z0-9/_.-]*$'),
    CONSTRAINT invoice_counters_last_number_check CHECK (last_number >= 0)
);
COMMENT ON TABLE billing.invoice_counters IS 'The number that each organization''s last issued invoice got.';
COMMENT ON COLUMN billing.invoice_counters.number_prefix IS 'What stands before the number of the next invoices.';
COMMENT ON COLUMN billing.invoice_counters.last_number IS 'The last number given; 0: none yet.';

-- Only a draft has no number, and only a draft may be deleted or changed: so the numbers of an
-- organization run from 1 without a gap.
CREATE TABLE billing.invoices (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    number bigint,
    number_prefix varchar(20) NOT NULL DEFAULT '',
    reference text GENERATED ALWAYS AS (number_prefix || lpad(number::text, greatest(6, length(number::text)), '0')) STORED,
    kind billing.invoice_kind NOT NULL DEFAULT 'invoice',
    corrects_invoice_id uuid,
    subscription_id uuid,
    payment_method_id uuid,
    status billing.invoice_status NOT NULL DEFAULT 'draft',
    collection_method billing.collection_method NOT NULL DEFAULT 'automatic',
    idempotency_key varchar(255),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    subtotal_amount numeric(15,2) NOT NULL DEFAULT 0,
    discount_amount numeric(15,2) NOT NULL DEFAULT 0,
    tax_amount numeric(15,2) NOT NULL DEFAULT 0,
    prices_include_tax boolean NOT NULL DEFAULT false,
    total_amount numeric(15,2) NOT NULL GENERATED ALWAYS AS (
        subtotal_amount - discount_amount + CASE WHEN prices_include_tax THEN 0 ELSE tax_amount END
    ) STORED,
    paid_amount numeric(15,2) NOT NULL DEFAULT 0,
    credited_amount numeric(15,2) NOT NULL DEFAULT 0,
    due_amount numeric(15,2) NOT NULL GENERATED ALWAYS AS (
        CASE WHEN status IN ('draft', 'void') THEN 0
             ELSE subtotal_amount - discount_amount + CASE WHEN prices_include_tax THEN 0 ELSE tax_amount END
                 - paid_amount - credited_amount
        END
    ) STORED,
    period_start timestamptz,
    period_end timestamptz,
    bill_to_name varchar(255),
    bill_to_email varchar(255),
    bill_to_address jsonb NOT NULL DEFAULT '{}',
    bill_to_tax_number varchar(50),
    note text,
    issued_at timestamptz,
    due_at timestamptz,
    sent_at timestamptz,
    paid_at timestamptz,
    voided_at timestamptz,
    given_up_at timestamptz,
    attempt_count integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    last_error text,
    provider varchar(100),
    external_id varchar(255),
    document_url text,
    version integer NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT invoices_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT invoices_organization_number_key UNIQUE (organization_id, number),
    CONSTRAINT invoices_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT invoices_corrects_invoice_fkey FOREIGN KEY (corrects_invoice_id, organization_id)
        REFERENCES billing.invoices (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT invoices_subscription_fkey FOREIGN KEY (subscription_id, organization_id)
        REFERENCES billing.subscriptions (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT invoices_payment_method_fkey FOREIGN KEY (payment_method_id, organization_id)
        REFERENCES billing.payment_methods (id, organization_id) ON DELETE SET NULL (payment_method_id),
    CONSTRAINT invoices_number_check CHECK ((status = 'draft') = (number IS NULL) AND number > 0),
    CONSTRAINT invoices_number_prefix_check CHECK (number_prefix ~ '^[A-Za-z0-9/_.-]*$'),
    CONSTRAINT invoices_corrects_invoice_check CHECK (
        (kind = 'credit_note') = (corrects_invoice_id IS NOT NULL)
        AND corrects_invoice_id <> id
    ),
    CONSTRAINT invoices_idempotency_key_check CHECK (btrim(idempotency_key) <> ''),
    -- Lines come one by one, credits before charges too: what they add up to is judged at the issue.
    CONSTRAINT invoices_subtotal_amount_check CHECK (subtotal_amount <> 'NaN' AND (subtotal_amount >= 0 OR status = 'draft')),
    CONSTRAINT invoices_discount_amount_check CHECK (discount_amount >= 0 AND discount_amount <> 'NaN'),
    CONSTRAINT invoices_tax_amount_check CHECK (tax_amount <> 'NaN' AND (tax_amount >= 0 OR status = 'draft')),
    CONSTRAINT invoices_total_amount_check CHECK (total_amount <> 'NaN' AND (total_amount >= 0 OR status = 'draft')),
    CONSTRAINT invoices_paid_amount_check CHECK (paid_amount >= 0 AND paid_amount <> 'NaN' AND (paid_amount = 0 OR status <> 'draft')),
    CONSTRAINT invoices_credited_amount_check CHECK (credited_amount >= 0 AND credited_amount <> 'NaN' AND (credited_amount = 0 OR status <> 'draft')),
    CONSTRAINT invoices_due_amount_check CHECK (due_amount >= 0 AND (status <> 'paid' OR due_amount = 0)),
    CONSTRAINT invoices_period_check CHECK (
        (period_start IS NULL) = (period_end IS NULL)
        AND period_end > period_start
    ),
    CONSTRAINT invoices_bill_to_address_check CHECK (jsonb_typeof(bill_to_address) = 'object'),
    CONSTRAINT invoices_issued_at_check CHECK ((status = 'draft') = (issued_at IS NULL)),
    CONSTRAINT invoices_due_at_check CHECK (due_at >= issued_at),
    CONSTRAINT invoices_sent_at_check CHECK (sent_at IS NULL OR status <> 'draft'),
    CONSTRAINT invoices_paid_at_check CHECK ((status = 'paid') = (paid_at IS NOT NULL)),
    CONSTRAINT invoices_voided_at_check CHECK ((status = 'void') = (voided_at IS NOT NULL)),
    CONSTRAINT invoices_given_up_at_check CHECK ((status = 'uncollectible') = (given_up_at IS NOT NULL)),
    CONSTRAINT invoices_attempt_count_check CHECK (attempt_count >= 0),
    CONSTRAINT invoices_next_attempt_at_check CHECK (next_attempt_at IS NULL OR status = 'open'),
    CONSTRAINT invoices_external_id_check CHECK (btrim(external_id) <> '' AND (external_id IS NULL OR provider IS NOT NULL)),
    CONSTRAINT invoices_version_check CHECK (version > 0),
    CONSTRAINT invoices_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE billing.invoices IS 'Invoices to organizations, and credit notes on them. From its issue on an invoice is a record: it is settled, voided or given up, never changed or deleted.';
COMMENT ON COLUMN billing.invoices.number IS 'Number, counted up from 1 in every organization without gaps; NULL exactly while it is a draft.';
COMMENT ON COLUMN billing.invoices.number_prefix IS 'What stood before the number when it was issued.';
COMMENT ON COLUMN billing.invoices.reference IS 'The number as printed: the prefix, then at least six digits; NULL while it is a draft.';
COMMENT ON COLUMN billing.invoices.kind IS 'Invoice or credit note.';
COMMENT ON COLUMN billing.invoices.corrects_invoice_id IS 'Invoice that a credit note gives back of; given exactly where it is one.';
COMMENT ON COLUMN billing.invoices.subscription_id IS 'Subscription that it is for; NULL: for none.';
COMMENT ON COLUMN billing.invoices.payment_method_id IS 'What it was or will be paid with.';
COMMENT ON COLUMN billing.invoices.status IS 'Where the invoice stands.';
COMMENT ON COLUMN billing.invoices.collection_method IS 'How it is paid.';
COMMENT ON COLUMN billing.invoices.idempotency_key IS 'The maker''s name of what is charged for, e.g. a subscription and its period, so that it is charged once; unique in an organization among invoices that are not void.';
COMMENT ON COLUMN billing.invoices.currency IS 'Currency of all amounts: ISO 4217.';
COMMENT ON COLUMN billing.invoices.subtotal_amount IS 'Sum of the lines; negative only in a draft.';
COMMENT ON COLUMN billing.invoices.discount_amount IS 'Discount on the whole invoice, taken off the subtotal; not negative.';
COMMENT ON COLUMN billing.invoices.tax_amount IS 'Tax, sum of the lines''; negative only in a draft.';
COMMENT ON COLUMN billing.invoices.prices_include_tax IS 'Whether the lines hold the tax already; it is not added to the total then.';
COMMENT ON COLUMN billing.invoices.total_amount IS 'What is charged: subtotal less discount plus tax; negative only in a draft.';
COMMENT ON COLUMN billing.invoices.paid_amount IS 'What was paid; not negative.';
COMMENT ON COLUMN billing.invoices.credited_amount IS 'What credit notes took off what was due; not negative. What is given back of a paid invoice is not counted here.';
COMMENT ON COLUMN billing.invoices.due_amount IS 'What is still to pay: 0 to total_amount; 0 for drafts and void ones.';
COMMENT ON COLUMN billing.invoices.period_start IS 'Beginning of the period that is charged for; inclusive.';
COMMENT ON COLUMN billing.invoices.period_end IS 'End of that period; exclusive, after its start.';
COMMENT ON COLUMN billing.invoices.bill_to_name IS 'Name on the invoice, as it was then.';
COMMENT ON COLUMN billing.invoices.bill_to_email IS 'Address that it goes to, as it was then; valid by crm.is_valid_email.';
COMMENT ON COLUMN billing.invoices.bill_to_address IS 'Postal address on the invoice, as it was then; a JSON object.';
COMMENT ON COLUMN billing.invoices.bill_to_tax_number IS 'The organization''s tax number, as it was then, e.g. for VAT.';
COMMENT ON COLUMN billing.invoices.note IS 'What is printed below the lines.';
COMMENT ON COLUMN billing.invoices.issued_at IS 'When it was issued and got its number; NULL exactly while it is a draft.';
COMMENT ON COLUMN billing.invoices.due_at IS 'Until when it is to be paid; not before issued_at.';
COMMENT ON COLUMN billing.invoices.sent_at IS 'When it was last sent to the organization.';
COMMENT ON COLUMN billing.invoices.paid_at IS 'When it was settled; given exactly where it is paid.';
COMMENT ON COLUMN billing.invoices.voided_at IS 'When it was made void; given exactly where it is.';
COMMENT ON COLUMN billing.invoices.given_up_at IS 'When it was given up; given exactly where it is uncollectible.';
COMMENT ON COLUMN billing.invoices.attempt_count IS 'How often a payment was tried; not negative.';
COMMENT ON COLUMN billing.invoices.next_attempt_at IS 'When a payment is tried next; NULL: not by itself.';
COMMENT ON COLUMN billing.invoices.last_error IS 'Why the last attempt failed.';
COMMENT ON COLUMN billing.invoices.provider IS 'Payment provider that knows it, e.g. stripe.';
COMMENT ON COLUMN billing.invoices.external_id IS 'Key of the invoice at the provider; unique per provider in an organization.';
COMMENT ON COLUMN billing.invoices.document_url IS 'Where the invoice can be read or downloaded.';
COMMENT ON COLUMN billing.invoices.version IS 'Counts the changes, from 1: who changes an invoice names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN billing.invoices.metadata IS 'What programs keep with the invoice; a JSON object.';

-- Four decimals in the unit price: a unit of usage often costs less than a cent.
CREATE TABLE billing.invoice_lines (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    subscription_id uuid,
    plan_id uuid,
    kind billing.invoice_line_kind NOT NULL DEFAULT 'plan',
    position integer NOT NULL DEFAULT 0,
    description text NOT NULL,
    metric varchar(100),
    quantity numeric(20,6) NOT NULL DEFAULT 1,
    unit_price numeric(15,4) NOT NULL,
    discount_amount numeric(15,2) NOT NULL DEFAULT 0,
    amount numeric(15,2) NOT NULL GENERATED ALWAYS AS (round(quantity * unit_price, 2) - discount_amount) STORED,
    tax_rate numeric(7,4) NOT NULL DEFAULT 0,
    tax_amount numeric(15,2) NOT NULL DEFAULT 0,
    period_start timestamptz,
    period_end timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT invoice_lines_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT invoice_lines_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT invoice_lines_invoice_fkey FOREIGN KEY (invoice_id, organization_id)
        REFERENCES billing.invoices (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT invoice_lines_subscription_fkey FOREIGN KEY (subscription_id, organization_id)
        REFERENCES billing.subscriptions (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT invoice_lines_plan_fkey FOREIGN KEY (plan_id)
        REFERENCES billing.plans (id) ON DELETE RESTRICT,
    CONSTRAINT invoice_lines_position_check CHECK (position >= 0),
    CONSTRAINT invoice_lines_description_check CHECK (btrim(description) <> ''),
    CONSTRAINT invoice_lines_metric_check CHECK ((kind = 'usage') = (metric IS NOT NULL) AND btrim(metric) <> ''),
    CONSTRAINT invoice_lines_quantity_check CHECK (quantity >= 0 AND quantity <> 'NaN'),
    CONSTRAINT invoice_lines_unit_price_check CHECK (unit_price <> 'NaN' AND (unit_price >= 0 OR kind IN ('proration', 'credit'))),
    CONSTRAINT invoice_lines_discount_amount_check CHECK (discount_amount >= 0 AND discount_amount <> 'NaN' AND (discount_amount = 0 OR amount >= 0)),
    CONSTRAINT invoice_lines_tax_rate_check CHECK (tax_rate BETWEEN 0 AND 100),
    -- Not below zero on what is charged, nor above it on what is given back.
    CONSTRAINT invoice_lines_tax_amount_check CHECK (tax_amount = 0 OR sign(tax_amount) = sign(amount)),
    CONSTRAINT invoice_lines_period_check CHECK (
        (period_start IS NULL) = (period_end IS NULL)
        AND period_end > period_start
    ),
    CONSTRAINT invoice_lines_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE billing.invoice_lines IS 'The lines of invoices, with words and prices as they were then.';
COMMENT ON COLUMN billing.invoice_lines.invoice_id IS 'Invoice that the line is of.';
COMMENT ON COLUMN billing.invoice_lines.subscription_id IS 'Subscription that it is for; NULL: for none.';
COMMENT ON COLUMN billing.invoice_lines.plan_id IS 'Plan that it is for; NULL: for none.';
COMMENT ON COLUMN billing.invoice_lines.kind IS 'What it is for.';
COMMENT ON COLUMN billing.invoice_lines.position IS 'Place in the invoice, lowest first.';
COMMENT ON COLUMN billing.invoice_lines.description IS 'What is printed.';
COMMENT ON COLUMN billing.invoice_lines.metric IS 'What was used, as in billing.usage_records; given exactly where it is for usage.';
COMMENT ON COLUMN billing.invoice_lines.quantity IS 'How many, or how much; not negative.';
COMMENT ON COLUMN billing.invoice_lines.unit_price IS 'Price of one, in the invoice''s currency; negative only for a proration or credit.';
COMMENT ON COLUMN billing.invoice_lines.discount_amount IS 'Discount on the line; at most its price.';
COMMENT ON COLUMN billing.invoice_lines.amount IS 'Price of the line: quantity times unit price, rounded to cents, less the discount.';
COMMENT ON COLUMN billing.invoice_lines.tax_rate IS 'Tax on it in percent: 0 to 100.';
COMMENT ON COLUMN billing.invoice_lines.tax_amount IS 'Tax on it, of the same sign as amount.';
COMMENT ON COLUMN billing.invoice_lines.period_start IS 'Beginning of the period that it is for; inclusive.';
COMMENT ON COLUMN billing.invoice_lines.period_end IS 'End of that period; exclusive, after its start.';
COMMENT ON COLUMN billing.invoice_lines.metadata IS 'What programs keep with the line; a JSON object.';
