//! Expressions as the server stores them.

use pgrx::prelude::*;

/// Equality of uuid and of text, which have no names in the server's headers.
const UUID_EQUAL: u32 = 2972;
const TEXT_EQUAL: u32 = 98;

/// A node's type; `None` where there is no node.
///
/// # Safety
/// `node` is null or a node.
pub unsafe fn tag(node: *mut pg_sys::Node) -> Option<pg_sys::NodeTag> {
    // SAFETY: the caller's promise.
    (!node.is_null()).then(|| unsafe { (*node).type_ })
}

/// The nodes of a list.
///
/// # Safety
/// `list` is null or a list of nodes.
pub unsafe fn items(list: *mut pg_sys::List) -> impl Iterator<Item = *mut pg_sys::Node> {
    // SAFETY: the caller's promise.
    let list = unsafe { pgrx::PgList::<pg_sys::Node>::from_pg(list) };
    (0..list.len()).filter_map(move |i| list.get_ptr(i))
}

/// Both sides of an expression that compares for equality.
///
/// # Safety
/// `node` is an OpExpr or DistinctExpr.
pub unsafe fn equality(
    node: *mut pg_sys::OpExpr,
) -> Option<(*mut pg_sys::Node, *mut pg_sys::Node)> {
    // SAFETY: the caller's promise.
    unsafe {
        let operator = (*node).opno.to_u32();
        if operator != UUID_EQUAL && operator != TEXT_EQUAL {
            return None;
        }
        let mut sides = items((*node).args);
        Some((sides.next()?, sides.next()?))
    }
}

/// A column of a relation of the query that is `levels` outside.
///
/// # Safety
/// `node` is null or a node.
pub unsafe fn variable(node: *mut pg_sys::Node, levels: u32) -> Option<*mut pg_sys::Var> {
    // SAFETY: the caller's promise.
    unsafe {
        let variable = node.cast::<pg_sys::Var>();
        (tag(node) == Some(pg_sys::NodeTag::T_Var) && (*variable).varlevelsup == levels)
            .then_some(variable)
    }
}

/// The expression without what leaves a uuid's value or makes it NULL: casts from and to text,
/// `NULLIF`, and a sub-select of nothing else.
///
/// # Safety
/// `node` is null or an expression that the server made.
pub unsafe fn stripped(mut node: *mut pg_sys::Node) -> *mut pg_sys::Node {
    // SAFETY: the caller's promise.
    unsafe {
        loop {
            node = match tag(node) {
                Some(pg_sys::NodeTag::T_RelabelType) => {
                    (*node.cast::<pg_sys::RelabelType>()).arg.cast()
                }
                Some(pg_sys::NodeTag::T_CoerceViaIO)
                    if [pg_sys::UUIDOID, pg_sys::TEXTOID]
                        .contains(&(*node.cast::<pg_sys::CoerceViaIO>()).resulttype) =>
                {
                    (*node.cast::<pg_sys::CoerceViaIO>()).arg.cast()
                }
                Some(pg_sys::NodeTag::T_NullIfExpr) => {
                    match items((*node.cast::<pg_sys::NullIfExpr>()).args).next() {
                        Some(value) => value,
                        None => return node,
                    }
                }
                Some(pg_sys::NodeTag::T_SubLink) => match scalar(node.cast()) {
                    Some(value) => value,
                    None => return node,
                },
                _ => return node,
            }
        }
    }
}

/// The value of a sub-select that has no relation and no condition.
///
/// # Safety
/// `node` is a SubLink.
pub unsafe fn scalar(node: *mut pg_sys::SubLink) -> Option<*mut pg_sys::Node> {
    // SAFETY: the caller's promise.
    unsafe {
        let query = (*node).subselect.cast::<pg_sys::Query>();
        let bare = (*node).subLinkType == pg_sys::SubLinkType::EXPR_SUBLINK
            && tag(query.cast()) == Some(pg_sys::NodeTag::T_Query)
            && only_selects_rows(query)
            && (*query).rtable.is_null()
            && (*(*query).jointree).quals.is_null();
        let value = items((*query).targetList).next()?;
        bare.then(|| (*value.cast::<pg_sys::TargetEntry>()).expr.cast())
    }
}

/// Whether the query's rows are those of its relations that its WHERE lets through: an aggregate
/// makes a row of none, and the parts of a UNION have conditions of their own.
///
/// # Safety
/// `query` is a query that the server made.
pub unsafe fn only_selects_rows(query: *mut pg_sys::Query) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        (*query).commandType == pg_sys::CmdType::CMD_SELECT
            && (*query).setOperations.is_null()
            && (*query).cteList.is_null()
            && (*query).groupClause.is_null()
            && (*query).groupingSets.is_null()
            && (*query).havingQual.is_null()
            && !(*query).hasAggs
            && !(*query).hasTargetSRFs
            && !(*query).jointree.is_null()
    }
}

/// The conditions that all hold where this one does.
///
/// # Safety
/// `node` is null or an expression that the server made.
pub unsafe fn conjuncts(node: *mut pg_sys::Node, parts: &mut Vec<*mut pg_sys::Node>) {
    // SAFETY: the caller's promise.
    unsafe {
        if tag(node) == Some(pg_sys::NodeTag::T_BoolExpr)
            && (*node.cast::<pg_sys::BoolExpr>()).boolop == pg_sys::BoolExprType::AND_EXPR
        {
            for part in items((*node.cast::<pg_sys::BoolExpr>()).args) {
                conjuncts(part, parts);
            }
        } else if !node.is_null() {
            parts.push(node);
        }
    }
}
