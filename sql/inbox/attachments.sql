-- What comes in is kept whatever its sender is called: refusing mail would lose it.
ALTER TABLE inbox.emails ADD CONSTRAINT emails_from_address_check CHECK (
    direction = 'inbound' OR from_address IS NULL OR crm.is_valid_email(from_address)
);
ALTER TABLE inbox.emails ADD CONSTRAINT emails_reply_to_address_check CHECK (
    direction = 'inbound' OR reply_to_address IS NULL OR crm.is_valid_email(reply_to_address)
);
