-- See ../rows.sql.

INSERT INTO crm.score_models (id, version, name, description, status, rules, created_by, activated_at, retired_at)
VALUES (pg_temp.key('score model 1'), 1, pg_temp.secret(), pg_temp.secret(), 'retired', '{"fit": {"email": 5}}', tenancy.current_user_id(),
        '2024-01-01', '2024-02-01');
INSERT INTO crm.score_models (id, version, name, description, rules, based_on_id, created_by)
VALUES (pg_temp.key('score model 2'), 2, pg_temp.secret(), pg_temp.secret(),
        '{"fit": {"email": 10}, "groups": {"mail": {"half_life_days": 7, "cap": 20}}, "signals": {"email_opened": {"group": "mail", "weight": 2}}}',
        pg_temp.key('score model 1'), pg_temp.colleague());
UPDATE crm.contacts SET score = 20, scored_at = '2024-01-15', score_model_id = pg_temp.key('score model 1') WHERE id = pg_temp.key('contact');

INSERT INTO crm.contact_identities (id, contact_id, kind, handle, external_id, label, display_name, profile_url, is_primary, source, metadata)
VALUES (pg_temp.key('identity'), pg_temp.key('contact'), 'github', '@Ada', pg_temp.secret(), 'work', pg_temp.secret(),
        'https://example.com/ada', true, 'signature', jsonb_build_object('note', pg_temp.secret()));
INSERT INTO crm.contact_merges (id, winner_id, loser_id, reason, similarity, winner_before, loser_before, moved, dropped, merged_by, merged_at, undone_by, undone_at)
VALUES (pg_temp.key('merge'), pg_temp.key('contact'), pg_temp.key('merged contact'), pg_temp.secret(), 0.9,
        '{"first_name": "Ann"}', jsonb_build_object('last_name', pg_temp.secret()), '{"crm.notes": ["1"]}', '{"crm.contact_tags": [{"a": 1}]}',
        tenancy.current_user_id(), '2024-01-01', pg_temp.colleague(), '2024-01-02');

INSERT INTO inbox.assignments (id, contact_id, assignee_id, note, assigned_by, assigned_at, expires_at)
VALUES (pg_temp.key('assignment'), pg_temp.key('contact'), pg_temp.colleague(), pg_temp.secret(), tenancy.current_user_id(), '2024-01-01', '2040-01-01');
INSERT INTO inbox.templates (id, name, description, channel, category, language, subject, content, variables, variable_defaults,
                             provider, external_id, approval_status, created_by)
VALUES (pg_temp.key('template'), pg_temp.secret(), pg_temp.secret(), 'email', 'welcome', 'en', pg_temp.secret(), 'Hello {{name}}', '{name}', '{"name": "you"}',
        'meta', pg_temp.secret(), 'pending', tenancy.current_user_id());
INSERT INTO inbox.conversation_reads (conversation_id, member_id, muted_at)
VALUES (pg_temp.key('conversation'), tenancy.current_user_id(), now()),
       (pg_temp.key('conversation'), pg_temp.colleague(), NULL);
INSERT INTO crm.signals (contact_id, signal, weight, occurred_at)
VALUES (pg_temp.key('contact'), pg_temp.secret(), 2, '2024-01-01');
