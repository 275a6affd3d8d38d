COMMENT ON FUNCTION tenancy.authenticate(text) IS
'Verifies a signed token and sets its organization and user until the end of the transaction; returns the organization. A token is a JSON Web Token in compact form of at most 8 KiB, signed (HS256 or EdDSA) by a key of tenancy.token_keys that is valid now: by the clock, not by the beginning of the transaction, and by what is committed now. It has an expiry (exp), the key''s audience (aud), and an organization; the organization is live, and the user, where it names one, an active member. Error 28000 otherwise, with one message for all reasons; which it was is in the server''s log alone, and the statement, which may hold the token, is not.';
COMMENT ON FUNCTION tenancy.issue_token(uuid, uuid, interval, text) IS
'A signed token for tenancy.authenticate(): for the organization, and for the user where one is given, from now on for the lifetime, at least a second; signed by the key that is named, or by the newest that can sign. For superusers, and for roles that a DBA grants EXECUTE: they can speak for every organization. Error 42501 where the organization does not exist or is deleted or the user is no active member of it, 22023 for a lifetime that is too short or infinite, 42704 where there is no such key that is valid now and can sign, 55000 where its two halves do not belong together.';
COMMENT ON FUNCTION tenancy.create_token_key(text, text, text, text, timestamptz) IS
'Makes a key of tenancy.token_keys from the server''s random numbers. Returns the public key of an EdDSA key, which others may verify tokens with, and NULL for HS256, whose secret is nobody''s but the signer''s: a superuser finds it in the table. For superusers. Error 22023 for an algorithm that is neither, 23505 where there is such a key, 23514 for values that the table refuses.';

REVOKE ALL ON FUNCTION tenancy.authenticate(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.authenticate(text) TO crm_app, crm_readonly, crm_admin;
REVOKE ALL ON FUNCTION tenancy.issue_token(uuid, uuid, interval, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION tenancy.create_token_key(text, text, text, text, timestamptz) FROM PUBLIC;
