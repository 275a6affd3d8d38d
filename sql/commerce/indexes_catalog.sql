CREATE UNIQUE INDEX products_organization_external_id_key ON commerce.products (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX products_organization_sku_norm_key ON commerce.products (organization_id, sku_norm) WHERE sku_norm IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX products_organization_slug_key ON commerce.products (organization_id, slug) WHERE slug IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX products_organization_barcode_idx ON commerce.products (organization_id, barcode) WHERE barcode IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX products_organization_parent_idx ON commerce.products (organization_id, parent_id);
CREATE INDEX products_organization_status_category_idx ON commerce.products (organization_id, status, category) WHERE deleted_at IS NULL;
CREATE INDEX products_search_idx ON commerce.products USING gin (organization_id, search_vector, name gin_trgm_ops) WHERE deleted_at IS NULL;

CREATE INDEX product_tags_organization_tag_idx ON commerce.product_tags (organization_id, tag_id, product_id);

CREATE UNIQUE INDEX shoppable_galleries_organization_slug_key ON commerce.shoppable_galleries (organization_id, slug) WHERE slug IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX shoppable_galleries_organization_status_idx ON commerce.shoppable_galleries (organization_id, status, published_at) WHERE deleted_at IS NULL;
CREATE INDEX shoppable_galleries_organization_creator_idx ON commerce.shoppable_galleries (organization_id, creator_id);
CREATE INDEX shoppable_galleries_organization_creator_campaign_idx ON commerce.shoppable_galleries (organization_id, creator_campaign_id);
CREATE INDEX shoppable_galleries_organization_owner_idx ON commerce.shoppable_galleries (organization_id, owner_id);

CREATE INDEX shoppable_gallery_items_organization_gallery_position_idx ON commerce.shoppable_gallery_items (organization_id, gallery_id, position);
CREATE INDEX shoppable_gallery_items_organization_product_idx ON commerce.shoppable_gallery_items (organization_id, product_id);
CREATE INDEX shoppable_gallery_items_organization_content_idx ON commerce.shoppable_gallery_items (organization_id, content_id);

CREATE INDEX attribution_events_organization_contact_occurred_at_idx ON commerce.attribution_events (organization_id, contact_id, occurred_at);
CREATE INDEX attribution_events_organization_order_idx ON commerce.attribution_events (organization_id, order_id);
CREATE INDEX attribution_events_organization_product_idx ON commerce.attribution_events (organization_id, product_id, occurred_at);
CREATE INDEX attribution_events_organization_gallery_idx ON commerce.attribution_events (organization_id, gallery_id, occurred_at);
CREATE INDEX attribution_events_organization_creator_idx ON commerce.attribution_events (organization_id, creator_id, occurred_at);
CREATE INDEX attribution_events_organization_creator_campaign_idx ON commerce.attribution_events (organization_id, creator_campaign_id, occurred_at);
CREATE INDEX attribution_events_organization_content_idx ON commerce.attribution_events (organization_id, content_id, occurred_at);
CREATE INDEX attribution_events_organization_campaign_idx ON commerce.attribution_events (organization_id, campaign_id, occurred_at);
