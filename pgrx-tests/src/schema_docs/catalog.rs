//! What the catalog says of the model, in the order in which the pages show it.

mod queries;
mod read;
mod words;

pub(super) use read::read;

/// Everything that the pages are made from.
pub(super) struct Catalog {
    pub schemas: Vec<Schema>,
    /// Tables by qualified name; partitions not.
    pub tables: Vec<Table>,
    pub views: Vec<Table>,
    pub domains: Vec<Domain>,
    pub functions: Vec<Function>,
}

pub(super) struct Schema {
    pub name: String,
    pub comment: String,
}

/// A table or a view.
pub(super) struct Table {
    oid: u32,
    pub schema: String,
    pub name: String,
    pub comment: String,
    pub options: Vec<String>,
    pub row_security: bool,
    pub forced: bool,
    /// `RANGE (occurred_at)`, where the table is partitioned.
    pub partitioned_by: Option<String>,
    pub maintenance: Option<Maintenance>,
    pub columns: Vec<Column>,
    pub keys: Vec<Named>,
    pub references: Vec<Reference>,
    pub checks: Vec<Named>,
    pub indexes: Vec<Named>,
    pub triggers: Vec<Named>,
    pub policies: Vec<Named>,
    /// Roles and what they may do; the owner not.
    pub grants: Vec<(String, String)>,
    /// The columns of each key without a predicate, the primary key's first.
    pub unique: Vec<Vec<String>>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    pub name: String,
    pub kind: Type,
    pub not_null: bool,
    pub default: Option<String>,
    pub generated: bool,
    pub identity: bool,
    pub comment: String,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Type {
    /// As SQL writes it, with its schema.
    pub text: String,
    /// Schema and name of the domain, where it is one or an array of one.
    pub domain: Option<(String, String)>,
}

/// A constraint, index, trigger or policy, and what follows its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    pub name: String,
    pub text: String,
}

/// A foreign key.
pub(super) struct Reference {
    pub name: String,
    pub columns: Vec<String>,
    pub schema: String,
    pub table: String,
    /// The other table's columns, where they are not its primary key.
    pub other_columns: Option<Vec<String>>,
    /// `ON DELETE CASCADE` and the like; may be empty.
    pub actions: String,
}

pub(super) struct Maintenance {
    pub period: String,
    pub premake: i32,
    pub retention: Option<String>,
    pub action: String,
}

pub(super) struct Domain {
    pub schema: String,
    pub name: String,
    pub base: String,
    pub not_null: bool,
    pub default: Option<String>,
    pub checks: Vec<String>,
    pub comment: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    Procedure,
    Trigger,
}

pub(super) struct Function {
    pub schema: String,
    pub name: String,
    pub kind: Kind,
    pub arguments: String,
    pub result: Option<String>,
    pub properties: Vec<String>,
    /// Roles that may call it, PUBLIC among them.
    pub callers: Vec<String>,
    pub comment: String,
}
