//! Text of a limited length, of which the end is cut off where people are told so.

use std::fmt::Write as _;

/// What is kept for the sentence that says what was cut off, in characters.
const KEPT: usize = 120;

/// A text that grows to a limit.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    left: usize,
}

impl Page {
    /// Of at most so many characters, of which `reserved` are somebody else's.
    pub(super) fn of(most: usize, reserved: usize) -> Self {
        Self { text: String::new(), left: most.saturating_sub(reserved + KEPT) }
    }

    /// Adds a text if it fits.
    pub(super) fn add(&mut self, text: &str) -> bool {
        let length = text.chars().count();
        let fits = length <= self.left;
        if fits {
            self.left -= length;
            self.text.push_str(text);
        }
        fits
    }

    /// Adds a list with its head, as far as it fits; what is left out is counted.
    pub(super) fn list(&mut self, head: &str, rows: impl ExactSizeIterator<Item = String>, most: usize) {
        let count = rows.len();
        if count == 0 || !self.add(head) {
            return;
        }
        let mut shown = 0;
        for row in rows.take(most) {
            if !self.add(&row) {
                break;
            }
            shown += 1;
        }
        if shown < count {
            let _ =
                write!(self.text, "\n{} more not shown here; the log of the run has all.\n", count - shown);
            self.left = self.left.saturating_sub(KEPT / 4);
        }
    }

    /// The text.
    pub(super) fn text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut page = Page::of(KEPT + 30, 0);
        page.list("head\n", (0..10).map(|n| format!("row {n}\n")), usize::MAX);
        let text = page.text();
        assert_eq!(
            text,
            "head\nrow 0\nrow 1\nrow 2\nrow 3\n\n6 more not shown here; the log of the run has all.\n"
        );
        let mut page = Page::of(1_000, 0);
        page.list("head\n", (0..3).map(|n| format!("row {n}\n")), 2);
        assert!(page.text().ends_with("\n1 more not shown here; the log of the run has all.\n"));
    }
}
