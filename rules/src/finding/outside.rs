//! What other tools found, on its way to be findings like ours: their names, how bad they are, and what they are known by.
//!
//! Users' baselines and waivers depend on [`known_by`]: a change there is a breaking change.

use super::identity;
use super::{Confidence, Finding, RelatedSpot, Severity, Spot};
use crate::policy::names::CLASSES;
use crate::policy::rows;
use crate::span::ByteSpan;

/// Longest name of a tool, and of a rule of one, in bytes.
const LONGEST_TOOL: usize = 64;
const LONGEST_RULE: usize = 128;
/// What hallpass calls itself in its reports.
const OURS: &str = "hallpass";

/// Scores from which a weakness is so bad, as code scanning reads `security-severity`.
const SCORES: [(f64, Severity); 3] =
    [(9.0, Severity::Critical), (7.0, Severity::High), (4.0, Severity::Medium)];

/// A result of another tool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outside {
    /// The rule, as the tool calls it.
    pub rule: String,
    /// Where.
    pub at: Spot,
    /// `error`, `warning`, `note`, `none`.
    pub level: String,
    /// 0 to 10.
    pub score: Option<f64>,
    /// `very-high`, `high`, `medium`, `low`.
    pub precision: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The whole lines that it names.
    pub lines: Vec<u8>,
    /// Which bytes of those it names.
    pub named: Option<ByteSpan>,
    /// Which bytes of those are secrets.
    pub hidden: Vec<ByteSpan>,
    /// What the tool itself knows it by.
    pub prints: Vec<String>,
    /// Other places.
    pub related: Vec<RelatedSpot>,
}

/// What the rules of a tool begin with: its name in small letters, digits and `-`.
///
/// # Errors
/// It names nothing, or hallpass itself.
pub fn namespace(tool: &str) -> Result<String, String> {
    let mut name = String::new();
    for c in tool.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => name.push(c.to_ascii_lowercase()),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
        if name.len() == LONGEST_TOOL {
            break;
        }
    }
    let name = name.trim_end_matches('-').to_owned();
    if name.is_empty() {
        return Err("its tool has no name of letters or digits".to_owned());
    }
    if name == OURS {
        return Err("it is a report of hallpass, which checks the tree anyway; leave it out".to_owned());
    }
    // `secret/x` is a rule of ours.
    let is_taken = CLASSES.contains(&name.as_str()) || name == rows::CLASS;
    Ok(if is_taken { format!("{name}-tool") } else { name })
}

/// Whether a word may name another tool's rule: it is in no class of ours, and near none.
#[must_use]
pub fn is_name(word: &str) -> bool {
    let Some((tool, rule)) = word.split_once('/') else { return false };
    let near = crate::policy::names::nearest(tool, CLASSES.into_iter().chain([rows::CLASS]));
    !rule.is_empty() && near.is_none() && namespace(tool).is_ok_and(|name| name == tool)
}

/// A rule's name, fit to be written anywhere; some tools write their own before it.
fn rule_name(tool: &str, rule: &str) -> String {
    let own = rule.strip_prefix(tool).and_then(|rest| rest.strip_prefix('/')).unwrap_or(rule);
    let fits = |c: char| if c.is_ascii_alphanumeric() || "-_./".contains(c) { c } else { '-' };
    let name: String = own.chars().take(LONGEST_RULE).map(fits).collect();
    let name = name.trim_matches(['-', '/']);
    let name =
        crate::detect::without_tokens(name).map_or_else(|| name.to_owned(), |clean| clean.replace('*', "-"));
    format!("{tool}/{}", if name.is_empty() { "unnamed" } else { &name })
}

fn severity(level: &str, score: Option<f64>) -> Severity {
    match score.filter(|score| *score > 0.0) {
        Some(score) => {
            SCORES.iter().find(|(from, _)| score >= *from).map_or(Severity::Low, |(_, severity)| *severity)
        }
        None => match level {
            "error" => Severity::High,
            "note" => Severity::Low,
            "none" => Severity::Info,
            _ => Severity::Medium,
        },
    }
}

fn confidence(precision: Option<&str>) -> Confidence {
    match precision {
        Some("very-high" | "high") => Confidence::High,
        Some("low") => Confidence::Low,
        _ => Confidence::Medium,
    }
}

/// A result as a finding. `tag` stands for a secret in what it is known by.
#[must_use]
pub fn finding(tool: &str, result: Outside, tag: impl Fn(&[u8]) -> String) -> Finding {
    let rule = rule_name(tool, &result.rule);
    let place_id = identity::place_id(&rule, &result.at.path, "");
    let content_id = identity::content_id(&known_by(&result, tag), &std::collections::BTreeSet::new());
    Finding {
        fingerprint: identity::fingerprint(&place_id, &content_id),
        severity: severity(&result.level, result.score),
        confidence: confidence(result.precision.as_deref()),
        rule,
        at: result.at,
        route: String::new(),
        message: result.message,
        help: result.help,
        related: result.related,
        places: Vec::new(),
        fixes: Vec::new(),
        pending: Vec::new(),
        place_id,
        content_id,
        subjects: std::collections::BTreeSet::new(),
    }
}

/// What a result is about: the lines that it names, however they are indented and wherever in the file they stand, and what
/// of them. Without lines, what the tool knows it by, and without that, its words.
fn known_by(result: &Outside, tag: impl Fn(&[u8]) -> String) -> Vec<String> {
    let text = |span: ByteSpan| -> String {
        let mut out = String::new();
        let mut from = span.start as usize;
        let to = span.end as usize;
        for hidden in result.hidden.iter().map(|hidden| hidden.range()) {
            if hidden.start < from || hidden.end > to {
                continue;
            }
            out.push_str(&String::from_utf8_lossy(result.lines.get(from..hidden.start).unwrap_or_default()));
            out.push_str(&tag(result.lines.get(hidden.clone()).unwrap_or_default()));
            from = hidden.end;
        }
        out.push_str(&String::from_utf8_lossy(result.lines.get(from..to).unwrap_or_default()));
        let lines: Vec<&str> = out.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.join("\n")
    };
    let lines = text(ByteSpan::new(0, result.lines.len()));
    if !lines.is_empty() {
        let named = result.named.map(text).unwrap_or_default();
        return vec!["lines".to_owned(), lines, named];
    }
    if !result.prints.is_empty() {
        return std::iter::once("prints".to_owned()).chain(result.prints.iter().cloned()).collect();
    }
    vec!["message".to_owned(), result.message.clone()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(lines: &str, at: usize) -> Outside {
        Outside {
            rule: "unpinned-uses".to_owned(),
            at: Spot { path: "a.yml".to_owned(), span: ByteSpan::at(at) },
            level: "error".to_owned(),
            message: "unpinned".to_owned(),
            lines: lines.as_bytes().to_vec(),
            named: Some(ByteSpan::new(0, lines.len())),
            ..Outside::default()
        }
    }

    fn print(result: Outside) -> String {
        finding("zizmor", result, |_| "tag".to_owned()).fingerprint
    }

    #[test]
    fn a_finding_is_known_by_the_lines_it_names() {
        let one = print(result("  - uses: a/b@v1\n", 10));
        assert_eq!(one, print(result("- uses: a/b@v1", 900)), "elsewhere in the file, indented otherwise");
        assert_ne!(one, print(result("- uses: a/b@v2", 10)));
        let other = |change: fn(&mut Outside)| {
            let mut other = result("  - uses: a/b@v1\n", 10);
            change(&mut other);
            print(other)
        };
        assert_eq!(one, other(|o| o.message = "said otherwise at line 12".to_owned()));
        assert_ne!(one, other(|o| o.rule = "other".to_owned()));
        assert_ne!(one, other(|o| o.at.path = "b.yml".to_owned()));
        assert_ne!(one, other(|o| o.named = Some(ByteSpan::new(2, 8))));
    }

    #[test]
    fn without_lines_it_is_known_by_what_its_tool_says() {
        let with = |prints: &[&str], message: &str| {
            let prints = prints.iter().map(|p| (*p).to_owned()).collect();
            print(Outside {
                lines: Vec::new(),
                named: None,
                prints,
                message: message.to_owned(),
                ..result("", 0)
            })
        };
        assert_eq!(with(&["a"], "x"), with(&["a"], "y"));
        assert_ne!(with(&["a"], "x"), with(&["b"], "x"));
        assert_ne!(with(&[], "x"), with(&[], "y"));
    }

    #[test]
    fn a_secret_is_no_part_of_it() {
        let with = |text: &str| {
            let hidden = vec![ByteSpan::new(10, text.len())];
            print(Outside { hidden, ..result(text, 0) })
        };
        assert_eq!(with("password: one"), with("password: two"));
        assert_ne!(with("password: one"), with("passw0rd: one"));
    }

    #[test]
    fn names_are_fit_to_be_written() {
        for (tool, expected) in [
            ("zizmor", Ok("zizmor")),
            ("Checkov", Ok("checkov")),
            ("GitHub CodeQL / Go", Ok("github-codeql-go")),
            ("secret", Ok("secret-tool")),
            ("policy", Ok("policy-tool")),
            ("\u{1b}[31mx\n", Ok("31mx")),
        ] {
            assert_eq!(namespace(tool).as_deref(), expected.as_ref().map(|name: &&str| *name), "{tool}");
        }
        assert!(namespace("…").is_err() && namespace("Hallpass").is_err() && namespace("").is_err());
        assert_eq!(rule_name("zizmor", "zizmor/unpinned-uses"), "zizmor/unpinned-uses");
        assert_eq!(rule_name("checkov", "CKV_AWS_20"), "checkov/CKV_AWS_20");
        assert_eq!(rule_name("x", "a b\n::error::\u{1b}c"), "x/a-b---error---c");
        assert_eq!(rule_name("x", "///"), "x/unnamed");
        assert!(is_name("zizmor/unpinned-uses") && is_name("checkov/CKV_AWS_20"));
        for word in ["zizmor", "scope/none", "scop/admin-grant", "secrets/x", "zizmor/", "A/b"] {
            assert!(!is_name(word), "{word}");
        }
    }

    #[test]
    fn a_score_says_more_than_a_level() {
        for (level, score, expected) in [
            ("error", None, Severity::High),
            ("warning", None, Severity::Medium),
            ("", None, Severity::Medium),
            ("note", None, Severity::Low),
            ("none", None, Severity::Info),
            ("note", Some(9.8), Severity::Critical),
            ("note", Some(7.0), Severity::High),
            ("error", Some(4.0), Severity::Medium),
            ("error", Some(0.1), Severity::Low),
            ("error", Some(0.0), Severity::High),
            ("error", Some(f64::NAN), Severity::High),
        ] {
            assert_eq!(severity(level, score), expected, "{level} {score:?}");
        }
    }
}
