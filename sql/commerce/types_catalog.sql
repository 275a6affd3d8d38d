CREATE DOMAIN commerce.product_status AS text
    CONSTRAINT product_status_check CHECK (VALUE IN ('draft', 'active', 'archived'));
COMMENT ON DOMAIN commerce.product_status IS 'State of a product: draft, active (can be ordered), archived.';

CREATE DOMAIN commerce.product_type AS text
    CONSTRAINT product_type_check CHECK (VALUE IN ('physical', 'digital', 'service', 'subscription', 'bundle', 'gift_card'));
COMMENT ON DOMAIN commerce.product_type IS 'What a product is: physical, digital, service, subscription, bundle (of other products), gift_card.';

CREATE DOMAIN commerce.gallery_status AS text
    CONSTRAINT gallery_status_check CHECK (VALUE IN ('draft', 'published', 'archived'));
COMMENT ON DOMAIN commerce.gallery_status IS 'State of a gallery: draft, published, archived.';

CREATE DOMAIN commerce.gallery_layout AS text
    CONSTRAINT gallery_layout_check CHECK (VALUE IN ('grid', 'carousel', 'masonry', 'stories', 'list'));
COMMENT ON DOMAIN commerce.gallery_layout IS 'How a gallery is laid out: grid, carousel, masonry, stories, list.';

CREATE DOMAIN commerce.attribution_kind AS text
    CONSTRAINT attribution_kind_check CHECK (VALUE IN (
        'impression', 'view', 'click', 'add_to_cart', 'checkout', 'sign_up', 'purchase', 'refund'
    ));
COMMENT ON DOMAIN commerce.attribution_kind IS 'What happened on the way to an order: impression, view, click, add_to_cart, checkout, sign_up, purchase, refund.';

CREATE DOMAIN commerce.attribution_model AS text
    CONSTRAINT attribution_model_check CHECK (VALUE IN (
        'first_touch', 'last_touch', 'linear', 'time_decay', 'position_based', 'coupon', 'manual'
    ));
COMMENT ON DOMAIN commerce.attribution_model IS 'How the credit for an order is shared among what led to it: first_touch, last_touch, linear, time_decay, position_based, coupon (to whose code was used), manual.';
