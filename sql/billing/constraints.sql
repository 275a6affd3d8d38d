-- A copy for reading: that a plan has subscribers is for billing.subscriptions to guard.
ALTER TABLE tenancy.organizations ADD CONSTRAINT organizations_plan_fkey FOREIGN KEY (plan_id)
    REFERENCES billing.plans (id) ON DELETE SET NULL;
