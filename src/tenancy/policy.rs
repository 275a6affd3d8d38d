//! Row-level security policies as the server stores them: what they say, read from the tree and not
//! from the text, and their text for another table.
//!
//! Both take a `pg_node_tree`, whose input function refuses everything: there are no values but
//! those of the catalogs.

mod tree;

use std::ffi::{CStr, CString};

use pg_crm_core::policy::Condition;
use pgrx::prelude::*;

use crate::error::OrRaise;
use tree::{conjuncts, equality, items, only_selects_rows, stripped, tag, variable};

/// Which rows besides the current organization's own the expression lets through: see
/// [`pg_crm_core::policy`].
///
/// Declared in `sql/tenancy/functions_isolation.sql`, as Rust knows no `pg_node_tree`.
#[pg_extern(sql = false)]
fn policy_reach(expression: &str, target: pg_sys::Oid) -> Vec<&'static str> {
    let tree = tree(expression);
    // SAFETY: the tree is one that the server wrote, and lives until the function returns.
    let condition = unsafe { Table::of(target, 1).condition(tree) };
    condition.reach().names()
}

/// The expression's text for a table of this name that has the columns of `source`.
#[pg_extern(sql = false)]
fn policy_text(expression: &str, source: pg_sys::Oid, table_name: &str) -> String {
    let tree = tree(expression);
    let alias = CString::new(table_name).or_raise();
    // SAFETY: the tree is one that the server wrote; what is returned is a NUL-terminated text.
    unsafe {
        let context = pg_sys::deparse_context_for(alias.as_ptr(), source);
        let text = pg_sys::deparse_expression(tree, context, false, false);
        CStr::from_ptr(text).to_str().or_raise().to_owned()
    }
}

fn tree(expression: &str) -> *mut pg_sys::Node {
    let text = CString::new(expression).or_raise();
    // SAFETY: a NUL-terminated text; one that is no tree raises an ERROR.
    unsafe { pg_sys::stringToNode(text.as_ptr()).cast() }
}

/// A table as an expression refers to it.
struct Table {
    /// Its place in the query's list of relations.
    number: i32,
    /// The column that names the organization.
    organization: Option<pg_sys::AttrNumber>,
}

/// What a value is taken from.
#[derive(PartialEq)]
enum Context {
    Organization,
    User,
}

impl Table {
    fn of(oid: pg_sys::Oid, number: i32) -> Self {
        let is_uuid = |column: pg_sys::AttrNumber| {
            // SAFETY: reads the catalog; the column exists.
            column > 0 && unsafe { pg_sys::get_atttype(oid, column) } == pg_sys::UUIDOID
        };
        let name = if is_organizations(oid) {
            c"id"
        } else {
            c"organization_id"
        };
        // SAFETY: reads the catalog; the name is NUL-terminated.
        let column = unsafe { pg_sys::get_attnum(oid, name.as_ptr()) };
        Self {
            number,
            organization: is_uuid(column).then_some(column),
        }
    }

    /// What the expression says of a row of this table.
    ///
    /// # Safety
    /// `node` is null or an expression that the server made.
    unsafe fn condition(&self, node: *mut pg_sys::Node) -> Condition {
        // SAFETY: a node's tag tells its type, and the server's trees are sound.
        unsafe {
            match tag(node) {
                Some(pg_sys::NodeTag::T_BoolExpr) => {
                    let node = node.cast::<pg_sys::BoolExpr>();
                    let parts = || {
                        items((*node).args)
                            .map(|part| self.condition(part))
                            .collect()
                    };
                    match (*node).boolop {
                        pg_sys::BoolExprType::AND_EXPR => Condition::All(parts()),
                        pg_sys::BoolExprType::OR_EXPR => Condition::Any(parts()),
                        _ => items((*node).args)
                            .next()
                            .map_or(Condition::Unknown, |part| self.negated(part)),
                    }
                }
                Some(pg_sys::NodeTag::T_Const) => {
                    let node = node.cast::<pg_sys::Const>();
                    if (*node).constisnull || (*node).constvalue.value() == 0 {
                        Condition::Never
                    } else {
                        Condition::Unknown
                    }
                }
                Some(pg_sys::NodeTag::T_OpExpr) => {
                    let node = node.cast::<pg_sys::OpExpr>();
                    match equality(node) {
                        Some((left, right)) => self.equal(left, right),
                        None => Condition::Unknown,
                    }
                }
                Some(pg_sys::NodeTag::T_NullTest) => {
                    let node = node.cast::<pg_sys::NullTest>();
                    if (*node).nulltesttype == pg_sys::NullTestType::IS_NULL {
                        self.null((*node).arg.cast())
                    } else {
                        Condition::Unknown
                    }
                }
                Some(pg_sys::NodeTag::T_BooleanTest) => {
                    let node = node.cast::<pg_sys::BooleanTest>();
                    if (*node).booltesttype == pg_sys::BoolTestType::IS_TRUE {
                        self.condition((*node).arg.cast())
                    } else {
                        Condition::Unknown
                    }
                }
                Some(pg_sys::NodeTag::T_SubLink) => self.related(node.cast()),
                _ => Condition::Unknown,
            }
        }
    }

    /// `NOT (a IS DISTINCT FROM b)`: where both are NULL, rows of no organization are nobody's.
    unsafe fn negated(&self, node: *mut pg_sys::Node) -> Condition {
        // SAFETY: the caller's promise.
        unsafe {
            if tag(node) != Some(pg_sys::NodeTag::T_DistinctExpr) {
                return Condition::Unknown;
            }
            match equality(node.cast()).map(|(left, right)| self.equal(left, right)) {
                Some(Condition::Own) => Condition::Own,
                _ => Condition::Unknown,
            }
        }
    }

    unsafe fn null(&self, node: *mut pg_sys::Node) -> Condition {
        // SAFETY: the caller's promise.
        unsafe {
            if self.organization.is_some() && self.column(node) == self.organization {
                Condition::Shared
            } else if context(node) == Some(Context::Organization) {
                Condition::NoContext
            } else {
                Condition::Unknown
            }
        }
    }

    unsafe fn equal(&self, left: *mut pg_sys::Node, right: *mut pg_sys::Node) -> Condition {
        // SAFETY: the caller's promise.
        let (column, context) = unsafe {
            match (self.column(left), self.column(right)) {
                (Some(column), None) => (column, context(right)),
                (None, Some(column)) => (column, context(left)),
                _ => return Condition::Unknown,
            }
        };
        let is_organization = self.organization == Some(column);
        match context {
            Some(Context::Organization) if is_organization => Condition::Own,
            Some(Context::User) if !is_organization => Condition::Users,
            _ => Condition::Unknown,
        }
    }

    /// `key IN (SELECT ...)` and `EXISTS (SELECT ... WHERE x.key = key)`, where the related rows are
    /// the organization's or the user's.
    ///
    /// A row of a table that names its organization can be related to another organization's row
    /// by any other key, such as a user who is a member of both.
    unsafe fn related(&self, node: *mut pg_sys::SubLink) -> Condition {
        // SAFETY: the caller's promise.
        unsafe {
            let query = (*node).subselect.cast::<pg_sys::Query>();
            if tag(query.cast()) != Some(pg_sys::NodeTag::T_Query) || !only_selects_rows(query) {
                return Condition::Unknown;
            }
            let mut conditions = Vec::new();
            conjuncts((*(*query).jointree).quals, &mut conditions);
            let keys = match (*node).subLinkType {
                pg_sys::SubLinkType::ANY_SUBLINK => self.selected_key(node, query),
                pg_sys::SubLinkType::EXISTS_SUBLINK => conditions
                    .iter()
                    .filter_map(|part| self.joined_key(*part))
                    .collect(),
                _ => Vec::new(),
            };
            for (own, related) in keys {
                let Some(other) = relation(query, (*related).varno) else {
                    continue;
                };
                let by_organization = self.organization.is_none()
                    || self.organization == Some(own)
                        && other.organization == Some((*related).varattno);
                if !by_organization {
                    continue;
                }
                let said = conditions
                    .iter()
                    .map(|part| other.condition(*part))
                    .collect();
                let reach = Condition::All(said).reach();
                if !reach.others && !reach.shared {
                    return if reach.users {
                        Condition::Users
                    } else {
                        Condition::Own
                    };
                }
            }
            Condition::Unknown
        }
    }

    /// The column that `IN` compares, and what the sub-select selects.
    unsafe fn selected_key(
        &self,
        node: *mut pg_sys::SubLink,
        query: *mut pg_sys::Query,
    ) -> Vec<(pg_sys::AttrNumber, *mut pg_sys::Var)> {
        // SAFETY: the caller's promise.
        unsafe {
            let test = (*node).testexpr;
            if tag(test) != Some(pg_sys::NodeTag::T_OpExpr) {
                return Vec::new();
            }
            let selected = items((*query).targetList)
                .next()
                .map(|entry| stripped((*entry.cast::<pg_sys::TargetEntry>()).expr.cast()));
            let own = equality(test.cast()).and_then(|(left, _)| self.column(left));
            match (own, selected.and_then(|node| variable(node, 0))) {
                (Some(own), Some(related)) => vec![(own, related)],
                _ => Vec::new(),
            }
        }
    }

    /// The columns of `related.key = key` within a sub-select.
    unsafe fn joined_key(
        &self,
        node: *mut pg_sys::Node,
    ) -> Option<(pg_sys::AttrNumber, *mut pg_sys::Var)> {
        // SAFETY: the caller's promise.
        unsafe {
            if tag(node) != Some(pg_sys::NodeTag::T_OpExpr) {
                return None;
            }
            let (left, right) = equality(node.cast())?;
            let (left, right) = (stripped(left), stripped(right));
            let (outer, related) = match (variable(left, 1), variable(right, 1)) {
                (Some(outer), None) => (outer, variable(right, 0)?),
                (None, Some(outer)) => (outer, variable(left, 0)?),
                _ => return None,
            };
            ((*outer).varno == self.number && (*outer).vartype == pg_sys::UUIDOID)
                .then_some(((*outer).varattno, related))
        }
    }

    /// The column of this table that the expression is, of type uuid.
    unsafe fn column(&self, node: *mut pg_sys::Node) -> Option<pg_sys::AttrNumber> {
        // SAFETY: the caller's promise.
        unsafe {
            let variable = variable(stripped(node), 0)?;
            ((*variable).varno == self.number && (*variable).vartype == pg_sys::UUIDOID)
                .then_some((*variable).varattno)
        }
    }
}

/// Whether the table is the one whose own key names the organization.
fn is_organizations(oid: pg_sys::Oid) -> bool {
    // SAFETY: reads the catalog.
    unsafe {
        in_tenancy(
            pg_sys::get_rel_namespace(oid),
            pg_sys::get_rel_name(oid),
            c"organizations",
        )
    }
}

/// Whether a name read from the catalog, null where there is none, is this one of schema tenancy.
///
/// # Safety
/// `name` is null or NUL-terminated.
unsafe fn in_tenancy(schema: pg_sys::Oid, name: *const std::ffi::c_char, expected: &CStr) -> bool {
    // SAFETY: the caller's promise; the schema's name is NUL-terminated.
    unsafe {
        !name.is_null()
            && CStr::from_ptr(name) == expected
            && schema == pg_sys::get_namespace_oid(c"tenancy".as_ptr(), true)
    }
}

/// A query's relation by its number, where it is a table.
///
/// # Safety
/// `query` is a query that the server made.
unsafe fn relation(query: *mut pg_sys::Query, number: i32) -> Option<Table> {
    // SAFETY: the caller's promise.
    unsafe {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let entry = items((*query).rtable)
            .nth(index)?
            .cast::<pg_sys::RangeTblEntry>();
        let kind = (*entry).relkind as u8;
        ((*entry).rtekind == pg_sys::RTEKind::RTE_RELATION && (kind == b'r' || kind == b'p'))
            .then(|| Table::of((*entry).relid, number))
    }
}

/// What a value is taken from: one of the getters, or the setting itself.
///
/// # Safety
/// `node` is null or an expression that the server made.
unsafe fn context(node: *mut pg_sys::Node) -> Option<Context> {
    // SAFETY: the caller's promise.
    unsafe {
        let node = stripped(node);
        if tag(node) != Some(pg_sys::NodeTag::T_FuncExpr) {
            return None;
        }
        let call = node.cast::<pg_sys::FuncExpr>();
        let (schema, name) = (
            pg_sys::get_func_namespace((*call).funcid),
            pg_sys::get_func_name((*call).funcid),
        );
        if (*call).args.is_null() {
            return if in_tenancy(schema, name, c"current_org_id") {
                Some(Context::Organization)
            } else {
                in_tenancy(schema, name, c"current_user_id").then_some(Context::User)
            };
        }
        let reads_setting = !name.is_null()
            && CStr::from_ptr(name) == c"current_setting"
            && schema == pg_sys::Oid::from(pg_sys::PG_CATALOG_NAMESPACE);
        let argument = items((*call).args).next()?;
        if !reads_setting || tag(argument) != Some(pg_sys::NodeTag::T_Const) {
            return None;
        }
        let setting = argument.cast::<pg_sys::Const>();
        let setting = String::from_datum((*setting).constvalue, (*setting).constisnull)?;
        match setting.to_ascii_lowercase().as_str() {
            "app.current_org_id" => Some(Context::Organization),
            "app.current_user_id" => Some(Context::User),
            _ => None,
        }
    }
}
