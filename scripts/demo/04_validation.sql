-- Validation of e-mail addresses and phone numbers
\set ON_ERROR_STOP on
SELECT address,
       crm.is_valid_email(address) AS valid,
       crm.normalize_email(address) AS normalized,
       crm.email_rejection_reason(address) AS reason
  FROM (VALUES ('Ada.Lovelace@Example.COM'), ('grace+cobol@navy.example.org'), ('user@localhost'),
               ('no-at-sign.example.com'), ('two@@example.com'), ('a b@example.com'), ('x@-bad.example')) AS v (address);

SELECT number, region,
       crm.is_possible_phone(number, region) AS possible,
       crm.normalize_phone(number, region) AS e164
  FROM (VALUES ('+1 (212) 555-0142', NULL), ('020 7946 0018', 'GB'), ('030 123456', 'DE'),
               ('+49 30 123456', NULL), ('030 123456', NULL), ('12', 'US'), ('not a number', 'US')) AS v (number, region);
