//! All tests against servers, in one binary so that they share one cluster: a module per SQL
//! schema, and one for the harness itself.

mod crm;
mod docs;
mod harness;
mod install;
mod maint;
mod schema;
mod tenancy;
