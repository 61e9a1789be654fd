//! The rule book on disk.

use std::path::Path;
use std::{fs, io};

use crate::page::{self, Page};

/// Only the pages of rules that begin so are read, if it is set: `HALLPASS_PAGE=lifetime/`.
pub const ONLY: &str = "HALLPASS_PAGE";

/// Every page, by rule.
///
/// # Errors
/// A folder or page that cannot be read.
pub fn read() -> io::Result<Vec<Page>> {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/book");
    let only = std::env::var(ONLY).unwrap_or_default();
    let mut pages = Vec::new();
    for class in fs::read_dir(book)? {
        let class = class?.path();
        if !class.is_dir() {
            continue;
        }
        for file in fs::read_dir(&class)? {
            let file = file?.path();
            let (Some(class), Some(name)) = (class.file_name(), file.file_stem()) else { continue };
            let rule = format!("{}/{}", class.to_string_lossy(), name.to_string_lossy());
            if file.extension().is_some_and(|e| e == "md") && rule.starts_with(&only) {
                let text = fs::read_to_string(&file)?;
                pages.push(page::read(&format!("rules/book/{rule}.md"), &rule, &text));
            }
        }
    }
    pages.sort_by(|a, b| a.rule.cmp(&b.rule));
    Ok(pages)
}

/// A value of a detector's format.
#[must_use]
pub fn canary(id: &str, seed: u64) -> Option<String> {
    hallpass_rules::detect::canary(id, seed).map(|canary| canary.text)
}
