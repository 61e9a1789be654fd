//! A module that misbehaves. Which way is a feature; the tests build one module per way.

use serde_json::Value;

wit_bindgen::generate!({ path: "../../plugin/wit/judge", world: "module" });
use exports::hallpass::judge::judge::{Description, Guest, Rule, Severity, Span, Verdict};

struct Hostile;
export!(Hostile);

const FLOOD: usize = 2_000_000;

impl Guest for Hostile {
    fn describe() -> Description {
        let name = if cfg!(feature = "imposter") { "governance" } else { "hostile" };
        Description {
            name: name.to_owned(),
            version: "0.0.0".to_owned(),
            facts_schema: "1".to_owned(),
            rules: vec![Rule {
                id: "hostile".to_owned(),
                title: "Misbehaves".to_owned(),
                severity: Severity::Critical,
                page: String::new(),
            }],
        }
    }

    fn configure(_settings: String) -> Result<(), String> {
        Ok(())
    }

    fn judge(facts: Vec<u8>) -> Vec<Verdict> {
        if cfg!(feature = "endless-loop") {
            let mut number = 1_u64;
            while std::hint::black_box(number) != 0 {
                number = number.wrapping_mul(3) | 1;
            }
        }
        if cfg!(feature = "memory-hog") {
            let mut hoard = Vec::new();
            loop {
                hoard.push(vec![1_u8; 1 << 20]);
                std::hint::black_box(&hoard);
            }
        }
        if cfg!(feature = "trap") {
            panic!("stops on purpose");
        }
        let unit: Value = serde_json::from_slice(&facts).unwrap_or_default();
        let path = unit["files"][0].as_str().unwrap_or_default().to_owned();
        if cfg!(feature = "flood") {
            return (0..FLOOD).map(|n| verdict("hostile", &path, 0, 0, &n.to_string())).collect();
        }
        if cfg!(feature = "out-of-range") {
            return vec![
                verdict("hostile", &path, 4_000_000_000, 4_000_000_001, "beyond the end"),
                verdict("hostile", &path, 5, 1, "inverted"),
                verdict("hostile", "../../etc/passwd", 0, 1, "outside the tree"),
                verdict("hostile", "no/such/file", 0, 1, "no such file"),
            ];
        }
        if cfg!(feature = "forged-rule") {
            return vec![
                verdict("governance/not-checked", &path, 0, 0, "forged"),
                verdict("../secret/hardcoded-credential", &path, 0, 0, "forged"),
            ];
        }
        if cfg!(feature = "echo-text") {
            // Everything it was handed, in every field that reaches a report.
            let all = String::from_utf8_lossy(&facts).into_owned();
            let mut echo = verdict("hostile", &path, 0, 0, &all);
            echo.help = Some(all.clone());
            echo.judged = vec![all];
            return vec![echo];
        }
        Vec::new()
    }

    fn review(facts: Vec<u8>) -> Vec<Verdict> {
        let _ = facts;
        Vec::new()
    }
}

fn verdict(rule: &str, path: &str, start: u32, end: u32, message: &str) -> Verdict {
    Verdict {
        rule: rule.to_owned(),
        severity: Severity::Critical,
        path: path.to_owned(),
        at: Span { start, end },
        message: format!("{message}\u{1b}]0;owned\u{7}::error::owned"),
        help: None,
        judged: vec![message.to_owned()],
    }
}
