CREATE UNIQUE INDEX orders_organization_external_id_key ON commerce.orders (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX orders_organization_contact_placed_at_idx ON commerce.orders (organization_id, contact_id, placed_at);
CREATE INDEX orders_organization_company_idx ON commerce.orders (organization_id, company_id);
CREATE INDEX orders_organization_deal_idx ON commerce.orders (organization_id, deal_id);
CREATE INDEX orders_organization_status_placed_at_idx ON commerce.orders (organization_id, status, placed_at) WHERE deleted_at IS NULL;
CREATE INDEX orders_organization_placed_at_idx ON commerce.orders (organization_id, placed_at) WHERE deleted_at IS NULL;
-- Orders of guests, to be given to a contact with the same address.
CREATE INDEX orders_organization_email_norm_idx ON commerce.orders (organization_id, email_norm) WHERE contact_id IS NULL AND deleted_at IS NULL;

CREATE INDEX order_items_organization_order_idx ON commerce.order_items (organization_id, order_id, position);
CREATE INDEX order_items_organization_product_idx ON commerce.order_items (organization_id, product_id);
