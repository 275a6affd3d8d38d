CREATE TABLE commerce.products (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    parent_id uuid,
    sku varchar(100),
    sku_norm text GENERATED ALWAYS AS (lower(btrim(sku))) STORED,
    barcode varchar(50),
    name varchar(255) NOT NULL,
    slug varchar(255),
    description text,
    type commerce.product_type NOT NULL DEFAULT 'physical',
    status commerce.product_status NOT NULL DEFAULT 'draft',
    brand varchar(255),
    vendor varchar(255),
    category varchar(255),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    price numeric(15,2),
    compare_at_price numeric(15,2),
    unit_cost numeric(15,2),
    commission_percent numeric(7,4),
    tax_code varchar(100),
    is_taxable boolean NOT NULL DEFAULT true,
    track_inventory boolean NOT NULL DEFAULT false,
    stock_quantity numeric(15,3) NOT NULL DEFAULT 0,
    allow_backorder boolean NOT NULL DEFAULT false,
    weight_grams integer,
    options jsonb NOT NULL DEFAULT '{}',
    image_url text,
    product_url text,
    media jsonb NOT NULL DEFAULT '[]',
    published_at timestamptz,
    archived_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    -- The name under both configurations: stemmed as prose, and word by word as a name.
    -- The length is bounded, since a tsvector cannot hold more than 1 MB.
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', name || ' ' || coalesce(sku, '') || ' ' || coalesce(barcode, '')), 'A')
        || setweight(to_tsvector('english', name), 'A')
        || setweight(to_tsvector('simple', coalesce(brand, '') || ' ' || coalesce(vendor, '') || ' ' || coalesce(category, '')), 'B')
        || setweight(to_tsvector('english', left(coalesce(description, ''), 100000)), 'C')
    ) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT products_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT products_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT products_parent_fkey FOREIGN KEY (parent_id, organization_id)
        REFERENCES commerce.products (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT products_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT products_parent_check CHECK (parent_id <> id),
    CONSTRAINT products_sku_check CHECK (btrim(sku) <> ''),
    -- GTIN-8, -12, -13 and -14, and what scanners read besides.
    CONSTRAINT products_barcode_check CHECK (barcode ~ '^[0-9A-Za-z.-]+$'),
    CONSTRAINT products_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT products_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$'),
    CONSTRAINT products_price_check CHECK (price >= 0 AND price <> 'NaN'),
    CONSTRAINT products_active_price_check CHECK (status <> 'active' OR price IS NOT NULL),
    CONSTRAINT products_compare_at_price_check CHECK (compare_at_price >= 0 AND compare_at_price <> 'NaN' AND compare_at_price >= price),
    CONSTRAINT products_unit_cost_check CHECK (unit_cost >= 0 AND unit_cost <> 'NaN'),
    CONSTRAINT products_commission_percent_check CHECK (commission_percent BETWEEN 0 AND 100),
    CONSTRAINT products_stock_quantity_check CHECK (stock_quantity <> 'NaN' AND (stock_quantity >= 0 OR allow_backorder OR NOT track_inventory)),
    CONSTRAINT products_weight_grams_check CHECK (weight_grams >= 0),
    CONSTRAINT products_options_check CHECK (jsonb_typeof(options) = 'object'),
    CONSTRAINT products_media_check CHECK (jsonb_typeof(media) = 'array'),
    CONSTRAINT products_published_at_check CHECK (published_at IS NULL OR status <> 'draft'),
    CONSTRAINT products_archived_at_check CHECK ((status = 'archived') = (archived_at IS NOT NULL)),
    CONSTRAINT products_version_check CHECK (version > 0),
    CONSTRAINT products_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE commerce.products IS 'What the organization sells. A product that comes in variants has a row for itself and one for each variant.';
COMMENT ON COLUMN commerce.products.external_id IS 'Key of the product in another system, e.g. the shop; unique among an organization''s live products.';
COMMENT ON COLUMN commerce.products.parent_id IS 'Product that this is a variant of; NULL: it is none.';
COMMENT ON COLUMN commerce.products.sku IS 'The organization''s own article number; NULL: none, as for a product of which only variants are sold.';
COMMENT ON COLUMN commerce.products.sku_norm IS 'The SKU in lower case, trimmed; unique among an organization''s live products.';
COMMENT ON COLUMN commerce.products.barcode IS 'GTIN, ISBN or another code that scanners read.';
COMMENT ON COLUMN commerce.products.name IS 'Name for people.';
COMMENT ON COLUMN commerce.products.slug IS 'Name in addresses: lower-case letters, digits, inside also . _ -; unique among an organization''s live products.';
COMMENT ON COLUMN commerce.products.description IS 'What the product is.';
COMMENT ON COLUMN commerce.products.type IS 'What kind of thing it is.';
COMMENT ON COLUMN commerce.products.status IS 'Whether it can be ordered.';
COMMENT ON COLUMN commerce.products.brand IS 'Brand that it is sold under.';
COMMENT ON COLUMN commerce.products.vendor IS 'Who supplies it.';
COMMENT ON COLUMN commerce.products.category IS 'Group that it is shown in, in the tenant''s own words.';
COMMENT ON COLUMN commerce.products.currency IS 'Currency of the prices: ISO 4217.';
COMMENT ON COLUMN commerce.products.price IS 'Price of one; not negative; given where it is active.';
COMMENT ON COLUMN commerce.products.compare_at_price IS 'Price before it was reduced; at least price; NULL: is not reduced.';
COMMENT ON COLUMN commerce.products.unit_cost IS 'What one costs the organization; not negative.';
COMMENT ON COLUMN commerce.products.commission_percent IS 'Share of the price in percent that goes to who brought the order: 0 to 100; NULL: as agreed elsewhere.';
COMMENT ON COLUMN commerce.products.tax_code IS 'Class of taxation, in the words of the tax service.';
COMMENT ON COLUMN commerce.products.is_taxable IS 'Whether tax is charged on it.';
COMMENT ON COLUMN commerce.products.track_inventory IS 'Whether stock_quantity is kept.';
COMMENT ON COLUMN commerce.products.stock_quantity IS 'How many are there; below 0 only where backorders are allowed or it is not kept.';
COMMENT ON COLUMN commerce.products.allow_backorder IS 'Whether it can be ordered when none is there.';
COMMENT ON COLUMN commerce.products.weight_grams IS 'Weight with packing, in grams; not negative.';
COMMENT ON COLUMN commerce.products.options IS 'What tells a variant from the others, e.g. size, colour, or which choices there are; a JSON object.';
COMMENT ON COLUMN commerce.products.image_url IS 'Where the main picture is.';
COMMENT ON COLUMN commerce.products.product_url IS 'Page where it can be bought.';
COMMENT ON COLUMN commerce.products.media IS 'Further pictures and films: a JSON array of objects.';
COMMENT ON COLUMN commerce.products.published_at IS 'When it was first put on sale; never given for a draft.';
COMMENT ON COLUMN commerce.products.archived_at IS 'When it was archived; given exactly where it is.';
COMMENT ON COLUMN commerce.products.version IS 'Counts the changes, from 1: who changes a product names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN commerce.products.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN commerce.products.metadata IS 'What programs keep with the product; a JSON object.';
COMMENT ON COLUMN commerce.products.search_vector IS 'Full text of the product: name (weight A, configurations simple and english), SKU and barcode (A, simple), brand, vendor and category (B, simple), the first 100000 characters of the description (C, english).';

CREATE TABLE commerce.product_tags (
    product_id uuid NOT NULL,
    tag_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT product_tags_pkey PRIMARY KEY (product_id, organization_id, tag_id),
    CONSTRAINT product_tags_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT product_tags_product_fkey FOREIGN KEY (product_id, organization_id)
        REFERENCES commerce.products (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT product_tags_tag_fkey FOREIGN KEY (tag_id, organization_id)
        REFERENCES crm.tags (id, organization_id) ON DELETE CASCADE
);
COMMENT ON TABLE commerce.product_tags IS 'Which product carries which tag.';
COMMENT ON COLUMN commerce.product_tags.product_id IS 'The product.';
COMMENT ON COLUMN commerce.product_tags.tag_id IS 'The tag.';

CREATE TABLE commerce.shoppable_galleries (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name varchar(255) NOT NULL,
    slug varchar(255),
    description text,
    status commerce.gallery_status NOT NULL DEFAULT 'draft',
    layout commerce.gallery_layout NOT NULL DEFAULT 'grid',
    creator_id uuid,
    creator_campaign_id uuid,
    owner_id uuid,
    cover_image_url text,
    allowed_domains text[] NOT NULL DEFAULT '{}',
    settings jsonb NOT NULL DEFAULT '{}',
    published_at timestamptz,
    archived_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT shoppable_galleries_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT shoppable_galleries_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT shoppable_galleries_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT shoppable_galleries_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT shoppable_galleries_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$'),
    CONSTRAINT shoppable_galleries_allowed_domains_check CHECK (array_position(allowed_domains, NULL) IS NULL),
    CONSTRAINT shoppable_galleries_settings_check CHECK (jsonb_typeof(settings) = 'object'),
    CONSTRAINT shoppable_galleries_published_at_check CHECK (
        CASE status
            WHEN 'draft' THEN published_at IS NULL
            WHEN 'published' THEN published_at IS NOT NULL
            ELSE true
        END
    ),
    CONSTRAINT shoppable_galleries_archived_at_check CHECK ((status = 'archived') = (archived_at IS NOT NULL)),
    CONSTRAINT shoppable_galleries_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE commerce.shoppable_galleries IS 'Galleries of pictures and films in which the products can be bought.';
COMMENT ON COLUMN commerce.shoppable_galleries.name IS 'Name for people.';
COMMENT ON COLUMN commerce.shoppable_galleries.slug IS 'Name in addresses: lower-case letters, digits, inside also . _ -; unique among an organization''s live galleries.';
COMMENT ON COLUMN commerce.shoppable_galleries.description IS 'What is shown.';
COMMENT ON COLUMN commerce.shoppable_galleries.status IS 'Whether it is published.';
COMMENT ON COLUMN commerce.shoppable_galleries.layout IS 'How it is laid out.';
COMMENT ON COLUMN commerce.shoppable_galleries.creator_id IS 'Creator whose gallery it is; NULL: the organization''s own.';
COMMENT ON COLUMN commerce.shoppable_galleries.creator_campaign_id IS 'Campaign with creators that it belongs to.';
COMMENT ON COLUMN commerce.shoppable_galleries.owner_id IS 'Member who looks after it.';
COMMENT ON COLUMN commerce.shoppable_galleries.cover_image_url IS 'Where the picture for its cover is.';
COMMENT ON COLUMN commerce.shoppable_galleries.allowed_domains IS 'Sites that may show it; {}: any.';
COMMENT ON COLUMN commerce.shoppable_galleries.settings IS 'How it looks and behaves; a JSON object.';
COMMENT ON COLUMN commerce.shoppable_galleries.published_at IS 'When it was published; given where it is, never for a draft.';
COMMENT ON COLUMN commerce.shoppable_galleries.archived_at IS 'When it was archived; given exactly where it is.';
COMMENT ON COLUMN commerce.shoppable_galleries.metadata IS 'What programs keep with the gallery; a JSON object.';

CREATE TABLE commerce.shoppable_gallery_items (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    gallery_id uuid NOT NULL,
    product_id uuid NOT NULL,
    content_id uuid,
    position integer NOT NULL DEFAULT 0,
    media_url text,
    caption text,
    hotspot_x numeric(5,4),
    hotspot_y numeric(5,4),
    starts_at_seconds numeric(10,3),
    is_visible boolean NOT NULL DEFAULT true,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT shoppable_gallery_items_pkey PRIMARY KEY (id, organization_id),
    -- NULL is a value here, "the product's own picture", and may not be there twice.
    CONSTRAINT shoppable_gallery_items_organization_gallery_product_key UNIQUE NULLS NOT DISTINCT (organization_id, gallery_id, product_id, content_id, media_url),
    CONSTRAINT shoppable_gallery_items_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT shoppable_gallery_items_gallery_fkey FOREIGN KEY (gallery_id, organization_id)
        REFERENCES commerce.shoppable_galleries (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT shoppable_gallery_items_product_fkey FOREIGN KEY (product_id, organization_id)
        REFERENCES commerce.products (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT shoppable_gallery_items_position_check CHECK (position >= 0),
    CONSTRAINT shoppable_gallery_items_media_check CHECK (num_nonnulls(content_id, media_url) <= 1),
    CONSTRAINT shoppable_gallery_items_media_url_check CHECK (btrim(media_url) <> '' AND octet_length(media_url) <= 2048),
    CONSTRAINT shoppable_gallery_items_hotspot_check CHECK (
        num_nonnulls(hotspot_x, hotspot_y) <> 1 AND hotspot_x BETWEEN 0 AND 1 AND hotspot_y BETWEEN 0 AND 1
    ),
    CONSTRAINT shoppable_gallery_items_starts_at_seconds_check CHECK (starts_at_seconds >= 0 AND starts_at_seconds <> 'NaN'),
    CONSTRAINT shoppable_gallery_items_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE commerce.shoppable_gallery_items IS 'Which products a gallery shows, on which picture or film, and where in it.';
COMMENT ON COLUMN commerce.shoppable_gallery_items.gallery_id IS 'The gallery.';
COMMENT ON COLUMN commerce.shoppable_gallery_items.product_id IS 'The product.';
COMMENT ON COLUMN commerce.shoppable_gallery_items.content_id IS 'A creator''s content that shows it.';
COMMENT ON COLUMN commerce.shoppable_gallery_items.position IS 'Place in the gallery, lowest first.';
COMMENT ON COLUMN commerce.shoppable_gallery_items.media_url IS 'Picture or film that shows it, at most 2048 bytes; at most one of this and content_id is given; neither: the product''s own picture.';
COMMENT ON COLUMN commerce.shoppable_gallery_items.caption IS 'Text beside it.';
COMMENT ON COLUMN commerce.shoppable_gallery_items.hotspot_x IS 'Where the product is in the picture: share of the width from the left, 0 to 1; NULL: nowhere in particular.';
COMMENT ON COLUMN commerce.shoppable_gallery_items.hotspot_y IS 'Share of the height from the top, 0 to 1; given exactly where hotspot_x is.';
COMMENT ON COLUMN commerce.shoppable_gallery_items.starts_at_seconds IS 'When the product comes up in a film, in seconds from its beginning; not negative.';
COMMENT ON COLUMN commerce.shoppable_gallery_items.is_visible IS 'Whether it is shown.';
COMMENT ON COLUMN commerce.shoppable_gallery_items.metadata IS 'What programs keep with the item; a JSON object.';
