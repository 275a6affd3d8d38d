-- See ../rows.sql.

INSERT INTO marketing.campaigns (id, name) VALUES (pg_temp.key('parent campaign'), 'Year');
INSERT INTO marketing.campaigns (id, external_id, name, description, parent_id, type, channel, status, owner_id, start_date, end_date, budget,
                                 actual_cost, expected_revenue, target_leads, utm_source, utm_medium, utm_campaign, landing_url)
VALUES (pg_temp.key('campaign'), 'mc-1', pg_temp.secret(), pg_temp.secret(), pg_temp.key('parent campaign'), 'newsletter', 'email', 'active',
        tenancy.current_user_id(), '2026-01-01', '2026-03-31', 1000, 500, 5000, 100, 'newsletter', 'email', 'Spring', pg_temp.secret());
INSERT INTO marketing.leads (id, external_id, campaign_id, first_name, last_name, email, phone, title, company_name, source, status, score,
                             scored_at, score_model_id, owner_id, language, message, first_contacted_at, qualified_at, converted_at, converted_by,
                             converted_contact_id, converted_company_id, converted_deal_id)
VALUES (pg_temp.key('lead'), 'l-1', pg_temp.key('campaign'), 'Ann', pg_temp.secret(), 'ann@example.com', '+493012345678', 'Head of Sales',
        pg_temp.secret(), 'form', 'converted', 70, now(), pg_temp.key('score model 1'), tenancy.current_user_id(), 'en', pg_temp.secret(), '2026-01-02', '2026-01-03',
        '2026-01-04', tenancy.current_user_id(), pg_temp.key('contact'), pg_temp.key('company'), pg_temp.key('deal'));
INSERT INTO crm.signals (lead_id, signal, occurred_at)
SELECT id, pg_temp.secret(), '2024-01-01' FROM marketing.leads ORDER BY id LIMIT 1;
