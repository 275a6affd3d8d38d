//! Phone numbers: what must hold for every text, and what the reference says of it.
//!
//! - [`examples`]: every region's example numbers, and the texts that tests are made from;
//! - [`properties`]: what must hold for every text;
//! - [`junk`]: the same for texts at random, for as long as one likes;
//! - [`reference`]: the answers of the crate that the number plans come from;
//! - [`metadata`]: what the number plans change of the release before.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

mod examples;
mod junk;
mod metadata;
mod properties;
mod reference;
