//! Every row: its examples are found under its own name and masked, its look-alike is not.

use super::super::canary::{examples, look_alike};
use super::super::{Canary, Detector, detectors, structure};
use super::*;

/// Fewer rows than this means that a table did not parse and was left out.
const ROWS: usize = 250;
/// Draws per row: a pattern that fits one in ten of its own tokens fails.
const SEEDS: u64 = 3;

#[test]
fn tables_parse() {
    assert!(detectors().count() >= ROWS, "{} rows", detectors().count());
    for detector in detectors() {
        assert!(detector.regex().is_some(), "{}", detector.id);
        assert!(structure::is_known(&detector.verify), "{}: {}", detector.id, detector.verify);
        assert!(detector.near.is_none() || detector.near_regex().is_some(), "{}", detector.id);
        for other in detector.completes.iter().chain(&detector.reported_with) {
            assert!(super::super::detector(other).is_some(), "{}: {other}", detector.id);
        }
        for slot in &detector.slots {
            assert_eq!(super::super::names::words(slot).join(" "), *slot, "{}", detector.id);
        }
    }
}

/// A value in a place of that name, in the carrier that every dialect's values go through.
fn placed(name: &str, value: &str) -> String {
    let value = serde_json::to_string(value).unwrap();
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  namespace: n\nstringData:\n  {name}: {value}\n"
    )
}

#[test]
fn every_example_is_found_by_its_row_and_its_spans_are_exactly_its_secret_parts() {
    let mut wrong = Vec::new();
    for detector in detectors() {
        for seed in 0..SEEDS {
            for (id, canary) in examples(detector, seed) {
                if let Err(why) = is_found(detector, &id, &canary) {
                    wrong.push(format!("{id} seed {seed}: {why}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether exactly one credential is found, under that name, with exactly its secret parts masked.
fn is_found(detector: &Detector, id: &str, canary: &Canary) -> Result<(), String> {
    let lower = canary.text.to_ascii_lowercase();
    let anchored = detector.anchors.iter().any(|a| lower.contains(&a.to_ascii_lowercase()));
    if !anchored && detector.slots.is_empty() {
        return Err("no anchor in it".to_owned());
    }
    let (path, text) = match detector.slots.first() {
        Some(slot) => ("k8s/secret.yaml", placed(&slot.replace(' ', "_").to_uppercase(), &canary.text)),
        None => ("notes.txt", format!("before\n{}\nafter\n", canary.text)),
    };
    let answer = check(path, &text);
    let found = credentials(&answer);
    let names: Vec<_> = found.iter().filter_map(|c| c.detector.clone()).collect();
    let [credential] = found.as_slice() else { return Err(format!("found {names:?}")) };
    let named = names.concat();
    let expected = if id.contains(':') { named == id } else { named.split(':').next() == Some(id) };
    if !expected {
        return Err(format!("taken for {named}"));
    }
    if credential.evidence == Evidence::Contradicted {
        return Err("its structure does not hold".to_owned());
    }
    let parts: Vec<&str> = credential.secret.iter().map(|s| &text[s.span.range()]).collect();
    // Where the dialect knows the place, the whole value is masked.
    let exact = if detector.slots.is_empty() { parts == canary.secret_parts } else { parts.len() == 1 };
    let masked = canary.secret_parts.iter().all(|p| parts.iter().any(|shown| shown.contains(p.as_str())));
    if exact && masked {
        Ok(())
    } else {
        Err(format!("masked {parts:?} instead of {:?}", canary.secret_parts))
    }
}

#[test]
fn a_token_is_found_in_the_surroundings_that_files_give_it() {
    let mut wrong = Vec::new();
    for detector in detectors().filter(|d| d.slots.is_empty()) {
        let canary = canary(&detector.id, 21).unwrap();
        let quoted = serde_json::to_string(&canary.text).unwrap();
        for text in [
            format!("TOKEN={}\n", canary.text),
            format!("export TOKEN='{}' # bot\n", canary.text),
            format!("x --token={};\n", canary.text),
            format!("{{\"a\":{quoted},\"b\":1}}"),
        ] {
            let found = named(&text);
            if found.iter().all(|id| id.split(':').next() != Some(detector.id.as_str())) {
                wrong.push(format!(
                    "{}: {} has {found:?}",
                    detector.id,
                    text.split(['=', ':']).next().unwrap()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn look_alikes_are_silent() {
    let mut wrong = Vec::new();
    for detector in detectors() {
        for seed in 0..SEEDS {
            let text = look_alike(&detector.id, seed).unwrap();
            let found = match detector.slots.first() {
                Some(slot) => {
                    let answer = check("k8s/secret.yaml", &placed(&slot.replace(' ', "_"), &text));
                    let rows = credentials(&answer).into_iter().filter_map(|c| c.detector.clone());
                    rows.filter(|id| id.split(':').next() == Some(detector.id.as_str())).collect()
                }
                None => named(&text),
            };
            if !found.is_empty() {
                wrong.push(format!("{} seed {seed}: {found:?}", detector.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_value_that_only_its_name_tells_is_not_found_under_another() {
    for detector in detectors().filter(|d| d.rank > 0 && !d.slots.is_empty()) {
        let value = canary(&detector.id, 5).unwrap().text;
        for name in ["COMMIT", "CHECKSUM", "IMAGE_ID", "KEY_ID"] {
            let text =
                placed(name, &value).replace("kind: Secret", "kind: ConfigMap").replace("stringData", "data");
            let answer = check("k8s/map.yaml", &text);
            // The beginning of some is another issuer's as well: `sk_live_`.
            let found = credentials(&answer).iter().any(|c| c.detector.as_ref() == Some(&detector.id));
            assert!(!found, "{} as {name}", detector.id);
        }
    }
}

#[test]
fn a_name_tells_a_format_in_any_data_file_and_spelling() {
    let value = canary("datadog-api-key", 3).unwrap().text;
    for (path, text) in [
        ("app.json", format!("{{\"service\": {{\"datadogApiKey\": \"{value}\"}}}}\n")),
        ("compose.yaml", format!("services:\n  a:\n    environment:\n      DD_API_KEY: {value}\n")),
        ("values.yaml", format!("env:\n  - name: PROD_DATADOG_API_KEY\n    value: {value}\n")),
    ] {
        let answer = check(path, &text);
        let found = credentials(&answer);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].detector.as_deref(), Some("datadog-api-key"));
        assert_eq!(&text[found[0].secret[0].span.range()], value);
    }
    assert!(credentials(&check("app.json", &format!("{{\"digest\": \"{value}\"}}\n"))).is_empty());
}

#[test]
fn names_are_one_in_every_spelling() {
    for name in ["DATADOG_API_KEY", "datadogApiKey", "datadog-api-key", "DatadogAPIKey", "x.datadog.api_key"]
    {
        let found = super::super::names::rows(name).any(|d| d.id == "datadog-api-key");
        assert!(found, "{name}");
    }
    for name in ["DATADOG_API_KEY_ID", "MYDATADOG_API_KEY", "API_KEY", ""] {
        let found = super::super::names::rows(name).any(|d| d.id == "datadog-api-key");
        assert!(!found, "{name}");
    }
}
