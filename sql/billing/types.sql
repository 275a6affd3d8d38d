CREATE DOMAIN billing.billing_interval AS text
    CONSTRAINT billing_interval_check CHECK (VALUE IN ('day', 'week', 'month', 'year'));
COMMENT ON DOMAIN billing.billing_interval IS 'Unit of a recurring period: day, week, month, year.';

CREATE DOMAIN billing.pricing_model AS text
    CONSTRAINT pricing_model_check CHECK (VALUE IN ('flat', 'per_seat', 'usage'));
COMMENT ON DOMAIN billing.pricing_model IS 'What a plan charges for: flat (a price a period), per_seat (times the seats), usage (what was used, afterwards).';

CREATE DOMAIN billing.collection_method AS text
    CONSTRAINT collection_method_check CHECK (VALUE IN ('automatic', 'invoice'));
COMMENT ON DOMAIN billing.collection_method IS 'How invoices are paid: automatic (the payment method is charged), invoice (the customer pays by the due date).';

CREATE DOMAIN billing.invoice_kind AS text
    CONSTRAINT invoice_kind_check CHECK (VALUE IN ('invoice', 'credit_note'));
COMMENT ON DOMAIN billing.invoice_kind IS 'Who owes whom: invoice (the organization owes), credit_note (it gets back, of an earlier invoice). Amounts are positive in both.';

CREATE DOMAIN billing.invoice_status AS text
    CONSTRAINT invoice_status_check CHECK (VALUE IN ('draft', 'open', 'paid', 'void', 'uncollectible'));
COMMENT ON DOMAIN billing.invoice_status IS 'State of an invoice: draft (may still change, has no number), open (issued, not settled), paid (settled), void (issued by mistake), uncollectible (given up).';

CREATE DOMAIN billing.invoice_line_kind AS text
    CONSTRAINT invoice_line_kind_check CHECK (VALUE IN ('plan', 'usage', 'setup', 'one_off', 'proration', 'credit'));
COMMENT ON DOMAIN billing.invoice_line_kind IS 'What an invoice''s line is for: plan (a period of it), usage, setup, one_off, proration (the difference of a change within a period), credit. The last two may be negative.';

CREATE DOMAIN billing.payment_method_kind AS text
    CONSTRAINT payment_method_kind_check CHECK (VALUE IN ('card', 'bank_debit', 'bank_transfer', 'wallet', 'other'));
COMMENT ON DOMAIN billing.payment_method_kind IS 'How an organization pays: card, bank_debit (SEPA, ACH and the like), bank_transfer, wallet (PayPal, Apple Pay and the like), other.';

CREATE DOMAIN billing.entitlement_kind AS text
    CONSTRAINT entitlement_kind_check CHECK (VALUE IN ('switch', 'limit', 'quota'));
COMMENT ON DOMAIN billing.entitlement_kind IS 'How a feature is granted: switch (on or off), limit (so many at any time, e.g. seats), quota (so much in every period, e.g. messages a month).';
