CREATE UNIQUE INDEX commissions_organization_external_id_key ON sales.commissions (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
-- Nothing is paid twice.
CREATE UNIQUE INDEX commissions_organization_deal_recipient_key ON sales.commissions (organization_id, deal_id, recipient_id, kind, installment) WHERE deal_id IS NOT NULL AND status <> 'cancelled' AND deleted_at IS NULL;
CREATE INDEX commissions_organization_deal_idx ON sales.commissions (organization_id, deal_id);
CREATE INDEX commissions_organization_recipient_payout_date_idx ON sales.commissions (organization_id, recipient_id, payout_date);
CREATE INDEX commissions_organization_approved_by_idx ON sales.commissions (organization_id, approved_by);
CREATE INDEX commissions_organization_status_payout_date_idx ON sales.commissions (organization_id, status, payout_date) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX forecasts_organization_period_key ON sales.forecasts (organization_id, period_start, period_end, owner_id, pipeline_id, currency) NULLS NOT DISTINCT WHERE deleted_at IS NULL;
CREATE INDEX forecasts_organization_owner_idx ON sales.forecasts (organization_id, owner_id, period_start);
CREATE INDEX forecasts_organization_pipeline_idx ON sales.forecasts (organization_id, pipeline_id, period_start);
CREATE INDEX forecasts_organization_submitted_by_idx ON sales.forecasts (organization_id, submitted_by);
