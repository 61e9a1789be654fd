//! The component face: the world `hallpass:rules/rules`.

#![allow(unsafe_code, missing_docs, clippy::all)] // generated bindings, and the snapshot's entry point below

use std::cell::RefCell;
use std::sync::Arc;

use hallpass_rules::ledger::offer::{self, Terms};
use hallpass_rules::remedy::choice::{self, Wanted};
use hallpass_rules::remedy::proof;
use hallpass_rules::rule::RULES;
use hallpass_rules::span::ByteSpan;
use hallpass_rules::{Engine, Settings};

use crate::translate;
use exports::hallpass::rules::checker as wit;

wit_bindgen::generate!({ path: "wit/rules", world: "rules" });

thread_local! {
    static ENGINE: RefCell<Option<Engine>> = const { RefCell::new(None) };
}

struct Module;
export!(Module);

/// Called once while the host is built, before the module's memory is snapshot: every table is then ready at start.
#[unsafe(export_name = "wizer-initialize")]
pub extern "C" fn initialise() {
    hallpass_rules::warm();
}

/// Runs `work` with the configured engine. A host that did not configure gets a trap: an empty answer would read as clean.
fn with_engine<T>(work: impl FnOnce(&Engine) -> T) -> T {
    ENGINE.with_borrow(|engine| match engine {
        Some(engine) => work(engine),
        None => core::arch::wasm32::unreachable(),
    })
}

/// The rules that the configured policy makes.
fn own() -> Vec<wit::Rule> {
    ENGINE.with_borrow(|engine| {
        let policy = engine.as_ref().map(Engine::policy);
        policy
            .iter()
            .flat_map(|policy| policy.rules().iter().map(|row| translate::own(policy, row)))
            .collect()
    })
}

/// The detectors of files that were handed over.
fn imported() -> Vec<wit::Detector> {
    let row = |(id, title): (String, &str)| wit::Detector {
        id,
        issuer: "unknown".to_owned(),
        title: title.to_owned(),
        revoke: "change it where it is checked".to_owned(),
        place: None,
    };
    ENGINE.with_borrow(|engine| engine.iter().flat_map(|e| e.imported().rows().map(row)).collect())
}

impl wit::Guest for Module {
    fn describe() -> wit::Description {
        wit::Description {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: RULES
                .iter()
                .map(|rule| wit::Rule {
                    id: rule.meta.id.to_owned(),
                    title: rule.meta.title.to_owned(),
                    severity: translate::severity_out(rule.meta.severity),
                    confidence: translate::confidence_out(rule.meta.confidence),
                    waivable: rule.meta.waivable,
                    since: rule.meta.since.to_owned(),
                    preview: rule.meta.preview,
                    aliases: rule.meta.aliases.iter().map(|a| (*a).to_owned()).collect(),
                    frameworks: rule
                        .meta
                        .frameworks
                        .iter()
                        .map(|(name, id)| wit::Framework { name: (*name).to_owned(), id: (*id).to_owned() })
                        .collect(),
                    page: rule.meta.page.to_owned(),
                    written: None,
                })
                .chain(own())
                .collect(),
            detectors: hallpass_rules::detect::detectors()
                .map(|d| wit::Detector {
                    id: d.id.clone(),
                    issuer: d.issuer.clone(),
                    title: d.title.clone(),
                    revoke: d.revoke.clone(),
                    place: d.slots.first().cloned(),
                })
                .chain(imported())
                .collect(),
            dialects: hallpass_rules::dialect::DIALECTS.iter().map(|d| d.name().to_owned()).collect(),
            standards: hallpass_rules::framework::all().iter().map(translate::standard).collect(),
        }
    }

    fn schema(name: String) -> Option<String> {
        hallpass_rules::schema::schema(&name).map(|s| s.to_string())
    }

    fn canary(detector: String, seed: u64) -> Option<String> {
        hallpass_rules::detect::canary(&detector, seed).map(|c| c.text)
    }

    fn example(rule: String, seed: u64) -> Option<Vec<wit::Source>> {
        let files = hallpass_rules::rule::example(&rule, seed)?;
        Some(files.into_iter().map(|(path, bytes)| wit::Source { path, bytes, member: true }).collect())
    }

    fn effective(
        config: Option<wit::Source>,
        extended: Vec<wit::Extended>,
    ) -> Result<Vec<wit::Setting>, Vec<wit::Problem>> {
        let file = config.as_ref().map(|c| (c.path.as_str(), c.bytes.as_slice()));
        let extended: Vec<_> = extended.into_iter().map(translate::extended).collect();
        let settings = hallpass_rules::policy::effective(file, &extended)
            .map_err(|problems| problems.into_iter().map(translate::problem).collect::<Vec<_>>())?;
        Ok(settings
            .into_iter()
            .map(|s| wit::Setting { key: s.key, value: s.value, at: s.at.map(translate::spot_out) })
            .collect())
    }

    fn extends(config: wit::Source, extended: Vec<wit::Extended>) -> Vec<String> {
        let extended: Vec<_> = extended.into_iter().map(translate::extended).collect();
        let chain = hallpass_rules::policy::extend::read(&config.path, &config.bytes, &extended);
        chain.iter().flat_map(|chain| chain.wanted()).map(str::to_owned).collect()
    }

    fn configure(settings: wit::Settings) -> Result<wit::Resolved, Vec<wit::Problem>> {
        let today = settings.today.parse().map_err(|_| {
            vec![wit::Problem {
                path: String::new(),
                at: None,
                message: format!("`{}` is not a date; write YYYY-MM-DD", settings.today),
            }]
        })?;
        let engine = Engine::configure(Settings {
            today,
            config: settings.config.map(|c| (c.path, c.bytes)),
            extended: settings.extended.into_iter().map(translate::extended).collect(),
            select: settings.select,
            ignore: settings.ignore,
            preview: settings.preview,
            fail_on: settings.fail_on.map(translate::severity_in),
            min_confidence: settings
                .min_confidence
                .map_or(hallpass_rules::finding::Confidence::Low, translate::confidence_in),
            trace: settings.trace,
            key: settings.key,
            detectors: settings.detectors.into_iter().map(translate::handed).collect(),
        })
        .map_err(|problems| problems.into_iter().map(translate::problem).collect::<Vec<_>>())?;
        let policy = engine.policy();
        let resolved = wit::Resolved {
            fail_on: policy.fail_on().map(translate::severity_out),
            plugins: policy
                .plugins()
                .iter()
                .map(|p| wit::Admitted { path: p.path.clone(), sha256: p.sha256.clone() })
                .collect(),
            extends: engine.wanted().to_vec(),
            wanted: engine.imported().wanted().map(str::to_owned).collect(),
            remarks: engine.remarks().into_iter().map(translate::problem).collect(),
            renamed: engine.renamed().into_iter().map(translate::problem).collect(),
        };
        ENGINE.set(Some(engine));
        Ok(resolved)
    }

    fn recognise(path: String) -> wit::Recognition {
        let answer = Engine::recognise(&path);
        wit::Recognition { must_check: answer.must_check, grouped: answer.grouped }
    }

    fn shown(paths: Vec<String>) -> Vec<Option<String>> {
        paths.iter().map(|path| Engine::shown(path)).collect()
    }

    fn outline(file: wit::Source) -> wit::Outlined {
        translate::outlined(Engine::outline(&file.path, Arc::from(file.bytes)))
    }

    fn check(key: String, files: Vec<wit::Source>) -> wit::Answer {
        let inputs: Vec<_> = files.into_iter().map(translate::input).collect();
        with_engine(|engine| translate::answer(engine.check(&key, &inputs)))
    }

    fn review(tree: wit::Tree) -> wit::Reviewed {
        let tree = translate::tree(tree);
        with_engine(|engine| translate::reviewed(engine.review(tree)))
    }

    fn inventory(units: Vec<Vec<u8>>, before: Option<Vec<Vec<u8>>>, secrets: Vec<Vec<u8>>) -> Vec<u8> {
        let (units, before) = (translate::facts_in(&units), before.as_deref().map(translate::facts_in));
        let inventory = with_engine(|engine| engine.inventory(units, before, &secrets));
        // A form of strings and numbers alone; without it the host would show an empty inventory as the truth.
        serde_json::to_vec(&inventory).unwrap_or_else(|_| core::arch::wasm32::unreachable())
    }

    fn adopt(tool: String, results: Vec<wit::Outside>) -> Result<wit::Adopted, String> {
        let results = results.into_iter().map(translate::outside).collect();
        let (name, findings) = with_engine(|engine| engine.adopt(&tool, results))?;
        Ok(wit::Adopted { name, findings: findings.into_iter().map(translate::finding_out).collect() })
    }

    fn mend(key: String, files: Vec<wit::Source>, findings: Vec<wit::Finding>) -> Vec<Vec<wit::Fix>> {
        let inputs: Vec<_> = files.into_iter().map(translate::input).collect();
        let findings = findings.into_iter().map(translate::finding_in).collect();
        let out = |fixes: Vec<_>| -> Vec<wit::Fix> { fixes.into_iter().map(translate::fix).collect() };
        with_engine(|engine| engine.mend(&key, &inputs, findings).into_iter().map(out).collect())
    }

    fn prove(file: wit::Source, edits: Vec<wit::Edit>) -> Result<(), String> {
        let edits: Vec<_> = edits
            .iter()
            .map(|edit| {
                let at = ByteSpan::new(edit.at.at.start as usize, edit.at.at.end as usize);
                (at, edit.replacement.as_str())
            })
            .collect();
        proof::prove(&file.path, &file.bytes, &edits).map_err(|why| why.to_string())
    }

    fn choose(findings: Vec<wit::Finding>, unsafe_too: bool, stay: Vec<String>) -> wit::Chosen {
        let findings: Vec<_> = findings.into_iter().map(translate::finding_in).collect();
        let wanted = Wanted { r#unsafe: unsafe_too, only: None };
        let chosen = choice::choose(&findings, &wanted, &stay.into_iter().collect());
        wit::Chosen {
            edits: chosen.each().map(translate::edit).collect(),
            mends: chosen.mends.into_iter().collect(),
        }
    }

    fn waivers(file: wit::Source, at: wit::Span, rule: String, terms: wit::Terms) -> Vec<wit::Edit> {
        let terms = Terms { owner: &terms.owner, reason: &terms.reason, until: &terms.until };
        let comments = offer::comments(&file.path, &file.bytes, translate::span_in(at), &rule, &terms);
        let edit = |(at, replacement)| wit::Edit {
            at: wit::Spot { path: file.path.clone(), at: translate::span_out(at) },
            replacement,
        };
        comments.into_iter().map(edit).collect()
    }

    fn compare(old: Vec<wit::Finding>, new: Vec<wit::Finding>) -> Vec<wit::Compared> {
        let [old, new] =
            [old, new].map(|findings| findings.into_iter().map(translate::finding_in).collect::<Vec<_>>());
        with_engine(|engine| engine.compare(&old, &new)).into_iter().map(translate::compared).collect()
    }

    fn weakened(
        before: wit::Guardrail,
        after: wit::Guardrail,
        shared: Vec<Vec<u8>>,
        secrets: Vec<Vec<u8>>,
    ) -> Vec<wit::Finding> {
        let [before, after] = [before, after].map(translate::guardrail);
        let shared = || translate::facts_in(&shared);
        let found = with_engine(|engine| engine.weakened(&before, &after, shared, &secrets));
        found.into_iter().map(translate::finding_out).collect()
    }
}
