-- Addresses of customers as they are typed in: nine tenths well formed, the rest broken in the
-- usual ways.
-- Variables: rows
SELECT setseed(0.25);
CREATE TABLE public.addresses AS
SELECT CASE WHEN kind >= 0.1 THEN local_part || '@' || domain
            WHEN kind < 0.02 THEN local_part || domain
            WHEN kind < 0.04 THEN local_part || ' ' || domain
            WHEN kind < 0.05 THEN local_part || '@@' || domain
            WHEN kind < 0.06 THEN local_part || '@' || domain || '.'
            WHEN kind < 0.07 THEN local_part || '@-' || domain
            WHEN kind < 0.08 THEN local_part || '@' || replace(domain, '.', ',')
            WHEN kind < 0.09 THEN local_part || '@'
            ELSE '<' || local_part || '@' || domain || '>'
       END AS address
  FROM (SELECT random() AS kind,
               (ARRAY['james', 'mary', 'Robert', 'patricia', 'john', 'jennifer', 'm', 'linda', 'david', 'elizabeth',
                      'wei', 'fatima', 'jose', 'anna-lena', 'olga', 'Yuki'])[1 + floor(random() * 16)::integer]
               || (ARRAY['.', '_', '', '-', '+'])[1 + floor(random() * 5)::integer]
               || (ARRAY['smith', 'johnson', 'Williams', 'brown', 'jones', 'garcia', 'miller', 'davis', 'rodriguez',
                         'martinez', 'mueller', 'nguyen', 'ivanova', 'tanaka', 'oconnor', 'news'])[1 + floor(random() * 16)::integer]
               || (floor(random() * 10000)::integer)::text AS local_part,
               (ARRAY['gmail.com', 'yahoo.com', 'hotmail.com', 'outlook.com', 'icloud.com', 'web.de', 'mail.ru',
                      'example.co.uk', 'mail.example.com', 'sales.big-company.example.org', 'startup.io',
                      'university.ac.jp'])[1 + floor(random() * 12)::integer] AS domain
          FROM generate_series(1, :rows)) AS parts;
VACUUM (FREEZE, ANALYZE) public.addresses;
