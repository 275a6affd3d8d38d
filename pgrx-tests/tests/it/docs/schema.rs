//! The documents of the data model, docs/schema.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use pg_crm_tests::{Db, Sql, schema_docs, shared};

use super::document;

type Pages = BTreeMap<String, String>;

#[track_caller]
fn generate(db: &Db) -> Pages {
    schema_docs::generate(&mut db.superuser())
        .unwrap_or_else(|missing| panic!("without a COMMENT:\n{}", missing.join("\n")))
}

fn committed() -> Pages {
    let directory = document("docs/schema");
    let entries = fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make docs`", directory.display()));
    let mut pages = Pages::new();
    for entry in entries {
        let path = entry.expect("could not read docs/schema").path();
        let name = path
            .file_name()
            .expect("an entry has a name")
            .to_string_lossy();
        let text = fs::read_to_string(&path).expect("could not read a page");
        pages.insert(name.into_owned(), text);
    }
    pages
}

/// Where two sets of pages differ, a line for each page.
fn differences(left: &Pages, right: &Pages) -> Vec<String> {
    let names: BTreeSet<_> = left.keys().chain(right.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        match (left.get(name), right.get(name)) {
            (Some(left), Some(right)) if left == right => {}
            (Some(left), Some(right)) => {
                let mut lines = left.lines().zip(right.lines()).zip(1..);
                let difference = lines.find(|((left, right), _)| left != right);
                found.push(match difference {
                    Some(((left, right), number)) => {
                        format!("{name}:{number}\n  {left}\n  {right}")
                    }
                    None => format!("{name}: one is longer"),
                });
            }
            _ => found.push(format!("{name}: one lacks it")),
        }
    }
    found
}

/// Other major versions print some expressions in other words.
#[test]
fn the_pages_say_what_the_catalog_says() {
    let db = shared().fresh_db();
    let version: i32 = db.superuser().one(
        "SELECT current_setting('server_version_num')::integer / 10000",
        &[],
    );
    let pages = generate(&db);
    if version == 15 {
        let differences = differences(&committed(), &pages);
        assert!(
            differences.is_empty(),
            "docs/schema is out of date (committed, then new); run `make docs`\n{}",
            differences.join("\n")
        );
    }
}

#[test]
fn every_table_column_domain_view_and_function_is_in_its_schemas_page() {
    let db = shared().fresh_db();
    let pages = generate(&db);
    // Names that a page holds as `name`, by kind; domains and columns open a line of a table.
    let objects = db.superuser().rows_text(
        "WITH n AS (SELECT oid, nspname FROM pg_namespace
            WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public'))
         SELECT nspname, '### ' || relname FROM pg_class JOIN n ON n.oid = relnamespace
         WHERE relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
         UNION SELECT nspname, '| `' || typname || '`' FROM pg_type JOIN n ON n.oid = typnamespace WHERE typtype = 'd'
         UNION SELECT nspname, '### ' || proname FROM pg_proc JOIN n ON n.oid = pronamespace
         UNION SELECT nspname, '`' || attname || '`' FROM pg_attribute AS a
            JOIN pg_class AS c ON c.oid = attrelid AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
            JOIN n ON n.oid = c.relnamespace
         WHERE attnum > 0 AND NOT attisdropped",
    );
    assert!(objects.len() > 1000, "{} objects", objects.len());
    for object in objects {
        let [Some(schema), Some(text)] = &object[..] else {
            panic!("no name: {object:?}");
        };
        let page = &pages[&format!("{schema}.md")];
        assert!(page.contains(text.as_str()), "{schema}.md lacks {text}");
    }
}

#[test]
fn what_has_no_comment_is_named() {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec(
        "COMMENT ON TABLE crm.tags IS NULL;
         COMMENT ON COLUMN crm.contacts.first_name IS NULL;
         COMMENT ON COLUMN analytics.events.name IS '  ';
         COMMENT ON DOMAIN crm.contact_status IS NULL;
         COMMENT ON SCHEMA sales IS NULL;
         COMMENT ON FUNCTION crm.uuid_v7() IS NULL;
         COMMENT ON PROCEDURE maint.maintain_partitions(regclass) IS NULL;
         CREATE VIEW crm.names AS SELECT first_name FROM crm.contacts",
    );
    let missing = schema_docs::generate(&mut dba).expect_err("comments are missing");
    assert_eq!(
        missing,
        [
            "column analytics.events.name",
            "column crm.contacts.first_name",
            "column crm.names.first_name",
            "domain crm.contact_status",
            "function crm.uuid_v7()",
            "function maint.maintain_partitions(parent regclass DEFAULT NULL::regclass)",
            "schema sales",
            "table crm.tags",
            "view crm.names",
        ]
    );
}

#[test]
fn pages_do_not_depend_on_partitions_rows_or_the_session() {
    let db = shared().fresh_db();
    let pages = generate(&db);
    let org = db.org("Acme");
    let mut dba = db.superuser();
    dba.exec(&format!(
        "CREATE TABLE analytics.events_2001_01 PARTITION OF analytics.events
            FOR VALUES FROM ('2001-01-01 00:00:00+00') TO ('2001-02-01 00:00:00+00');
         INSERT INTO crm.contacts (organization_id, first_name) VALUES ('{org}', 'Ann');
         SET search_path = crm, tenancy, public;
         SET timezone = 'Asia/Kathmandu';
         SET intervalstyle = 'iso_8601';
         SET quote_all_identifiers = on"
    ));
    let again = schema_docs::generate(&mut dba).expect("all comments are there");
    assert_eq!(differences(&pages, &again), Vec::<String>::new());
}

#[test]
fn pages_show_a_change_of_any_kind_of_object() {
    let cases = [
        (
            "ALTER TABLE crm.tags ALTER COLUMN name DROP NOT NULL",
            "crm.md",
        ),
        (
            "ALTER TABLE crm.tags ALTER COLUMN description TYPE varchar(99)",
            "crm.md",
        ),
        (
            "ALTER TABLE crm.tags ALTER COLUMN name SET DEFAULT 'x'",
            "crm.md",
        ),
        (
            "ALTER TABLE crm.tags ADD CONSTRAINT tags_x_check CHECK (name <> 'x')",
            "crm.md",
        ),
        (
            "ALTER TABLE crm.tags ALTER COLUMN created_at DROP NOT NULL",
            "crm.md",
        ),
        ("CREATE INDEX tags_x_idx ON crm.tags (name)", "crm.md"),
        (
            "CREATE TRIGGER x BEFORE DELETE ON crm.tags FOR EACH ROW EXECUTE FUNCTION crm.touch_updated_at()",
            "crm.md",
        ),
        ("CREATE POLICY x ON crm.tags USING (true)", "crm.md"),
        ("DROP POLICY org_isolation ON crm.tags", "crm.md"),
        ("ALTER TABLE crm.tags DISABLE ROW LEVEL SECURITY", "crm.md"),
        ("ALTER TABLE crm.tags NO FORCE ROW LEVEL SECURITY", "crm.md"),
        (
            "ALTER TABLE crm.tags DISABLE TRIGGER touch_updated_at",
            "crm.md",
        ),
        ("DROP TRIGGER touch_updated_at ON crm.tags", "crm.md"),
        ("REVOKE DELETE ON crm.tags FROM crm_app", "crm.md"),
        ("GRANT SELECT ON crm.tags TO PUBLIC", "crm.md"),
        (
            "ALTER TABLE crm.tags DROP CONSTRAINT tags_organization_fkey",
            "crm.md",
        ),
        (
            "ALTER DOMAIN crm.contact_status DROP CONSTRAINT contact_status_check",
            "crm.md",
        ),
        ("ALTER FUNCTION crm.uuid_v7() SECURITY DEFINER", "crm.md"),
        (
            "REVOKE EXECUTE ON FUNCTION crm.uuid_v7() FROM PUBLIC",
            "crm.md",
        ),
        ("COMMENT ON SCHEMA crm IS 'Other words.'", "README.md"),
        (
            "UPDATE maint.partition_config SET retention = '9 years' WHERE parent::text = 'analytics.events'",
            "analytics.md",
        ),
    ];
    let db = shared().fresh_db();
    let pages = generate(&db);
    let mut dba = db.superuser();
    for (change, page) in cases {
        dba.exec(&format!("BEGIN; {change}"));
        let changed = schema_docs::generate(&mut dba).expect("all comments are there");
        dba.exec("ROLLBACK");
        let differs = pages[page] != changed[page];
        assert!(differs, "{change}: {page} is as it was");
    }
}

/// Comments for everything of a schema that has none.
const COMMENT_ALL: &str = "
    DO $$
    DECLARE
        command text;
    BEGIN
        FOR command IN
            SELECT format('COMMENT ON TABLE %s IS %L', c.oid::regclass, 'A table.')
              FROM pg_class AS c WHERE c.relnamespace = 'zoo'::regnamespace AND c.relkind = 'r'
             UNION ALL
            SELECT format('COMMENT ON COLUMN %s.%I IS %L', c.oid::regclass, a.attname, 'A column.')
              FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
             WHERE c.relnamespace = 'zoo'::regnamespace AND c.relkind = 'r'
        LOOP
            EXECUTE command;
        END LOOP;
    END
    $$";

/// The page of a schema with these tables.
#[track_caller]
fn zoo(tables: &str) -> String {
    let db = shared().fresh_db();
    let mut dba = db.superuser();
    dba.exec("CREATE SCHEMA zoo; COMMENT ON SCHEMA zoo IS 'Animals.'");
    dba.exec(tables);
    dba.exec(COMMENT_ALL);
    let mut pages = schema_docs::generate(&mut dba).expect("all comments are there");
    pages.remove("zoo.md").expect("a schema has a page")
}

#[track_caller]
fn diagrams(page: &str) -> Vec<&str> {
    page.split("```mermaid\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect()
}

#[test]
fn a_diagram_shows_keys_and_how_many_rows_may_refer_to_how_many() {
    let page = zoo("
        CREATE TABLE zoo.keepers (id uuid PRIMARY KEY, name text);
        CREATE TABLE zoo.cages (id integer PRIMARY KEY, code varchar(9) UNIQUE, label text,
            keeper_id uuid NOT NULL REFERENCES zoo.keepers ON DELETE CASCADE);
        CREATE UNIQUE INDEX ON zoo.cages (label) WHERE label <> '';
        CREATE TABLE zoo.animals (id uuid PRIMARY KEY, organization_id uuid NOT NULL,
            cage_id integer REFERENCES zoo.cages, mother_id uuid REFERENCES zoo.animals ON DELETE SET NULL,
            contact_id uuid,
            FOREIGN KEY (contact_id, organization_id) REFERENCES crm.contacts (id, organization_id),
            FOREIGN KEY (organization_id) REFERENCES tenancy.organizations);
        CREATE TABLE zoo.records (animal_id uuid PRIMARY KEY REFERENCES zoo.animals ON DELETE CASCADE);
        CREATE TABLE zoo.lost (thing text)");
    assert_eq!(
        diagrams(&page),
        ["erDiagram
    animals {
        uuid id PK
        integer cage_id FK
        uuid mother_id FK
        uuid contact_id FK
    }
    cages {
        integer id PK
        varchar code UK
        uuid keeper_id FK
    }
    keepers {
        uuid id PK
    }
    lost
    records {
        uuid animal_id PK, FK
    }
    crm_contacts[\"crm.contacts\"]
    cages |o..o{ animals : \"cage_id\"
    animals |o..o{ animals : \"mother_id\"
    crm_contacts |o..o{ animals : \"contact_id\"
    keepers ||--o{ cages : \"keeper_id\"
    animals ||--o| records : \"animal_id\"
"]
    );
}

#[test]
fn many_tables_are_drawn_around_those_that_most_refer_to() {
    let mut tables = String::from(
        "CREATE TABLE zoo.lions (id uuid PRIMARY KEY); CREATE TABLE zoo.owls (id uuid PRIMARY KEY);",
    );
    for i in 10..36 {
        let center = if i < 22 { "lions" } else { "owls" };
        tables += &format!("CREATE TABLE zoo.t{i} (id uuid PRIMARY KEY REFERENCES zoo.{center});");
    }
    // Refers to none of the two itself.
    tables += "CREATE TABLE zoo.t99 (id uuid PRIMARY KEY REFERENCES zoo.t10);";
    let page = zoo(&tables);
    let [owls, lions] = &diagrams(&page)[..] else {
        panic!("not two diagrams:\n{page}");
    };
    assert!(page.contains("\nAround `owls`:\n\n```mermaid\n"), "{page}");
    assert!(page.contains("\nAround `lions`:\n\n```mermaid\n"), "{page}");
    for (diagram, own, others) in [
        (owls, "t22", "t10"),
        (lions, "t10", "t22"),
        (lions, "t99", "t35"),
    ] {
        assert!(diagram.contains(&format!("    {own} {{\n")), "{diagram}");
        assert!(!diagram.contains(others), "{diagram}");
    }
}

/// Headings' anchors as GitHub makes them: of several that are alike, later ones get a number.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut seen = BTreeMap::<String, usize>::new();
    let headings = page
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let anchor = schema_docs::anchor(heading);
            let before = seen.entry(anchor.clone()).or_insert(0);
            *before += 1;
            match *before {
                1 => anchor,
                number => format!("{anchor}-{}", number - 1),
            }
        })
        .collect()
}

/// Targets of links that are not on other hosts.
fn links(page: &str) -> Vec<String> {
    let prose: String = page
        .lines()
        // Code, between backticks, holds no links.
        .flat_map(|line| line.split('`').step_by(2).chain(["\n"]))
        .collect();
    prose
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .filter(|target| !target.starts_with("http"))
        .collect()
}

#[test]
fn links_lead_to_headings() {
    let pages = generate(&shared().fresh_db());
    let mut number = 0;
    for (name, page) in &pages {
        for link in links(page) {
            number += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let file = if file.is_empty() { name } else { file };
            let Some(target) = pages.get(file) else {
                let path = document("docs/schema").join(file);
                assert!(anchor.is_empty() && path.exists(), "{name}: no {link}");
                continue;
            };
            assert!(
                anchor.is_empty() || anchors(target).contains(anchor),
                "{name}: no {link}"
            );
        }
    }
    assert!(number > 500, "{number} links");
}

#[test]
fn anchors_of_tables_are_not_taken_by_a_heading_before_them() {
    let pages = generate(&shared().fresh_db());
    for (name, page) in &pages {
        let before = page.split("\n## Tables\n").next().unwrap_or_default();
        let tables: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("### "))
            .collect();
        let taken = anchors(before);
        for table in tables {
            assert!(!taken.contains(table), "{name}: {table}");
        }
    }
}

#[test]
fn the_pages_stay_a_size_that_people_open() {
    let pages = generate(&shared().fresh_db());
    let sizes: Vec<(usize, &String)> = pages
        .iter()
        .map(|(name, page)| (page.len(), name))
        .collect();
    let total: usize = sizes.iter().map(|(size, _)| size).sum();
    assert!(total < 1_500_000, "{total} bytes: {sizes:?}");
}
