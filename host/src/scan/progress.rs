//! How far a run is, for whoever waits at a terminal. A log never sees it.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Before this a run shows nothing: most are over.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two pictures.
const PAUSE: Duration = Duration::from_millis(100);
/// Width of the bar in characters.
const WIDTH: usize = 24;

/// A bar on standard error; gone when it is dropped.
pub(super) struct Progress {
    total: usize,
    done: AtomicUsize,
    /// When the next picture is due, and whether there is one already. `None` where nobody looks.
    next: Option<Mutex<(Instant, bool)>>,
}

impl Progress {
    pub(super) fn new(total: usize) -> Self {
        let plain = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let watched = !plain && std::io::stderr().is_terminal();
        let next = watched.then(|| Mutex::new((Instant::now() + PATIENCE, false)));
        Self { total, done: AtomicUsize::new(0), next }
    }

    /// One unit more is done.
    pub(super) fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        // Whoever finds it taken has no need to draw as well.
        let Some(Ok(mut next)) = self.next.as_ref().map(Mutex::try_lock) else { return };
        let now = Instant::now();
        if now < next.0 {
            return;
        }
        *next = (now + PAUSE, true);
        let _ = write!(std::io::stderr(), "\r{}\x1b[K", picture(done, self.total));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let shown = self.next.as_ref().is_some_and(|next| next.lock().is_ok_and(|next| next.1));
        if shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

fn picture(done: usize, total: usize) -> String {
    let filled = (done * WIDTH).checked_div(total).unwrap_or(WIDTH).min(WIDTH);
    format!("checking [{}{}] {done}/{total}", "=".repeat(filled), " ".repeat(WIDTH - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_full_as_the_work_is_done() {
        assert_eq!(picture(0, 4), format!("checking [{}] 0/4", " ".repeat(24)));
        assert_eq!(picture(2, 4), format!("checking [{}{}] 2/4", "=".repeat(12), " ".repeat(12)));
        assert_eq!(picture(9, 4), format!("checking [{}] 9/4", "=".repeat(24)));
        assert_eq!(picture(0, 0), format!("checking [{}] 0/0", "=".repeat(24)));
    }
}
