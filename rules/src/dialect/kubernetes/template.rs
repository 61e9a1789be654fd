//! References inside the text of a manifest: `$(X)` of containers and kustomize, `${X}` of envsubst and Flux,
//! `{{ … }}` of Helm and other templating. What stands in them is not known here.

use std::ops::Range;

use crate::fact::{Text, Why};

/// Functions of templates whose quoted argument is a name, not a value.
const NAMING: [&str; 8] = ["include", "template", "index", "required", "lookup", "tpl", "get", "env"];

/// One reference in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// Where it stands.
    pub(super) at: Range<usize>,
    /// What it refers to, without any literal it may carry as a default.
    pub(super) name: String,
    /// Whether it carries no literal that could be the value itself (`${X:-default}` does).
    pub(super) pure: bool,
}

/// The references of a text, in order. A sign without its end is plain text.
pub(super) fn references(text: &str) -> Vec<Reference> {
    const SIGNS: [(&str, &str); 3] = [("{{", "}}"), ("${", "}"), ("$(", ")")];
    let mut found = Vec::new();
    // An end that is missing once is missing for every later sign of its kind: keeps this linear.
    let mut ended = [false; 3];
    let mut at = 0;
    while let Some(offset) = text.get(at..).and_then(|rest| rest.find(['{', '$'])) {
        let start = at + offset;
        at = start + 1;
        for (index, (open, close)) in SIGNS.iter().enumerate() {
            let Some(inner) = text.get(start..).and_then(|rest| rest.strip_prefix(open)) else { continue };
            if ended.get(index) != Some(&false) {
                continue;
            }
            match inner.find(close) {
                None => {
                    if let Some(flag) = ended.get_mut(index) {
                        *flag = true;
                    }
                }
                Some(length) => {
                    let end = start + open.len() + length + close.len();
                    let body = inner.get(..length).unwrap_or_default();
                    found.push(Reference { at: start..end, name: name(body), pure: pure(open, body) });
                    at = end;
                }
            }
            break;
        }
    }
    found
}

fn name(body: &str) -> String {
    let trimmed = body.trim_start_matches(['-', '*']).trim_start();
    let name: String = trimmed
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '$'))
        .take(64)
        .collect();
    name.trim_end_matches('-').to_owned()
}

fn pure(open: &str, body: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    if open != "{{" {
        return !body.is_empty() && body.chars().all(plain) && !body.contains("-");
    }
    let words = body.trim_matches('-').trim();
    let first = words.split([' ', '(']).find(|w| !w.is_empty()).unwrap_or_default();
    let literal = words.contains(['"', '`', '\'']);
    !words.is_empty() && (!literal || (NAMING.contains(&first) && !words.contains("default")))
}

/// A text with holes where references stand.
pub(super) fn text(written: &str) -> Text {
    let mut text = Text::default();
    let mut at = 0;
    for reference in references(written) {
        text.push(written.get(at..reference.at.start).unwrap_or_default());
        text.push_hole(Why::Variable(reference.name));
        at = reference.at.end;
    }
    text.push(written.get(at..).unwrap_or_default());
    text
}

/// Whether a text is made of references and nothing else.
pub(super) fn is_reference(written: &str) -> bool {
    let trimmed = written.trim();
    let mut at = 0;
    let found = references(trimmed);
    for reference in &found {
        if !reference.pure || !trimmed.get(at..reference.at.start).unwrap_or_default().trim().is_empty() {
            return false;
        }
        at = reference.at.end;
    }
    !found.is_empty() && trimmed.get(at..).unwrap_or_default().trim().is_empty()
}

/// Whether a text is a URL of which the password is a reference: `postgres://app:$(PASSWORD)@db/app`.
pub(super) fn is_url_with_referenced_password(written: &str) -> bool {
    let Some((_, rest)) = written.trim().split_once("://") else { return false };
    let Some((user, _)) = rest.rsplit_once('@') else { return false };
    user.split_once(':').is_some_and(|(_, password)| is_reference(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_holes() {
        assert_eq!(text("{{ .Release.Namespace }}").to_string(), "${.Release.Namespace}");
        assert_eq!(text("app-${ENV:-dev}-x").to_string(), "app-${ENV}-x");
        assert_eq!(text("$(NAME)").to_string(), "${NAME}");
        assert_eq!(text("plain $ {").to_string(), "plain $ {");
        assert_eq!(text("${open").to_string(), "${open");
    }

    #[test]
    fn a_default_is_a_value_of_its_own() {
        for reference in
            ["$(PASSWORD)", "${PASSWORD}", "{{ .Values.password | b64enc }}", "{{ index . \"p\" }}"]
        {
            assert!(is_reference(reference), "{reference}");
        }
        for value in ["${PASSWORD:-hunter2}", "{{ \"hunter2\" | b64enc }}", "hunter2", "", "x${A}", "${}"] {
            assert!(!is_reference(value), "{value}");
        }
    }

    #[test]
    fn the_password_of_a_url_can_be_a_reference() {
        assert!(is_url_with_referenced_password("postgres://app:$(DB_PASSWORD)@db:5432/app"));
        let literal = format!("postgres://app:{}@db/$(NAME)", "hunter2");
        assert!(!is_url_with_referenced_password(&literal));
    }

    #[test]
    fn many_open_signs_take_linear_time() {
        assert!(references(&"${".repeat(200_000)).is_empty());
        assert_eq!(references(&"{{".repeat(200_000)).len(), 0);
    }
}
