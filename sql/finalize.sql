-- Schemas are the database's, not the extension's.
ALTER EXTENSION pg_crm DROP SCHEMA tenancy;
ALTER EXTENSION pg_crm DROP SCHEMA maint;

-- The data model: ordinary objects, made here, except while a dump is being restored.
SELECT maint.install_schema();
