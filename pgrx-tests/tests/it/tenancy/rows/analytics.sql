-- See ../rows.sql.

INSERT INTO analytics.metric_snapshots (id, metric, granularity, period_start, period_end, dimensions, value, sample_count, unit, metadata)
VALUES (pg_temp.key('metric'), 'deals_won', 'day', '2026-01-01 00:00+00', '2026-01-02 00:00+00', '{"channel": "email"}', 12.5, 5, 'USD',
        jsonb_build_object('note', pg_temp.secret()));

INSERT INTO analytics.dashboards (id, name, description, owner_id, layout, filters, refresh_interval, is_default, share_token_hash, share_expires_at, metadata)
VALUES (pg_temp.key('dashboard'), pg_temp.secret(), pg_temp.secret(), tenancy.current_user_id(), '[{"tile": "deals_won"}]',
        jsonb_build_object('note', pg_temp.secret()), '5 minutes', true, pg_temp.digest('dashboard'), '2040-01-01',
        jsonb_build_object('note', pg_temp.secret()));

INSERT INTO analytics.reports (id, dashboard_id, name, description, owner_id, definition, parameters, format, cron_expression, time_zone, recipients,
                               next_run_at, last_run_at, last_finished_at, last_status, last_row_count, last_storage_key, metadata)
VALUES (pg_temp.key('report'), pg_temp.key('dashboard'), pg_temp.secret(), pg_temp.secret(), tenancy.current_user_id(),
        jsonb_build_object('note', pg_temp.secret()), '{"days": 7}', 'csv', '0 9 * * 1-5', 'Europe/Berlin', ARRAY['ann@example.com', pg_temp.secret()],
        '2026-01-03', '2026-01-02 00:00+00', '2026-01-02 00:01+00', 'succeeded', 10, pg_temp.secret(), jsonb_build_object('note', pg_temp.secret()));

INSERT INTO analytics.alerts (id, name, description, owner_id, metric, dimensions, comparison, threshold, severity, hold_for, repeat_after, recipients,
                              state, last_value, last_evaluated_at, last_fired_at, last_notified_at, acknowledged_at, acknowledged_by, fired_count, metadata)
VALUES (pg_temp.key('alert'), pg_temp.secret(), pg_temp.secret(), tenancy.current_user_id(), 'deals_won', '{"channel": "email"}', 'above', 10, 'critical',
        '10 minutes', '1 day', ARRAY[pg_temp.secret()], 'firing', 12.5, '2026-01-02', '2026-01-02', '2026-01-02', '2026-01-02',
        pg_temp.colleague(), 1, jsonb_build_object('note', pg_temp.secret()));
