CREATE TABLE commerce.orders (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    display_id bigint,
    external_id varchar(255),
    contact_id uuid,
    company_id uuid,
    deal_id uuid,
    status commerce.order_status NOT NULL DEFAULT 'pending',
    source varchar(100),
    email varchar(255),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    subtotal_amount numeric(15,2),
    discount_amount numeric(15,2) NOT NULL DEFAULT 0,
    shipping_amount numeric(15,2) NOT NULL DEFAULT 0,
    tax_amount numeric(15,2) NOT NULL DEFAULT 0,
    prices_include_tax boolean NOT NULL DEFAULT false,
    total_amount numeric(15,2) NOT NULL DEFAULT 0,
    refunded_amount numeric(15,2) NOT NULL DEFAULT 0,
    billing_address jsonb NOT NULL DEFAULT '{}',
    shipping_address jsonb NOT NULL DEFAULT '{}',
    note text,
    placed_at timestamptz,
    paid_at timestamptz,
    shipped_at timestamptz,
    delivered_at timestamptz,
    cancelled_at timestamptz,
    cancel_reason text,
    version integer NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT orders_pkey PRIMARY KEY (id, organization_id),
    -- Among deleted rows too: people quote the number, so it is never given twice.
    CONSTRAINT orders_organization_display_id_key UNIQUE (organization_id, display_id),
    CONSTRAINT orders_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    -- An order is kept for the books when its customer's data is erased.
    CONSTRAINT orders_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE SET NULL (contact_id),
    CONSTRAINT orders_company_fkey FOREIGN KEY (company_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE SET NULL (company_id),
    CONSTRAINT orders_deal_fkey FOREIGN KEY (deal_id, organization_id)
        REFERENCES crm.deals (id, organization_id) ON DELETE SET NULL (deal_id),
    CONSTRAINT orders_display_id_check CHECK (display_id > 0),
    CONSTRAINT orders_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT orders_subtotal_amount_check CHECK (subtotal_amount >= 0 AND subtotal_amount <> 'NaN'),
    CONSTRAINT orders_discount_amount_check CHECK (discount_amount >= 0 AND discount_amount <> 'NaN'),
    CONSTRAINT orders_shipping_amount_check CHECK (shipping_amount >= 0 AND shipping_amount <> 'NaN'),
    CONSTRAINT orders_tax_amount_check CHECK (tax_amount >= 0 AND tax_amount <> 'NaN'),
    CONSTRAINT orders_total_amount_check CHECK (total_amount >= 0 AND total_amount <> 'NaN'),
    CONSTRAINT orders_total_parts_check CHECK (
        subtotal_amount IS NULL
        OR total_amount = subtotal_amount - discount_amount + shipping_amount
            + CASE WHEN prices_include_tax THEN 0 ELSE tax_amount END
    ),
    CONSTRAINT orders_refunded_amount_check CHECK (refunded_amount BETWEEN 0 AND greatest(total_amount, 0)),
    CONSTRAINT orders_billing_address_check CHECK (jsonb_typeof(billing_address) = 'object'),
    CONSTRAINT orders_shipping_address_check CHECK (jsonb_typeof(shipping_address) = 'object'),
    CONSTRAINT orders_placed_at_check CHECK (placed_at IS NOT NULL OR status IN ('draft', 'cancelled')),
    CONSTRAINT orders_draft_check CHECK (status <> 'draft' OR num_nonnulls(paid_at, shipped_at, delivered_at) = 0),
    CONSTRAINT orders_delivered_at_check CHECK (delivered_at >= shipped_at),
    CONSTRAINT orders_cancelled_at_check CHECK (cancelled_at IS NULL OR status IN ('cancelled', 'refunded')),
    CONSTRAINT orders_version_check CHECK (version > 0),
    CONSTRAINT orders_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE commerce.orders IS 'Orders that customers placed.';
COMMENT ON COLUMN commerce.orders.display_id IS 'Number for people, counted up from 1 in every organization; never given twice.';
COMMENT ON COLUMN commerce.orders.external_id IS 'Key of the order in another system, e.g. the shop; unique among an organization''s live orders.';
COMMENT ON COLUMN commerce.orders.contact_id IS 'Contact who ordered; NULL: unknown, or erased.';
COMMENT ON COLUMN commerce.orders.company_id IS 'Company on whose behalf it was ordered.';
COMMENT ON COLUMN commerce.orders.deal_id IS 'Deal that led to the order.';
COMMENT ON COLUMN commerce.orders.status IS 'Where the order stands.';
COMMENT ON COLUMN commerce.orders.source IS 'Where it was placed, in the tenant''s own words, e.g. shop, phone.';
COMMENT ON COLUMN commerce.orders.email IS 'E-mail address given with the order; valid by crm.is_valid_email.';
COMMENT ON COLUMN commerce.orders.currency IS 'Currency of all amounts: ISO 4217.';
COMMENT ON COLUMN commerce.orders.subtotal_amount IS 'Sum of the items; not negative; NULL: only the total is known. Where it is given, the parts add up to the total.';
COMMENT ON COLUMN commerce.orders.discount_amount IS 'Discount on the whole order, taken off the subtotal; not negative.';
COMMENT ON COLUMN commerce.orders.shipping_amount IS 'Charge for shipping; not negative.';
COMMENT ON COLUMN commerce.orders.tax_amount IS 'Tax; not negative.';
COMMENT ON COLUMN commerce.orders.prices_include_tax IS 'Whether the other amounts hold the tax already; it is not added to the total then.';
COMMENT ON COLUMN commerce.orders.total_amount IS 'What the customer pays; not negative.';
COMMENT ON COLUMN commerce.orders.refunded_amount IS 'What the customer got back; 0 to total_amount.';
COMMENT ON COLUMN commerce.orders.billing_address IS 'Address of the bill as it was then; a JSON object.';
COMMENT ON COLUMN commerce.orders.shipping_address IS 'Address of the delivery as it was then; a JSON object.';
COMMENT ON COLUMN commerce.orders.note IS 'What the customer or the organization wrote about it.';
COMMENT ON COLUMN commerce.orders.placed_at IS 'When it was placed: the moment that it came to be no draft, where no other is given. NULL only for a draft, or one that was cancelled.';
COMMENT ON COLUMN commerce.orders.paid_at IS 'When it was paid in full.';
COMMENT ON COLUMN commerce.orders.shipped_at IS 'When all of it had left.';
COMMENT ON COLUMN commerce.orders.delivered_at IS 'When all of it had arrived; not before shipped_at.';
COMMENT ON COLUMN commerce.orders.cancelled_at IS 'When it was cancelled.';
COMMENT ON COLUMN commerce.orders.cancel_reason IS 'Why it was cancelled.';
COMMENT ON COLUMN commerce.orders.version IS 'Counts the changes, from 1: who changes an order names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN commerce.orders.metadata IS 'What programs keep with the order; a JSON object.';

CREATE TABLE commerce.order_items (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    order_id uuid NOT NULL,
    product_id uuid,
    position integer NOT NULL DEFAULT 0,
    sku varchar(100),
    name varchar(255) NOT NULL,
    quantity numeric(15,3) NOT NULL DEFAULT 1,
    unit_price numeric(15,2) NOT NULL,
    discount_amount numeric(15,2) NOT NULL DEFAULT 0,
    total numeric(15,2) GENERATED ALWAYS AS (round(quantity * unit_price, 2) - discount_amount) STORED,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT order_items_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT order_items_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT order_items_order_fkey FOREIGN KEY (order_id, organization_id)
        REFERENCES commerce.orders (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT order_items_position_check CHECK (position >= 0),
    CONSTRAINT order_items_sku_check CHECK (btrim(sku) <> ''),
    CONSTRAINT order_items_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT order_items_quantity_check CHECK (quantity > 0 AND quantity <> 'NaN'),
    CONSTRAINT order_items_unit_price_check CHECK (unit_price >= 0 AND unit_price <> 'NaN'),
    CONSTRAINT order_items_discount_amount_check CHECK (discount_amount >= 0 AND discount_amount <> 'NaN'),
    CONSTRAINT order_items_total_check CHECK (total >= 0 AND total <> 'NaN'),
    CONSTRAINT order_items_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE commerce.order_items IS 'The lines of orders, with names and prices as they were then.';
COMMENT ON COLUMN commerce.order_items.order_id IS 'Order that the line is of.';
COMMENT ON COLUMN commerce.order_items.product_id IS 'Product that was ordered; NULL: none of the catalogue.';
COMMENT ON COLUMN commerce.order_items.position IS 'Place in the order, lowest first.';
COMMENT ON COLUMN commerce.order_items.sku IS 'The product''s SKU as it was then.';
COMMENT ON COLUMN commerce.order_items.name IS 'The product''s name as it was then.';
COMMENT ON COLUMN commerce.order_items.quantity IS 'How many, or how much; positive.';
COMMENT ON COLUMN commerce.order_items.unit_price IS 'Price of one, in the order''s currency; not negative.';
COMMENT ON COLUMN commerce.order_items.discount_amount IS 'Discount on the line; at most its price.';
COMMENT ON COLUMN commerce.order_items.total IS 'Price of the line: quantity times unit price, less the discount.';
COMMENT ON COLUMN commerce.order_items.metadata IS 'What programs keep with the line; a JSON object.';
