//! The index: the schemas, what their tables share, how to read the pages.

use super::catalog::{Catalog, Kind};
use super::markdown::{anchor, cell, code, prose, table};
use super::parts::{default, grants, named, of};
use super::usual::Usual;

const HEAD: &str = "# The schema

Made by `make docs` from the catalog of a fresh database of PostgreSQL 15 and from its COMMENTs; not to be edited by hand. How the parts are meant to be written says [ARCHITECTURE.md](../ARCHITECTURE.md).
";

const SHARED: &str = "
## What all tables share

A table's section leaves out what is said here, and says where the table differs.
";

const READING: &str = "
## How to read the pages

- Diagrams show the columns of keys. A crow's foot is at the table whose rows refer, a circle says that there may be none; a solid line, that they are deleted with the row that they refer to. Tables of other schemas have their schema before their name; they, and tables that another diagram of the page is about, have no columns. That rows belong to an organization is drawn in [tenancy](tenancy.md) alone.
- References between rows of an organization are by the key and `organization_id`, so that none can refer to another organization's row; labels in diagrams leave `organization_id` out.
- Null: whether the column takes NULL. Domains are closed lists of text or rules for values; a type that is a link is one.
- Partitions are not listed: they are made and retired by `maint.maintain_partitions`, with everything that their table has.
- Functions say what they are to the planner (volatility, parallel), whose rights they have (security), and which roles may call them.
";

pub(super) fn text(catalog: &Catalog, usual: &Usual) -> String {
    let mut text = HEAD.to_owned();
    text += "\n## Schemas\n\n";
    text += &schemas(catalog);
    text += READING;
    text += SHARED;
    shared(&mut text, usual);
    text += "\n## Tables and views by schema\n\n";
    for schema in &catalog.schemas {
        let names: Vec<String> = catalog
            .tables
            .iter()
            .chain(&catalog.views)
            .filter(|relation| relation.schema == schema.name)
            .map(|relation| {
                format!(
                    "[{}]({}.md#{})",
                    relation.name,
                    schema.name,
                    anchor(&relation.name)
                )
            })
            .collect();
        if !names.is_empty() {
            text += &format!("- **{}**: {}\n", schema.name, names.join(", "));
        }
    }
    text
}

/// A row for each schema, and their sum.
fn schemas(catalog: &Catalog) -> String {
    let mut sums = [0; 6];
    let mut rows = Vec::new();
    for schema in &catalog.schemas {
        let tables = of(&catalog.tables, |t| t.schema == schema.name);
        let functions = of(&catalog.functions, |f| f.schema == schema.name);
        let of_triggers = functions.iter().filter(|f| f.kind == Kind::Trigger).count();
        let counts = [
            tables.len(),
            tables.iter().map(|table| table.columns.len()).sum(),
            of(&catalog.views, |v| v.schema == schema.name).len(),
            of(&catalog.domains, |d| d.schema == schema.name).len(),
            functions.len() - of_triggers,
            of_triggers,
        ];
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        let link = format!("[{0}]({0}.md)", schema.name);
        rows.push(row(link, &counts, cell(&prose(&schema.comment))));
    }
    rows.push(row("all".to_owned(), &sums, String::new()));
    let header = [
        "Schema",
        "Tables",
        "Columns",
        "Views",
        "Domains",
        "Functions",
        "Trigger functions",
        "What it holds",
    ];
    table(&header, &rows)
}

fn row(name: String, counts: &[usize], comment: String) -> Vec<String> {
    let mut row = vec![name];
    row.extend(counts.iter().map(usize::to_string));
    row.push(comment);
    row
}

fn shared(text: &mut String, usual: &Usual) {
    let rows: Vec<Vec<String>> = usual
        .columns
        .iter()
        .map(|column| {
            vec![
                code(&column.name),
                column.kind.text.clone(),
                if column.not_null { "no" } else { "yes" }.to_owned(),
                cell(&default(column)),
                cell(&prose(&column.comment)),
            ]
        })
        .collect();
    *text += "\nColumns, where a table has them:\n\n";
    *text += &table(&["Column", "Type", "Null", "Default", "Meaning"], &rows);
    *text += "\nWhat comes with them:\n\n";
    *text += "- `organization_id` refers to [tenancy.organizations](tenancy.md#organizations) ON DELETE CASCADE.\n";
    if let Some(policy) = &usual.policy {
        *text += &format!(
            "- Row-level security is on, and binds the owner too (FORCE), with the policy {}.\n",
            named(policy, ": ")
        );
    }
    if let Some(trigger) = &usual.trigger {
        *text += &format!(
            "- `updated_at` is kept by the trigger {}.\n",
            named(trigger, ": ")
        );
    }
    *text += &format!("- Grants on tables: {}.\n", grants(&usual.grants));
    if !usual.view_grants.is_empty() {
        *text += &format!(
            "- Views have `security_invoker=true`, and grants: {}.\n",
            grants(&usual.view_grants)
        );
    }
}
