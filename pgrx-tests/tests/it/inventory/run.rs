//! Where the checks are made: a database with an organization that has rows in every table.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use pg_crm_tests::{Client, Db, Org, Sql, Transaction, shared};
use postgres::{Error, SimpleQueryMessage};

use super::checks;
use super::parse::Check;
use crate::tenancy::populate;

/// A check that does not hold, and why.
pub type Outcome = Result<(), String>;

pub struct Runner {
    db: Db,
    acme: Org,
    superuser: Client,
    /// The sessions of checks as a role, by its name.
    sessions: BTreeMap<&'static str, Client>,
    documents: String,
}

impl Runner {
    pub fn new() -> Self {
        let db = shared().fresh_db();
        let acme = db.org("Acme");
        let mut superuser = db.superuser();
        superuser.exec(include_str!("../schema/before_rows.sql"));
        populate(&db, &acme);
        superuser.exec(include_str!("../schema/after_rows.sql"));
        superuser.exec("SET search_path = pg_catalog; SET timezone = 'UTC'");
        Self {
            db,
            acme,
            superuser,
            sessions: BTreeMap::new(),
            documents: documents(),
        }
    }

    pub fn check(&mut self, check: &Check) -> Outcome {
        let text = check.text.as_str();
        match check.kind.as_str() {
            "refuses" => self.refuses(text),
            "takes" => self.takes(text),
            "does" => self.does(text),
            "fails" => self.fails(text),
            "true" => self.is_true(text),
            "documented" => self.is_documented(text),
            kind => checks::catalog(&mut self.superuser, kind, text),
        }
        .map_err(|fault| format!("{} {text}: {fault}", check.kind))
    }

    /// `s.t c = v` as the application does it, where that may change the table.
    fn change(&mut self, table: &str, assignments: &str) -> Result<u64, Fault> {
        let privileged: bool = self
            .superuser
            .query_one(
                "SELECT has_table_privilege('crm_app', $1::text, 'UPDATE')",
                &[&table],
            )?
            .get(0);
        let role = if privileged { "app" } else { "superuser" };
        let sql = format!("UPDATE {table} SET {}", with_keys(assignments));
        self.within(role, |tx| tx.execute(&sql, &[]))
    }

    fn refuses(&mut self, text: &str) -> Outcome {
        let (subject, assignments) = halves(text, ":")?;
        let (table, expected) = halves(subject, " ")?;
        match self.change(table, assignments) {
            Ok(0) => Err("there is no row to change".to_owned()),
            Ok(_) => Err("is taken".to_owned()),
            Err(fault) => fault.expected(expected),
        }
    }

    fn takes(&mut self, text: &str) -> Outcome {
        let (table, assignments) = halves(text, ":")?;
        match self.change(table, assignments) {
            Ok(0) => Err("there is no row to change".to_owned()),
            Ok(_) => Ok(()),
            Err(fault) => Err(fault.to_string()),
        }
    }

    fn does(&mut self, text: &str) -> Outcome {
        let (role, sql) = role_of(text)?;
        let answer = self
            .within(role, |tx| last_answer(tx, &sql))
            .map_err(|fault| fault.to_string())?;
        expect_true(answer)
    }

    fn fails(&mut self, text: &str) -> Outcome {
        let (subject, sql) = halves(text, ":")?;
        let (role, expected) = match subject.strip_prefix("as ") {
            Some(subject) => halves(subject, " ")?,
            None => ("app", subject),
        };
        let sql = with_keys(sql);
        match self.within(role, |tx| last_answer(tx, &sql)) {
            Ok(_) => Err("does not fail".to_owned()),
            Err(fault) => fault.expected(expected),
        }
    }

    fn is_true(&mut self, text: &str) -> Outcome {
        let answer = self
            .superuser
            .simple_query(&format!("SELECT ({text})"))
            .map(|messages| answer(&messages))
            .map_err(|error| Fault::from(error).message)?;
        expect_true(answer)
    }

    fn is_documented(&self, phrase: &str) -> Outcome {
        if self.documents.contains(&plain(phrase)) {
            Ok(())
        } else {
            Err("no document has it".to_owned())
        }
    }

    /// Works in a transaction of this role that is undone.
    fn within<T>(
        &mut self,
        role: &str,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        let db = &self.db;
        let client = match role {
            "app" => self.sessions.entry("app").or_insert_with(|| db.app()),
            "nobody" => self.sessions.entry("nobody").or_insert_with(|| db.app()),
            "readonly" => self
                .sessions
                .entry("readonly")
                .or_insert_with(|| db.readonly()),
            "admin" => self.sessions.entry("admin").or_insert_with(|| db.admin()),
            "superuser" => self
                .sessions
                .entry("superuser")
                .or_insert_with(|| db.superuser()),
            _ => panic!("no such role: {role}"),
        };
        let mut tx = client.transaction()?;
        if role != "nobody" {
            tx.exec_with(
                "SELECT tenancy.set_context($1, $2)",
                &[&self.acme.id, &self.acme.owner],
            );
        }
        Ok(work(&mut tx)?)
    }
}

/// What the server said against a statement.
struct Fault {
    sqlstate: String,
    constraint: Option<String>,
    message: String,
}

impl Fault {
    /// Whether it was meant, by SQLSTATE or by the name of the constraint.
    fn expected(&self, expected: &str) -> Outcome {
        if self.sqlstate == expected || self.constraint.as_deref() == Some(expected) {
            Ok(())
        } else {
            Err(self.to_string())
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        error.as_db_error().map_or_else(
            || Self {
                sqlstate: String::new(),
                constraint: None,
                message: error.to_string(),
            },
            |error| Self {
                sqlstate: error.code().code().to_owned(),
                constraint: error.constraint().map(str::to_owned),
                message: error.message().to_owned(),
            },
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "fails with {}: {}", self.sqlstate, self.message)
    }
}

fn last_answer(tx: &mut Transaction<'_>, sql: &str) -> Result<Option<String>, Error> {
    tx.simple_query(sql).map(|messages| answer(&messages))
}

/// What the last statement answers, if anything.
fn answer(messages: &[SimpleQueryMessage]) -> Option<String> {
    let mut statements =
        messages.split(|message| matches!(message, SimpleQueryMessage::CommandComplete(_)));
    // Nothing comes after the last statement's end.
    let last = statements.nth_back(1)?;
    last.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
        _ => None,
    })
}

fn expect_true(answer: Option<String>) -> Outcome {
    match answer.as_deref() {
        Some("t") => Ok(()),
        answer => Err(format!("answers {}", answer.unwrap_or("nothing"))),
    }
}

/// Both sides of the first separator, trimmed.
pub fn halves<'a>(text: &'a str, separator: &str) -> Result<(&'a str, &'a str), String> {
    text.split_once(separator)
        .map(|(left, right)| (left.trim(), right.trim()))
        .ok_or_else(|| format!("lacks {separator:?}"))
}

/// `as role: statements` or statements of the application's.
fn role_of(text: &str) -> Result<(&str, String), String> {
    match text.strip_prefix("as ") {
        Some(rest) => halves(rest, ":").map(|(role, sql)| (role, with_keys(sql))),
        None => Ok(("app", with_keys(text))),
    }
}

/// `$creator_campaign` is the id that `pg_temp.key('creator campaign')` gave to a sample row.
fn with_keys(sql: &str) -> String {
    let mut parts = sql.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        if name.starts_with(|c: char| c.is_ascii_lowercase()) {
            let name = name.replace('_', " ");
            text += &format!("md5(tenancy.current_org_id()::text || '{name}')::uuid{rest}");
        } else {
            text += "$";
            text += part;
        }
    }
    text
}

/// README.md and what people wrote in docs/, as one plain text. The pages of docs/schema are made
/// from the catalog, which would answer for itself.
fn documents() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut text = read(&root.join("README.md"));
    let mut folders = vec![root.join("docs")];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        for entry in entries {
            let path = entry.expect("a folder can be read").path();
            if path.is_dir() && !path.ends_with("docs/schema") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                text += &read(&path);
            }
        }
    }
    plain(&text)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// In lower case, with single spaces, without Markdown's emphasis.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace(['`', '*'], "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
