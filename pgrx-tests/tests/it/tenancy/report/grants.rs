//! Privileges that reach past policies.

use super::Defect;

pub const GRANTS: &[Defect] = &[
    Defect {
        name: "TRUNCATE",
        seed: "GRANT TRUNCATE ON shop.customers TO PUBLIC",
        found: &[(
            "critical",
            "table shop.customers",
            "TRUNCATE is granted to PUBLIC",
        )],
    },
    Defect {
        name: "TRIGGER",
        seed: "GRANT TRIGGER ON crm.contacts TO crm_admin",
        found: &[(
            "high",
            "table crm.contacts",
            "TRIGGER is granted to crm_admin",
        )],
    },
    Defect {
        name: "REFERENCES",
        seed: "GRANT REFERENCES (id, organization_id) ON crm.contacts TO crm_app",
        found: &[
            (
                "medium",
                "table crm.contacts",
                "REFERENCES (id) is granted to crm_app",
            ),
            (
                "medium",
                "table crm.contacts",
                "REFERENCES (organization_id) is granted to crm_app",
            ),
        ],
    },
    Defect {
        name: "privileges on a partition",
        seed: "GRANT SELECT ON shop.visits_2020 TO crm_app",
        found: &[(
            "low",
            "partition shop.visits_2020",
            "crm_app has privileges on the partition itself",
        )],
    },
    Defect {
        name: "TRUNCATE of a partition",
        seed: "GRANT TRUNCATE ON analytics.events_default TO crm_app",
        found: &[(
            "critical",
            "partition analytics.events_default",
            "crm_app has privileges on the partition itself",
        )],
    },
    Defect {
        name: "privileges to come",
        seed: "ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT TRUNCATE ON TABLES TO crm_app",
        found: &[(
            "low",
            "default privileges of postgres in schema shop",
            "crm_app will have TRUNCATE on new tables",
        )],
    },
    Defect {
        name: "privileges to come anywhere",
        seed: "ALTER DEFAULT PRIVILEGES GRANT TRIGGER ON TABLES TO PUBLIC",
        found: &[(
            "low",
            "default privileges of postgres",
            "PUBLIC will have TRIGGER on new tables",
        )],
    },
    Defect {
        name: "a serial",
        seed: "ALTER TABLE shop.customers ADD COLUMN number serial;
             GRANT USAGE ON SEQUENCE shop.customers_number_seq TO crm_app",
        found: &[(
            "low",
            "sequence shop.customers_number_seq",
            "numbers column shop.customers.number of all organizations, and crm_app has privileges on it",
        )],
    },
    Defect {
        name: "an identity",
        seed: "GRANT ALL ON SEQUENCE shop.orders_id_seq TO crm_app",
        found: &[(
            "medium",
            "sequence shop.orders_id_seq",
            "numbers column shop.orders.id of all organizations, and crm_app has privileges on it",
        )],
    },
    Defect {
        name: "a sequence of two",
        seed: "CREATE SEQUENCE shop.numbers;
             GRANT SELECT ON SEQUENCE shop.numbers TO PUBLIC;
             ALTER TABLE shop.customers ADD COLUMN number bigint DEFAULT nextval('shop.numbers')",
        found: &[(
            "low",
            "sequence shop.numbers",
            "numbers column shop.customers.number of all organizations, and PUBLIC has privileges on it",
        )],
    },
];
