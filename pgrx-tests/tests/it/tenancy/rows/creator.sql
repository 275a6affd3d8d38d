-- See ../rows.sql. Of what other rows refer to by more than an id, the first row is one that none refers to.

INSERT INTO creator.creators (id, external_id, contact_id, user_id, handle, display_name, legal_name, email, phone, bio,
                              language, primary_platform, social_handles, categories, tier, status, onboarded_at,
                              minimum_fee, owner_id)
VALUES (pg_temp.key('creator'), 'cr-1', pg_temp.key('contact'), pg_temp.colleague(), '@Ann.Creates', pg_temp.secret(),
        'Ann Example', 'ann@example.com', '+493012345678', pg_temp.secret(), 'pt-BR', 'instagram', '{"instagram": "ann.creates"}',
        '{travel,food}', 'micro', 'active', now(), 100, tenancy.current_user_id());
INSERT INTO creator.creator_metrics (id, creator_id, platform, followers, impressions, reach, engagement_rate, audience)
VALUES (pg_temp.key('creator metric'), pg_temp.key('creator'), 'instagram', 12000, 5000, 4000, 3.5,
        jsonb_build_object('label', pg_temp.secret()));
INSERT INTO creator.creator_verifications (id, creator_id, type, platform, subject, status, provider, external_id,
                                           submitted_at, reviewed_by, reviewed_at, verified_at, expires_at)
VALUES (pg_temp.key('creator verification'), pg_temp.key('creator'), 'platform_account', 'instagram', pg_temp.secret(),
        'verified', 'checker', 'v-1', now(), tenancy.current_user_id(), now(), now(), now() + '1 year');
INSERT INTO creator.creator_verifications (creator_id, type, subject, status)
VALUES (pg_temp.key('creator'), 'email', 'ann@example.com', 'in_review');

INSERT INTO creator.campaigns (id, external_id, code, name, description, company_id, owner_id, status, budget_amount,
                               start_date, end_date, max_creators, min_followers, platforms, territories, launched_at)
VALUES (pg_temp.key('creator campaign'), 'ca-1', 'summer', pg_temp.secret(), pg_temp.secret(), pg_temp.key('company'),
        tenancy.current_user_id(), 'active', 1000, '2026-06-01', '2026-06-30', 5, 1000, '{instagram,tiktok}', '{DE}', now());
INSERT INTO creator.campaign_briefs (id, campaign_id, status, title, summary, key_messages, created_by, published_at)
VALUES (pg_temp.key('creator brief'), pg_temp.key('creator campaign'), 'published', pg_temp.secret(), pg_temp.secret(),
        '{"Say so"}', tenancy.current_user_id(), now());
INSERT INTO creator.milestones (id, campaign_id, name, status, amount)
VALUES (pg_temp.key('creator milestone 0'), pg_temp.key('creator campaign'), pg_temp.secret(), 'submitted', 100);
INSERT INTO creator.milestones (id, campaign_id, name, status, amount, submitted_at, approved_at, approved_by, paid_at)
VALUES (pg_temp.key('creator milestone'), pg_temp.key('creator campaign'), pg_temp.secret(), 'paid', 100, now(), now(), tenancy.current_user_id(), now());
INSERT INTO creator.creator_applications (id, campaign_id, creator_id, status, message, proposed_amount, invited_by, invited_at,
                                          submitted_at, decided_by, decided_at, decision_reason)
VALUES (pg_temp.key('creator application'), pg_temp.key('creator campaign'), pg_temp.key('creator'), 'accepted', pg_temp.secret(),
        150, tenancy.current_user_id(), now(), now(), pg_temp.colleague(), now(), pg_temp.secret());

INSERT INTO creator.contents (id, external_id, creator_id, title, description, type, platform, language, status, submitted_at,
                              approved_at, approved_by, published_at)
VALUES (pg_temp.key('content'), 'co-1', pg_temp.key('creator'), pg_temp.secret(), pg_temp.secret(), 'reel', 'instagram', 'en',
        'published', now(), now(), tenancy.current_user_id(), now());
INSERT INTO creator.contents (id, title, type, status)
VALUES (pg_temp.key('content in review'), pg_temp.secret(), 'image', 'in_review');
INSERT INTO creator.content_versions (id, content_id, version, caption, storage_key, mime_type, size_bytes, sha256, width,
                                      height, duration_seconds, created_by)
SELECT pg_temp.key(name), pg_temp.key('content'), version, pg_temp.secret(), pg_temp.secret() || version, 'video/mp4', 1000,
       pg_temp.digest(name), 1080, 1920, 15.5, tenancy.current_user_id()
FROM (VALUES ('content version 0', 1), ('content version', 2)) AS v (name, version);
UPDATE creator.contents SET current_version_id = pg_temp.key('content version') WHERE id = pg_temp.key('content');
INSERT INTO creator.content_tags (content_id, tag_id, source, confidence)
VALUES (pg_temp.key('content'), pg_temp.key('tag'), 'ai', 0.9);
INSERT INTO creator.content_rights (id, content_id, right_type, licensee_company_id, platform, territory, validity, document_id,
                                    fee_amount, attribution, terms)
SELECT pg_temp.key(name), pg_temp.key('content'), right_type, pg_temp.key('company'), 'instagram', 'DE',
       '[2026-01-01 00:00+00, 2027-01-01 00:00+00)', document.id, 50, '@Ann.Creates', pg_temp.secret()
FROM (VALUES ('content right', 'organic'), ('content right 2', 'paid')) AS r (name, right_type),
     (SELECT id FROM crm.documents WHERE contact_id = pg_temp.key('contact') LIMIT 1) AS document;
INSERT INTO creator.content_metadata (content_id, media, ai_insights, ai_model, analyzed_at, brand_safety, expires_at)
VALUES (pg_temp.key('content'), jsonb_build_object('transcript', pg_temp.secret()), '{"labels": ["sea"]}', 'seer-1', now(),
        '{"score": 90, "categories": {"violence": 1.5}, "flags": []}', now() + '1 year');
INSERT INTO creator.creator_portfolios (id, creator_id, content_id, type, platform, title, client_name)
VALUES (pg_temp.key('creator portfolio'), pg_temp.key('creator'), pg_temp.key('content'), 'reel', 'instagram', pg_temp.secret(),
        'Client');

INSERT INTO creator.deliverables (id, campaign_id, milestone_id, creator_id, name, description, type, platform, status,
                                  max_revisions, submitted_at, approved_at, approved_by, published_at)
SELECT pg_temp.key(name), pg_temp.key('creator campaign'), pg_temp.key('creator milestone'), pg_temp.key('creator'),
       pg_temp.secret(), pg_temp.secret(), 'reel', 'instagram', 'published', 2, now(), now(), tenancy.current_user_id(), now()
FROM (VALUES ('deliverable 0'), ('deliverable')) AS d (name);
INSERT INTO creator.campaign_content (id, campaign_id, content_id, content_version_id, deliverable_id, platform, external_id, url,
                                      status, is_paid, spend_amount, submitted_at, approved_at, approved_by, published_at)
VALUES (pg_temp.key('campaign content'), pg_temp.key('creator campaign'), pg_temp.key('content'), pg_temp.key('content version'),
        pg_temp.key('deliverable'), 'instagram', 'p-1', pg_temp.secret(), 'published', true, 20, now(), now(),
        tenancy.current_user_id(), now());
INSERT INTO creator.campaign_content (campaign_id, content_id, platform, status)
VALUES (pg_temp.key('creator campaign'), pg_temp.key('content in review'), 'tiktok', 'submitted');
INSERT INTO creator.creator_earnings (id, creator_id, type, amount, currency, campaign_id, milestone_id, deliverable_id, order_id,
                                      description, idempotency_key, recorded_by)
VALUES (pg_temp.key('earning'), pg_temp.key('creator'), 'milestone', 100, 'USD', pg_temp.key('creator campaign'),
        pg_temp.key('creator milestone'), pg_temp.key('deliverable'), pg_temp.key('order'), pg_temp.secret(), 'earning',
        tenancy.current_user_id());
INSERT INTO creator.creator_earnings (id, creator_id, type, amount, currency, reverses_id, description)
VALUES (pg_temp.key('reversal'), pg_temp.key('creator'), 'reversal', -100, 'USD', pg_temp.key('earning'), pg_temp.secret());
INSERT INTO creator.creator_reviews (id, creator_id, campaign_id, reviewer_id, rating, quality_rating, communication_rating,
                                     timeliness_rating, title, body, status, published_at, response, responded_at)
VALUES (pg_temp.key('creator review'), pg_temp.key('creator'), pg_temp.key('creator campaign'), tenancy.current_user_id(), 5, 4, 3, 2,
        pg_temp.secret(), pg_temp.secret(), 'published', now(), 'Thanks', now());
