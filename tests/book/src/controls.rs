//! What governance of machine identities asks for, and what of hallpass answers it: `rules/book/controls.toml` as a page.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use hallpass_rules::rule::RULES;
use serde::Deserialize;
use serde_json::Value;

/// How many controls there are.
pub const CONTROLS: usize = 55;
/// How many of them must be covered.
pub const COVERED: usize = 48;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    control: Vec<Control>,
}

/// Something that governance asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Control {
    /// From 1.
    pub number: usize,
    /// What it asks for.
    pub asks: String,
    /// Rules that judge it.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Keys of the policy in which it is written down.
    #[serde(default)]
    pub fields: Vec<String>,
    /// What prints or enforces it.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Tests besides the rules' pages: file and function.
    #[serde(default)]
    pub shown: Vec<String>,
    /// What of it is left out.
    pub but: Option<String>,
    /// Why nothing answers it.
    pub not_covered: Option<String>,
}

impl Control {
    /// Whether something of hallpass answers it.
    #[must_use]
    pub fn covered(&self) -> bool {
        !(self.rules.is_empty() && self.fields.is_empty() && self.commands.is_empty())
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where the page stands.
#[must_use]
pub fn path() -> PathBuf {
    root().join("rules/book/controls.md")
}

/// The table.
///
/// # Errors
/// It cannot be read.
pub fn read() -> Result<Vec<Control>, String> {
    let file = root().join("rules/book/controls.toml");
    let text = std::fs::read_to_string(&file).map_err(|why| format!("{}: {why}", file.display()))?;
    let File { control } = toml::from_str(&text).map_err(|why| format!("{}: {why}", file.display()))?;
    Ok(control)
}

/// What of the table is not so.
#[must_use]
pub fn faults(controls: &[Control]) -> Vec<String> {
    let mut faults = Vec::new();
    let numbers: BTreeSet<usize> = controls.iter().map(|control| control.number).collect();
    if numbers.len() != controls.len() || !numbers.iter().copied().eq(1..=CONTROLS) {
        faults.push(format!("there is one row for each number from 1 to {CONTROLS}"));
    }
    let schema = hallpass_rules::schema::schema("config").unwrap_or_default();
    for control in controls {
        let mut say = |what: String| faults.push(format!("{}: {what}", control.number));
        if control.covered() == control.not_covered.is_some() {
            say("either something answers it, or it says why not".to_owned());
        }
        for rule in control.rules.iter().filter(|id| !RULES.iter().any(|rule| rule.meta.id == **id)) {
            say(format!("`{rule}` is no rule"));
        }
        for field in control.fields.iter().filter(|field| !has(&schema, field)) {
            say(format!("`{field}` is no key of hallpass.toml"));
        }
        if control.rules.is_empty() && control.covered() && control.shown.is_empty() {
            say("without a rule's page, a test shows it".to_owned());
        }
        for shown in control.shown.iter().filter(|shown| !is_test(shown)) {
            say(format!("`{shown}` is no test"));
        }
    }
    faults
}

/// Whether a schema has a key, by its path from the top; lists are looked into.
fn has(schema: &Value, path: &str) -> bool {
    let mut at = Some(schema);
    for key in path.split('.') {
        let holder = at.and_then(|at| resolved(schema, at)).and_then(|at| match at.get("items") {
            Some(items) => resolved(schema, items),
            None => Some(at),
        });
        at = holder.and_then(|holder| holder.get("properties")?.get(key));
    }
    at.is_some()
}

/// What a reference of a schema stands for.
fn resolved<'s>(schema: &'s Value, at: &'s Value) -> Option<&'s Value> {
    match at.get("$ref").and_then(Value::as_str) {
        Some(reference) => schema.pointer(reference.strip_prefix('#')?),
        None => Some(at),
    }
}

fn is_test(shown: &str) -> bool {
    let Some((file, function)) = shown.split_once("::") else { return false };
    let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
    text.contains(&format!("#[test]\nfn {function}()"))
        || text.contains(&format!("#[test]\n    fn {function}()"))
}

/// The page.
#[must_use]
pub fn page(controls: &[Control]) -> String {
    let covered = controls.iter().filter(|control| control.covered()).count();
    let open = controls.iter().filter(|control| control.covered() && control.but.is_some()).count();
    let mut out = format!(
        "# Controls\n\n\
         What governance of machine identities asks for, and what of hallpass answers it: {covered} of {} controls, of {open} of\n\
         which something stays open, because no file can tell or because nobody built it. Rules are shown by the examples of\n\
         their pages, which run as tests; keys are those of `hallpass.toml` (`hallpass schema config`). Made from\n\
         `rules/book/controls.toml` by `HALLPASS_WRITE=1 cargo test -p hallpass-book`; edit that.\n\n\
         | # | What is asked for | What answers it | What stays open |\n|---|---|---|---|\n",
        controls.len()
    );
    for control in controls {
        let rules = control.rules.iter().map(|rule| format!("[`{rule}`]({rule}.md)"));
        let fields = control.fields.iter().map(|field| format!("`{field}`"));
        let commands = control.commands.iter().map(|command| format!("`hallpass {command}`"));
        let shown = control.shown.iter().map(|shown| {
            let (file, function) = shown.split_once("::").unwrap_or((shown, ""));
            format!("[{}](../../{file})", function.replace('_', " "))
        });
        let answers: Vec<String> = rules.chain(fields).chain(commands).chain(shown).collect();
        let answers = if answers.is_empty() { "**not covered**".to_owned() } else { answers.join(", ") };
        let open = control.not_covered.as_deref().or(control.but.as_deref()).unwrap_or_default();
        let _ = writeln!(out, "| {} | {} | {answers} | {open} |", control.number, control.asks);
    }
    out
}
