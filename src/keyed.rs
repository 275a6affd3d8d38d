//! Rows by their keys, read and rewritten below the executor and under its rules.
//!
//! A kept plan spends ten times as long on starting the executor as on finding a row; one that writes
//! also on reading the text of every CHECK and every trigger's WHEN of its table. What is here finds a
//! row by the table's own key, with the snapshot and the locks that a query would have.
//!
//! Row-level security is obeyed, not gone around: the server is asked whether it is in force for this
//! table and role ([`sight`]), and where it is, only the policies that the installer makes are
//! understood here. Under any other, for a role without SELECT on the whole table, with children or
//! without the key, the answer is "ask the executor" ([`Table::reader`] gives nothing), which then
//! decides or refuses. So it is with what a change of a row sets in motion ([`Target::writer`]). The
//! answer is kept until the server announces a change of a table, a schema or a role.

mod news;
mod order;
mod reader;
mod row;
mod scan;
mod sight;
mod suited;
mod target;
mod writer;

pub use news::Known;
pub use order::Order;
pub use reader::{Reader, Table};
pub use row::Row;
pub use sight::Shown;
pub use target::Target;
pub use writer::{Change, Outcome};
