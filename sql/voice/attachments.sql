-- Equality on normal forms, not on expressions: only that can use an index under row-level security.
ALTER TABLE voice.phone_numbers ADD COLUMN phone_e164 text GENERATED ALWAYS AS (crm.normalize_phone(phone, phone_region)) STORED;
COMMENT ON COLUMN voice.phone_numbers.phone_e164 IS 'The number in E.164 form, by crm.normalize_phone; unique among an organization''s live numbers that are not released.';

ALTER TABLE voice.vapi_calls ADD COLUMN customer_phone_e164 text GENERATED ALWAYS AS (crm.normalize_phone(customer_phone, customer_phone_region)) STORED;
COMMENT ON COLUMN voice.vapi_calls.customer_phone_e164 IS 'The other side''s number in E.164 form, by crm.normalize_phone; NULL where it is withheld or its country is not known.';

ALTER TABLE voice.phone_numbers ADD CONSTRAINT phone_numbers_phone_check CHECK (crm.is_possible_phone(phone, phone_region));
ALTER TABLE voice.phone_numbers ADD CONSTRAINT phone_numbers_fallback_phone_check CHECK (fallback_phone IS NULL OR crm.is_possible_phone(fallback_phone, phone_region));
ALTER TABLE voice.assistants ADD CONSTRAINT assistants_forwarding_phone_check CHECK (forwarding_phone IS NULL OR crm.is_possible_phone(forwarding_phone));
