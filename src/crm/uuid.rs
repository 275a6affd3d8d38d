//! Time-ordered keys.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use pgrx::prelude::*;

use crate::random;

/// Random bytes are fetched from the kernel by the page: a call for every key costs more than the
/// rest of making it.
const POOL: usize = 512;

thread_local! {
    static RANDOM: Cell<([u8; POOL], usize)> = const { Cell::new(([0; POOL], POOL)) };
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// A UUID of version 7; values made by one session ascend.
#[pg_extern(volatile, parallel_safe)]
fn uuid_v7() -> pgrx::Uuid {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_nanos() as u64);
    let at = now.max(LAST.get() + pg_crm_core::uuid::STEP_NANOSECONDS);
    LAST.set(at);
    pgrx::Uuid::from_bytes(pg_crm_core::uuid::version_7(at, random_bits()))
}

fn random_bits() -> [u8; 8] {
    let (mut pool, mut used) = RANDOM.get();
    if used + 8 > POOL {
        pool = random::bytes();
        used = 0;
    }
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&pool[used..used + 8]);
    RANDOM.set((pool, used + 8));
    bytes
}
