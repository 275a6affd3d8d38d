ALTER DOMAIN crm.email_address ADD CONSTRAINT email_address_check CHECK (crm.is_valid_email(VALUE));
ALTER DOMAIN crm.phone_e164 ADD CONSTRAINT phone_e164_possible_check CHECK (crm.is_possible_phone(VALUE));

-- Equality on normal forms, not on expressions: only that can use an index under row-level security.
ALTER TABLE crm.contacts ADD COLUMN email_norm text GENERATED ALWAYS AS (crm.normalize_email(email)) STORED;
COMMENT ON COLUMN crm.contacts.email_norm IS 'The e-mail address in normal form, by crm.normalize_email; what to compare addresses with.';

ALTER TABLE crm.contacts ADD COLUMN phone_e164 text GENERATED ALWAYS AS (crm.normalize_phone(phone, phone_region)) STORED;
COMMENT ON COLUMN crm.contacts.phone_e164 IS 'The telephone number in E.164 form, by crm.normalize_phone; NULL where its country is not known.';

ALTER TABLE crm.companies ADD COLUMN phone_e164 text GENERATED ALWAYS AS (crm.normalize_phone(phone, phone_region)) STORED;
COMMENT ON COLUMN crm.companies.phone_e164 IS 'The telephone number in E.164 form, by crm.normalize_phone; NULL where its country is not known.';

ALTER TABLE crm.contacts ADD CONSTRAINT contacts_email_check CHECK (email IS NULL OR crm.is_valid_email(email));

-- Without + and region nobody can judge a number: it is taken if it looks like one.
ALTER TABLE crm.contacts ADD CONSTRAINT contacts_phone_check CHECK (
    phone IS NULL
    OR crm.is_possible_phone(phone, phone_region)
    OR (phone_region IS NULL AND phone ~ '^[0-9() ./-]+$' AND length(translate(phone, '() ./-', '')) BETWEEN 7 AND 15)
);
ALTER TABLE crm.companies ADD CONSTRAINT companies_phone_check CHECK (
    phone IS NULL
    OR crm.is_possible_phone(phone, phone_region)
    OR (phone_region IS NULL AND phone ~ '^[0-9() ./-]+$' AND length(translate(phone, '() ./-', '')) BETWEEN 7 AND 15)
);

ALTER TABLE crm.notes ALTER COLUMN author_id SET DEFAULT tenancy.current_user_id();
ALTER TABLE crm.documents ALTER COLUMN uploaded_by SET DEFAULT tenancy.current_user_id();

-- Most documents are empty, which needs no call.
ALTER DOMAIN crm.custom_fields ADD CONSTRAINT custom_fields_check CHECK (VALUE = '{}' OR crm.has_shape(VALUE::text, 'custom_fields', 'custom_fields_check'));
