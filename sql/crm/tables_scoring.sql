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
    CONSTRAINT score_models_activated_at_check CHECK (
        CASE status WHEN 'draft' THEN activated_at IS NULL WHEN 'building' THEN true ELSE activated_at IS NOT NULL END
    ),
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
COMMENT ON COLUMN crm.score_models.activated_at IS 'When it came into force; NULL: never yet.';
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

-- One row per contact and model (two only while another model is made ready), rewritten on every
-- signal: free space on each page lets these updates stay on it, and the index of ranks is touched by
-- those that change a rank by an eighth.
CREATE TABLE crm.contact_engagement (
    organization_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    model_id uuid NOT NULL,
    live boolean NOT NULL DEFAULT true,
    fit double precision,
    as_of timestamptz NOT NULL DEFAULT '2000-01-01 00:00:00+00',
    rank double precision NOT NULL DEFAULT '-Infinity',
    refresh_at timestamptz NOT NULL DEFAULT '-infinity',
    sums double precision[] NOT NULL DEFAULT '{}',
    CONSTRAINT contact_engagement_pkey PRIMARY KEY (contact_id, organization_id, model_id),
    CONSTRAINT contact_engagement_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT contact_engagement_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT contact_engagement_fit_check CHECK (fit > '-Infinity' AND fit < 'Infinity'),
    CONSTRAINT contact_engagement_as_of_check CHECK (isfinite(as_of)),
    -- No lower bound: taking deleted signals out again may leave a rounding error below zero.
    CONSTRAINT contact_engagement_sums_check CHECK (
        array_position(sums, NULL) IS NULL AND NOT sums && '{NaN,Infinity,-Infinity}'
    )
) WITH (fillfactor = 70);
COMMENT ON TABLE crm.contact_engagement IS 'What is kept of each contact under a scoring model: points for fit, and decayed sums of its signals, from which scores are read without counting again.';
COMMENT ON COLUMN crm.contact_engagement.contact_id IS 'The contact.';
COMMENT ON COLUMN crm.contact_engagement.model_id IS 'Version of the rules, a row of crm.score_models; 00000000-0000-0000-0000-000000000001: the built-in ones.';
COMMENT ON COLUMN crm.contact_engagement.live IS 'Whether the contact is not deleted.';
COMMENT ON COLUMN crm.contact_engagement.fit IS 'Points for what the contact is. NULL: what is kept is not complete, and scores are reckoned from the rows until crm.rebuild_engagement() was here.';
COMMENT ON COLUMN crm.contact_engagement.as_of IS 'The time that sums refers to: that of the latest signal; 2000 UTC where there never was one.';
COMMENT ON COLUMN crm.contact_engagement.rank IS 'Bound on the engagement: at no time t is it more than 2^(rank - t/H), t and the longest half-life H in seconds, t from 2000 UTC. Infinity: not complete, or as_of was in the future when it was written; -Infinity: nothing but bad signals, or none.';
COMMENT ON COLUMN crm.contact_engagement.refresh_at IS 'When the stored score is to be looked at again: -infinity: since something changed; else when decay alone takes it to another value; infinity: never.';
COMMENT ON COLUMN crm.contact_engagement.sums IS 'Weights of all signals, each decayed to as_of and summed: first the magnitudes of the negative ones, decayed with the longest half-life; then a sum for each group, in the order of crm.signal_groups(). A sum''s value at t is sum * 2^-((t - as_of)/half-life). {}: there never was a signal.';

CREATE TABLE crm.score_crossings (
    organization_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    threshold integer NOT NULL,
    rose_at timestamptz NOT NULL,
    falls_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT score_crossings_pkey PRIMARY KEY (contact_id, organization_id, threshold),
    CONSTRAINT score_crossings_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT score_crossings_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT score_crossings_threshold_check CHECK (threshold BETWEEN 1 AND 100)
);
COMMENT ON TABLE crm.score_crossings IS 'Thresholds of the scoring model that contacts'' stored scores are at or above, kept by crm.refresh_contact_scores(). A row goes when the score falls below; both are told on the channel pg_crm_score_<organization_id>.';
COMMENT ON COLUMN crm.score_crossings.contact_id IS 'The contact.';
COMMENT ON COLUMN crm.score_crossings.threshold IS 'The score, 1 to 100.';
COMMENT ON COLUMN crm.score_crossings.rose_at IS 'Since when the stored score is at or above it.';
COMMENT ON COLUMN crm.score_crossings.falls_at IS 'When it will be below by decay alone, if nothing happens. NULL: never, or a signal of the future leaves it open.';

-- Of a contact, or of a lead until it is converted.
CREATE TABLE crm.signals (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    contact_id uuid,
    lead_id uuid,
    signal text NOT NULL,
    weight double precision NOT NULL DEFAULT 1,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT signals_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT signals_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT signals_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT signals_subject_check CHECK (num_nonnulls(contact_id, lead_id) = 1),
    CONSTRAINT signals_signal_check CHECK (btrim(signal) <> '' AND octet_length(signal) <= 300),
    CONSTRAINT signals_weight_check CHECK (weight BETWEEN -1000 AND 1000),
    CONSTRAINT signals_occurred_at_check CHECK (isfinite(occurred_at))
);
COMMENT ON TABLE crm.signals IS 'Signals for scores that no other table holds, recorded by applications: see crm.record_signal().';
COMMENT ON COLUMN crm.signals.contact_id IS 'Contact who gave it, as a contact or as the lead that was converted; NULL: a lead.';
COMMENT ON COLUMN crm.signals.lead_id IS 'Lead who gave it and is no contact yet; NULL: a contact.';
COMMENT ON COLUMN crm.signals.signal IS 'Its name, as rules of a scoring model name it, e.g. webinar_attended; at most 300 bytes. Names without a rule count by the rule *, if the model has it.';
COMMENT ON COLUMN crm.signals.weight IS 'How much of its rule''s weight it counts; -1000 to 1000, negative: against the contact.';
COMMENT ON COLUMN crm.signals.occurred_at IS 'When it happened, finite.';
