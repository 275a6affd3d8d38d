-- Lists that others refer to. A row without an organization is everybody's, so the
-- key is id alone and a reference cannot be composite; that a referenced row is
-- global or the tenant's own is for a trigger to see to.

CREATE TABLE crm.countries (
    id uuid NOT NULL,
    code text NOT NULL,
    alpha3 text NOT NULL,
    numeric_code text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT countries_pkey PRIMARY KEY (id),
    CONSTRAINT countries_code_key UNIQUE (code),
    CONSTRAINT countries_alpha3_key UNIQUE (alpha3),
    CONSTRAINT countries_numeric_code_key UNIQUE (numeric_code),
    CONSTRAINT countries_code_check CHECK (code ~ '^[A-Z]{2}$'),
    CONSTRAINT countries_alpha3_check CHECK (alpha3 ~ '^[A-Z]{3}$'),
    CONSTRAINT countries_numeric_code_check CHECK (numeric_code ~ '^[0-9]{3}$'),
    CONSTRAINT countries_name_check CHECK (btrim(name) <> '')
);
COMMENT ON TABLE crm.countries IS 'The countries of ISO 3166-1, the same for every organization.';
COMMENT ON COLUMN crm.countries.code IS 'ISO 3166-1 alpha-2 code, upper case.';
COMMENT ON COLUMN crm.countries.alpha3 IS 'ISO 3166-1 alpha-3 code, upper case.';
COMMENT ON COLUMN crm.countries.numeric_code IS 'ISO 3166-1 numeric code: three digits, leading zeros kept.';
COMMENT ON COLUMN crm.countries.name IS 'English short name.';

CREATE TABLE crm.industries (
    id uuid NOT NULL,
    organization_id uuid,
    code text NOT NULL,
    name text NOT NULL,
    position integer NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT industries_pkey PRIMARY KEY (id),
    CONSTRAINT industries_organization_code_key UNIQUE NULLS NOT DISTINCT (organization_id, code),
    CONSTRAINT industries_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT industries_code_check CHECK (code ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT industries_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT industries_position_check CHECK (position >= 0)
);
COMMENT ON TABLE crm.industries IS 'Industries of companies: rows without an organization are everybody''s, the others one tenant''s own.';
COMMENT ON COLUMN crm.industries.code IS 'Stable name for programs: lower case, no spaces; unique per organization and among the global rows.';
COMMENT ON COLUMN crm.industries.name IS 'Name for people.';
COMMENT ON COLUMN crm.industries.position IS 'Place in a list, lowest first.';
COMMENT ON COLUMN crm.industries.is_active IS 'Whether it is offered for new entries; what refers to it keeps it either way.';

CREATE TABLE crm.job_roles (
    id uuid NOT NULL,
    organization_id uuid,
    code text NOT NULL,
    name text NOT NULL,
    department text,
    seniority crm.seniority,
    position integer NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT job_roles_pkey PRIMARY KEY (id),
    CONSTRAINT job_roles_organization_code_key UNIQUE NULLS NOT DISTINCT (organization_id, code),
    CONSTRAINT job_roles_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT job_roles_code_check CHECK (code ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT job_roles_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT job_roles_position_check CHECK (position >= 0)
);
COMMENT ON TABLE crm.job_roles IS 'Roles that contacts have in their companies: rows without an organization are everybody''s, the others one tenant''s own.';
COMMENT ON COLUMN crm.job_roles.code IS 'Stable name for programs: lower case, no spaces; unique per organization and among the global rows.';
COMMENT ON COLUMN crm.job_roles.name IS 'Name for people.';
COMMENT ON COLUMN crm.job_roles.department IS 'Part of the company, e.g. sales, engineering; NULL where the role belongs to none.';
COMMENT ON COLUMN crm.job_roles.seniority IS 'Rank of the role, used when judging how well a contact fits; NULL where unknown.';
COMMENT ON COLUMN crm.job_roles.position IS 'Place in a list, lowest first.';
COMMENT ON COLUMN crm.job_roles.is_active IS 'Whether it is offered for new entries; what refers to it keeps it either way.';

CREATE TABLE crm.lifecycle_stages (
    id uuid NOT NULL,
    organization_id uuid,
    code text NOT NULL,
    name text NOT NULL,
    position integer NOT NULL DEFAULT 0,
    is_customer boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT lifecycle_stages_pkey PRIMARY KEY (id),
    CONSTRAINT lifecycle_stages_organization_code_key UNIQUE NULLS NOT DISTINCT (organization_id, code),
    CONSTRAINT lifecycle_stages_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT lifecycle_stages_code_check CHECK (code ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT lifecycle_stages_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT lifecycle_stages_position_check CHECK (position >= 0)
);
COMMENT ON TABLE crm.lifecycle_stages IS 'Stages from stranger to customer: rows without an organization are everybody''s, the others one tenant''s own.';
COMMENT ON COLUMN crm.lifecycle_stages.code IS 'Stable name for programs: lower case, no spaces; unique per organization and among the global rows.';
COMMENT ON COLUMN crm.lifecycle_stages.name IS 'Name for people.';
COMMENT ON COLUMN crm.lifecycle_stages.position IS 'Order of the stages, earliest first.';
COMMENT ON COLUMN crm.lifecycle_stages.is_customer IS 'Whether contacts in this stage count as customers.';
COMMENT ON COLUMN crm.lifecycle_stages.is_active IS 'Whether it is offered for new entries; what refers to it keeps it either way.';
