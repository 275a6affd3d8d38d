CREATE UNIQUE INDEX plans_organization_code_key ON billing.plans (organization_id, code) NULLS NOT DISTINCT WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX plans_provider_external_id_key ON billing.plans (organization_id, provider, external_id) NULLS NOT DISTINCT WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX plans_organization_position_idx ON billing.plans (organization_id, position);

CREATE UNIQUE INDEX payment_methods_organization_provider_token_key ON billing.payment_methods (organization_id, provider, provider_token) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX payment_methods_organization_default_key ON billing.payment_methods (organization_id) WHERE is_default AND deleted_at IS NULL;
CREATE INDEX payment_methods_organization_created_by_idx ON billing.payment_methods (organization_id, created_by);

CREATE UNIQUE INDEX subscriptions_organization_live_key ON billing.subscriptions (organization_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX subscriptions_organization_external_id_key ON billing.subscriptions (organization_id, provider, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX subscriptions_plan_idx ON billing.subscriptions (plan_id, organization_id);
CREATE INDEX subscriptions_organization_payment_method_idx ON billing.subscriptions (organization_id, payment_method_id);
CREATE INDEX subscriptions_organization_cancelled_by_idx ON billing.subscriptions (organization_id, cancelled_by);
-- For the jobs that renew, for all organizations at once.
CREATE INDEX subscriptions_current_period_end_idx ON billing.subscriptions (current_period_end) WHERE ended_at IS NULL;
CREATE INDEX subscriptions_trial_ends_at_idx ON billing.subscriptions (trial_ends_at) WHERE status = 'trialing';

-- The rows of a plan or a subscription are found by its own key; this is for one feature in all.
CREATE INDEX entitlements_organization_feature_idx ON billing.entitlements (organization_id, feature);

CREATE UNIQUE INDEX invoices_organization_idempotency_key_key ON billing.invoices (organization_id, idempotency_key) WHERE idempotency_key IS NOT NULL AND status <> 'void';
CREATE UNIQUE INDEX invoices_organization_external_id_key ON billing.invoices (organization_id, provider, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX invoices_organization_status_due_at_idx ON billing.invoices (organization_id, status, due_at);
CREATE INDEX invoices_organization_issued_at_idx ON billing.invoices (organization_id, issued_at);
CREATE INDEX invoices_organization_subscription_idx ON billing.invoices (organization_id, subscription_id, period_start);
CREATE INDEX invoices_organization_payment_method_idx ON billing.invoices (organization_id, payment_method_id);
CREATE INDEX invoices_organization_corrects_invoice_idx ON billing.invoices (organization_id, corrects_invoice_id);
CREATE INDEX invoices_next_attempt_at_idx ON billing.invoices (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE INDEX invoice_lines_organization_invoice_idx ON billing.invoice_lines (organization_id, invoice_id, position);
CREATE INDEX invoice_lines_organization_subscription_idx ON billing.invoice_lines (organization_id, subscription_id);
CREATE INDEX invoice_lines_plan_idx ON billing.invoice_lines (plan_id, organization_id);

CREATE INDEX usage_records_organization_subscription_idx ON billing.usage_records (organization_id, subscription_id, metric, occurred_at);
CREATE INDEX usage_records_organization_metric_idx ON billing.usage_records (organization_id, metric, occurred_at);

-- For the purge.
CREATE INDEX usage_record_keys_period_idx ON billing.usage_record_keys (period);
