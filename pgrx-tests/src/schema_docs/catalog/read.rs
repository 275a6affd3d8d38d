//! The catalog's rows, as values.

use postgres::{Client, Row};

use super::queries::*;
use super::words::{condition, months, tidy, unwrapped};
use super::{
    Catalog, Column, Domain, Function, Kind, Maintenance, Named, Reference, Schema, Table, Type,
};
use crate::sql::{Sql, describe};

/// Reads the catalog; the error names every object that has no comment.
pub(in crate::schema_docs) fn read(client: &mut Client) -> Result<Catalog, Vec<String>> {
    client.exec(SESSION);
    let mut reader = Reader {
        client,
        missing: Vec::new(),
    };
    let catalog = reader.catalog();
    if reader.missing.is_empty() {
        Ok(catalog)
    } else {
        reader.missing.sort();
        Err(reader.missing)
    }
}

struct Reader<'a> {
    client: &'a mut Client,
    missing: Vec<String>,
}

impl Reader<'_> {
    fn catalog(&mut self) -> Catalog {
        let (mut views, mut tables) = self.tables();
        for relations in [&mut tables, &mut views] {
            self.columns(relations);
            self.grants(relations);
        }
        self.constraints(&mut tables);
        self.references(&mut tables);
        self.indexes(&mut tables);
        self.triggers(&mut tables);
        self.policies(&mut tables);
        self.maintenance(&mut tables);
        Catalog {
            schemas: self.schemas(),
            tables,
            views,
            domains: self.domains(),
            functions: self.functions(),
        }
    }

    fn query(&mut self, sql: &str) -> Vec<Row> {
        let sql = format!("{MODEL} {sql}");
        self.client
            .query(&sql, &[])
            .unwrap_or_else(|error| panic!("{}", describe(&sql, &error)))
    }

    fn comment(&mut self, object: &str, comment: Option<String>) -> String {
        comment
            .filter(|comment| !comment.trim().is_empty())
            .unwrap_or_else(|| {
                self.missing.push(object.to_owned());
                String::new()
            })
    }

    fn schemas(&mut self) -> Vec<Schema> {
        let mut schemas = Vec::new();
        for row in self.query(SCHEMAS) {
            let name: String = row.get(0);
            let comment = self.comment(&format!("schema {name}"), row.get(1));
            schemas.push(Schema { name, comment });
        }
        schemas
    }

    /// Views and tables.
    fn tables(&mut self) -> (Vec<Table>, Vec<Table>) {
        let (mut views, mut tables) = (Vec::new(), Vec::new());
        for row in self.query(TABLES) {
            let (schema, name, kind): (String, String, String) =
                (row.get(1), row.get(2), row.get(3));
            let is_view = matches!(kind.as_str(), "v" | "m");
            let what = if is_view { "view" } else { "table" };
            let comment = self.comment(&format!("{what} {schema}.{name}"), row.get(4));
            let list = if is_view { &mut views } else { &mut tables };
            list.push(Table {
                oid: row.get(0),
                schema,
                name,
                comment,
                options: row.get(5),
                row_security: row.get(6),
                forced: row.get(7),
                partitioned_by: row.get(8),
                maintenance: None,
                columns: Vec::new(),
                keys: Vec::new(),
                references: Vec::new(),
                checks: Vec::new(),
                indexes: Vec::new(),
                triggers: Vec::new(),
                policies: Vec::new(),
                grants: Vec::new(),
                unique: Vec::new(),
            });
        }
        (views, tables)
    }

    fn columns(&mut self, relations: &mut [Table]) {
        for row in self.query(COLUMNS) {
            let Some(table) = owner(relations, &row) else {
                continue;
            };
            let name: String = row.get(1);
            let object = format!("column {}.{}.{name}", table.schema, table.name);
            let domain: Option<String> = row.get(4);
            table.columns.push(Column {
                name,
                kind: Type {
                    text: tidy(row.get(2)),
                    domain: domain.map(|domain| (row.get(3), domain)),
                },
                not_null: row.get(5),
                default: row.get::<_, Option<&str>>(6).map(tidy),
                generated: row.get(7),
                identity: row.get(8),
                comment: self.comment(&object, row.get(9)),
            });
        }
    }

    fn constraints(&mut self, tables: &mut [Table]) {
        for row in self.query(CONSTRAINTS) {
            let Some(table) = owner(tables, &row) else {
                continue;
            };
            let list = match row.get(2) {
                "c" => &mut table.checks,
                _ => &mut table.keys,
            };
            let text = tidy(row.get(3));
            list.push(Named {
                name: row.get(1),
                text: condition(&text).to_owned(),
            });
        }
    }

    fn references(&mut self, tables: &mut [Table]) {
        for row in self.query(REFERENCES) {
            let Some(table) = owner(tables, &row) else {
                continue;
            };
            let definition: &str = row.get(7);
            // What follows `REFERENCES s.t(columns)`.
            let actions = definition
                .split_once(" REFERENCES ")
                .and_then(|(_, rest)| rest.split_once(')'))
                .map_or("", |(_, actions)| actions);
            table.references.push(Reference {
                name: row.get(1),
                columns: row.get(2),
                schema: row.get(3),
                table: row.get(4),
                other_columns: (!row.get::<_, bool>(6)).then(|| row.get(5)),
                actions: actions.trim().to_owned(),
            });
        }
    }

    fn indexes(&mut self, tables: &mut [Table]) {
        for row in self.query(INDEXES) {
            let Some(table) = owner(tables, &row) else {
                continue;
            };
            let (unique, of_constraint, plain): (bool, bool, bool) =
                (row.get(3), row.get(4), row.get(5));
            if unique && plain {
                table.unique.push(row.get(6));
            }
            if of_constraint {
                continue;
            }
            let definition = tidy(row.get(2));
            let text = definition
                .split_once(" USING ")
                .map_or(definition.as_str(), |(_, rest)| rest);
            let text = text.strip_prefix("btree ").unwrap_or(text);
            table.indexes.push(Named {
                name: row.get(1),
                text: format!("{}{text}", if unique { "UNIQUE " } else { "" }),
            });
        }
    }

    fn triggers(&mut self, tables: &mut [Table]) {
        for row in self.query(TRIGGERS) {
            let Some(table) = owner(tables, &row) else {
                continue;
            };
            let name: String = row.get(1);
            let definition = tidy(row.get(2));
            // The name and the table are the reader's already.
            let text = definition
                .split_once(&format!("TRIGGER {name} "))
                .map_or(definition.as_str(), |(_, rest)| rest)
                .replacen(&format!(" ON {}.{} ", table.schema, table.name), " ", 1);
            let note = match row.get(3) {
                "O" => "",
                "A" => " (always)",
                "R" => " (on replicas)",
                _ => " (disabled)",
            };
            table.triggers.push(Named {
                name,
                text: text + note,
            });
        }
    }

    fn policies(&mut self, tables: &mut [Table]) {
        for row in self.query(POLICIES) {
            let Some(table) = owner(tables, &row) else {
                continue;
            };
            let mut parts = Vec::new();
            if !row.get::<_, bool>(2) {
                parts.push("AS RESTRICTIVE".to_owned());
            }
            let (command, roles): (&str, Vec<String>) = (row.get(3), row.get(4));
            if !command.is_empty() {
                parts.push(format!("FOR {command}"));
            }
            if !roles.is_empty() {
                parts.push(format!("TO {}", roles.join(", ")));
            }
            for (word, column) in [("USING", 5), ("WITH CHECK", 6)] {
                if let Some(condition) = row.get::<_, Option<&str>>(column) {
                    parts.push(format!("{word} ({})", unwrapped(&tidy(condition))));
                }
            }
            table.policies.push(Named {
                name: row.get(1),
                text: parts.join(" "),
            });
        }
    }

    fn grants(&mut self, relations: &mut [Table]) {
        for row in self.query(GRANTS) {
            if let Some(table) = owner(relations, &row) {
                table.grants.push((row.get(1), row.get(2)));
            }
        }
    }

    fn maintenance(&mut self, tables: &mut [Table]) {
        for row in self.query(MAINTENANCE) {
            if let Some(table) = owner(tables, &row) {
                table.maintenance = Some(Maintenance {
                    period: months(row.get(1)),
                    premake: row.get(2),
                    retention: row.get::<_, Option<&str>>(3).map(months),
                    action: row.get(4),
                });
            }
        }
    }

    fn domains(&mut self) -> Vec<Domain> {
        let mut domains = Vec::new();
        for row in self.query(DOMAINS) {
            let (schema, name): (String, String) = (row.get(0), row.get(1));
            let comment = self.comment(&format!("domain {schema}.{name}"), row.get(6));
            let checks: Vec<&str> = row.get(5);
            domains.push(Domain {
                schema,
                name,
                base: tidy(row.get(2)),
                not_null: row.get(3),
                default: row.get::<_, Option<&str>>(4).map(tidy),
                checks: checks
                    .into_iter()
                    .map(|check| condition(&tidy(check)).to_owned())
                    .collect(),
                comment,
            });
        }
        domains
    }

    fn functions(&mut self) -> Vec<Function> {
        let mut functions = Vec::new();
        for row in self.query(FUNCTIONS) {
            let (schema, name): (String, String) = (row.get(0), row.get(1));
            let arguments = without_in(&tidy(row.get(4)));
            let object = format!("function {schema}.{name}({arguments})");
            let kind = match (row.get(2), row.get(3)) {
                ("p", _) => Kind::Procedure,
                (_, true) => Kind::Trigger,
                _ => Kind::Function,
            };
            functions.push(Function {
                kind,
                result: row.get::<_, Option<&str>>(5).map(tidy),
                properties: properties(&row, kind),
                callers: row.get(11),
                comment: self.comment(&object, row.get(12)),
                schema,
                name,
                arguments,
            });
        }
        functions
    }
}

/// Of a procedure or a trigger's function, volatility and the like say nothing.
fn properties(row: &Row, kind: Kind) -> Vec<String> {
    let mut properties = Vec::new();
    if row.get::<_, &str>(2) == "a" {
        properties.push("aggregate");
    }
    if kind == Kind::Function {
        properties.push(match row.get(6) {
            "i" => "immutable",
            "s" => "stable",
            _ => "volatile",
        });
        properties.push(match row.get(7) {
            "s" => "parallel safe",
            "r" => "parallel restricted",
            _ => "parallel unsafe",
        });
        if row.get(8) {
            properties.push("strict");
        }
        if row.get(10) {
            properties.push("leakproof");
        }
    }
    properties.push(if row.get(9) {
        "security definer"
    } else {
        "security invoker"
    });
    properties.into_iter().map(str::to_owned).collect()
}

/// Of a procedure's arguments the server says that they go in; of a function's it does not.
fn without_in(arguments: &str) -> String {
    let arguments = arguments.strip_prefix("IN ").unwrap_or(arguments);
    arguments.replace(", IN ", ", ")
}

fn owner<'a>(relations: &'a mut [Table], row: &Row) -> Option<&'a mut Table> {
    let oid: u32 = row.get(0);
    relations.iter_mut().find(|table| table.oid == oid)
}
