-- See ../rows.sql. The application makes no plan: there is a subscription where there is one already.

INSERT INTO billing.payment_methods (id, provider, provider_customer_id, provider_token, fingerprint, brand, last4, exp_month, exp_year,
                                     holder_name, country, billing_address, is_default, verified_at, created_by, metadata)
VALUES (pg_temp.key('billing payment method'), 'stripe', 'cus_1', pg_temp.secret(), 'print', 'visa', '4242', 12, 2040,
        pg_temp.secret(), 'DE', jsonb_build_object('city', pg_temp.secret()), true, '2024-01-01', tenancy.current_user_id(),
        jsonb_build_object('note', pg_temp.secret()));

INSERT INTO billing.subscriptions (id, plan_id, payment_method_id, quantity, unit_amount, discount_percent, discount_ends_at, days_until_due,
                                   started_at, trial_starts_at, trial_ends_at, current_period_start, current_period_end,
                                   cancel_at, cancelled_at, cancelled_by, cancel_reason, provider, external_id, metadata)
SELECT pg_temp.key('subscription'), id, pg_temp.key('billing payment method'), 2, 10, 5, '2024-06-01', 14,
       '2024-01-01', '2024-01-01', '2024-01-15', '2024-02-01', '2024-03-01',
       '2024-03-01', '2024-02-10', tenancy.current_user_id(), pg_temp.secret(), 'stripe', pg_temp.secret(), jsonb_build_object('note', pg_temp.secret())
FROM billing.plans
ORDER BY organization_id, code
LIMIT 1;

INSERT INTO billing.invoices (id, number, number_prefix, subscription_id, payment_method_id, status, idempotency_key,
                              subtotal_amount, discount_amount, tax_amount, credited_amount, period_start, period_end,
                              bill_to_name, bill_to_email, bill_to_address, bill_to_tax_number, note, issued_at, due_at, sent_at,
                              attempt_count, next_attempt_at, last_error, provider, external_id, document_url, metadata)
VALUES (pg_temp.key('invoice'), 1, 'INV-', (SELECT id FROM billing.subscriptions), pg_temp.key('billing payment method'), 'open', pg_temp.secret(),
        20, 1, 3.61, 5, '2024-02-01', '2024-03-01',
        pg_temp.secret(), 'pay@example.com', jsonb_build_object('city', pg_temp.secret()), 'DE123456789', pg_temp.secret(), '2024-03-01', '2024-03-15', '2024-03-01',
        1, '2024-03-20', pg_temp.secret(), 'stripe', pg_temp.secret(), 'https://example.com/1.pdf', jsonb_build_object('note', pg_temp.secret()));
INSERT INTO billing.invoices (id, number, kind, corrects_invoice_id, subscription_id, payment_method_id, status, subtotal_amount, bill_to_name, note, issued_at)
VALUES (pg_temp.key('credit note'), 2, 'credit_note', pg_temp.key('invoice'), (SELECT id FROM billing.subscriptions), pg_temp.key('billing payment method'),
        'open', 5, pg_temp.secret(), pg_temp.secret(), '2024-03-05');
INSERT INTO billing.invoice_lines (id, invoice_id, subscription_id, plan_id, kind, description, metric, quantity, unit_price, discount_amount,
                                   tax_rate, tax_amount, period_start, period_end, metadata)
VALUES (pg_temp.key('invoice line'), pg_temp.key('invoice'), (SELECT id FROM billing.subscriptions), (SELECT plan_id FROM billing.subscriptions),
        'usage', pg_temp.secret(), 'messages', 2, 10, 1, 19, 3.61, '2024-02-01', '2024-03-01', jsonb_build_object('note', pg_temp.secret()));

INSERT INTO billing.usage_record_keys (idempotency_key, period, usage_record_id, occurred_at)
VALUES (pg_temp.secret(), date_trunc('month', now() AT TIME ZONE 'UTC'), pg_temp.key('usage record'), now());
INSERT INTO billing.usage_records (id, subscription_id, metric, quantity, idempotency_key, source, properties)
VALUES (pg_temp.key('usage record'), (SELECT id FROM billing.subscriptions), 'messages', 3, pg_temp.secret(), 'inbox',
        jsonb_build_object('note', pg_temp.secret()));
