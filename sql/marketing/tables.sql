CREATE TABLE marketing.campaigns (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    name varchar(255) NOT NULL,
    name_norm text NOT NULL GENERATED ALWAYS AS (lower(btrim(name))) STORED,
    description text,
    parent_id uuid,
    type varchar(100),
    channel inbox.channel,
    status marketing.campaign_status NOT NULL DEFAULT 'draft',
    owner_id uuid,
    start_date date,
    end_date date,
    budget numeric(15,2),
    actual_cost numeric(15,2),
    expected_revenue numeric(15,2),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    target_leads integer,
    utm_source varchar(255),
    utm_medium varchar(255),
    utm_campaign varchar(255),
    utm_campaign_norm text GENERATED ALWAYS AS (lower(btrim(utm_campaign))) STORED,
    utm_term varchar(255),
    utm_content varchar(255),
    landing_url text,
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT campaigns_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT campaigns_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT campaigns_parent_fkey FOREIGN KEY (parent_id, organization_id)
        REFERENCES marketing.campaigns (id, organization_id) ON DELETE SET NULL (parent_id),
    CONSTRAINT campaigns_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT campaigns_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT campaigns_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT campaigns_parent_check CHECK (parent_id <> id),
    CONSTRAINT campaigns_type_check CHECK (btrim(type) <> ''),
    CONSTRAINT campaigns_end_date_check CHECK (end_date >= start_date),
    CONSTRAINT campaigns_scheduled_check CHECK (status <> 'scheduled' OR start_date IS NOT NULL),
    CONSTRAINT campaigns_budget_check CHECK (budget >= 0 AND budget <> 'NaN'),
    CONSTRAINT campaigns_actual_cost_check CHECK (actual_cost >= 0 AND actual_cost <> 'NaN'),
    CONSTRAINT campaigns_expected_revenue_check CHECK (expected_revenue >= 0 AND expected_revenue <> 'NaN'),
    CONSTRAINT campaigns_target_leads_check CHECK (target_leads >= 0),
    CONSTRAINT campaigns_utm_campaign_check CHECK (btrim(utm_campaign) <> ''),
    CONSTRAINT campaigns_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE marketing.campaigns IS 'Marketing campaigns, which leads come from. Campaigns with creators are creator.campaigns.';
COMMENT ON COLUMN marketing.campaigns.external_id IS 'Key of the campaign in another system, e.g. an advertising platform; unique among an organization''s live campaigns.';
COMMENT ON COLUMN marketing.campaigns.name IS 'Name for people.';
COMMENT ON COLUMN marketing.campaigns.name_norm IS 'The name in lower case, trimmed; unique among an organization''s live campaigns.';
COMMENT ON COLUMN marketing.campaigns.description IS 'What it is about and what it is to achieve.';
COMMENT ON COLUMN marketing.campaigns.parent_id IS 'Campaign that this one is part of.';
COMMENT ON COLUMN marketing.campaigns.type IS 'Kind of campaign, in the tenant''s own words, e.g. email, webinar, search.';
COMMENT ON COLUMN marketing.campaigns.channel IS 'Channel that it goes by; NULL: several, or none of the inbox.';
COMMENT ON COLUMN marketing.campaigns.status IS 'Where the campaign stands.';
COMMENT ON COLUMN marketing.campaigns.owner_id IS 'Member who runs it.';
COMMENT ON COLUMN marketing.campaigns.start_date IS 'First day; given where it is scheduled.';
COMMENT ON COLUMN marketing.campaigns.end_date IS 'Last day; not before the first; NULL: open.';
COMMENT ON COLUMN marketing.campaigns.budget IS 'What it may cost, in currency; not negative.';
COMMENT ON COLUMN marketing.campaigns.actual_cost IS 'What it has cost, in currency; not negative.';
COMMENT ON COLUMN marketing.campaigns.expected_revenue IS 'What it is to bring in, in currency; not negative.';
COMMENT ON COLUMN marketing.campaigns.currency IS 'Currency of the amounts: ISO 4217.';
COMMENT ON COLUMN marketing.campaigns.target_leads IS 'How many leads it is to bring; not negative.';
COMMENT ON COLUMN marketing.campaigns.utm_source IS 'Parameter utm_source of its links, e.g. newsletter.';
COMMENT ON COLUMN marketing.campaigns.utm_medium IS 'Parameter utm_medium of its links, e.g. email.';
COMMENT ON COLUMN marketing.campaigns.utm_campaign IS 'Parameter utm_campaign of its links.';
COMMENT ON COLUMN marketing.campaigns.utm_campaign_norm IS 'utm_campaign in lower case, trimmed: by it a visit finds its campaign.';
COMMENT ON COLUMN marketing.campaigns.utm_term IS 'Parameter utm_term of its links.';
COMMENT ON COLUMN marketing.campaigns.utm_content IS 'Parameter utm_content of its links.';
COMMENT ON COLUMN marketing.campaigns.landing_url IS 'Page that its links lead to.';
COMMENT ON COLUMN marketing.campaigns.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN marketing.campaigns.metadata IS 'What programs keep with the campaign; a JSON object.';

CREATE TABLE marketing.leads (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    campaign_id uuid,
    first_name varchar(100),
    last_name varchar(100),
    email varchar(255),
    phone varchar(50),
    phone_region crm.country_code,
    title varchar(255),
    company_name varchar(255),
    website varchar(255),
    source varchar(100),
    status marketing.lead_status NOT NULL DEFAULT 'new',
    status_reason text,
    score integer NOT NULL DEFAULT 0,
    scored_at timestamptz,
    score_model_id uuid,
    owner_id uuid,
    language text,
    do_not_contact boolean NOT NULL DEFAULT false,
    message text,
    utm_source varchar(255),
    utm_medium varchar(255),
    utm_campaign varchar(255),
    utm_term varchar(255),
    utm_content varchar(255),
    landing_url text,
    referrer_url text,
    first_contacted_at timestamptz,
    qualified_at timestamptz,
    converted_at timestamptz,
    converted_by uuid,
    converted_contact_id uuid,
    converted_company_id uuid,
    converted_deal_id uuid,
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    -- 'simple', since names are not English words to be stemmed. Mail programs' punctuation
    -- is split, so that the company part of an address is found as a word too.
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', coalesce(first_name, '') || ' ' || coalesce(last_name, '')), 'A')
        || setweight(to_tsvector('simple', coalesce(company_name, '') || ' ' || coalesce(title, '')), 'B')
        || setweight(to_tsvector('simple', coalesce(email, '') || ' ' || translate(coalesce(email, ''), '@._+-', '     ')), 'C')
    ) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT leads_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT leads_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT leads_campaign_fkey FOREIGN KEY (campaign_id, organization_id)
        REFERENCES marketing.campaigns (id, organization_id) ON DELETE SET NULL (campaign_id),
    CONSTRAINT leads_score_model_fkey FOREIGN KEY (score_model_id, organization_id)
        REFERENCES crm.score_models (id, organization_id) ON DELETE SET NULL (score_model_id),
    CONSTRAINT leads_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT leads_converted_by_fkey FOREIGN KEY (converted_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (converted_by),
    CONSTRAINT leads_converted_contact_fkey FOREIGN KEY (converted_contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE SET NULL (converted_contact_id),
    CONSTRAINT leads_converted_company_fkey FOREIGN KEY (converted_company_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE SET NULL (converted_company_id),
    CONSTRAINT leads_converted_deal_fkey FOREIGN KEY (converted_deal_id, organization_id)
        REFERENCES crm.deals (id, organization_id) ON DELETE SET NULL (converted_deal_id),
    CONSTRAINT leads_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT leads_identifier_check CHECK (
        coalesce(
            nullif(btrim(email), ''), nullif(btrim(phone), ''), external_id,
            nullif(btrim(first_name), ''), nullif(btrim(last_name), '')
        ) IS NOT NULL
    ),
    CONSTRAINT leads_score_check CHECK (score BETWEEN 0 AND 100),
    CONSTRAINT leads_score_model_check CHECK (score_model_id IS NULL OR scored_at IS NOT NULL),
    CONSTRAINT leads_language_check CHECK (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$'),
    CONSTRAINT leads_qualified_at_check CHECK (qualified_at IS NULL OR status IN ('qualified', 'converted')),
    CONSTRAINT leads_converted_at_check CHECK ((status = 'converted') = (converted_at IS NOT NULL)),
    CONSTRAINT leads_converted_check CHECK (
        status = 'converted'
        OR num_nonnulls(converted_by, converted_contact_id, converted_company_id, converted_deal_id) = 0
    ),
    CONSTRAINT leads_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE marketing.leads IS 'People who showed interest and are not contacts yet. At least one of e-mail, phone, external_id and the names is given.';
COMMENT ON COLUMN marketing.leads.external_id IS 'Key of the lead in another system, e.g. a form; unique among an organization''s live leads.';
COMMENT ON COLUMN marketing.leads.campaign_id IS 'Campaign that brought the lead; NULL: none, or not known.';
COMMENT ON COLUMN marketing.leads.first_name IS 'Given name.';
COMMENT ON COLUMN marketing.leads.last_name IS 'Family name.';
COMMENT ON COLUMN marketing.leads.email IS 'E-mail address as entered; valid by crm.is_valid_email.';
COMMENT ON COLUMN marketing.leads.phone IS 'Telephone number as entered; possible by crm.is_possible_phone where its country is known.';
COMMENT ON COLUMN marketing.leads.phone_region IS 'Region in whose national form phone is written, where it has no leading +.';
COMMENT ON COLUMN marketing.leads.title IS 'Job title as the lead writes it.';
COMMENT ON COLUMN marketing.leads.company_name IS 'The lead''s company as entered.';
COMMENT ON COLUMN marketing.leads.website IS 'Address of the lead''s web site.';
COMMENT ON COLUMN marketing.leads.source IS 'Where the lead came from, in the tenant''s own words, e.g. website, fair, import.';
COMMENT ON COLUMN marketing.leads.status IS 'Where the lead stands.';
COMMENT ON COLUMN marketing.leads.status_reason IS 'Why it stands there, e.g. why the lead is unqualified.';
COMMENT ON COLUMN marketing.leads.score IS 'Score at scored_at: 0 to 100, higher is better.';
COMMENT ON COLUMN marketing.leads.scored_at IS 'When score was computed; NULL: not yet.';
COMMENT ON COLUMN marketing.leads.score_model_id IS 'Version of the rules that score came from; only where it was computed; NULL then: the built-in rules.';
COMMENT ON COLUMN marketing.leads.owner_id IS 'Member who works on the lead.';
COMMENT ON COLUMN marketing.leads.language IS 'Language to address the lead in: a BCP 47 tag, e.g. en, pt-BR.';
COMMENT ON COLUMN marketing.leads.do_not_contact IS 'Whether the lead asked not to be contacted.';
COMMENT ON COLUMN marketing.leads.message IS 'What the lead wrote, e.g. in a form.';
COMMENT ON COLUMN marketing.leads.utm_source IS 'Parameter utm_source of the link that the lead followed.';
COMMENT ON COLUMN marketing.leads.utm_medium IS 'Parameter utm_medium of that link.';
COMMENT ON COLUMN marketing.leads.utm_campaign IS 'Parameter utm_campaign of that link.';
COMMENT ON COLUMN marketing.leads.utm_term IS 'Parameter utm_term of that link.';
COMMENT ON COLUMN marketing.leads.utm_content IS 'Parameter utm_content of that link.';
COMMENT ON COLUMN marketing.leads.landing_url IS 'Page that the lead came to first.';
COMMENT ON COLUMN marketing.leads.referrer_url IS 'Page that the lead came from.';
COMMENT ON COLUMN marketing.leads.first_contacted_at IS 'When the organization first answered; NULL: not yet.';
COMMENT ON COLUMN marketing.leads.qualified_at IS 'When the lead was found to be qualified; only where it is qualified or converted.';
COMMENT ON COLUMN marketing.leads.converted_at IS 'When the lead became a contact; given exactly where it is converted.';
COMMENT ON COLUMN marketing.leads.converted_by IS 'Member who converted it; NULL: a program, or a member who has left.';
COMMENT ON COLUMN marketing.leads.converted_contact_id IS 'Contact that the lead became; only where it is converted; NULL then: the contact was erased.';
COMMENT ON COLUMN marketing.leads.converted_company_id IS 'Company that was made of it or found for it; only where it is converted.';
COMMENT ON COLUMN marketing.leads.converted_deal_id IS 'Deal that was made of it; only where it is converted.';
COMMENT ON COLUMN marketing.leads.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN marketing.leads.metadata IS 'What programs keep with the lead; a JSON object.';
COMMENT ON COLUMN marketing.leads.search_vector IS 'Full text of the lead, configuration simple: names (weight A), company and title (B), e-mail address (C).';
