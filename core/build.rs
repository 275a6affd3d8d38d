//! Turns lists of `data/` into what is compiled in.

#![allow(clippy::unwrap_used, reason = "a build that fails may panic")]

#[path = "build/disposable.rs"]
mod disposable;

fn main() {
    disposable::build();
}
