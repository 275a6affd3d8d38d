-- See ../rows.sql.

INSERT INTO sales.commissions (id, external_id, deal_id, recipient_id, plan_name, base_amount, rate_percent, split_percent, amount, status,
                               earned_on, payout_date, approved_at, approved_by, note)
VALUES (pg_temp.key('sales commission'), 'sc-1', pg_temp.key('deal'), pg_temp.colleague(), pg_temp.secret(), 1000, 10, 50, 50, 'approved',
        '2026-01-10', '2026-02-01', '2026-01-15', tenancy.current_user_id(), pg_temp.secret());
INSERT INTO sales.forecasts (id, period_start, period_end, owner_id, pipeline_id, quota_amount, pipeline_amount, best_case_amount, commit_amount,
                             forecast_amount, confidence_score, status, submitted_at, submitted_by, note)
VALUES (pg_temp.key('forecast'), '2026-01-01', '2026-03-31', pg_temp.colleague(), pg_temp.key('pipeline'), 1000, 2000, 1500, 800, 1100, 70,
        'submitted', '2026-01-05', tenancy.current_user_id(), pg_temp.secret());
