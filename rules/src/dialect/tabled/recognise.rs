//! Which files are a system's: by path, by content.

use super::path::Budget;
use super::tables::{System, systems};
use crate::dialect::pipeline::paths::fits;
use crate::dialect::{Claim, SourceFile};
use crate::document::{Format, Node};

/// What a path alone says.
pub(super) fn claim(path: &str) -> Claim {
    if !matches!(Format::of_path(path), Format::Yaml | Format::Json) {
        return Claim::No;
    }
    let by_path = systems().iter().any(|system| system.recognise.paths.iter().any(|glob| fits(glob, path)));
    if by_path { Claim::Path } else { Claim::Content }
}

/// The systems whose file it is. What a path says need not be told again by the content; but where a path is claimed by
/// several systems, the content tells which.
pub(super) fn of(file: &SourceFile) -> Vec<&'static System> {
    if claim(&file.path) == Claim::No {
        return Vec::new();
    }
    let by_path = |system: &&System| system.recognise.paths.iter().any(|glob| fits(glob, &file.path));
    let by_content = |system: &&System| {
        let rows = &system.recognise;
        let perhaps = !rows.perhaps.is_empty() && !rows.perhaps.iter().any(|glob| fits(glob, &file.path));
        !perhaps && !rows.content.is_empty() && is_content(system, file)
    };
    let named: Vec<&System> = systems().iter().filter(by_path).collect();
    if named.is_empty() { systems().iter().filter(by_content).collect() } else { named }
}

/// Whether a document of the file says what only the system's do.
fn is_content(system: &System, file: &SourceFile) -> bool {
    let budget = Budget::new();
    file.document.nodes().iter().any(|node| says(system, node, &budget))
}

fn says(system: &System, node: &Node, budget: &Budget) -> bool {
    system.recognise.content.iter().any(|conditions| conditions.hold(node, budget))
}

/// Whether a document of one of the system's files is the system's: where only the content tells, others may stand
/// beside it.
pub(super) fn is_document(system: &System, node: &Node, budget: &Budget) -> bool {
    let rows = &system.recognise;
    !rows.paths.is_empty() && !rows.mixed || rows.content.is_empty() || says(system, node, budget)
}
