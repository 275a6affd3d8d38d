//! The context out of the claims of a request, for stacks whose gateway verifies tokens itself.
//!
//! PostgREST and its like put the claims of a verified token into `request.jwt.claims` for the length
//! of a transaction. Whoever may execute SQL can set it just as well, so this is for mode `guc`.

use std::cell::RefCell;
use std::ffi::CStr;

use pg_crm_core::{claims, context::Trust};
use pgrx::prelude::*;

use crate::guc;

/// The last answer, and the claims and the name that it is for.
#[derive(Default)]
struct Answer {
    claims: Vec<u8>,
    name: Vec<u8>,
    id: Option<[u8; 16]>,
}

thread_local! {
    static ORGANIZATION: RefCell<Answer> = RefCell::default();
    static USER: RefCell<Answer> = RefCell::default();
}

/// The organization that a request's claims name, where a setting says which claim does.
pub fn organization() -> Option<[u8; 16]> {
    claimed(&ORGANIZATION, guc::organization_claim()?)
}

/// The user that a request's claims name, likewise.
pub fn user() -> Option<[u8; 16]> {
    claimed(&USER, guc::user_claim()?)
}

fn claimed(last: &'static std::thread::LocalKey<RefCell<Answer>>, name: &CStr) -> Option<[u8; 16]> {
    if guc::required_trust() != Trust::Setting {
        return None;
    }
    // SAFETY: the name is NUL-terminated; a setting that is absent is null.
    let text = unsafe { pg_sys::GetConfigOption(c"request.jwt.claims".as_ptr(), true, false) };
    if text.is_null() {
        return None;
    }
    // SAFETY: the server's own copy, which lives until the setting is changed.
    let text = unsafe { CStr::from_ptr(text) };
    last.with_borrow_mut(|last| {
        if last.claims != text.to_bytes() || last.name != name.to_bytes() {
            *last = Answer {
                claims: text.to_bytes().to_vec(),
                name: name.to_bytes().to_vec(),
                id: text
                    .to_str()
                    .ok()
                    .zip(name.to_str().ok())
                    .and_then(|(text, name)| claims::uuid_claim(text, name)),
            };
        }
        last.id
    })
}
