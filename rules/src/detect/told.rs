//! Values of files that are data and that no dialect reads: `.env`, properties, INI, TOML, XML, Dockerfiles, other YAML
//! and JSON. There the name alone tells that a secret is meant.
//!
//! Invariant: a file that a dialect reads is the dialect's: it knows what its names mean, and which parts are nobody's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{inside, names, plain, scan, shape, slots, tag};
use crate::command;
use crate::dialect::lowering::{Slot, Told};
use crate::dialect::{Lowering, SourceFile, Unit};
use crate::document::dockerfile::Instruction;
use crate::document::hcl;
use crate::document::pairs::{self, Reader, is_name};
use crate::document::text::same_length;
use crate::document::{Data, Entry, Format, Node, Scalar, Tree};
use crate::fact::{ContextId, Why};
use crate::span::{ByteSpan, Source};

/// Keys of maps that hold one pair: `{name: DB_PASSWORD, value: …}`, in any order; in capitals in CloudFormation.
pub(super) const NAMING: [&str; 5] = ["name", "key", "Name", "Key", "ParameterKey"];
/// The same key's value.
pub(super) const VALUES: [&str; 3] = ["value", "Value", "ParameterValue"];
/// Keys that say less than the name around them.
const KEY: [&str; 2] = ["key", "Key"];
/// Keys below a name that hold its value: parameters of ARM and CloudFormation, defaults of schemas.
const BELOW: [&str; 4] = ["value", "default", "Default", "defaultValue"];
/// Bits from which a value among sentences was drawn all the same: twelve drawn letters and digits have about as many.
const DRAWN_BITS: u32 = 45;
/// Hands the values of the unit's data files over to the detectors.
pub(super) fn hand_over(unit: &Unit, out: &mut Lowering<'_>) {
    for file in &unit.files {
        let is_read = out.read.iter().any(|(id, _)| *id == file.id);
        let mut found = Named::of(file);
        match &file.document.tree {
            Tree::Text => text(file, &mut found, out),
            Tree::Dockerfile(instructions) => dockerfile(instructions, &mut found),
            Tree::Yaml(_) | Tree::Json(_) if !is_read => tree(file.document.nodes(), &mut found),
            Tree::Hcl(pieces) if !is_read => tree(&hcl::nodes(pieces, &same_length(&file.bytes)), &mut found),
            _ => {}
        }
        if is_read {
            inside_slots(file, out);
        }
        inside_written(file, out);
        if is_read {
            let data = out.data.iter().filter(|(id, _)| *id == file.id);
            data.for_each(|(_, node)| tree(std::slice::from_ref(node), &mut found));
        }
        found.silent.drain(..).for_each(|reason| out.silent(file.id, reason));
        if !found.slots.is_empty() {
            let within = out.file_context(file.id);
            out.slots.extend(found.slots.into_iter().map(|slot| Slot { within, ..slot }));
        }
    }
}

/// Looks into the values that a dialect handed over: it knows what they are called, not what stands in them.
fn inside_slots(file: &SourceFile, out: &mut Lowering<'_>) {
    let mut found: Vec<Slot> = Vec::new();
    for slot in out.slots.iter().filter(|slot| slot.file == file.id && !slot.base64) {
        let mut named = Named::of(file);
        named.inside(&slot.name, &slot.scalar);
        found.extend(named.slots.into_iter().map(|inner| Slot { within: slot.within, ..inner }));
    }
    out.slots.extend(found);
}

/// Looks into the files that the commands of a script write or read.
fn inside_written(file: &SourceFile, out: &mut Lowering<'_>) {
    let mut found: Vec<Slot> = Vec::new();
    for written in out.written.iter().filter(|written| written.file == file.id) {
        let mut named = Named::of(file);
        named.inside_file(&written.name, &written.scalar);
        found.extend(named.slots.into_iter().map(|inner| Slot { within: written.within, ..inner }));
    }
    out.slots.extend(found);
}

/// Values with names that may be those of secrets.
pub(super) struct Named<'f> {
    file: &'f SourceFile,
    slots: Vec<Slot>,
    /// Why others were passed over.
    silent: Vec<&'static str>,
    /// Whether the file's values are sentences and labels, by its path.
    translated: bool,
    /// The text that is being read, if it stands in a value.
    pub(super) outer: Option<Scalar>,
    /// How deep that is.
    pub(super) depth: usize,
}

impl<'f> Named<'f> {
    fn of(file: &'f SourceFile) -> Self {
        let translated = shape::table::is_translation(&file.path);
        Self { file, slots: Vec::new(), silent: Vec::new(), translated, outer: None, depth: 0 }
    }

    pub(super) fn add(&mut self, name: &str, value: Option<&Scalar>) {
        let Some(scalar) = value.filter(|v| !v.text.trim().is_empty()) else { return };
        if let Some(default) = default_of(&scalar.text) {
            return self.add(name, Some(&scalar.part(default)));
        }
        if self.is_named_elsewhere(scalar) {
            return self.silent.push("a reference or template, not a value");
        }
        // What stands behind the scheme of such a header is a token.
        if let Some(value) =
            command::header(command::last(name), self.placed(scalar)).filter(|v| v.name != name)
        {
            return match login_reason(&scalar.text) {
                Some(reason) => self.silent.push(reason),
                None => self.told(value),
            };
        }
        // What is escaped is not its bytes: the raw pass has not seen it.
        let escaped =
            scalar.text.len() != scalar.span().len() && !scan::scan(scalar.text.as_bytes()).finds.is_empty();
        if !escaped && slots::by_name(name).is_none() && names::rows(name).next().is_none() {
            return;
        }
        if self.translated && !escaped && tag::bits(scalar.text.as_bytes()) < DRAWN_BITS {
            return self.silent.push("a sentence or a label, in a file of translations");
        }
        self.push(name, scalar, Told::Name);
    }

    /// Whether a tag says that the text only names a value that is kept elsewhere: `!secret wifi_password`. A document in
    /// a value has no tags of its own.
    fn is_named_elsewhere(&self, scalar: &Scalar) -> bool {
        let is_file = self.outer.is_none() && self.file.document.format == Format::Yaml;
        is_file && self.file.tag(scalar.span()).is_some_and(shape::is_reference_tag)
    }

    /// A value that a command is handed; its name tells already.
    pub(super) fn told(&mut self, value: command::Named) {
        let (name, scalar) = (value.name, value.scalar);
        self.slots.push(Slot {
            name,
            file: self.file.id,
            scalar,
            base64: false,
            within: ContextId(0),
            told: Told::Name,
        });
    }

    /// A scalar of the text that is being read, with its way back to the file.
    pub(super) fn placed(&self, scalar: &Scalar) -> Scalar {
        self.outer.as_ref().map_or_else(|| scalar.clone(), |outer| outer.nested(scalar))
    }

    /// A value in a place that the document itself declares as one for secrets.
    fn declared(&mut self, name: &str, value: Option<&Scalar>) {
        let name = if slots::by_name(name).is_some() { name } else { "secret" };
        if let Some(scalar) = value {
            self.push(name, scalar, Told::Place);
        }
    }

    fn push(&mut self, name: &str, scalar: &Scalar, told: Told) {
        let (name, scalar) = (name.to_owned(), self.placed(scalar));
        self.slots.push(Slot { name, file: self.file.id, scalar, base64: false, within: ContextId(0), told });
    }
}

/// Why the password in `Basic …` is none; of other schemes nothing is said.
fn login_reason(header: &str) -> Option<&'static str> {
    let (scheme, login) = header.trim().split_once(' ')?;
    let decoded =
        scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(login.trim()).ok()).flatten()?;
    let at = decoded.iter().position(|b| *b == b':')?;
    plain::reason("password", decoded.get(at + 1..)?)
}

/// What stands in for a reference that leads nowhere: `${NAME:default}`, `${NAME:-default}`, `{{ x | default("…") }}`.
fn default_of(text: &str) -> Option<std::ops::Range<usize>> {
    const TEMPLATED: &str = "default";
    // Where a value is kept: what stands behind the colon is its name there.
    // Source: <https://www.serverless.com/framework/docs/guides/variables>.
    const KEPT: [&str; 12] =
        ["aws", "cf", "env", "file", "opt", "param", "s3", "secretsmanager", "self", "sls", "ssm", "vault"];
    let start = text.len() - text.trim_start().len();
    let inner = text.trim();
    if let Some(inner) = inner.strip_prefix("${").and_then(|inner| inner.strip_suffix('}')) {
        let (name, default) = inner.split_once(':')?;
        // A message for where nothing is set, and what takes the place of something that is.
        if default.starts_with(['?', '+']) {
            return None;
        }
        let bare = default.strip_prefix(['-', '=']).unwrap_or(default);
        let from = start + 2 + name.len() + 1 + (default.len() - bare.len());
        let plain = is_name(name) && !KEPT.contains(&name) && !bare.is_empty() && !bare.contains('$');
        return plain.then(|| from..from + bare.len());
    }
    if inner.starts_with("<%=") && inner.ends_with("%>") {
        return fallback(text);
    }
    if !(inner.starts_with("{{") && inner.ends_with("}}")) {
        return None;
    }
    let behind = text.find(TEMPLATED)? + TEMPLATED.len();
    let rest = text.get(behind..)?;
    let open = rest.find(['"', '\''])?;
    // Between the word and its value stands nothing but a bracket.
    if !rest.get(..open)?.chars().all(|c| c.is_whitespace() || c == '(') {
        return None;
    }
    let quote = rest.get(open..)?.chars().next()?;
    let from = behind + open + 1;
    let length = text.get(from..)?.find(quote)?;
    (length > 0).then(|| from..from + length)
}

/// What a piece of Ruby falls back on: `ENV.fetch('NAME', 'default')`, `ENV['NAME'] || 'default'`,
/// `ENV.fetch('NAME') { 'default' }`. The first text in quotes is the name.
/// Source: <https://docs.ruby-lang.org/en/master/ENV.html#method-c-fetch>.
fn fallback(text: &str) -> Option<std::ops::Range<usize>> {
    let quotes = ['"', '\''];
    let from = text.find("ENV")?;
    let quoted = |from: usize| {
        let open = from + text.get(from..)?.find(quotes)?;
        let quote = text.get(open..)?.chars().next()?;
        let length = text.get(open + 1..)?.find(quote)?;
        Some(open + 1..open + 1 + length)
    };
    let name = quoted(from)?;
    let default = quoted(name.end + 1)?;
    let between = text.get(name.end + 1..default.start - 1)?;
    let falls_back = [",", "||", "{"].iter().any(|sign| between.contains(sign));
    (falls_back && !default.is_empty()).then_some(default)
}

/// Variables and labels, and files that `COPY` writes from a here-document.
fn dockerfile(instructions: &[Instruction], found: &mut Named<'_>) {
    for instruction in instructions {
        match instruction.keyword.as_str() {
            "ENV" | "ARG" | "LABEL" => {
                for (name, value) in instruction.pairs() {
                    found.add(&name.text, value.as_ref());
                }
            }
            "COPY" | "ADD" => {
                let name = instruction.words.last().map_or("", |word| &*word.text);
                instruction.heredocs.iter().for_each(|document| found.inside(name, &document.body));
            }
            _ => {}
        }
    }
}

/// A file without a tree, if its name says that it is data.
fn text(file: &SourceFile, found: &mut Named<'_>, out: &mut Lowering<'_>) {
    let bytes = &file.bytes;
    let untyped = || if is_untyped(file) { Reader::of_assignments(&same_length(bytes)) } else { None };
    let reader = Reader::of_path(&file.path).or_else(untyped);
    if reader.is_some() && bytes.len() > pairs::MAX_BYTES {
        let rest = Source::new(file.id, ByteSpan::new(0, bytes.len()));
        out.unknown(rest, Why::Limit(format!("names and values of a file above {} bytes", pairs::MAX_BYTES)));
        return;
    }
    if let Some(reader) = reader {
        reader.file(&same_length(bytes), &mut |name, value| {
            found.add(name, Some(&value));
            found.inside(name, &value);
        });
    }
}

/// Whether nothing but its content tells what a file is: no ending, no interpreter, and no larger than people write.
fn is_untyped(file: &SourceFile) -> bool {
    const LARGEST: usize = 64 << 10;
    !file.name().contains('.') && file.bytes.len() <= LARGEST && !file.bytes.starts_with(b"#!")
}

/// The values of a data tree.
pub(super) fn tree(nodes: &[Node], found: &mut Named<'_>) {
    let mut open: Vec<(&Node, bool)> = nodes.iter().map(|node| (node, false)).collect();
    while let Some((node, sealed)) = open.pop() {
        if node.used_at.is_some() {
            continue; // an alias: what it names is looked at where it is written
        }
        match &node.data {
            Data::List(items) => open.extend(items.iter().map(|item| (item, false))),
            Data::Map(entries) => {
                map(entries, sealed, found);
                open.extend(entries.iter().map(|entry| (&entry.value, inside::is_sealed(entry.name()))));
            }
            _ => {}
        }
    }
}

/// `sealed`: the name around it says that its values are ciphertext. Those that may be are none of ours.
fn map(entries: &[Entry], sealed: bool, found: &mut Named<'_>) {
    let field = |names: &[&str]| entries.iter().find(|e| names.contains(&e.name())).map(|e| &e.value);
    if let Some((name, value)) = field(&NAMING).and_then(Node::text).zip(field(&VALUES)) {
        found.add(name, value.scalar());
    }
    for entry in entries.iter().filter(|e| e.value.used_at.is_none()) {
        match &entry.value.data {
            Data::Scalar(scalar) if sealed && inside::is_ciphertext(&scalar.text) => {}
            Data::Scalar(scalar) => {
                found.add(entry.name(), Some(scalar));
                found.inside(entry.name(), scalar);
            }
            Data::List(items) => {
                items.iter().for_each(|item| found.add(entry.name(), item.scalar()));
                found.inside_list(entry.name(), items);
            }
            Data::Map(below) => {
                // `"Jwt": {"Key": …}`: what it is the key of stands around it.
                for key in below.iter().filter(|e| KEY.contains(&e.name())) {
                    found.add(&format!("{} key", entry.name()), key.value.scalar());
                }
                found.inside_map(entry.name(), &entry.value);
                several(entry.name(), below, found);
                let values = below.iter().filter(|e| BELOW.contains(&e.name())).map(|e| &e.value);
                if is_declared(below) {
                    values.for_each(|value| found.declared(entry.name(), value.scalar()));
                } else {
                    values.for_each(|value| found.add(entry.name(), value.scalar()));
                }
            }
            _ => {}
        }
    }
}

/// The values of a map of secrets by what they are for: `passwords: {alice: …}`. Most such maps hold settings, names and
/// references; of what is no password only a value that was drawn counts.
fn several(name: &str, below: &[Entry], found: &mut Named<'_>) {
    const PASSWORDS: [&str; 2] = ["passwords", "passphrases"];
    const DRAWN: [&str; 4] = ["tokens", "secrets", "keys", "credentials"];
    let words = names::words(name);
    let Some(last) = words.last().map(String::as_str) else { return };
    let chosen = PASSWORDS.contains(&last);
    // `keys` of anything are none: those of an API are.
    let drawn = DRAWN.contains(&last) && (last != "keys" || words.len() > 1);
    for entry in below.iter().filter(|_| chosen || drawn) {
        let Some(scalar) = entry.value.scalar() else { continue };
        let own = names::words(entry.name()).pop().unwrap_or_default();
        let is_setting =
            NAMING.contains(&own.as_str()) || ["id", "ref", "type", "file", "path"].contains(&own.as_str());
        if !is_setting
            && slots::by_name(entry.name()).is_none()
            && (chosen || shape::holds_issued(&scalar.text))
        {
            found.add(if chosen { "password" } else { "secret" }, Some(scalar));
        }
    }
}

/// Whether a parameter is declared as one for secrets: ARM's `secureString`, CloudFormation's `NoEcho`.
fn is_declared(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| match entry.name() {
        "type" => entry.value.text().is_some_and(|t| t.eq_ignore_ascii_case("securestring")),
        "NoEcho" => entry.value.boolean().is_some_and(|(hidden, _)| hidden),
        _ => false,
    })
}
