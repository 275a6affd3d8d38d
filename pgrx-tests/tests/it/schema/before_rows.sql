-- Rows that tenancy/rows/ refers to and only a superuser may make.
INSERT INTO billing.plans (organization_id, code, name, description, setup_amount, max_quantity, provider, external_id)
SELECT id, 'pro', 'Secret ' || id, 'Secret ' || id, 5, 100, 'stripe', 'Secret ' || id FROM tenancy.organizations;
