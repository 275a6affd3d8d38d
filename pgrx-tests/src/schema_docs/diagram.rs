//! Entity-relationship diagrams in Mermaid's language, which GitHub draws.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::catalog::{Reference, Table};

/// A diagram of more boxes than this is drawn as several.
const MOST_ENTITIES: usize = 25;

pub(super) struct Diagram<'a> {
    /// The table that the others are near, where there are several diagrams.
    pub around: Option<&'a str>,
    pub text: String,
}

/// The diagrams of one schema's tables.
pub(super) fn diagrams<'a>(tables: &[&'a Table]) -> Vec<Diagram<'a>> {
    (1..=tables.len())
        .map(|number| groups(tables, number))
        .find(|groups| {
            let fits = |(_, group): &(_, Vec<&Table>)| entities(group).len() <= MOST_ENTITIES;
            groups.len() == tables.len() || groups.iter().all(fits)
        })
        .unwrap_or_default()
        .iter()
        .map(|(center, group)| Diagram {
            around: (group.len() < tables.len()).then_some(center.name.as_str()),
            text: draw(group),
        })
        .collect()
}

/// Foreign keys that are drawn. That rows belong to an organization is true of nearly all tables
/// and is drawn only where organizations live.
fn drawn(table: &Table) -> impl Iterator<Item = &Reference> {
    table.references.iter().filter(|reference| {
        table.schema == "tenancy" || (&*reference.schema, &*reference.table) != ORGANIZATIONS
    })
}

const ORGANIZATIONS: (&str, &str) = ("tenancy", "organizations");

/// Schema and name of all boxes of a diagram.
fn entities<'a>(group: &[&'a Table]) -> BTreeSet<(&'a str, &'a str)> {
    group
        .iter()
        .flat_map(|table| {
            drawn(table)
                .map(|reference| (&*reference.schema, &*reference.table))
                .chain([(&*table.schema, &*table.name)])
        })
        .collect()
}

/// The tables in groups, each around one of those that most others refer to; a table is with the
/// one that its own references lead to in the fewest steps.
fn groups<'a>(tables: &[&'a Table], number: usize) -> Vec<(&'a Table, Vec<&'a Table>)> {
    let position: BTreeMap<&str, usize> = tables
        .iter()
        .enumerate()
        .map(|(i, table)| (&*table.name, i))
        .collect();
    let mut referring = vec![BTreeSet::new(); tables.len()];
    for (i, table) in tables.iter().enumerate() {
        for reference in drawn(table).filter(|reference| reference.schema == table.schema) {
            if let Some(&j) = position.get(&*reference.table)
                && i != j
            {
                referring[j].insert(i);
            }
        }
    }
    let mut centers: Vec<usize> = (0..tables.len()).collect();
    centers.sort_by_key(|&i| (usize::MAX - referring[i].len(), i));
    centers.truncate(number);
    let distances: Vec<Vec<usize>> = centers
        .iter()
        .map(|&center| distances(&referring, center))
        .collect();

    let mut order: Vec<usize> = (0..tables.len()).collect();
    order.sort_by_key(|&i| (distances.iter().map(|d| d[i]).min(), i));
    let mut members = vec![Vec::new(); centers.len()];
    for i in order {
        let nearest = (0..centers.len()).min_by_key(|&g| (distances[g][i], members[g].len()));
        if let Some(group) = nearest {
            members[group].push(i);
        }
    }
    centers
        .iter()
        .zip(members)
        .map(|(&center, mut group)| {
            group.sort_unstable();
            (tables[center], group.iter().map(|&i| tables[i]).collect())
        })
        .collect()
}

fn distances(referring: &[BTreeSet<usize>], center: usize) -> Vec<usize> {
    let mut distances = vec![usize::MAX; referring.len()];
    distances[center] = 0;
    let mut queue = VecDeque::from([center]);
    while let Some(i) = queue.pop_front() {
        for &j in &referring[i] {
            if distances[j] == usize::MAX {
                distances[j] = distances[i] + 1;
                queue.push_back(j);
            }
        }
    }
    distances
}

fn draw(group: &[&Table]) -> String {
    let mut text = String::from("erDiagram\n");
    let home = group.first().map_or("", |table| &*table.schema);
    let own: BTreeSet<&str> = group.iter().map(|table| &*table.name).collect();
    for table in group {
        text += &entity(table);
    }
    for (schema, name) in entities(group) {
        if schema != home {
            text += &format!("    {schema}_{name}[\"{schema}.{name}\"]\n");
        } else if !own.contains(name) {
            text += &format!("    {name}\n");
        }
    }
    for table in group {
        for reference in drawn(table) {
            text += &relation(table, reference, home);
        }
    }
    text
}

/// The table and the columns of its keys.
fn entity(table: &Table) -> String {
    let foreign: BTreeSet<&str> = drawn(table).flat_map(columns).collect();
    let mut lines = String::new();
    for column in &table.columns {
        if column.name == "organization_id" && !foreign.contains("organization_id") {
            continue;
        }
        let in_key = |key: &Vec<String>| key.contains(&column.name);
        let mut keys = Vec::new();
        if table.unique.first().is_some_and(in_key) {
            keys.push("PK");
        }
        if foreign.contains(&*column.name) {
            keys.push("FK");
        }
        if table.unique.iter().skip(1).any(in_key) && keys.is_empty() {
            keys.push("UK");
        }
        if !keys.is_empty() {
            lines += &format!(
                "        {} {} {}\n",
                short_type(&column.kind.text),
                column.name,
                keys.join(", ")
            );
        }
    }
    if lines.is_empty() {
        format!("    {}\n", table.name)
    } else {
        format!("    {} {{\n{lines}    }}\n", table.name)
    }
}

/// A type as one word.
fn short_type(text: &str) -> String {
    let array = if text.ends_with("[]") { "[]" } else { "" };
    let base = text.trim_end_matches("[]");
    let base = base.split('(').next().unwrap_or(base);
    let base = base.rsplit('.').next().unwrap_or(base);
    let base = if base == "double precision" {
        "float8"
    } else {
        base
    };
    format!("{base}{array}")
}

/// The columns that tell which row is meant; that it is of the same organization goes without
/// saying, unless it is all that is said.
fn columns(reference: &Reference) -> impl Iterator<Item = &str> {
    let alone = reference.columns.len() == 1;
    reference
        .columns
        .iter()
        .map(String::as_str)
        .filter(move |column| alone || *column != "organization_id")
}

/// `companies |o--o{ contacts : company_id`: solid where the rows go with the other table's row.
fn relation(table: &Table, reference: &Reference, home: &str) -> String {
    let parent = if reference.schema == home {
        reference.table.clone()
    } else {
        format!("{}_{}", reference.schema, reference.table)
    };
    let required = columns(reference).all(|name| {
        table
            .columns
            .iter()
            .any(|column| column.name == name && column.not_null)
    });
    let single = table
        .unique
        .iter()
        .any(|key| key.iter().all(|column| reference.columns.contains(column)));
    let line = if reference.actions.contains("ON DELETE CASCADE") {
        "--"
    } else {
        ".."
    };
    format!(
        "    {parent} {}{line}{} {} : \"{}\"\n",
        if required { "||" } else { "|o" },
        if single { "o|" } else { "o{" },
        table.name,
        columns(reference).collect::<Vec<_>>().join(", ")
    )
}
