-- See ../rows.sql.

INSERT INTO marketplace.opportunities (id, external_id, campaign_id, company_id, owner_id, title, description, status, budget_min, budget_max,
                                       min_followers, platforms, territories, categories, opened_at, closes_at, awarded_at)
VALUES (pg_temp.key('opportunity'), 'op-1', pg_temp.key('creator campaign'), pg_temp.key('company'), tenancy.current_user_id(),
        pg_temp.secret(), pg_temp.secret(), 'awarded', 100, 500, 1000, '{instagram}', '{DE}', '{travel}', '2026-01-01', '2026-02-01', '2026-01-15');
INSERT INTO marketplace.bids (id, opportunity_id, creator_id, amount, status, message, delivery_days, submitted_at, expires_at,
                              decided_by, decided_at, decision_reason)
VALUES (pg_temp.key('bid'), pg_temp.key('opportunity'), pg_temp.key('creator'), 300, 'accepted', pg_temp.secret(), 14, '2026-01-02',
        '2026-02-02', tenancy.current_user_id(), '2026-01-15', pg_temp.secret());
INSERT INTO marketplace.contracts (id, display_id, external_id, creator_id, opportunity_id, bid_id, campaign_id, company_id, owner_id, document_id,
                                   title, terms, status, amount, starts_on, ends_on, exclusive_until, sent_at, organization_signed_at,
                                   signed_by, creator_signed_at)
SELECT pg_temp.key('contract'), 1, 'ct-1', pg_temp.key('creator'), pg_temp.key('opportunity'), pg_temp.key('bid'), pg_temp.key('creator campaign'),
       pg_temp.key('company'), tenancy.current_user_id(), document.id, pg_temp.secret(), pg_temp.secret(), 'active', 300,
       '2026-02-01', '2026-03-01', '2026-04-01', '2026-01-16', '2026-01-17', pg_temp.colleague(), '2026-01-18'
FROM (SELECT id FROM crm.documents WHERE contact_id = pg_temp.key('contact') LIMIT 1) AS document;

INSERT INTO marketplace.payout_methods (id, creator_id, type, provider, provider_token, fingerprint, label, last4, country, currency,
                                        is_default, status, verified_at)
VALUES (pg_temp.key('payout method'), pg_temp.key('creator'), 'bank_transfer', 'payer', pg_temp.secret(), pg_temp.digest('account'),
        'Main account', '4242', 'DE', 'EUR', true, 'verified', '2026-01-20');
INSERT INTO marketplace.payouts (id, display_id, creator_id, payout_method_id, contract_id, idempotency_key, amount, fee_amount, status,
                                 description, created_by, approved_at, approved_by)
VALUES (pg_temp.key('payout'), 1, pg_temp.key('creator'), pg_temp.key('payout method'), pg_temp.key('contract'), pg_temp.secret(), 100, 1,
        'approved', pg_temp.secret(), tenancy.current_user_id(), '2026-03-01', pg_temp.colleague());

INSERT INTO marketplace.ambassador_programs (id, code, name, description, terms, campaign_id, owner_id, status, commission_type, commission_rate,
                                             landing_url, max_ambassadors, starts_at, ends_at)
VALUES (pg_temp.key('program'), 'friends', pg_temp.secret(), pg_temp.secret(), pg_temp.secret(), pg_temp.key('creator campaign'),
        tenancy.current_user_id(), 'active', 'percentage', 10, 'https://example.com/friends', 100, '2026-01-01', '2027-01-01');
INSERT INTO marketplace.ambassadors (id, program_id, creator_id, status, referral_code, discount_code, tier, approved_at, approved_by, metadata)
VALUES (pg_temp.key('ambassador'), pg_temp.key('program'), pg_temp.key('creator'), 'active', 'Ann-10', 'ANN10', 'gold',
        '2026-01-05', tenancy.current_user_id(), jsonb_build_object('note', pg_temp.secret()));
INSERT INTO marketplace.ambassador_programs (id, code, name, commission_type, commission_rate, starts_at)
VALUES (pg_temp.key('program 2'), 'family', 'Family', 'percentage', 10, '2026-01-01');
INSERT INTO marketplace.ambassadors (program_id, creator_id, status)
VALUES (pg_temp.key('program 2'), pg_temp.key('creator'), 'invited');

-- What rows of creator refer to in marketplace.
UPDATE creator.milestones SET contract_id = pg_temp.key('contract');
UPDATE creator.deliverables SET contract_id = pg_temp.key('contract');
UPDATE creator.content_rights SET contract_id = pg_temp.key('contract');
UPDATE creator.creator_reviews SET contract_id = pg_temp.key('contract');
INSERT INTO creator.creator_earnings (id, creator_id, type, amount, currency, contract_id, ambassador_id, order_id, description)
SELECT pg_temp.key('commission'), creator_id, 'commission', 5, 'USD', pg_temp.key('contract'), id, pg_temp.key('order'), pg_temp.secret()
FROM marketplace.ambassadors WHERE id = pg_temp.key('ambassador');
INSERT INTO creator.creator_earnings (id, creator_id, type, amount, currency, payout_id, description)
SELECT pg_temp.key('payout entry'), creator_id, 'payout', -5, 'USD', id, pg_temp.secret()
FROM marketplace.payouts WHERE creator_id = pg_temp.key('creator') LIMIT 1;

INSERT INTO marketplace.disputes (id, display_id, contract_id, deliverable_id, payout_id, opened_by_party, opened_by, reason, description, evidence,
                                  amount, status, assignee_id, resolution, resolution_note, creator_amount, resolved_at, resolved_by)
VALUES (pg_temp.key('dispute'), 1, pg_temp.key('contract'), pg_temp.key('deliverable'), pg_temp.key('payout'), 'creator', tenancy.current_user_id(),
        'payment', pg_temp.secret(), '[{"kind": "mail"}]', 50, 'resolved', pg_temp.colleague(), 'split', pg_temp.secret(), 20,
        '2026-03-10', tenancy.current_user_id());
INSERT INTO marketplace.disputes (display_id, contract_id, opened_by_party, reason, description, status)
VALUES (2, pg_temp.key('contract'), 'organization', 'quality', pg_temp.secret(), 'escalated');
