//! Which rows of a table the current role sees, by its policies.

use std::ffi::CStr;

use pgrx::PgList;
use pgrx::prelude::*;

use crate::tenancy::{claims, settings};

/// Which rows of a table the current role sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All: a superuser's, or whoever bypasses policies.
    All,
    /// Those of the current organization.
    Own,
    /// These, and those of no organization.
    Shared,
}

/// Which rows of a table the current role sees in the current organization.
#[derive(Clone, Copy)]
pub struct Shown {
    sight: Sight,
    organization: Option<[u8; 16]>,
}

impl Shown {
    pub fn of(sight: Sight) -> Self {
        Self {
            sight,
            organization: settings::organization().or_else(claims::organization),
        }
    }

    /// Whether rows of this organization are among them.
    pub fn shows(self, organization: Option<[u8; 16]>) -> bool {
        match self.sight {
            Sight::All => true,
            Sight::Own => self.organization.is_some() && organization == self.organization,
            Sight::Shared => organization.is_none_or(|of| Some(of) == self.organization),
        }
    }
}

/// The policies' conditions, as the server writes them with nothing but `pg_catalog` in its path, but for
/// their white space.
const OWN: &str = "(organization_id=(SELECTtenancy.current_org_id()AScurrent_org_id))";
const SHARED: &str =
    "((organization_idISNULL)OR(organization_id=(SELECTtenancy.current_org_id()AScurrent_org_id)))";

/// Which rows the current role sees; `None` where only the executor can tell.
///
/// # Safety
/// The relation is open.
pub unsafe fn sight(id: pg_sys::Oid, relation: pg_sys::Relation) -> Result<Sight, &'static str> {
    // SAFETY: the caller vouches for the relation; its policies are valid while it is open.
    unsafe {
        let enforced = pg_sys::check_enable_rls(id, pg_sys::InvalidOid, true);
        if enforced.cast_unsigned() != pg_sys::CheckEnableRlsResult::RLS_ENABLED {
            return Ok(Sight::All);
        }
        if !pg_sys::row_security || (*relation).rd_rsdesc.is_null() {
            return Err("row_security is off, or the table has no policies");
        }
        let policies =
            PgList::<pg_sys::RowSecurityPolicy>::from_pg((*(*relation).rd_rsdesc).policies);
        let mut seen = None;
        for policy in policies.iter_ptr() {
            let everybody = Vec::<pg_sys::Oid>::from_datum((*policy).roles.into(), false)
                .is_some_and(|roles| roles == [pg_sys::Oid::from(pg_sys::ACL_ID_PUBLIC)]);
            // 'r' is SELECT, '*' all commands.
            if !matches!((*policy).polcmd.cast_unsigned(), b'r' | b'*') {
                continue;
            }
            if !(*policy).permissive || !everybody {
                return Err("a policy is restrictive, or for some roles");
            }
            let text = written((*policy).qual, id).ok_or("a policy has no condition")?;
            seen = match text.as_str() {
                OWN => seen.or(Some(Sight::Own)),
                SHARED => Some(Sight::Shared),
                _ => return Err("a policy says something else"),
            };
        }
        seen.ok_or("no policy lets rows be seen")
    }
}

/// A condition as text without white space.
///
/// # Safety
/// The expression is over the columns of the relation with this id.
pub unsafe fn written(expression: *mut pg_sys::Expr, relation: pg_sys::Oid) -> Option<String> {
    if expression.is_null() {
        return None;
    }
    // SAFETY: the caller vouches for the expression. The setting is put back by its nesting level, by
    // the transaction's end where an ERROR comes in between.
    unsafe {
        let level = pg_sys::NewGUCNestLevel();
        pg_sys::set_config_option(
            c"search_path".as_ptr(),
            c"pg_catalog, pg_temp".as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SAVE,
            true,
            0,
            false,
        );
        let context = pg_sys::deparse_context_for(c"t".as_ptr(), relation);
        let text = pg_sys::deparse_expression(expression.cast(), context, false, false);
        let mut text = CStr::from_ptr(text).to_string_lossy().into_owned();
        text.retain(|char| !char.is_whitespace());
        pg_sys::AtEOXact_GUC(true, level);
        Some(text)
    }
}
