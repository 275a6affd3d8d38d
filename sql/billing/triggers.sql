-- Ledgers: what they record has happened. For each statement and not for each row, so that rows can
-- move between partitions; not within triggers, so that the deletion of an organization cascades.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON billing.usage_records
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON billing.usage_record_keys
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON billing.subscriptions
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

CREATE TRIGGER raise_version BEFORE UPDATE ON billing.invoices
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

-- State and time agree by a CHECK; who sets only the state gets the time. Not where a time alone is
-- changed: then the two contradict each other, and the CHECK says so. A state `-` does not occur: such a
-- time is planned, not stamped, and forgotten with the state that it was planned in.
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON billing.invoices
FOR EACH ROW WHEN (
    (NEW.status = 'draft') = (NEW.issued_at IS NOT NULL)
    OR (NEW.status = 'paid') <> (NEW.paid_at IS NOT NULL)
    OR (NEW.status = 'void') <> (NEW.voided_at IS NOT NULL)
    OR (NEW.status = 'uncollectible') <> (NEW.given_up_at IS NOT NULL)
    OR (NEW.status <> 'open' AND NEW.next_attempt_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'issued_at: open, paid, void, uncollectible', 'paid_at: paid', 'voided_at: void',
    'given_up_at: uncollectible', 'next_attempt_at: -; open');

-- That a cancelled subscription ended is no reason to forget that it was cancelled.
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON billing.subscriptions
FOR EACH ROW WHEN (
    (NEW.status IN ('past_due', 'unpaid')) <> (NEW.past_due_since IS NOT NULL)
    OR (NEW.status = 'paused') <> (NEW.paused_at IS NOT NULL)
    OR (NEW.status <> 'paused' AND NEW.resumes_at IS NOT NULL)
    OR (NEW.status = 'cancelled' AND NEW.cancelled_at IS NULL)
    OR (NEW.status IN ('cancelled', 'expired')) <> (NEW.ended_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'past_due_since: past_due, unpaid', 'paused_at: paused', 'resumes_at: -; paused',
    'cancelled_at: cancelled; trialing, active, past_due, unpaid, paused, expired', 'ended_at: cancelled, expired');

-- A plan is everybody's or one organization's.
CREATE TRIGGER check_plan BEFORE INSERT OR UPDATE OF plan_id, organization_id ON billing.subscriptions
FOR EACH ROW WHEN (NEW.plan_id IS NOT NULL)
EXECUTE FUNCTION tenancy.check_shared_reference('plan_id', 'billing.plans', 'subscriptions_plan_fkey');

CREATE TRIGGER check_plan BEFORE INSERT OR UPDATE OF plan_id, organization_id ON billing.invoice_lines
FOR EACH ROW WHEN (NEW.plan_id IS NOT NULL)
EXECUTE FUNCTION tenancy.check_shared_reference('plan_id', 'billing.plans', 'invoice_lines_plan_fkey');

-- Numbers: see billing.issue_invoice().
CREATE TRIGGER issue BEFORE UPDATE OF status ON billing.invoices
FOR EACH ROW WHEN (OLD.status = 'draft' AND NEW.status <> 'draft')
EXECUTE FUNCTION billing.issue_invoice();

CREATE TRIGGER keep_invoice_counter AFTER UPDATE ON billing.invoices
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_invoice_counter();

-- The first tells how it is done; the second comes after the CHECKs and policies.
CREATE TRIGGER begin_as_draft BEFORE INSERT ON billing.invoices
FOR EACH ROW WHEN (NEW.status <> 'draft' AND NEW.number IS NULL)
EXECUTE FUNCTION billing.refuse_issued_change();

CREATE TRIGGER refuse_issued_insert AFTER INSERT ON billing.invoices
FOR EACH ROW WHEN (NEW.status <> 'draft')
EXECUTE FUNCTION billing.refuse_issued_change();

-- How an invoice is paid, sent and followed up may change, what it says may not. Column by column, since
-- a comparison of rows is dumped in other words than it is written in.
CREATE TRIGGER refuse_issued_update AFTER UPDATE ON billing.invoices
FOR EACH ROW WHEN (
    OLD.status <> 'draft'
    AND (
        NEW.status = 'draft'
        OR (OLD.status = 'void' AND NEW.status <> 'void')
        OR NEW.id IS DISTINCT FROM OLD.id
        OR NEW.organization_id IS DISTINCT FROM OLD.organization_id
        OR NEW.number IS DISTINCT FROM OLD.number
        OR NEW.number_prefix IS DISTINCT FROM OLD.number_prefix
        OR NEW.kind IS DISTINCT FROM OLD.kind
        OR NEW.corrects_invoice_id IS DISTINCT FROM OLD.corrects_invoice_id
        OR NEW.subscription_id IS DISTINCT FROM OLD.subscription_id
        OR NEW.idempotency_key IS DISTINCT FROM OLD.idempotency_key
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.subtotal_amount IS DISTINCT FROM OLD.subtotal_amount
        OR NEW.discount_amount IS DISTINCT FROM OLD.discount_amount
        OR NEW.tax_amount IS DISTINCT FROM OLD.tax_amount
        OR NEW.prices_include_tax IS DISTINCT FROM OLD.prices_include_tax
        OR NEW.period_start IS DISTINCT FROM OLD.period_start
        OR NEW.period_end IS DISTINCT FROM OLD.period_end
        OR NEW.bill_to_name IS DISTINCT FROM OLD.bill_to_name
        OR NEW.bill_to_email IS DISTINCT FROM OLD.bill_to_email
        OR NEW.bill_to_address IS DISTINCT FROM OLD.bill_to_address
        OR NEW.bill_to_tax_number IS DISTINCT FROM OLD.bill_to_tax_number
        OR NEW.note IS DISTINCT FROM OLD.note
        OR NEW.issued_at IS DISTINCT FROM OLD.issued_at
    )
)
EXECUTE FUNCTION billing.refuse_issued_change();

-- Not within triggers, so that the deletion of an organization takes its invoices along: that is not
-- done as a role that is bound by row-level security, which may have triggers of its own.
CREATE TRIGGER refuse_issued_delete AFTER DELETE ON billing.invoices
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0 OR row_security_active('billing.invoices'))
EXECUTE FUNCTION billing.refuse_issued_change();

CREATE TRIGGER keep_invoice_amounts_insert AFTER INSERT ON billing.invoice_lines
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_invoice_amounts();

CREATE TRIGGER keep_invoice_amounts_update AFTER UPDATE ON billing.invoice_lines
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_invoice_amounts();

-- Not where lines go with their invoice or organization.
CREATE TRIGGER keep_invoice_amounts_delete AFTER DELETE ON billing.invoice_lines
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0 OR row_security_active('billing.invoice_lines'))
EXECUTE FUNCTION billing.keep_invoice_amounts();

-- The organization's copies of its subscription.
CREATE TRIGGER keep_organization_plan_insert AFTER INSERT ON billing.subscriptions
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_organization_plan();

CREATE TRIGGER keep_organization_plan_update AFTER UPDATE ON billing.subscriptions
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_organization_plan();

-- Not where a subscription goes with its organization.
CREATE TRIGGER keep_organization_plan_delete AFTER DELETE ON billing.subscriptions
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0 OR row_security_active('billing.subscriptions'))
EXECUTE FUNCTION billing.keep_organization_plan();

CREATE TRIGGER check_organization_plan AFTER UPDATE ON tenancy.organizations
FOR EACH ROW WHEN (
    NEW.plan_id IS DISTINCT FROM OLD.plan_id
    OR NEW.subscription_status IS DISTINCT FROM OLD.subscription_status
    OR NEW.trial_ends_at IS DISTINCT FROM OLD.trial_ends_at
)
EXECUTE FUNCTION billing.check_organization_plan();

-- A plan is everybody's or one organization's. After the policies, which refuse another's row first.
CREATE TRIGGER check_plan_owner AFTER INSERT OR UPDATE OF plan_id ON tenancy.organizations
FOR EACH ROW WHEN (NEW.plan_id IS NOT NULL)
EXECUTE FUNCTION billing.check_plan_owner();

CREATE TRIGGER keep_usage_record_keys AFTER INSERT ON billing.usage_records
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_usage_record_keys();
