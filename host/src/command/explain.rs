//! `hallpass explain`, `rules` and `schema`: what is in the module.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use serde_json::json;

use super::detectors;
use super::setup::{Common, Tree, pool};
use super::{Ending, print, remark, runtime};
use crate::framework;
use crate::report::text::plain;
use crate::report::{confidence_name, disarmed, severity_name};
use crate::runtime::{Pool, Runtime, Stop, Worker, contract};
use crate::scan::explain_refusal;
use crate::source::Root;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A rule, `class/name`.
    rule: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `rules`.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArguments {
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Detectors in place of rules; with a file, those it adds too. Repeatable.
    #[arg(long, value_name = "FILE.toml", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    detectors: Vec<PathBuf>,
}

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct SchemaArguments {
    /// `facts`, `config`, `inventory`, `frameworks` or `report`.
    name: String,
}

/// What the head of a page says of a rule in preview.
const PREVIEW: &str =
    " · preview: runs only with `preview = true`, `--preview` or where it is selected by its name";

/// What is in the module, without any configuration.
pub(crate) fn describe() -> Result<contract::Description> {
    let runtime = runtime()?;
    described(&pool(&runtime, plain_settings(NO_DATE))?)
}

/// What is in the module.
pub(crate) fn described(pool: &Pool<'_>) -> Result<contract::Description> {
    asked(pool, |worker| worker.describe())
}

/// Asks the module something that depends on no file.
pub(crate) fn asked<T>(
    pool: &Pool<'_>,
    question: impl FnOnce(&mut Worker<'_>) -> Result<T, Stop>,
) -> Result<T> {
    pool.with(|worker| question(worker))
        .map_err(explain_refusal)?
        .map_err(|stop| anyhow!("the rule module was {stop}"))
}

/// For questions whose answers depend on no date.
pub(crate) const NO_DATE: &str = "2000-01-01";

/// Settings without configuration.
pub(crate) fn plain_settings(today: &str) -> contract::Settings {
    contract::Settings {
        today: today.to_owned(),
        config: None,
        extended: Vec::new(),
        select: Vec::new(),
        ignore: Vec::new(),
        preview: false,
        fail_on: None,
        min_confidence: None,
        trace: false,
        key: Vec::new(),
        detectors: Vec::new(),
    }
}

/// What rules that a policy makes begin with.
const OWN: &str = "policy/";

/// What is in the module, with the rules that the policy of the tree around makes.
fn here(runtime: &Runtime) -> Result<contract::Description> {
    let tree = Tree::open(&[], None)?;
    let settings = tree.settings(&Common::default())?;
    described(&detectors::pool(runtime, settings, |path| tree.bytes(path))?)
}

/// Runs `explain`.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    let runtime = runtime()?;
    let wanted = &arguments.rule;
    let description = match wanted.starts_with(OWN) {
        true => here(&runtime)?,
        false => described(&pool(&runtime, plain_settings(NO_DATE))?)?,
    };
    let own = description.rules.iter().find(|rule| rule.id == *wanted);
    let mut aliased = description.rules.iter().filter(|rule| rule.aliases.contains(wanted));
    let alone = aliased.next().filter(|_| aliased.next().is_none());
    let Some(rule) = own.or(alone) else {
        if let Some(detector) = description.detectors.iter().find(|d| d.id == *wanted) {
            let text = format!(
                "{} ({}), a detector\nrevoke: {}\n",
                detector.title, detector.issuer, detector.revoke
            );
            print(&text)?;
            return Ok(Ending::Clean);
        }
        // The module knows which name is nearest: it says so of a selection.
        let tree = wanted.starts_with(OWN).then(|| Tree::open(&[], None)).transpose()?;
        let settings = tree.as_ref().map(|tree| tree.settings(&Common::default())).transpose()?;
        let settings = settings.unwrap_or_else(|| plain_settings(NO_DATE));
        let select = contract::Settings { select: vec![wanted.clone()], ..settings };
        detectors::pool(&runtime, select, |path| {
            tree.as_ref().map_or(Err(String::new()), |tree| tree.bytes(path))
        })?;
        let prefix = format!("{wanted}/");
        let of_class: Vec<&str> =
            description.rules.iter().map(|r| r.id.as_str()).filter(|id| id.starts_with(&prefix)).collect();
        bail!("`{wanted}` is a class of rules; name one: {}", of_class.join(", "));
    };
    if own.is_none() {
        remark(&format!("`{wanted}` is called `{}`", rule.id));
    }
    if arguments.json {
        print(&(disarmed(serde_json::to_string_pretty(&as_json(rule, &description.standards))?) + "\n"))?;
    } else {
        let head = format!(
            "{} · {} · confidence {} · {}{}\n{}\n",
            rule.id,
            severity_name(rule.severity),
            confidence_name(rule.confidence),
            rule.written
                .as_ref()
                .map_or_else(|| format!("since {}", rule.since), |at| format!("made by {}", plain(&at.path))),
            if rule.preview { PREVIEW } else { "" },
            frameworks(&description.standards, rule)
        );
        // Of a rule that the policy makes, the page is the policy's.
        let page = match &rule.written {
            Some(_) => rule.page.lines().map(plain).collect::<Vec<_>>().join("\n"),
            None => rule.page.clone(),
        };
        print(&format!("{head}{}\n", page.trim_end()))?;
    }
    Ok(Ending::Clean)
}

/// What a rule speaks to, a line for each framework.
fn frameworks(standards: &[contract::Standard], rule: &contract::Rule) -> String {
    let mut lines: Vec<(&str, Vec<String>)> = Vec::new();
    for (key, id, title) in framework::of_rule(standards, rule) {
        let entry = framework::entitled(id, title);
        match lines.iter_mut().find(|(known, _)| *known == key) {
            Some((_, entries)) => entries.push(entry),
            None => lines.push((key, vec![entry])),
        }
    }
    lines.into_iter().map(|(key, entries)| format!("{key}: {}\n", entries.join(" · "))).collect()
}

fn as_json(rule: &contract::Rule, standards: &[contract::Standard]) -> serde_json::Value {
    let spoken = framework::of_rule(standards, rule).into_iter();
    let frameworks: Vec<_> =
        spoken.map(|(key, id, title)| json!({"name": key, "id": id, "title": title})).collect();
    json!({
        "id": rule.id, "title": rule.title, "severity": severity_name(rule.severity),
        "confidence": confidence_name(rule.confidence), "waivable": rule.waivable, "since": rule.since,
        "preview": rule.preview, "aliases": rule.aliases, "frameworks": frameworks, "page": rule.page,
    })
}

/// Runs `rules`.
pub(crate) fn list(arguments: &ListArguments) -> Result<Ending> {
    let named: Vec<PathBuf> =
        arguments.detectors.iter().filter(|path| path.as_os_str() != "-").cloned().collect();
    let root = Root::find(&[])?.0;
    let runtime = runtime()?;
    let settings =
        contract::Settings { detectors: detectors::named(&root, &named)?, ..plain_settings(NO_DATE) };
    let mut description =
        described(&detectors::pool(&runtime, settings, |path| super::setup::on_disk(&root, path))?)?;
    if arguments.detectors.is_empty() {
        // A policy that cannot be read is no reason to list nothing.
        match here(&runtime) {
            Ok(here) => description.rules = here.rules,
            Err(why) => remark(&format!("without the rules of the policy here: {why}")),
        }
    }
    let mut out = String::new();
    match (!arguments.detectors.is_empty(), arguments.json) {
        (false, true) => {
            let standards = &description.standards;
            let rules: Vec<_> = description.rules.iter().map(|rule| as_json(rule, standards)).collect();
            out = disarmed(serde_json::to_string_pretty(&rules)?) + "\n";
        }
        (true, true) => {
            let rows: Vec<_> = description
                .detectors
                .iter()
                .map(|d| json!({"id": d.id, "issuer": d.issuer, "title": d.title, "revoke": d.revoke}))
                .collect();
            out = serde_json::to_string_pretty(&rows)? + "\n";
        }
        (false, false) => {
            let width = description.rules.iter().map(|r| r.id.len()).max().unwrap_or(0);
            for rule in &description.rules {
                let preview = if rule.preview { " (preview)" } else { "" };
                let severity = severity_name(rule.severity);
                let _ = writeln!(out, "{:width$}  {severity:8}  {}{preview}", rule.id, plain(&rule.title));
            }
        }
        (true, false) => {
            let width = description.detectors.iter().map(|d| d.id.len()).max().unwrap_or(0);
            for detector in &description.detectors {
                let _ = writeln!(out, "{:width$}  {}", detector.id, detector.title);
            }
        }
    }
    print(&out)?;
    Ok(Ending::Clean)
}

/// Runs `schema`.
pub(crate) fn schema(arguments: &SchemaArguments) -> Result<Ending> {
    let own = match arguments.name.as_str() {
        "report" => Some(crate::report::schema()),
        "frameworks" => Some(framework::schema()),
        _ => None,
    };
    if let Some(schema) = own {
        print(&(serde_json::to_string_pretty(&schema)? + "\n"))?;
        return Ok(Ending::Clean);
    }
    let runtime = runtime()?;
    let pool = pool(&runtime, plain_settings(NO_DATE))?;
    match asked(&pool, |worker| worker.schema(&arguments.name))? {
        Some(schema) => {
            let value: serde_json::Value = serde_json::from_str(&schema)?;
            print(&(serde_json::to_string_pretty(&value)? + "\n"))?;
            Ok(Ending::Clean)
        }
        None => {
            bail!(
                "there is no schema `{}`; there are facts, config, inventory, frameworks and report",
                arguments.name
            )
        }
    }
}
