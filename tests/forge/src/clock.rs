//! Ids and times that are the same in each run.

use jiff::Timestamp;

/// The first moment, in seconds since 1970: the first second of 2026.
const FIRST_SECOND: i64 = 1_767_225_600;

/// Hands out ids and times. It moves by a second with each thing that happens.
#[derive(Debug)]
pub(crate) struct Clock {
    last_id: u64,
    seconds: i64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { last_id: 1_000, seconds: FIRST_SECOND }
    }

    /// Of something new; no two things share one.
    pub(crate) fn id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The time, which moves on; in UTC, to the second.
    pub(crate) fn now(&mut self) -> String {
        self.seconds += 1;
        Timestamp::from_second(self.seconds).expect("a time of this era").to_string()
    }
}

/// The id of a person: the same for the same login on each machine (FNV-1a), and small enough for every client's integers.
pub(crate) fn person(login: &str) -> u64 {
    login
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
        .into()
}
