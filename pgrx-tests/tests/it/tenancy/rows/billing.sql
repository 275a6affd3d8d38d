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

-- The lines come before the issue, which gives the number.
INSERT INTO billing.invoices (id, kind, corrects_invoice_id, subscription_id, payment_method_id, idempotency_key, discount_amount, subtotal_amount,
                              period_start, period_end, bill_to_name, bill_to_email, bill_to_address, bill_to_tax_number, note, metadata)
SELECT pg_temp.key(name), kind, corrects, (SELECT id FROM billing.subscriptions), pg_temp.key('billing payment method'), pg_temp.secret() || name,
       discount, discount, '2024-02-01', '2024-03-01', pg_temp.secret(), 'pay@example.com', jsonb_build_object('city', pg_temp.secret()), 'DE123456789',
       pg_temp.secret(), jsonb_build_object('note', pg_temp.secret())
FROM (VALUES ('invoice', 'invoice', NULL, 1),
             ('credit note', 'credit_note', pg_temp.key('invoice'), 0),
             ('draft invoice', 'invoice', NULL, 0)) AS i (name, kind, corrects, discount);
INSERT INTO billing.invoice_lines (id, invoice_id, subscription_id, plan_id, kind, position, description, metric, quantity, unit_price, discount_amount,
                                   tax_rate, tax_amount, period_start, period_end, metadata)
SELECT pg_temp.key(name), pg_temp.key(invoice), s.id, s.plan_id, kind, position, pg_temp.secret(), metric, l.quantity, price, discount,
       19, tax, '2024-02-01', '2024-03-01', jsonb_build_object('note', pg_temp.secret())
FROM (VALUES ('invoice line', 'invoice', 'usage', 0, 'messages', 2, 10, 1, 3.61),
             ('invoice line 2', 'invoice', 'one_off', 2, NULL, 1, 1, 0, 0),
             ('credit note line', 'credit note', 'one_off', 4, NULL, 1, 5, 0, 0),
             ('draft line', 'draft invoice', 'usage', 1, 'messages', 2, 10, 1, 3.61),
             ('draft line 2', 'draft invoice', 'one_off', 3, NULL, 1, 1000, 0, 190)) AS l (name, invoice, kind, position, metric, quantity, price, discount, tax)
LEFT JOIN billing.subscriptions AS s ON true;
UPDATE billing.invoices SET status = 'open', issued_at = '2024-03-01', due_at = '2024-03-15', sent_at = '2024-03-01', credited_amount = 5,
                            attempt_count = 1, next_attempt_at = '2024-03-20', last_error = pg_temp.secret(), provider = 'stripe',
                            external_id = pg_temp.secret(), document_url = 'https://example.com/1.pdf'
WHERE id = pg_temp.key('invoice');
UPDATE billing.invoices SET status = 'open', issued_at = '2024-03-05' WHERE id = pg_temp.key('credit note');

INSERT INTO billing.usage_record_keys (idempotency_key, period, usage_record_id, occurred_at)
VALUES (pg_temp.secret(), date_trunc('month', now() AT TIME ZONE 'UTC'), pg_temp.key('usage record'), now());
INSERT INTO billing.usage_records (id, subscription_id, metric, quantity, idempotency_key, source, properties)
VALUES (pg_temp.key('usage record'), (SELECT id FROM billing.subscriptions), 'messages', 3, pg_temp.secret(), 'inbox',
        jsonb_build_object('note', pg_temp.secret()));
