//! Keys and references without the organization.

use super::Defect;

pub const KEYS: &[Defect] = &[
    Defect {
        name: "unique",
        seed: "ALTER TABLE shop.customers ADD CONSTRAINT k UNIQUE (email)",
        found: &[("medium", "constraint k on table shop.customers", "unique key without the organization")],
    },
    Defect {
        name: "a unique index",
        seed: "CREATE UNIQUE INDEX i ON shop.customers (lower(email)) INCLUDE (is_public) WHERE is_public",
        found: &[("medium", "index shop.i", "unique key without the organization")],
    },
    Defect {
        name: "unique, whether or not",
        seed: "CREATE UNIQUE INDEX i ON shop.customers (email, (organization_id IS NULL))",
        found: &[("medium", "index shop.i", "unique key without the organization")],
    },
    Defect {
        name: "a unique index of a partitioned table",
        seed: "CREATE UNIQUE INDEX i ON shop.visits (at)",
        found: &[("medium", "index shop.i", "unique key without the organization")],
    },
    Defect {
        name: "a primary key",
        seed: "ALTER TABLE shop.orders DROP CONSTRAINT orders_pkey, ADD CONSTRAINT k PRIMARY KEY (id)",
        found: &[("medium", "constraint k on table shop.orders", "primary key without the organization")],
    },
    Defect {
        name: "a random primary key",
        seed: "ALTER TABLE shop.orders ADD COLUMN code uuid NOT NULL DEFAULT gen_random_uuid();
             ALTER TABLE shop.orders DROP CONSTRAINT orders_pkey, ADD CONSTRAINT k PRIMARY KEY (code)",
        found: &[("low", "constraint k on table shop.orders", "primary key without the organization")],
    },
    Defect {
        name: "an exclusion",
        seed: "ALTER TABLE shop.customers ADD CONSTRAINT k EXCLUDE USING gist (during WITH &&)",
        found: &[("medium", "constraint k on table shop.customers", "exclusion key without the organization")],
    },
    Defect {
        name: "a reference",
        seed: "CREATE TABLE shop.pets (id uuid PRIMARY KEY, organization_id uuid NOT NULL);
             SELECT tenancy.enable_org_isolation('shop.pets');
             ALTER TABLE shop.customers ADD CONSTRAINT f FOREIGN KEY (owner_id) REFERENCES shop.pets ON DELETE SET NULL",
        found: &[("low", "constraint pets_pkey on table shop.pets", "primary key without the organization"), ("high", "constraint f on table shop.customers", "reference to shop.pets without the organization")],
    },
    Defect {
        name: "a reference that restricts",
        seed: "ALTER TABLE crm.deals ADD CONSTRAINT k UNIQUE (id, created_at);
             ALTER TABLE crm.deals ADD COLUMN made_at timestamptz, ADD CONSTRAINT f FOREIGN KEY (contact_id, made_at) REFERENCES crm.deals (id, created_at)",
        found: &[("low", "constraint k on table crm.deals", "unique key without the organization"), ("medium", "constraint f on table crm.deals", "reference to crm.deals without the organization")],
    },
    Defect {
        name: "an unguarded list",
        seed: "DROP TRIGGER check_job_role ON crm.contacts",
        found: &[("high", "constraint contacts_job_role_fkey on table crm.contacts", "reference to crm.job_roles without the organization")],
    },
    Defect {
        name: "a guard that sleeps",
        seed: "ALTER TABLE crm.contacts DISABLE TRIGGER check_job_role",
        found: &[("high", "constraint contacts_job_role_fkey on table crm.contacts", "reference to crm.job_roles without the organization")],
    },
];
