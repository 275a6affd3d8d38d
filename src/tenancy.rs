//! Schema `tenancy`: who is asking, and for which organization.

pub mod claims;
pub mod context;
pub mod policy;
pub mod role;
pub mod settings;
pub mod shared_reference;
pub mod token;
pub mod token_keys;
