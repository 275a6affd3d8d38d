CREATE DOMAIN analytics.granularity AS text
    CONSTRAINT granularity_check CHECK (VALUE IN ('minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'));
COMMENT ON DOMAIN analytics.granularity IS 'Length of the period that a value is of: minute, hour, day, week (from Monday), month, quarter, year.';

CREATE DOMAIN analytics.visibility AS text
    CONSTRAINT visibility_check CHECK (VALUE IN ('private', 'organization'));
COMMENT ON DOMAIN analytics.visibility IS 'Who sees it: private (its owner), organization (all members).';

CREATE DOMAIN analytics.report_format AS text
    CONSTRAINT report_format_check CHECK (VALUE IN ('table', 'csv', 'xlsx', 'pdf', 'json'));
COMMENT ON DOMAIN analytics.report_format IS 'What a report comes as: table (to look at), csv, xlsx, pdf, json.';

CREATE DOMAIN analytics.report_status AS text
    CONSTRAINT report_status_check CHECK (VALUE IN ('running', 'succeeded', 'failed'));
COMMENT ON DOMAIN analytics.report_status IS 'How the last making of a report stands, or ended: running, succeeded, failed.';

CREATE DOMAIN analytics.alert_comparison AS text
    CONSTRAINT alert_comparison_check CHECK (VALUE IN ('above', 'at_least', 'below', 'at_most', 'rises_by', 'falls_by', 'absent'));
COMMENT ON DOMAIN analytics.alert_comparison IS 'When an alert fires: the value is above, at_least, below, at_most the threshold; it rises_by, falls_by at least that many percent against the period before; absent (there is no value).';

CREATE DOMAIN analytics.alert_severity AS text
    CONSTRAINT alert_severity_check CHECK (VALUE IN ('info', 'warning', 'critical'));
COMMENT ON DOMAIN analytics.alert_severity IS 'How bad it is: info, warning, critical.';

CREATE DOMAIN analytics.alert_state AS text
    CONSTRAINT alert_state_check CHECK (VALUE IN ('ok', 'pending', 'firing', 'no_data'));
COMMENT ON DOMAIN analytics.alert_state IS 'State of an alert: ok, pending (the condition holds, but not yet for long enough), firing, no_data (there is no value to compare).';
