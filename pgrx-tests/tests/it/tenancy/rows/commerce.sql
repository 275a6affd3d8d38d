-- See ../rows.sql. What these rows refer to in creator: see compliance.sql.

INSERT INTO commerce.products (id, name) VALUES (pg_temp.key('parent product'), 'Shoe');
INSERT INTO commerce.products (id, external_id, parent_id, sku, barcode, name, slug, description, status, brand, category, price, compare_at_price,
                               unit_cost, commission_percent, track_inventory, stock_quantity, weight_grams, options, image_url, published_at)
VALUES (pg_temp.key('product'), 'p-1', pg_temp.key('parent product'), 'SHOE-42', '4006381333931', pg_temp.secret(), 'shoe-42', pg_temp.secret(),
        'active', 'Brand', 'Shoes', 100, 120, 40, 10, true, 5, 800, '{"size": "42"}', pg_temp.secret(), '2026-01-01');
INSERT INTO commerce.product_tags (product_id, tag_id) VALUES (pg_temp.key('product'), pg_temp.key('tag'));
UPDATE commerce.order_items SET product_id = pg_temp.key('product') WHERE order_id = pg_temp.key('order');

INSERT INTO commerce.shoppable_galleries (id, name, slug, description, status, owner_id, cover_image_url, allowed_domains, published_at)
VALUES (pg_temp.key('gallery'), pg_temp.secret(), 'summer', pg_temp.secret(), 'published', tenancy.current_user_id(), pg_temp.secret(),
        '{example.com}', '2026-01-01');
INSERT INTO commerce.shoppable_gallery_items (id, gallery_id, product_id, media_url, caption, hotspot_x, hotspot_y, starts_at_seconds)
VALUES (pg_temp.key('gallery item'), pg_temp.key('gallery'), pg_temp.key('product'), pg_temp.secret(), pg_temp.secret(), 0.5, 0.25, 1.5);
INSERT INTO commerce.attribution_events (id, kind, contact_id, anonymous_id, session_id, order_id, product_id, gallery_id, campaign_id,
                                         source, medium, coupon_code, model, credit, revenue_amount, commission_amount, currency, properties)
VALUES (pg_temp.key('attribution'), 'purchase', pg_temp.key('contact'), 'visitor', 'visit', pg_temp.key('order'), pg_temp.key('product'),
        pg_temp.key('gallery'), pg_temp.key('campaign'), 'newsletter', 'email', 'ANN10', 'linear', 0.5, 50, 5, 'USD',
        jsonb_build_object('title', pg_temp.secret()));
