ALTER TABLE commerce.order_items ADD CONSTRAINT order_items_product_fkey FOREIGN KEY (product_id, organization_id) REFERENCES commerce.products (id, organization_id) ON DELETE SET NULL (product_id);

ALTER TABLE commerce.shoppable_galleries ADD CONSTRAINT shoppable_galleries_creator_fkey FOREIGN KEY (creator_id, organization_id) REFERENCES creator.creators (id, organization_id) ON DELETE SET NULL (creator_id);
ALTER TABLE commerce.shoppable_galleries ADD CONSTRAINT shoppable_galleries_creator_campaign_fkey FOREIGN KEY (creator_campaign_id, organization_id) REFERENCES creator.campaigns (id, organization_id) ON DELETE SET NULL (creator_campaign_id);
-- What is shown goes; else a picture would be left that nobody may show.
ALTER TABLE commerce.shoppable_gallery_items ADD CONSTRAINT shoppable_gallery_items_content_fkey FOREIGN KEY (content_id, organization_id) REFERENCES creator.contents (id, organization_id) ON DELETE CASCADE;

ALTER TABLE commerce.attribution_events ADD CONSTRAINT attribution_events_creator_fkey FOREIGN KEY (creator_id, organization_id) REFERENCES creator.creators (id, organization_id) ON DELETE SET NULL (creator_id);
ALTER TABLE commerce.attribution_events ADD CONSTRAINT attribution_events_creator_campaign_fkey FOREIGN KEY (creator_campaign_id, organization_id) REFERENCES creator.campaigns (id, organization_id) ON DELETE SET NULL (creator_campaign_id);
ALTER TABLE commerce.attribution_events ADD CONSTRAINT attribution_events_content_fkey FOREIGN KEY (content_id, organization_id) REFERENCES creator.contents (id, organization_id) ON DELETE SET NULL (content_id);
ALTER TABLE commerce.attribution_events ADD CONSTRAINT attribution_events_campaign_fkey FOREIGN KEY (campaign_id, organization_id) REFERENCES marketing.campaigns (id, organization_id) ON DELETE SET NULL (campaign_id);
