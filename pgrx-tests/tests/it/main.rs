//! All tests against servers, in one binary so that they share one cluster: a module per SQL
//! schema, and one for the harness itself.

mod analytics;
mod audit;
mod billing;
mod commerce;
mod compliance;
mod creator;
mod crm;
mod docs;
mod harness;
mod inbox;
mod install;
mod integration;
mod inventory;
mod maint;
mod marketing;
mod marketplace;
mod notify;
mod runtime;
mod sales;
mod schema;
mod tenancy;
mod workflow;
