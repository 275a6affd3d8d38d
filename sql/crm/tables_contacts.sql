CREATE TABLE crm.companies (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    name varchar(255) NOT NULL,
    domain varchar(255),
    domain_norm text GENERATED ALWAYS AS (lower(btrim(domain))) STORED,
    website varchar(255),
    phone varchar(50),
    phone_region crm.country_code,
    parent_id uuid,
    industry_id uuid,
    country_id uuid,
    owner_id uuid,
    annual_revenue numeric(15,2),
    number_of_employees integer,
    billing_type varchar(50),
    account_type varchar(50),
    description text,
    address_line1 varchar(255),
    address_line2 varchar(255),
    city varchar(100),
    state varchar(100),
    postal_code varchar(20),
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT companies_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT companies_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT companies_parent_fkey FOREIGN KEY (parent_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE SET NULL (parent_id),
    CONSTRAINT companies_industry_fkey FOREIGN KEY (industry_id)
        REFERENCES crm.industries (id) ON DELETE SET NULL,
    CONSTRAINT companies_country_fkey FOREIGN KEY (country_id)
        REFERENCES crm.countries (id) ON DELETE RESTRICT,
    CONSTRAINT companies_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT companies_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT companies_name_check CHECK (btrim(name) <> ''),
    -- A host name, not an address or a URL: the key by which the same company is known again.
    CONSTRAINT companies_domain_check CHECK (btrim(domain) ~ '^[^\s/:@.]+(\.[^\s/:@.]+)*$'),
    CONSTRAINT companies_parent_check CHECK (parent_id <> id),
    CONSTRAINT companies_annual_revenue_check CHECK (annual_revenue >= 0 AND annual_revenue <> 'NaN'),
    CONSTRAINT companies_number_of_employees_check CHECK (number_of_employees >= 0),
    CONSTRAINT companies_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE crm.companies IS 'Companies that a tenant deals with: accounts, prospects, partners.';
COMMENT ON COLUMN crm.companies.external_id IS 'Key of the company in another system; unique among an organization''s live companies.';
COMMENT ON COLUMN crm.companies.name IS 'Name as the company writes it.';
COMMENT ON COLUMN crm.companies.domain IS 'Internet domain as entered, e.g. Example.com; no scheme, no path.';
COMMENT ON COLUMN crm.companies.domain_norm IS 'The domain in lower case, trimmed; unique among an organization''s live companies.';
COMMENT ON COLUMN crm.companies.website IS 'Address of the web site.';
COMMENT ON COLUMN crm.companies.phone IS 'Main telephone number as entered.';
COMMENT ON COLUMN crm.companies.phone_region IS 'Region in whose national form phone is written, where it has no leading +.';
COMMENT ON COLUMN crm.companies.parent_id IS 'The company that owns this one.';
COMMENT ON COLUMN crm.companies.industry_id IS 'Industry: a global one or the tenant''s own.';
COMMENT ON COLUMN crm.companies.country_id IS 'Country of the head office.';
COMMENT ON COLUMN crm.companies.owner_id IS 'Member who looks after the company.';
COMMENT ON COLUMN crm.companies.annual_revenue IS 'Revenue of a year, in the currency that the tenant reports in; not negative.';
COMMENT ON COLUMN crm.companies.number_of_employees IS 'Head count; not negative.';
COMMENT ON COLUMN crm.companies.billing_type IS 'How the company is billed, in the tenant''s own words, e.g. prepaid, invoice.';
COMMENT ON COLUMN crm.companies.account_type IS 'What the company is to the tenant, in its own words, e.g. prospect, customer, partner.';
COMMENT ON COLUMN crm.companies.description IS 'Free text about the company.';
COMMENT ON COLUMN crm.companies.address_line1 IS 'Street and number.';
COMMENT ON COLUMN crm.companies.address_line2 IS 'Building, floor, suite.';
COMMENT ON COLUMN crm.companies.city IS 'City or town.';
COMMENT ON COLUMN crm.companies.state IS 'State, province or region.';
COMMENT ON COLUMN crm.companies.postal_code IS 'Postal code.';
COMMENT ON COLUMN crm.companies.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN crm.companies.metadata IS 'What programs keep with the company; a JSON object.';

-- Every signal raises last_activity_at, which no index holds: with free space on each page the row
-- stays there and no index is touched.
CREATE TABLE crm.contacts (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    first_name varchar(100),
    last_name varchar(100),
    name varchar(255),
    display_name text GENERATED ALWAYS AS (
        coalesce(
            nullif(btrim(name), ''),
            nullif(btrim(coalesce(btrim(first_name), '') || ' ' || coalesce(btrim(last_name), '')), ''),
            nullif(btrim(email), ''),
            nullif(btrim(phone), ''),
            external_id
        )
    ) STORED,
    email varchar(255),
    phone varchar(50),
    phone_region crm.country_code,
    title varchar(255),
    company_id uuid,
    company_name varchar(255),
    job_role_id uuid,
    lifecycle_stage_id uuid,
    owner_id uuid,
    source varchar(100),
    status crm.contact_status NOT NULL DEFAULT 'active',
    score integer NOT NULL DEFAULT 0,
    scored_at timestamptz,
    score_model_id uuid,
    tags text[] NOT NULL DEFAULT '{}',
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    property jsonb NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    address_line1 varchar(255),
    address_line2 varchar(255),
    city varchar(100),
    state varchar(100),
    postal_code varchar(20),
    country_id uuid,
    language text,
    time_zone text,
    do_not_contact boolean NOT NULL DEFAULT false,
    email_opt_out_at timestamptz,
    phone_opt_out_at timestamptz,
    email_bounced_at timestamptz,
    last_activity_at timestamptz,
    -- 'simple', since names are not English words to be stemmed. Mail programs' punctuation
    -- is split, so that the company part of an address is found as a word too.
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(name, '')), 'A')
        || setweight(to_tsvector('simple', coalesce(company_name, '') || ' ' || coalesce(title, '')), 'B')
        || setweight(to_tsvector('simple', coalesce(email, '') || ' ' || translate(coalesce(email, ''), '@._+-', '     ')), 'C')
    ) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT contacts_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT contacts_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT contacts_company_fkey FOREIGN KEY (company_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE SET NULL (company_id),
    CONSTRAINT contacts_job_role_fkey FOREIGN KEY (job_role_id)
        REFERENCES crm.job_roles (id) ON DELETE SET NULL,
    CONSTRAINT contacts_lifecycle_stage_fkey FOREIGN KEY (lifecycle_stage_id)
        REFERENCES crm.lifecycle_stages (id) ON DELETE SET NULL,
    CONSTRAINT contacts_country_fkey FOREIGN KEY (country_id)
        REFERENCES crm.countries (id) ON DELETE RESTRICT,
    CONSTRAINT contacts_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT contacts_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT contacts_identifier_check CHECK (
        coalesce(
            nullif(btrim(email), ''), nullif(btrim(phone), ''), external_id,
            nullif(btrim(name), ''), nullif(btrim(first_name), ''), nullif(btrim(last_name), '')
        ) IS NOT NULL
    ),
    CONSTRAINT contacts_score_check CHECK (score BETWEEN 0 AND 100),
    CONSTRAINT contacts_score_model_check CHECK (score_model_id IS NULL OR scored_at IS NOT NULL),
    CONSTRAINT contacts_tags_check CHECK (array_position(tags, NULL) IS NULL),
    CONSTRAINT contacts_property_check CHECK (jsonb_typeof(property) = 'object'),
    CONSTRAINT contacts_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT contacts_language_check CHECK (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$')
) WITH (fillfactor = 80);
COMMENT ON TABLE crm.contacts IS 'People that a tenant deals with. At least one of e-mail, phone, external_id and the names is given.';
COMMENT ON COLUMN crm.contacts.external_id IS 'Key of the contact in another system; unique among an organization''s live contacts.';
COMMENT ON COLUMN crm.contacts.first_name IS 'Given name.';
COMMENT ON COLUMN crm.contacts.last_name IS 'Family name.';
COMMENT ON COLUMN crm.contacts.name IS 'Full name where it is known only as a whole, or where it should be shown other than first and last name.';
COMMENT ON COLUMN crm.contacts.display_name IS 'What to show: the first that is given of name, first and last name, e-mail, phone, external_id.';
COMMENT ON COLUMN crm.contacts.email IS 'E-mail address as entered; valid by crm.is_valid_email.';
COMMENT ON COLUMN crm.contacts.phone IS 'Telephone number as entered; possible by crm.is_possible_phone where its country is known.';
COMMENT ON COLUMN crm.contacts.phone_region IS 'Region in whose national form phone is written, where it has no leading +.';
COMMENT ON COLUMN crm.contacts.title IS 'Job title as the contact writes it.';
COMMENT ON COLUMN crm.contacts.company_id IS 'The contact''s company, where it is one of the tenant''s companies.';
COMMENT ON COLUMN crm.contacts.company_name IS 'The contact''s company as entered.';
COMMENT ON COLUMN crm.contacts.job_role_id IS 'Job role: a global one or the tenant''s own.';
COMMENT ON COLUMN crm.contacts.lifecycle_stage_id IS 'Lifecycle stage: a global one or the tenant''s own.';
COMMENT ON COLUMN crm.contacts.owner_id IS 'Member who looks after the contact.';
COMMENT ON COLUMN crm.contacts.source IS 'Where the contact came from, in the tenant''s own words, e.g. website, referral, import.';
COMMENT ON COLUMN crm.contacts.status IS 'Whether the contact is worked with.';
COMMENT ON COLUMN crm.contacts.score IS 'Score at scored_at: 0 to 100, higher is better. crm.calculate_contact_score tells the present one.';
COMMENT ON COLUMN crm.contacts.scored_at IS 'When score was computed; NULL: not yet.';
COMMENT ON COLUMN crm.contacts.score_model_id IS 'Version of the rules that score came from; only where it was computed; NULL then: the built-in rules.';
COMMENT ON COLUMN crm.contacts.tags IS 'Names of the contact''s tags, sorted; kept from crm.contact_tags.';
COMMENT ON COLUMN crm.contacts.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN crm.contacts.property IS 'Details of the property that the contact owns or is interested in, e.g. kind, size, price; a JSON object.';
COMMENT ON COLUMN crm.contacts.metadata IS 'What programs keep with the contact; a JSON object.';
COMMENT ON COLUMN crm.contacts.address_line1 IS 'Street and number.';
COMMENT ON COLUMN crm.contacts.address_line2 IS 'Building, floor, flat.';
COMMENT ON COLUMN crm.contacts.city IS 'City or town.';
COMMENT ON COLUMN crm.contacts.state IS 'State, province or region.';
COMMENT ON COLUMN crm.contacts.postal_code IS 'Postal code.';
COMMENT ON COLUMN crm.contacts.country_id IS 'Country of the address.';
COMMENT ON COLUMN crm.contacts.language IS 'Language to address the contact in: a BCP 47 tag, e.g. en, pt-BR.';
COMMENT ON COLUMN crm.contacts.time_zone IS 'Time zone of the contact: an IANA name, e.g. Europe/Berlin.';
COMMENT ON COLUMN crm.contacts.do_not_contact IS 'Whether the contact must not be contacted at all, by any channel.';
COMMENT ON COLUMN crm.contacts.email_opt_out_at IS 'Since when the contact takes no marketing e-mail; NULL: no objection.';
COMMENT ON COLUMN crm.contacts.phone_opt_out_at IS 'Since when the contact takes no marketing calls and text messages; NULL: no objection.';
COMMENT ON COLUMN crm.contacts.email_bounced_at IS 'Since when mail to the address fails for good; NULL: it does not.';
COMMENT ON COLUMN crm.contacts.last_activity_at IS 'When something last passed between the contact and the tenant; NULL: never.';
COMMENT ON COLUMN crm.contacts.search_vector IS 'Full text of the contact, configuration simple: names (weight A), company and title (B), e-mail (C).';

CREATE TABLE crm.tags (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name varchar(100) NOT NULL,
    name_norm text NOT NULL GENERATED ALWAYS AS (lower(btrim(name))) STORED,
    color text,
    scope crm.tag_scope NOT NULL DEFAULT 'any',
    description text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tags_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT tags_organization_name_norm_key UNIQUE (organization_id, name_norm),
    CONSTRAINT tags_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT tags_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT tags_color_check CHECK (color ~ '^#[0-9A-Fa-f]{6}$')
);
COMMENT ON TABLE crm.tags IS 'Tags that a tenant puts on contacts and deals.';
COMMENT ON COLUMN crm.tags.name IS 'Name for people, as written.';
COMMENT ON COLUMN crm.tags.name_norm IS 'The name in lower case, trimmed; unique per organization.';
COMMENT ON COLUMN crm.tags.color IS 'Colour to show it in, as #rrggbb; NULL: none chosen.';
COMMENT ON COLUMN crm.tags.scope IS 'What the tag is offered for.';
COMMENT ON COLUMN crm.tags.description IS 'When to use the tag.';

CREATE TABLE crm.contact_tags (
    contact_id uuid NOT NULL,
    tag_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT contact_tags_pkey PRIMARY KEY (contact_id, organization_id, tag_id),
    CONSTRAINT contact_tags_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT contact_tags_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT contact_tags_tag_fkey FOREIGN KEY (tag_id, organization_id)
        REFERENCES crm.tags (id, organization_id) ON DELETE CASCADE
);
COMMENT ON TABLE crm.contact_tags IS 'Which contact carries which tag.';
COMMENT ON COLUMN crm.contact_tags.contact_id IS 'The contact.';
COMMENT ON COLUMN crm.contact_tags.tag_id IS 'The tag.';
