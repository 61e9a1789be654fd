//! What was looked at in each file.

use std::collections::BTreeMap;

use crate::dialect::{Lowering, SourceFile, Unit};
use crate::document::Format;
use crate::finding::{Coverage, Status, Unresolved};
use crate::span::{ByteSpan, FileId};

/// What the lowering says of one file.
#[derive(Default)]
struct OfFile {
    dialects: Vec<String>,
    unknown: Vec<Unresolved>,
    silent: BTreeMap<String, u32>,
    stopped: Option<(ByteSpan, String)>,
}

/// One entry per member of the unit.
pub(super) fn of_unit(unit: &Unit, lowering: &Lowering<'_>) -> Vec<Coverage> {
    let mut said: BTreeMap<FileId, OfFile> = BTreeMap::new();
    for (file, name) in &lowering.read {
        said.entry(*file).or_default().dialects.push((*name).to_owned());
    }
    for (source, why) in &lowering.unknown {
        let unresolved = Unresolved { span: source.span, why: why.to_string() };
        said.entry(source.file).or_default().unknown.push(unresolved);
    }
    for ((file, reason), count) in &lowering.silent {
        said.entry(*file).or_default().silent.insert(reason.clone(), *count);
    }
    for (file, stopped) in &lowering.stopped {
        said.entry(*file).or_default().stopped = Some(stopped.clone());
    }
    let members = unit.files.iter().filter(|f| f.member);
    members.map(|file| of_file(file, said.remove(&file.id).unwrap_or_default())).collect()
}

fn of_file(file: &SourceFile, said: OfFile) -> Coverage {
    // What is known for infrastructure by its content must be read to its end as well as what its path makes so; and
    // whoever fills a file until its rest is not searched must not pass for it.
    let known = super::Engine::recognise(&file.path).must_check || !said.dialects.is_empty();
    let must_check = known || said.stopped.is_some();
    let trouble = trouble(file, must_check).or(said.stopped);
    Coverage {
        path: file.path.clone(),
        status: if trouble.is_some() { Status::Failed } else { Status::Checked },
        at: trouble.as_ref().map(|(at, _)| *at),
        why: trouble.map(|(_, why)| why),
        must_check,
        dialects: said.dialects,
        unknown: said.unknown,
        silent: said.silent,
    }
}

/// Why a file was not read whole, and where. What a file without structure holds is no trouble unless its path says that
/// it must be checked.
fn trouble(file: &SourceFile, must_check: bool) -> Option<(ByteSpan, String)> {
    let document = &file.document;
    if let Some(first) = document.breaks.first() {
        let why = match document.breaks.len() - 1 {
            0 => first.why.clone(),
            1 => format!("{} (and 1 more place)", first.why),
            more => format!("{} (and {more} more places)", first.why),
        };
        return (must_check || document.format != Format::Text).then_some((first.span, why));
    }
    if !must_check {
        return None;
    }
    if let Some(second) = document.duplicates.first() {
        let why = "a key stands twice in one map; platforms differ in which one they read";
        return Some((*second, why.to_owned()));
    }
    // Structured formats refuse these while reading; plain text does not.
    if let Some(at) = file.bytes.iter().position(|b| *b == 0) {
        return Some((ByteSpan::new(at, at + 1), "a NUL byte".to_owned()));
    }
    if let Err(error) = std::str::from_utf8(&file.bytes) {
        let at = error.valid_up_to();
        return Some((ByteSpan::new(at, at + 1), "not UTF-8 from here on".to_owned()));
    }
    None
}
