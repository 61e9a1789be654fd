//! The table of token formats for people, made of the rows themselves.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use hallpass_rules::detect::{Detector, Term, Variant, detectors};

/// Where the page stands.
#[must_use]
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/book/detectors.md")
}

/// The page.
#[must_use]
pub fn page() -> String {
    let (with, by_name) = detectors().partition::<Vec<_>, _>(|d| d.slots.is_empty());
    let verified = detectors().filter(|d| d.verified().is_some()).count();
    let mut out = format!(
        "# Token formats\n\n\
         {} formats: {} that their own letters tell, wherever they stand, and {} that only the name of their place tells. Of {verified} more than the\n\
         shape is read, always offline. Made from `rules/data/detectors/*.toml` by `HALLPASS_WRITE=1 cargo test -p hallpass-book`; edit those.\n\n\
         *Lives* is what the format says; a date in the token itself goes before it.\n",
        with.len() + by_name.len(),
        with.len(),
        by_name.len(),
    );
    for (title, rows) in [("Told by their letters", with), ("Told by their names", by_name)] {
        let _ = write!(
            out,
            "\n## {title}\n\n| Id | What it is, and its kinds | Lives | Opens | Read and verified | Severity | To revoke | Source |\n\
             |---|---|---|---|---|---|---|---|\n"
        );
        for row in rows {
            out.push_str(&line(row));
        }
    }
    out
}

fn line(row: &Detector) -> String {
    let kinds: Vec<String> = row.variant.iter().map(|variant| kind(row, variant)).collect();
    let what = match kinds.as_slice() {
        [] => row.title.clone(),
        kinds => format!("{}; {}", row.title, kinds.join("; ")),
    };
    let names = row.slots.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let read = match (row.slots.is_empty(), row.verified()) {
        (true, read) => read.unwrap_or("shape").to_owned(),
        (false, None) => format!("name ({names}) and shape"),
        (false, Some(read)) => format!("name ({names}); {read}"),
    };
    let cells = [
        format!("`{}`", row.id),
        what,
        term(row.lifetime),
        row.scope.clone().unwrap_or_default(),
        read,
        severity(row.severity),
        row.revoke.clone(),
        format!("[{}]({})", host(&row.source), row.source),
    ];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|").replace('\n', " ")).join(" | "))
}

/// A kind with what sets it apart.
fn kind(row: &Detector, variant: &Variant) -> String {
    let title = variant.title.as_deref().unwrap_or(&variant.name);
    let mut apart: Vec<String> = Vec::new();
    apart.extend(variant.severity.filter(|s| *s != row.severity).map(severity));
    apart.extend(variant.lifetime.map(term));
    apart.extend(variant.because.clone());
    if apart.is_empty() { title.to_owned() } else { format!("{title} ({})", apart.join(", ")) }
}

fn term(term: Term) -> String {
    match term {
        Term::Unbounded => "without end".to_owned(),
        Term::Unknown => "not said".to_owned(),
        Term::Job => "as long as its job".to_owned(),
        Term::Seconds(seconds) if seconds % 86_400 == 0 => format!("{} days", seconds / 86_400),
        Term::Seconds(seconds) if seconds % 3_600 == 0 => format!("{} hours", seconds / 3_600),
        Term::Seconds(seconds) => format!("{} minutes", seconds / 60),
    }
}

fn severity(severity: hallpass_rules::finding::Severity) -> String {
    format!("{severity:?}").to_lowercase()
}

/// The host of an address.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
