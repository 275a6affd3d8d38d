-- See ../rows.sql.

INSERT INTO maint.legacy_id_map (source, entity, legacy_id, id)
VALUES ('old_crm', 'crm.contacts', 1, pg_temp.key('contact'));
