//! Lists that hold rows for all organizations and rows of one.

use pg_crm_tests::{Db, DbError, Org, Sql, Uuid, shared};

/// The list, and who refers to it: table, column, foreign key, and a row to insert.
const LISTS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "crm.industries",
        "crm.companies",
        "industry_id",
        "companies_industry_fkey",
        "name",
    ),
    (
        "crm.job_roles",
        "crm.contacts",
        "job_role_id",
        "contacts_job_role_fkey",
        "first_name",
    ),
    (
        "crm.lifecycle_stages",
        "crm.contacts",
        "lifecycle_stage_id",
        "contacts_lifecycle_stage_fkey",
        "first_name",
    ),
];

struct Rows {
    everybodys: Uuid,
    acmes: Uuid,
    globexs: Uuid,
}

#[track_caller]
fn fill(db: &Db, list: &str, acme: &Org, globex: &Org) -> Rows {
    let insert = |organization: Option<Uuid>, code: &str| {
        db.superuser().one(
            &format!("INSERT INTO {list} (organization_id, code, name) VALUES ($1, $2, 'Name') RETURNING id"),
            &[&organization, &code],
        )
    };
    Rows {
        everybodys: insert(None, "everybodys"),
        acmes: insert(Some(acme.id), "own"),
        globexs: insert(Some(globex.id), "own"),
    }
}

fn database() -> (Db, Org, Org) {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    (db, acme, globex)
}

#[test]
fn everybodys_rows_and_ones_own_are_seen() {
    let (db, acme, globex) = database();
    for (list, ..) in LISTS {
        let rows = fill(&db, list, &acme, &globex);
        let select = format!("SELECT id FROM {list} ORDER BY code, id");
        let seen: Vec<Uuid> = db.app().in_org(&globex, |tx| tx.column(&select, &[]));
        assert_eq!(seen, [rows.everybodys, rows.globexs], "{list}");
        assert_eq!(
            db.app().column::<Uuid>(&select, &[]),
            [rows.everybodys],
            "{list} without a context"
        );
    }
}

#[test]
fn everybodys_rows_are_nobodys_to_change() {
    let (db, acme, globex) = database();
    for (list, ..) in LISTS {
        let rows = fill(&db, list, &acme, &globex);
        for mut session in [db.app(), db.admin()] {
            session.in_org_as(&globex, globex.owner, |tx| {
                for (statement, concerned) in [
                    (
                        format!("UPDATE {list} SET name = 'x' WHERE organization_id IS NULL"),
                        0,
                    ),
                    (
                        format!("DELETE FROM {list} WHERE id = '{}'", rows.everybodys),
                        0,
                    ),
                    (
                        format!("UPDATE {list} SET name = 'x' WHERE id = '{}'", rows.acmes),
                        0,
                    ),
                    (
                        format!("UPDATE {list} SET name = 'x' WHERE id = '{}'", rows.globexs),
                        1,
                    ),
                ] {
                    assert_eq!(tx.exec_with(&statement, &[]), concerned, "{statement}");
                }
                tx.fails_with(
                    &format!("INSERT INTO {list} (code, name) VALUES ('new', 'New')"),
                    "42501",
                );
                tx.fails_with(
                    &format!("UPDATE {list} SET organization_id = NULL"),
                    "42501",
                );
            });
        }
    }
}

#[test]
fn everybodys_rows_and_ones_own_can_be_referred_to() {
    let (db, acme, globex) = database();
    for (list, table, column, _, name) in LISTS {
        let rows = fill(&db, list, &acme, &globex);
        db.app().in_org(&globex, |tx| {
            for id in [rows.everybodys, rows.globexs] {
                let inserted = tx.exec_with(
                    &format!("INSERT INTO {table} ({name}, {column}) VALUES ('Name', $1)"),
                    &[&id],
                );
                assert_eq!(inserted, 1, "{table}.{column}");
            }
        });
    }
}

/// What the error tells, without the id that was asked for.
fn told(error: &DbError, id: Uuid) -> [Option<String>; 5] {
    let told = [
        Some(error.message()),
        error.detail(),
        error.hint(),
        error.constraint(),
        error.table(),
    ];
    told.map(|text| text.map(|text| text.replace(&id.to_string(), "?")))
}

#[test]
fn anothers_row_is_referred_to_as_little_as_an_absent_one() {
    let (db, acme, globex) = database();
    for (list, table, column, constraint, name) in LISTS {
        let rows = fill(&db, list, &acme, &globex);
        let mut app = db.app();
        app.in_org(&globex, |tx| {
            tx.exec(&format!("INSERT INTO {table} ({name}) VALUES ('Name')"));
            for statement in [
                format!("INSERT INTO {table} ({name}, {column}) VALUES ('Name', '{{}}')"),
                format!("UPDATE {table} SET {column} = '{{}}'"),
            ] {
                let mut refused = |id: Uuid| {
                    let statement = statement.replace("{}", &id.to_string());
                    told(&tx.fails_with(&statement, "23503"), id)
                };
                let (of_another, absent) = (refused(rows.acmes), refused(Uuid::nil()));
                assert_eq!(of_another, absent, "{statement}");
                assert_eq!(absent[3].as_deref(), Some(*constraint), "{statement}");
            }
        });
    }
}

/// The trigger speaks in the foreign key's own words, or the two could be told apart.
#[test]
fn the_error_is_the_foreign_keys_own() {
    let (db, acme, globex) = database();
    for (list, table, column, _, name) in LISTS {
        fill(&db, list, &acme, &globex);
        let insert = format!(
            "INSERT INTO {table} ({name}, {column}) VALUES ('Name', '{}')",
            Uuid::nil()
        );
        let by_trigger = db.superuser().in_org(&globex, |tx| {
            told(&tx.fails_with(&insert, "23503"), Uuid::nil())
        });
        let by_key = db.superuser().in_org(&globex, |tx| {
            tx.exec(&format!("ALTER TABLE {table} DISABLE TRIGGER USER"));
            let error = tx.fails_with(&insert, "23503");
            tx.exec(&format!("ALTER TABLE {table} ENABLE TRIGGER USER"));
            told(&error, Uuid::nil())
        });
        assert_eq!(by_trigger, by_key, "{table}.{column}");
    }
}

#[test]
fn a_code_is_unique_within_an_organization_and_among_everybodys() {
    let (db, acme, globex) = database();
    for (list, ..) in LISTS {
        fill(&db, list, &acme, &globex);
        let key = format!("{}_organization_code_key", &list[4..]);
        let insert = |organization: &str| {
            format!(
                "INSERT INTO {list} (organization_id, code, name) VALUES ({organization}, 'everybodys', 'Again')"
            )
        };
        let error = db.superuser().fails_with(&insert("NULL"), "23505");
        assert_eq!(error.constraint(), Some(key.as_str()));
        db.superuser().exec(&insert(&format!("'{acme}'")));
    }
}
