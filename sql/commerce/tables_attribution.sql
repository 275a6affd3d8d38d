-- The key holds the time, since that of a partitioned table must. Who sends an event again
-- sends the same id and time, so the key also keeps it from being counted twice.
CREATE TABLE commerce.attribution_events (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    kind commerce.attribution_kind NOT NULL,
    contact_id uuid,
    anonymous_id varchar(255),
    session_id varchar(255),
    order_id uuid,
    product_id uuid,
    gallery_id uuid,
    creator_id uuid,
    creator_campaign_id uuid,
    content_id uuid,
    campaign_id uuid,
    source varchar(255),
    medium varchar(255),
    referral_code varchar(100),
    coupon_code varchar(100),
    landing_url text,
    referrer_url text,
    model commerce.attribution_model,
    credit numeric(7,6),
    revenue_amount numeric(15,2),
    commission_amount numeric(15,2),
    currency crm.currency_code,
    properties jsonb NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT attribution_events_pkey PRIMARY KEY (id, organization_id, occurred_at),
    CONSTRAINT attribution_events_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT attribution_events_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE SET NULL (contact_id),
    CONSTRAINT attribution_events_order_fkey FOREIGN KEY (order_id, organization_id)
        REFERENCES commerce.orders (id, organization_id) ON DELETE SET NULL (order_id),
    CONSTRAINT attribution_events_product_fkey FOREIGN KEY (product_id, organization_id)
        REFERENCES commerce.products (id, organization_id) ON DELETE SET NULL (product_id),
    CONSTRAINT attribution_events_gallery_fkey FOREIGN KEY (gallery_id, organization_id)
        REFERENCES commerce.shoppable_galleries (id, organization_id) ON DELETE SET NULL (gallery_id),
    CONSTRAINT attribution_events_anonymous_id_check CHECK (btrim(anonymous_id) <> ''),
    CONSTRAINT attribution_events_session_id_check CHECK (btrim(session_id) <> ''),
    CONSTRAINT attribution_events_credit_check CHECK (credit BETWEEN 0 AND 1),
    CONSTRAINT attribution_events_model_check CHECK (num_nonnulls(model, credit) <> 1),
    CONSTRAINT attribution_events_revenue_amount_check CHECK (revenue_amount >= 0 AND revenue_amount <> 'NaN'),
    CONSTRAINT attribution_events_commission_amount_check CHECK (commission_amount >= 0 AND commission_amount <> 'NaN'),
    CONSTRAINT attribution_events_currency_check CHECK (
        (num_nonnulls(revenue_amount, commission_amount) > 0) = (currency IS NOT NULL)
    ),
    CONSTRAINT attribution_events_properties_check CHECK (jsonb_typeof(properties) = 'object'),
    CONSTRAINT attribution_events_occurred_at_check CHECK (isfinite(occurred_at))
) PARTITION BY RANGE (occurred_at);
COMMENT ON TABLE commerce.attribution_events IS 'What led to orders, step by step, and the share that each step has in them. Append-only, partitioned by occurred_at.';
COMMENT ON COLUMN commerce.attribution_events.kind IS 'What happened.';
COMMENT ON COLUMN commerce.attribution_events.contact_id IS 'Contact who did it; NULL: not known, or erased.';
COMMENT ON COLUMN commerce.attribution_events.anonymous_id IS 'The visitor''s key before it is known who it is, e.g. a cookie.';
COMMENT ON COLUMN commerce.attribution_events.session_id IS 'The visit that it was part of, as the reporter names it.';
COMMENT ON COLUMN commerce.attribution_events.order_id IS 'Order that it led to, or is about.';
COMMENT ON COLUMN commerce.attribution_events.product_id IS 'Product that it is about.';
COMMENT ON COLUMN commerce.attribution_events.gallery_id IS 'Gallery that it took place in.';
COMMENT ON COLUMN commerce.attribution_events.creator_id IS 'Creator who brought it about.';
COMMENT ON COLUMN commerce.attribution_events.creator_campaign_id IS 'Campaign with creators that it belongs to.';
COMMENT ON COLUMN commerce.attribution_events.content_id IS 'A creator''s content that brought it about.';
COMMENT ON COLUMN commerce.attribution_events.campaign_id IS 'Marketing campaign that brought it about.';
COMMENT ON COLUMN commerce.attribution_events.source IS 'Where the visitor came from, e.g. instagram, newsletter.';
COMMENT ON COLUMN commerce.attribution_events.medium IS 'By what means, e.g. social, email, paid.';
COMMENT ON COLUMN commerce.attribution_events.referral_code IS 'Code in the link that was followed.';
COMMENT ON COLUMN commerce.attribution_events.coupon_code IS 'Code that was entered with the order.';
COMMENT ON COLUMN commerce.attribution_events.landing_url IS 'Page that the visitor came to.';
COMMENT ON COLUMN commerce.attribution_events.referrer_url IS 'Page that the visitor came from.';
COMMENT ON COLUMN commerce.attribution_events.model IS 'How the credit was shared out; NULL: it was not, this is a step only.';
COMMENT ON COLUMN commerce.attribution_events.credit IS 'Share that the step has in the order under the model: 0 to 1; given exactly where model is.';
COMMENT ON COLUMN commerce.attribution_events.revenue_amount IS 'Revenue that is credited, or for a refund taken back, in currency; not negative.';
COMMENT ON COLUMN commerce.attribution_events.commission_amount IS 'Commission on it, in currency; not negative.';
COMMENT ON COLUMN commerce.attribution_events.currency IS 'Currency of the amounts: ISO 4217; given exactly where one of them is.';
COMMENT ON COLUMN commerce.attribution_events.properties IS 'Details of the event; a JSON object.';
COMMENT ON COLUMN commerce.attribution_events.occurred_at IS 'When it happened, by the reporter''s clock; finite.';
