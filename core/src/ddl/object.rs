//! The object that a statement makes.

use super::lexer::Token;

/// A qualified name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The schema.
    pub schema: String,
    /// The name inside it.
    pub name: String,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// What a statement makes, named as the catalog names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// `CREATE DOMAIN`
    Domain(Name),
    /// `CREATE TABLE`
    Table(Name),
    /// `CREATE SEQUENCE`
    Sequence(Name),
    /// `CREATE VIEW`
    View(Name),
    /// `CREATE INDEX`: lives in its table's schema.
    Index {
        /// The index's own name.
        name: String,
        /// What it indexes.
        table: Name,
    },
    /// `CREATE TRIGGER`
    Trigger {
        /// The trigger's name.
        name: String,
        /// Its table.
        table: Name,
    },
    /// `CREATE POLICY`
    Policy {
        /// The policy's name.
        name: String,
        /// Its table.
        table: Name,
    },
    /// `ALTER TABLE .. ADD COLUMN`
    Column {
        /// The column's name.
        name: String,
        /// Its table.
        table: Name,
    },
    /// `ALTER TABLE .. ADD CONSTRAINT`
    Constraint {
        /// The constraint's name.
        name: String,
        /// Its table.
        table: Name,
    },
    /// `ALTER TABLE .. ALTER COLUMN .. SET DEFAULT`
    Default {
        /// The column.
        column: String,
        /// Its table.
        table: Name,
    },
    /// `ALTER DOMAIN .. ADD CONSTRAINT`
    DomainConstraint {
        /// The constraint's name.
        name: String,
        /// Its domain.
        domain: Name,
    },
    /// `CREATE EVENT TRIGGER`: the database's, in no schema.
    EventTrigger(String),
    /// `COMMENT ON TABLE`, `VIEW` or `DOMAIN`
    Comment(Name),
    /// `COMMENT ON COLUMN`
    ColumnComment {
        /// The column.
        column: String,
        /// Its table or view.
        table: Name,
    },
}

impl Object {
    /// The object in the words of a report: `check crm.contacts.contacts_email_check` and the like.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Domain(n) => format!("domain {n}"),
            Self::Table(n) => format!("table {n}"),
            Self::Sequence(n) => format!("sequence {n}"),
            Self::View(n) => format!("view {n}"),
            Self::Index { name, table } => format!("index {}.{name}", table.schema),
            Self::Trigger { name, table } => format!("trigger {name} on {table}"),
            Self::Policy { name, table } => format!("policy {name} on {table}"),
            Self::Column { name, table } => format!("column {table}.{name}"),
            Self::Constraint { name, table } => format!("constraint {name} on {table}"),
            Self::Default { column, table } => format!("default of {table}.{column}"),
            Self::DomainConstraint { name, domain } => format!("constraint {name} on {domain}"),
            Self::EventTrigger(name) => format!("event trigger {name}"),
            Self::Comment(n) => format!("comment on {n}"),
            Self::ColumnComment { column, table } => format!("comment on {table}.{column}"),
        }
    }

    /// The relation's name where the object is one that a stranger may have taken.
    #[must_use]
    pub fn relation(&self) -> Option<Name> {
        match self {
            Self::Table(n) | Self::Sequence(n) | Self::View(n) => Some(n.clone()),
            Self::Index { name, table } => Some(Name {
                schema: table.schema.clone(),
                name: name.clone(),
            }),
            _ => None,
        }
    }
}

/// Names the object of a statement.
pub fn of(tokens: &[Token]) -> Result<Object, String> {
    let mut words = Words { tokens, at: 0 };
    words.object().map_err(|expected| {
        let seen: Vec<_> = tokens.iter().take(6).map(show).collect();
        format!("expected {expected} in: {} ...", seen.join(" "))
    })
}

fn show(token: &Token) -> String {
    match token {
        Token::Word(w) => w.clone(),
        Token::Mark(c) => c.to_string(),
        Token::Literal => "'..'".to_owned(),
    }
}

struct Words<'a> {
    tokens: &'a [Token],
    at: usize,
}

type Parsed<T> = Result<T, &'static str>;

impl Words<'_> {
    fn eat(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: &'static str) -> Parsed<()> {
        if self.eat(word) { Ok(()) } else { Err(word) }
    }

    fn word(&mut self) -> Parsed<String> {
        match self.tokens.get(self.at) {
            Some(Token::Word(w)) => {
                self.at += 1;
                Ok(w.clone())
            }
            _ => Err("a name"),
        }
    }

    fn dot(&mut self) -> Parsed<()> {
        match self.tokens.get(self.at) {
            Some(Token::Mark('.')) => {
                self.at += 1;
                Ok(())
            }
            _ => Err("a qualified name"),
        }
    }

    fn name(&mut self) -> Parsed<Name> {
        let schema = self.word()?;
        self.dot()?;
        let name = self.word()?;
        Ok(Name { schema, name })
    }

    /// Skips to the next ON: what stands between a trigger's name and its table.
    fn skip_to_on(&mut self) -> Parsed<()> {
        while self.at < self.tokens.len() {
            if self.eat("on") {
                return Ok(());
            }
            self.at += 1;
        }
        Err("ON")
    }

    fn object(&mut self) -> Parsed<Object> {
        match self.word()?.as_str() {
            "create" => self.create(),
            "alter" => self.alter(),
            "comment" => self.comment(),
            _ => Err("CREATE, ALTER or COMMENT"),
        }
    }

    fn create(&mut self) -> Parsed<Object> {
        for modifier in ["unique", "unlogged", "constraint"] {
            self.eat(modifier);
        }
        match self.word()?.as_str() {
            "domain" => Ok(Object::Domain(self.name()?)),
            "table" => Ok(Object::Table(self.name()?)),
            "sequence" => Ok(Object::Sequence(self.name()?)),
            "view" => Ok(Object::View(self.name()?)),
            "index" => {
                let name = self.word()?;
                self.expect("on")?;
                let table = self.name()?;
                Ok(Object::Index { name, table })
            }
            "trigger" => {
                let name = self.word()?;
                self.skip_to_on()?;
                let table = self.name()?;
                Ok(Object::Trigger { name, table })
            }
            "policy" => {
                let name = self.word()?;
                self.expect("on")?;
                let table = self.name()?;
                Ok(Object::Policy { name, table })
            }
            "event" => {
                self.expect("trigger")?;
                let name = self.word()?;
                self.expect("on")?;
                Ok(Object::EventTrigger(name))
            }
            _ => Err("DOMAIN, TABLE, SEQUENCE, VIEW, INDEX, TRIGGER, POLICY or EVENT TRIGGER"),
        }
    }

    fn alter(&mut self) -> Parsed<Object> {
        match self.word()?.as_str() {
            "domain" => {
                let domain = self.name()?;
                self.expect("add")?;
                self.expect("constraint")?;
                let name = self.word()?;
                Ok(Object::DomainConstraint { name, domain })
            }
            "table" => {
                let table = self.name()?;
                if self.eat("alter") {
                    self.expect("column")?;
                    let column = self.word()?;
                    self.expect("set")?;
                    self.expect("default")?;
                    return Ok(Object::Default { column, table });
                }
                self.expect("add")?;
                if self.eat("column") {
                    let name = self.word()?;
                    return Ok(Object::Column { name, table });
                }
                self.expect("constraint")?;
                let name = self.word()?;
                Ok(Object::Constraint { name, table })
            }
            _ => Err("TABLE or DOMAIN"),
        }
    }

    fn comment(&mut self) -> Parsed<Object> {
        self.expect("on")?;
        match self.word()?.as_str() {
            "table" | "view" | "domain" => Ok(Object::Comment(self.name()?)),
            "column" => {
                let table = self.name()?;
                self.dot()?;
                let column = self.word()?;
                Ok(Object::ColumnComment { column, table })
            }
            _ => Err("TABLE, VIEW, DOMAIN or COLUMN"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ddl::parse;

    #[test]
    fn names_every_kind_of_object() {
        let cases = [
            ("CREATE DOMAIN crm.status AS text;", "domain crm.status"),
            ("create table crm.\"Odd\" (a int);", "table crm.Odd"),
            ("CREATE UNLOGGED TABLE a.b (c int);", "table a.b"),
            ("CREATE SEQUENCE a.b;", "sequence a.b"),
            (
                "CREATE VIEW a.b WITH (security_invoker) AS SELECT 1;",
                "view a.b",
            ),
            ("CREATE UNIQUE INDEX i ON a.b (c);", "index a.i"),
            (
                "CREATE TRIGGER g AFTER UPDATE OF c ON a.b REFERENCING NEW TABLE AS n \
                 FOR EACH STATEMENT EXECUTE FUNCTION a.f();",
                "trigger g on a.b",
            ),
            ("CREATE POLICY p ON a.b USING (true);", "policy p on a.b"),
            (
                "CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('CREATE TABLE') \
                 EXECUTE FUNCTION a.f();",
                "event trigger e",
            ),
            (
                "ALTER TABLE a.b ADD COLUMN c text GENERATED ALWAYS AS (lower(d)) STORED;",
                "column a.b.c",
            ),
            (
                "ALTER TABLE a.b ADD CONSTRAINT k CHECK (c > 0);",
                "constraint k on a.b",
            ),
            (
                "ALTER TABLE a.b ALTER COLUMN c SET DEFAULT a.f();",
                "default of a.b.c",
            ),
            (
                "ALTER DOMAIN a.d ADD CONSTRAINT k CHECK (a.f(VALUE));",
                "constraint k on a.d",
            ),
            ("COMMENT ON TABLE a.b IS 'x';", "comment on a.b"),
            ("COMMENT ON COLUMN a.b.c IS 'x';", "comment on a.b.c"),
        ];
        for (script, described) in cases {
            let statements = parse(script).unwrap();
            assert_eq!(statements[0].object.describe(), described, "{script}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for script in [
            "DROP TABLE a.b;",
            "CREATE TABLE b (c int);",
            "CREATE TABLE IF NOT EXISTS a.b (c int);",
            "CREATE INDEX ON a.b (c);",
            "CREATE EVENT TRIGGER a.e ON ddl_command_end EXECUTE FUNCTION a.f();",
            "ALTER TABLE a.b DROP COLUMN c;",
            "ALTER TABLE a.b ADD c int;",
            "GRANT SELECT ON a.b TO c;",
            "COMMENT ON FUNCTION a.b IS 'x';",
        ] {
            let error = parse(script).unwrap_err();
            assert_eq!(error.line, 1, "{script}");
        }
    }
}
