-- See ../rows.sql.

INSERT INTO compliance.consent_records (id, external_id, contact_id, subject_hash, purpose, channel, status, method, source, policy_version,
                                        consent_text, language, jurisdiction, ip_address, evidence, recorded_by, expires_at)
VALUES (pg_temp.key('consent'), 'cs-1', pg_temp.key('contact'), pg_temp.digest('ann@example.com'), 'newsletter', 'email', 'granted',
        'double_opt_in', 'form', '1.0', pg_temp.secret(), 'en', 'DE', '192.0.2.1', jsonb_build_object('form', pg_temp.secret()),
        tenancy.current_user_id(), now() + '1 year');
INSERT INTO compliance.data_export_requests (id, display_id, contact_id, subject_name, subject_email, subject_hash, details, scope, requested_by,
                                             assignee_id, status, verified_at, verification_method, completed_at, rows_affected, storage_key,
                                             sha256, size_bytes, download_token_hash, download_expires_at, downloaded_at, download_count, note)
VALUES (pg_temp.key('request'), 1, pg_temp.key('contact'), pg_temp.secret(), 'ann@example.com', pg_temp.digest('ann@example.com'),
        pg_temp.secret(), '{crm.contacts}', tenancy.current_user_id(), pg_temp.colleague(), 'completed', now(), 'email', now(), 10,
        pg_temp.secret(), pg_temp.digest('export'), 1000, pg_temp.digest('download'), now() + '7 days', now(), 1, pg_temp.secret());
INSERT INTO compliance.data_export_requests (id, display_id, type, user_id, details, requested_by, assignee_id)
VALUES (pg_temp.key('request of a member'), 2, 'erasure', pg_temp.colleague(), pg_temp.secret(), pg_temp.colleague(), tenancy.current_user_id());
INSERT INTO compliance.rights_ledger_entries (id, display_id, external_id, type, content_id, content_rights_id, contract_id, grantor, licensee,
                                              licensee_company_id, right_type, platform, territory, valid_from, valid_until, fee_amount, reason,
                                              terms, evidence, evidence_sha256, recorded_by)
VALUES (pg_temp.key('rights entry'), 1, 're-1', 'granted', pg_temp.key('content'), pg_temp.key('content right'), pg_temp.key('contract'),
        pg_temp.secret(), pg_temp.secret(), pg_temp.key('company'), 'organic', 'instagram', 'DE', '2026-01-01', '2027-01-01', 50,
        pg_temp.secret(), pg_temp.secret(), jsonb_build_object('signed', pg_temp.secret()), pg_temp.digest('evidence'), tenancy.current_user_id());
INSERT INTO compliance.rights_ledger_entries (id, display_id, type, asset_reference, corrects_id, right_type, reason)
VALUES (pg_temp.key('rights correction'), 2, 'corrected', pg_temp.secret(), pg_temp.key('rights entry'), 'organic', pg_temp.secret());

-- What rows of commerce refer to in creator.
UPDATE commerce.shoppable_galleries SET creator_id = pg_temp.key('creator'), creator_campaign_id = pg_temp.key('creator campaign')
WHERE id = pg_temp.key('gallery');
INSERT INTO commerce.shoppable_gallery_items (id, gallery_id, product_id, content_id, caption)
VALUES (pg_temp.key('gallery item of a creator'), pg_temp.key('gallery'), pg_temp.key('product'), pg_temp.key('content'), pg_temp.secret());
INSERT INTO commerce.attribution_events (id, kind, contact_id, creator_id, creator_campaign_id, content_id, referral_code, properties)
VALUES (pg_temp.key('attribution of a creator'), 'click', pg_temp.key('contact'), pg_temp.key('creator'), pg_temp.key('creator campaign'),
        pg_temp.key('content'), 'Ann-10', jsonb_build_object('title', pg_temp.secret()));
