CREATE TABLE analytics.metric_snapshots (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    metric varchar(100) NOT NULL,
    granularity analytics.granularity NOT NULL DEFAULT 'day',
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    dimensions jsonb NOT NULL DEFAULT '{}',
    value numeric(24,6) NOT NULL,
    sample_count bigint,
    unit varchar(20),
    is_final boolean NOT NULL DEFAULT true,
    computed_at timestamptz NOT NULL DEFAULT now(),
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT metric_snapshots_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT metric_snapshots_period_key UNIQUE (organization_id, metric, granularity, period_start, dimensions),
    CONSTRAINT metric_snapshots_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT metric_snapshots_metric_check CHECK (metric ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT metric_snapshots_period_check CHECK (period_end > period_start AND isfinite(period_start) AND isfinite(period_end)),
    -- A part of the key, and an entry of a B-tree holds 2,704 bytes at most.
    CONSTRAINT metric_snapshots_dimensions_check CHECK (jsonb_typeof(dimensions) = 'object' AND octet_length(dimensions::text) <= 1000),
    CONSTRAINT metric_snapshots_value_check CHECK (value <> 'NaN'),
    CONSTRAINT metric_snapshots_sample_count_check CHECK (sample_count >= 0),
    CONSTRAINT metric_snapshots_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE analytics.metric_snapshots IS 'What a metric was in a period: one value for each metric, length of period, period and set of dimensions.';
COMMENT ON COLUMN analytics.metric_snapshots.metric IS 'What is measured, by its stable name for programs, e.g. deals_won, first_reply_seconds.';
COMMENT ON COLUMN analytics.metric_snapshots.granularity IS 'Length of the period.';
COMMENT ON COLUMN analytics.metric_snapshots.period_start IS 'Beginning of the period; inclusive, finite.';
COMMENT ON COLUMN analytics.metric_snapshots.period_end IS 'End of the period; exclusive, finite, after its start.';
COMMENT ON COLUMN analytics.metric_snapshots.dimensions IS 'What the value is of, e.g. {"channel": "email"}; a JSON object, at most 1000 bytes; {}: of everything.';
COMMENT ON COLUMN analytics.metric_snapshots.value IS 'The value, in unit.';
COMMENT ON COLUMN analytics.metric_snapshots.sample_count IS 'From how many things it was made; not negative; NULL: does not apply.';
COMMENT ON COLUMN analytics.metric_snapshots.unit IS 'What the value counts, e.g. seconds, percent, USD; NULL: things.';
COMMENT ON COLUMN analytics.metric_snapshots.is_final IS 'Whether the period was over when it was computed.';
COMMENT ON COLUMN analytics.metric_snapshots.computed_at IS 'When it was computed.';
COMMENT ON COLUMN analytics.metric_snapshots.metadata IS 'What programs keep with the value; a JSON object.';

CREATE TABLE analytics.dashboards (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name varchar(255) NOT NULL,
    description text,
    owner_id uuid,
    visibility analytics.visibility NOT NULL DEFAULT 'organization',
    layout jsonb NOT NULL DEFAULT '[]',
    filters jsonb NOT NULL DEFAULT '{}',
    refresh_interval interval,
    position integer NOT NULL DEFAULT 0,
    is_default boolean NOT NULL DEFAULT false,
    share_token_hash tenancy.token_hash,
    share_expires_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT dashboards_pkey PRIMARY KEY (id, organization_id),
    -- Looked up by the token before the organization is known: the key does not begin with it.
    CONSTRAINT dashboards_share_token_hash_key UNIQUE (share_token_hash, organization_id),
    CONSTRAINT dashboards_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT dashboards_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT dashboards_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT dashboards_layout_check CHECK (jsonb_typeof(layout) = 'array'),
    CONSTRAINT dashboards_filters_check CHECK (jsonb_typeof(filters) = 'object'),
    CONSTRAINT dashboards_refresh_interval_check CHECK (refresh_interval >= '10 seconds'),
    CONSTRAINT dashboards_position_check CHECK (position >= 0),
    CONSTRAINT dashboards_is_default_check CHECK (NOT is_default OR visibility = 'organization'),
    CONSTRAINT dashboards_share_check CHECK (share_expires_at IS NULL OR share_token_hash IS NOT NULL),
    CONSTRAINT dashboards_version_check CHECK (version > 0),
    CONSTRAINT dashboards_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE analytics.dashboards IS 'Pages of charts and figures that members put together.';
COMMENT ON COLUMN analytics.dashboards.name IS 'Name for people.';
COMMENT ON COLUMN analytics.dashboards.description IS 'What it shows.';
COMMENT ON COLUMN analytics.dashboards.owner_id IS 'Member whose it is.';
COMMENT ON COLUMN analytics.dashboards.visibility IS 'Who sees it.';
COMMENT ON COLUMN analytics.dashboards.layout IS 'What is shown where: a JSON array of objects, one a tile.';
COMMENT ON COLUMN analytics.dashboards.filters IS 'What all tiles are confined to; a JSON object.';
COMMENT ON COLUMN analytics.dashboards.refresh_interval IS 'How often to read the figures again; at least 10 seconds; NULL: when asked.';
COMMENT ON COLUMN analytics.dashboards.position IS 'Place in a list, lowest first.';
COMMENT ON COLUMN analytics.dashboards.is_default IS 'Whether members see it first; at most one live dashboard of an organization.';
COMMENT ON COLUMN analytics.dashboards.share_token_hash IS 'Digest of the token in the address by which outsiders see it; NULL: they do not.';
COMMENT ON COLUMN analytics.dashboards.share_expires_at IS 'Until when that address is good; NULL: until it is taken back.';
COMMENT ON COLUMN analytics.dashboards.version IS 'Counts the changes, from 1: who changes a dashboard names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN analytics.dashboards.metadata IS 'What programs keep with the dashboard; a JSON object.';

CREATE TABLE analytics.reports (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    dashboard_id uuid,
    name varchar(255) NOT NULL,
    description text,
    owner_id uuid,
    visibility analytics.visibility NOT NULL DEFAULT 'organization',
    definition jsonb NOT NULL DEFAULT '{}',
    parameters jsonb NOT NULL DEFAULT '{}',
    format analytics.report_format NOT NULL DEFAULT 'table',
    cron_expression workflow.cron_expression,
    time_zone text NOT NULL DEFAULT 'UTC',
    recipients text[] NOT NULL DEFAULT '{}',
    is_enabled boolean NOT NULL DEFAULT true,
    next_run_at timestamptz,
    last_run_at timestamptz,
    last_finished_at timestamptz,
    last_status analytics.report_status,
    last_error text,
    last_row_count bigint,
    last_storage_key text,
    version integer NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT reports_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT reports_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT reports_dashboard_fkey FOREIGN KEY (dashboard_id, organization_id)
        REFERENCES analytics.dashboards (id, organization_id) ON DELETE SET NULL (dashboard_id),
    CONSTRAINT reports_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT reports_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT reports_definition_check CHECK (jsonb_typeof(definition) = 'object'),
    CONSTRAINT reports_parameters_check CHECK (jsonb_typeof(parameters) = 'object'),
    CONSTRAINT reports_time_zone_check CHECK (time_zone ~ '^[A-Za-z][A-Za-z0-9_+/-]*$'),
    CONSTRAINT reports_recipients_check CHECK (array_position(recipients, NULL) IS NULL AND array_position(recipients, '') IS NULL),
    CONSTRAINT reports_next_run_at_check CHECK (next_run_at IS NULL OR cron_expression IS NOT NULL),
    CONSTRAINT reports_last_run_check CHECK (
        (last_run_at IS NULL) = (last_status IS NULL)
        AND (last_run_at IS NOT NULL OR num_nonnulls(last_finished_at, last_error, last_row_count, last_storage_key) = 0)
        AND (last_status = 'running') = (last_finished_at IS NULL)
        AND (last_error IS NULL OR last_status = 'failed')
        AND last_finished_at >= last_run_at
    ),
    CONSTRAINT reports_last_row_count_check CHECK (last_row_count >= 0),
    CONSTRAINT reports_version_check CHECK (version > 0),
    CONSTRAINT reports_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE analytics.reports IS 'Questions to the data that are asked again and again, at set times or by hand, and how the last answer turned out.';
COMMENT ON COLUMN analytics.reports.dashboard_id IS 'Dashboard that it sends; NULL: stands for itself.';
COMMENT ON COLUMN analytics.reports.name IS 'Name for people.';
COMMENT ON COLUMN analytics.reports.description IS 'What it tells.';
COMMENT ON COLUMN analytics.reports.owner_id IS 'Member whose it is.';
COMMENT ON COLUMN analytics.reports.visibility IS 'Who sees it.';
COMMENT ON COLUMN analytics.reports.definition IS 'What is asked, in the application''s words: metrics, dimensions, filters; a JSON object.';
COMMENT ON COLUMN analytics.reports.parameters IS 'Values that are filled in by default; a JSON object.';
COMMENT ON COLUMN analytics.reports.format IS 'What it comes as.';
COMMENT ON COLUMN analytics.reports.cron_expression IS 'When it is made by itself, in time_zone; NULL: only by hand.';
COMMENT ON COLUMN analytics.reports.time_zone IS 'Time zone of the schedule, and of the days in the report: an IANA name, e.g. Europe/Berlin.';
COMMENT ON COLUMN analytics.reports.recipients IS 'E-mail addresses that it is sent to; {}: nobody.';
COMMENT ON COLUMN analytics.reports.is_enabled IS 'Whether it is made by itself.';
COMMENT ON COLUMN analytics.reports.next_run_at IS 'When it is next due; NULL: not by itself, or not reckoned yet.';
COMMENT ON COLUMN analytics.reports.last_run_at IS 'When it was last begun; NULL: never.';
COMMENT ON COLUMN analytics.reports.last_finished_at IS 'When that ended; NULL while it runs.';
COMMENT ON COLUMN analytics.reports.last_status IS 'How that stands, or ended.';
COMMENT ON COLUMN analytics.reports.last_error IS 'Why it failed; only where it did.';
COMMENT ON COLUMN analytics.reports.last_row_count IS 'How many rows it had; not negative.';
COMMENT ON COLUMN analytics.reports.last_storage_key IS 'Where the file lies in the application''s storage.';
COMMENT ON COLUMN analytics.reports.version IS 'Counts the changes, from 1: who changes a report names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN analytics.reports.metadata IS 'What programs keep with the report; a JSON object.';

CREATE TABLE analytics.alerts (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name varchar(255) NOT NULL,
    name_norm text NOT NULL GENERATED ALWAYS AS (lower(btrim(name))) STORED,
    description text,
    owner_id uuid,
    metric varchar(100) NOT NULL,
    granularity analytics.granularity NOT NULL DEFAULT 'day',
    dimensions jsonb NOT NULL DEFAULT '{}',
    comparison analytics.alert_comparison NOT NULL,
    threshold numeric(24,6),
    severity analytics.alert_severity NOT NULL DEFAULT 'warning',
    hold_for interval NOT NULL DEFAULT '0',
    repeat_after interval,
    recipients text[] NOT NULL DEFAULT '{}',
    is_enabled boolean NOT NULL DEFAULT true,
    muted_until timestamptz,
    evaluate_every interval NOT NULL DEFAULT '5 minutes',
    next_evaluation_at timestamptz NOT NULL DEFAULT now(),
    state analytics.alert_state NOT NULL DEFAULT 'ok',
    state_since timestamptz NOT NULL DEFAULT now(),
    last_value numeric(24,6),
    last_evaluated_at timestamptz,
    last_fired_at timestamptz,
    last_notified_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    fired_count bigint NOT NULL DEFAULT 0,
    last_error text,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT alerts_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT alerts_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT alerts_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT alerts_acknowledged_by_fkey FOREIGN KEY (acknowledged_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (acknowledged_by),
    CONSTRAINT alerts_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT alerts_metric_check CHECK (metric ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT alerts_dimensions_check CHECK (jsonb_typeof(dimensions) = 'object'),
    CONSTRAINT alerts_threshold_check CHECK (
        (comparison = 'absent') = (threshold IS NULL)
        AND threshold <> 'NaN'
        AND (comparison NOT IN ('rises_by', 'falls_by') OR threshold > 0)
    ),
    CONSTRAINT alerts_hold_for_check CHECK (hold_for >= '0'),
    CONSTRAINT alerts_repeat_after_check CHECK (repeat_after > '0'),
    CONSTRAINT alerts_recipients_check CHECK (array_position(recipients, NULL) IS NULL AND array_position(recipients, '') IS NULL),
    CONSTRAINT alerts_evaluate_every_check CHECK (evaluate_every >= '10 seconds'),
    CONSTRAINT alerts_state_check CHECK (state <> 'firing' OR last_fired_at IS NOT NULL),
    CONSTRAINT alerts_acknowledged_check CHECK (
        (acknowledged_at IS NULL OR state = 'firing')
        AND (acknowledged_by IS NULL OR acknowledged_at IS NOT NULL)
    ),
    CONSTRAINT alerts_fired_count_check CHECK (fired_count >= 0 AND (fired_count = 0 OR last_fired_at IS NOT NULL)),
    CONSTRAINT alerts_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE analytics.alerts IS 'Rules on metrics, and whether they hold just now.';
COMMENT ON COLUMN analytics.alerts.name IS 'Name for people.';
COMMENT ON COLUMN analytics.alerts.name_norm IS 'The name in lower case, trimmed; unique among an organization''s live alerts.';
COMMENT ON COLUMN analytics.alerts.description IS 'What it means, and what to do about it.';
COMMENT ON COLUMN analytics.alerts.owner_id IS 'Member whose it is.';
COMMENT ON COLUMN analytics.alerts.metric IS 'Metric that it watches, as in analytics.metric_snapshots.';
COMMENT ON COLUMN analytics.alerts.granularity IS 'Length of the period whose value is compared.';
COMMENT ON COLUMN analytics.alerts.dimensions IS 'Which of the metric''s values; a JSON object; {}: the one of everything.';
COMMENT ON COLUMN analytics.alerts.comparison IS 'When it fires.';
COMMENT ON COLUMN analytics.alerts.threshold IS 'What the value is compared with, in the metric''s unit; percent, positive, for rises_by and falls_by; NULL exactly for absent.';
COMMENT ON COLUMN analytics.alerts.severity IS 'How bad it is.';
COMMENT ON COLUMN analytics.alerts.hold_for IS 'How long the condition must hold before it fires; not negative.';
COMMENT ON COLUMN analytics.alerts.repeat_after IS 'How long after a notice to send another while it fires; NULL: never.';
COMMENT ON COLUMN analytics.alerts.recipients IS 'Whom to tell, in the application''s words, e.g. e-mail addresses; {}: nobody.';
COMMENT ON COLUMN analytics.alerts.is_enabled IS 'Whether it is evaluated.';
COMMENT ON COLUMN analytics.alerts.muted_until IS 'Until when nobody is told; NULL: not muted.';
COMMENT ON COLUMN analytics.alerts.evaluate_every IS 'How often it is evaluated; at least every 10 seconds.';
COMMENT ON COLUMN analytics.alerts.next_evaluation_at IS 'When it is evaluated next.';
COMMENT ON COLUMN analytics.alerts.state IS 'Whether the condition holds.';
COMMENT ON COLUMN analytics.alerts.state_since IS 'Since when it is in that state.';
COMMENT ON COLUMN analytics.alerts.last_value IS 'The value that was compared last; NULL: none.';
COMMENT ON COLUMN analytics.alerts.last_evaluated_at IS 'When that was; NULL: never.';
COMMENT ON COLUMN analytics.alerts.last_fired_at IS 'When it last began to fire; NULL: never.';
COMMENT ON COLUMN analytics.alerts.last_notified_at IS 'When somebody was last told; NULL: never.';
COMMENT ON COLUMN analytics.alerts.acknowledged_at IS 'When a member took notice of it; only while it fires.';
COMMENT ON COLUMN analytics.alerts.acknowledged_by IS 'Member who did.';
COMMENT ON COLUMN analytics.alerts.fired_count IS 'How often it began to fire; not negative.';
COMMENT ON COLUMN analytics.alerts.last_error IS 'Why it could not be evaluated the last time; NULL: it could.';
COMMENT ON COLUMN analytics.alerts.metadata IS 'What programs keep with the alert; a JSON object.';
