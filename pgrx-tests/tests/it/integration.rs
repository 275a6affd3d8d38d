//! Schema `integration`: what is kept of attempts and synchronisations, and what follows from states.

mod health;
mod states;
