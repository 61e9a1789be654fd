//! A rule module of one's own: every identity that a file creates must state its purpose.
//!
//! It reads facts, so it works in every syntax hallpass reads. Build, pack and run it:
//! `cargo build -p hallpass-example-plugin --target wasm32-unknown-unknown --release`
//! `hallpass plugin pack target/wasm32-unknown-unknown/release/hallpass_example_plugin.wasm purpose.wasm`
//! `hallpass check --plugin purpose.wasm`

use serde_json::Value;

wit_bindgen::generate!({ path: "../../plugin/wit/judge", world: "module" });
use exports::hallpass::judge::judge::{Description, Guest, Rule, Severity, Span, Verdict};

struct Purpose;
export!(Purpose);

impl Guest for Purpose {
    fn describe() -> Description {
        Description {
            name: "purpose".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            facts_schema: "1".to_owned(),
            rules: vec![Rule {
                id: "identity-purpose".to_owned(),
                title: "An identity does not say what it is for".to_owned(),
                severity: Severity::Low,
                page: "# Purpose\n\nState why each service account, role or user exists.".to_owned(),
            }],
        }
    }

    fn configure(_settings: String) -> Result<(), String> {
        Ok(())
    }

    fn judge(facts: Vec<u8>) -> Vec<Verdict> {
        let unit: Value = serde_json::from_slice(&facts).unwrap_or_default();
        let identities = unit["facts"].as_array().into_iter().flatten().filter(|f| f["fact"] == "identity");
        identities
            .filter(|f| f["created"] == true && f["purpose"].is_null())
            .filter_map(|f| verdict(&unit, f))
            .collect()
    }

    fn review(_facts: Vec<u8>) -> Vec<Verdict> {
        Vec::new()
    }
}

fn verdict(unit: &Value, fact: &Value) -> Option<Verdict> {
    let offset = |end: &str| fact["at"]["span"][end].as_u64().and_then(|o| u32::try_from(o).ok());
    Some(Verdict {
        rule: "identity-purpose".to_owned(),
        severity: Severity::Low,
        path: unit["files"][usize::try_from(fact["at"]["file"].as_u64()?).ok()?].as_str()?.to_owned(),
        at: Span { start: offset("start")?, end: offset("end")? },
        message: format!("this {} does not say what it is for", fact["kind"].as_str().unwrap_or("identity")),
        help: None,
        judged: vec![fact["is"].to_string()],
    })
}
