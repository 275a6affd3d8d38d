//! Short ways to ask a database, which panic at the caller's line where the answer is an error.

use postgres::error::DbError;
use postgres::types::{FromSqlOwned, ToSql};
use postgres::{Client, Error, GenericClient, SimpleQueryMessage, Transaction};
use uuid::Uuid;

use crate::Org;

/// The values of `$1`, `$2`, ... of a statement.
pub type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// What tests ask of a connection or of a transaction.
///
/// Where a test wants the error itself, postgres' own `execute`, `query` and `batch_execute` are
/// there too.
pub trait Sql: GenericClient {
    /// Executes statements that may fail without spoiling what comes after them: a transaction
    /// does so within a savepoint, a connection as it is.
    fn attempt(&mut self, sql: &str, params: Params<'_>) -> Result<(), Error>;

    /// Executes one or more statements.
    #[track_caller]
    fn exec(&mut self, sql: &str) {
        if let Err(error) = self.batch_execute(sql) {
            panic!("{}", describe(sql, &error));
        }
    }

    /// Executes a statement with parameters; returns how many rows it concerned.
    #[track_caller]
    fn exec_with(&mut self, sql: &str, params: Params<'_>) -> u64 {
        self.execute(sql, params)
            .unwrap_or_else(|error| panic!("{}", describe(sql, &error)))
    }

    /// The first column of the only row. `Option<T>` where it may be NULL.
    #[track_caller]
    fn one<T: FromSqlOwned>(&mut self, sql: &str, params: Params<'_>) -> T {
        let mut values = self.column(sql, params);
        assert!(
            values.len() == 1,
            "{sql}\nreturned {} rows, not one",
            values.len()
        );
        values.remove(0)
    }

    /// The first column of the only row; None where there is no row.
    #[track_caller]
    fn opt<T: FromSqlOwned>(&mut self, sql: &str, params: Params<'_>) -> Option<T> {
        let mut values = self.column(sql, params);
        assert!(
            values.len() <= 1,
            "{sql}\nreturned {} rows, not one or none",
            values.len()
        );
        values.pop()
    }

    /// The first column of all rows.
    #[track_caller]
    fn column<T: FromSqlOwned>(&mut self, sql: &str, params: Params<'_>) -> Vec<T> {
        let rows = match self.query(sql, params) {
            Ok(rows) => rows,
            Err(error) => panic!("{}", describe(sql, &error)),
        };
        let mut values = Vec::with_capacity(rows.len());
        for row in &rows {
            match row.try_get(0) {
                Ok(value) => values.push(value),
                Err(error) => panic!("{}", describe(sql, &error)),
            }
        }
        values
    }

    /// All columns of all rows as text, whatever their types.
    #[track_caller]
    fn rows_text(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        let messages = match self.simple_query(sql) {
            Ok(messages) => messages,
            Err(error) => panic!("{}", describe(sql, &error)),
        };
        let mut rows = Vec::new();
        for message in &messages {
            if let SimpleQueryMessage::Row(row) = message {
                rows.push(
                    (0..row.len())
                        .map(|i| row.get(i).map(str::to_owned))
                        .collect(),
                );
            }
        }
        rows
    }

    /// All rows as lines of text, columns divided by `|` and NULL shown as nothing, as
    /// `psql -At` prints them: for comparing with a literal.
    #[track_caller]
    fn lines(&mut self, sql: &str) -> Vec<String> {
        let line = |row: Vec<Option<String>>| {
            row.into_iter()
                .map(Option::unwrap_or_default)
                .collect::<Vec<_>>()
                .join("|")
        };
        self.rows_text(sql).into_iter().map(line).collect()
    }

    /// Asserts that the statements fail with this SQLSTATE; returns the error, for its message,
    /// detail, hint and constraint.
    #[track_caller]
    fn fails_with(&mut self, sql: &str, sqlstate: &str) -> DbError {
        self.fails_with_params(sql, &[], sqlstate)
    }

    /// Like [`fails_with`](Self::fails_with), for one statement with parameters.
    #[track_caller]
    fn fails_with_params(&mut self, sql: &str, params: Params<'_>, sqlstate: &str) -> DbError {
        let Err(error) = self.attempt(sql, params) else {
            panic!("{sql}\nsucceeded, and should have failed with {sqlstate}");
        };
        match error.as_db_error() {
            Some(db_error) if db_error.code().code() == sqlstate => db_error.clone(),
            _ => panic!(
                "{}\nand should have failed with {sqlstate}",
                describe(sql, &error)
            ),
        }
    }

    /// Works in a transaction for an organization, and commits it.
    #[track_caller]
    fn in_org<T>(&mut self, org: &Org, work: impl FnOnce(&mut Transaction<'_>) -> T) -> T
    where
        Self: Sized,
    {
        in_context(self, org.id, None, work)
    }

    /// Like [`in_org`](Self::in_org), as one of its users.
    #[track_caller]
    fn in_org_as<T>(
        &mut self,
        org: &Org,
        user: Uuid,
        work: impl FnOnce(&mut Transaction<'_>) -> T,
    ) -> T
    where
        Self: Sized,
    {
        in_context(self, org.id, Some(user), work)
    }
}

#[track_caller]
fn in_context<T>(
    client: &mut impl GenericClient,
    organization: Uuid,
    user: Option<Uuid>,
    work: impl FnOnce(&mut Transaction<'_>) -> T,
) -> T {
    let mut transaction = client.transaction().expect("could not begin a transaction");
    match user {
        None => transaction.exec_with("SELECT tenancy.set_context($1)", &[&organization]),
        Some(user) => transaction.exec_with(
            "SELECT tenancy.set_context($1, $2)",
            &[&organization, &user],
        ),
    };
    let result = work(&mut transaction);
    if let Err(error) = transaction.commit() {
        panic!("{}", describe("COMMIT", &error));
    }
    result
}

impl Sql for Client {
    fn attempt(&mut self, sql: &str, params: Params<'_>) -> Result<(), Error> {
        attempt_bare(self, sql, params)
    }
}

impl Sql for Transaction<'_> {
    fn attempt(&mut self, sql: &str, params: Params<'_>) -> Result<(), Error> {
        let mut savepoint = self.transaction()?;
        attempt_bare(&mut savepoint, sql, params)?;
        savepoint.commit()
    }
}

fn attempt_bare(
    client: &mut impl GenericClient,
    sql: &str,
    params: Params<'_>,
) -> Result<(), Error> {
    if params.is_empty() {
        client.batch_execute(sql)
    } else {
        client.execute(sql, params).map(drop)
    }
}

/// The statement and all that the server said about it.
pub(crate) fn describe(sql: &str, error: &Error) -> String {
    let Some(error) = error.as_db_error() else {
        return format!("{sql}\nfailed: {error:?}");
    };
    let mut text = format!(
        "{sql}\nfailed: {} {}: {}",
        error.severity(),
        error.code().code(),
        error.message()
    );
    let more = [
        ("detail", error.detail()),
        ("hint", error.hint()),
        ("context", error.where_()),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            text += &format!("\n{name}: {value}");
        }
    }
    text
}
