-- Schemas are the database's, not the extension's.
ALTER EXTENSION pg_crm DROP SCHEMA tenancy;
ALTER EXTENSION pg_crm DROP SCHEMA inbox;
ALTER EXTENSION pg_crm DROP SCHEMA chat;
ALTER EXTENSION pg_crm DROP SCHEMA voice;
ALTER EXTENSION pg_crm DROP SCHEMA sales;
ALTER EXTENSION pg_crm DROP SCHEMA marketing;
ALTER EXTENSION pg_crm DROP SCHEMA creator;
ALTER EXTENSION pg_crm DROP SCHEMA marketplace;
ALTER EXTENSION pg_crm DROP SCHEMA commerce;
ALTER EXTENSION pg_crm DROP SCHEMA billing;
ALTER EXTENSION pg_crm DROP SCHEMA workflow;
ALTER EXTENSION pg_crm DROP SCHEMA analytics;
ALTER EXTENSION pg_crm DROP SCHEMA audit;
ALTER EXTENSION pg_crm DROP SCHEMA notify;
ALTER EXTENSION pg_crm DROP SCHEMA integration;
ALTER EXTENSION pg_crm DROP SCHEMA compliance;
ALTER EXTENSION pg_crm DROP SCHEMA runtime;
ALTER EXTENSION pg_crm DROP SCHEMA maint;

-- The data model: ordinary objects, made here, except while a dump is being restored.
SELECT maint.install_schema();
