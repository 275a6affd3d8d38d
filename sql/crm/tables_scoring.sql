-- A score is by one version of the rules, and can be explained only as long as that version
-- is what it was: what has been active is retired, not rewritten and not deleted.
CREATE TABLE crm.score_models (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    version integer NOT NULL,
    name varchar(255) NOT NULL,
    description text,
    status crm.score_model_status NOT NULL DEFAULT 'draft',
    rules crm.score_rules NOT NULL DEFAULT '{}',
    based_on_id uuid,
    created_by uuid,
    activated_at timestamptz,
    retired_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT score_models_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT score_models_organization_version_key UNIQUE (organization_id, version),
    CONSTRAINT score_models_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT score_models_based_on_fkey FOREIGN KEY (based_on_id, organization_id)
        REFERENCES crm.score_models (id, organization_id) ON DELETE SET NULL (based_on_id),
    CONSTRAINT score_models_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT score_models_version_check CHECK (version > 0),
    CONSTRAINT score_models_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT score_models_rules_check CHECK (
        status = 'draft'
        OR jsonb_path_exists(rules, '$.fit.*')
        OR jsonb_path_exists(rules, '$.lifecycle_stages.*')
        OR jsonb_path_exists(rules, '$.signals.*')
    ),
    CONSTRAINT score_models_based_on_check CHECK (based_on_id <> id),
    CONSTRAINT score_models_activated_at_check CHECK ((status = 'draft') = (activated_at IS NULL)),
    CONSTRAINT score_models_retired_at_check CHECK ((status = 'retired') = (retired_at IS NOT NULL) AND retired_at >= activated_at)
);
COMMENT ON TABLE crm.score_models IS 'An organization''s own rules for scoring contacts, version by version. At most one is active; where none is, the built-in rules hold.';
COMMENT ON COLUMN crm.score_models.version IS 'Number of the version, from 1; unique per organization.';
COMMENT ON COLUMN crm.score_models.name IS 'What people call it.';
COMMENT ON COLUMN crm.score_models.description IS 'What it is meant to find, and what was changed.';
COMMENT ON COLUMN crm.score_models.status IS 'State of the version; only a draft''s rules change.';
COMMENT ON COLUMN crm.score_models.rules IS 'What counts and how much; an active version has some for fit, lifecycle stages or signals.';
COMMENT ON COLUMN crm.score_models.based_on_id IS 'Version that it was made from; NULL: none, or the built-in rules.';
COMMENT ON COLUMN crm.score_models.created_by IS 'Member who wrote it; the current user by default.';
COMMENT ON COLUMN crm.score_models.activated_at IS 'When it came into force; NULL exactly for a draft.';
COMMENT ON COLUMN crm.score_models.retired_at IS 'When another version took its place; not before it came into force; given exactly where it is retired.';

-- The key is what the rows are asked by: one contact, in order of time. No other columns would
-- make a row out of so little.
CREATE TABLE crm.score_history (
    organization_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    scored_at timestamptz NOT NULL,
    model_id uuid,
    previous_score integer,
    score integer NOT NULL,
    fit double precision,
    engagement double precision,
    grade text,
    reason crm.score_reason NOT NULL DEFAULT 'refresh',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT score_history_pkey PRIMARY KEY (contact_id, organization_id, scored_at),
    CONSTRAINT score_history_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT score_history_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT score_history_model_fkey FOREIGN KEY (model_id, organization_id)
        REFERENCES crm.score_models (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT score_history_scored_at_check CHECK (isfinite(scored_at)),
    CONSTRAINT score_history_score_check CHECK (score BETWEEN 0 AND 100),
    CONSTRAINT score_history_previous_score_check CHECK (previous_score BETWEEN 0 AND 100),
    CONSTRAINT score_history_change_check CHECK (
        previous_score IS DISTINCT FROM score OR reason IN ('model', 'merge', 'import')
    ),
    CONSTRAINT score_history_fit_check CHECK (fit > '-Infinity' AND fit < 'Infinity'),
    CONSTRAINT score_history_engagement_check CHECK (engagement > '-Infinity' AND engagement < 'Infinity'),
    CONSTRAINT score_history_components_check CHECK (num_nulls(fit, engagement) <> 1),
    CONSTRAINT score_history_grade_check CHECK (grade ~ '^[A-C][1-3]$')
);
COMMENT ON TABLE crm.score_history IS 'Changes of contacts'' kept scores. Rows are added, never changed; a score that stays the same adds none.';
COMMENT ON COLUMN crm.score_history.contact_id IS 'The contact.';
COMMENT ON COLUMN crm.score_history.scored_at IS 'The time that the score speaks of, finite; earlier than created_at where it was imported.';
COMMENT ON COLUMN crm.score_history.model_id IS 'Version of the rules that the score is by; NULL: the built-in rules.';
COMMENT ON COLUMN crm.score_history.previous_score IS 'Score before: 0 to 100; NULL: there was none.';
COMMENT ON COLUMN crm.score_history.score IS 'Score after: 0 to 100. The same as before only where other rules, a merge or an import gave it anew.';
COMMENT ON COLUMN crm.score_history.fit IS 'Points for what the contact is; together with engagement the score before rounding and clamping. NULL: not known.';
COMMENT ON COLUMN crm.score_history.engagement IS 'Points for what the contact did, caps applied. NULL: not known.';
COMMENT ON COLUMN crm.score_history.grade IS 'Fit as a letter and engagement as a digit: A1 (best) to C3.';
COMMENT ON COLUMN crm.score_history.reason IS 'What made it change.';
