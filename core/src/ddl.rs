//! Reading the data model's SQL scripts: statements, and the one object each of them makes.
//!
//! The installer executes a statement only where its object is missing, so it must know the object
//! before it asks the server. The scripts are our own, and the dialect is small on purpose: one
//! object per statement, names always qualified. Whatever falls outside is an [`Error`] that
//! stops the first installation, hence the first test; this is no general SQL parser.

mod lexer;
mod object;

pub use lexer::split;
pub use object::{Name, Object};

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The statement's text without the closing semicolon and without leading comments.
    pub text: &'a str,
    /// The line of the script at which it begins, counted from 1.
    pub line: usize,
    /// The object that it makes.
    pub object: Object,
}

/// A statement that the installer does not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The line of the script at which the statement begins, counted from 1.
    pub line: usize,
    /// What is wrong, in plain words.
    pub message: String,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for Error {}

/// Splits a script and names the object of every statement.
///
/// # Errors
/// The first statement that is not terminated or makes no object that the installer knows.
pub fn parse(script: &str) -> Result<Vec<Statement<'_>>, Error> {
    split(script)?
        .into_iter()
        .map(|raw| {
            let object = object::of(&raw.tokens).map_err(|message| Error {
                line: raw.line,
                message,
            })?;
            Ok(Statement {
                text: raw.text,
                line: raw.line,
                object,
            })
        })
        .collect()
}
