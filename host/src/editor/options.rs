//! What the user wants: `initializationOptions`, or `hallpass` in the editor's settings.

use std::path::PathBuf;

use serde_json::Value;

/// What each setting is called and takes.
const KNOWN: [(&str, &str); 4] = [
    ("trusted", "true or false"),
    ("config", "a text, the path of a policy"),
    ("today", "a date, YYYY-MM-DD"),
    ("owner", "a text, who answers for waivers"),
];
/// Settings of the same section that extensions of editors keep for themselves.
const OF_EDITORS: [&str; 8] = ["server", "path", "preview", "key", "files", "trace", "role", "showsMessages"];
/// Most characters of an unknown name that are shown.
const SHOWN: usize = 40;

/// The settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Rule modules of the tree may run.
    pub(super) trusted: bool,
    /// The configuration, where it is not the tree's own.
    pub(super) config: Option<PathBuf>,
    /// The date that expiries are held against.
    pub(super) today: Option<String>,
    /// Who answers for a waiver that is written.
    pub(super) owner: Option<String>,
}

impl Options {
    /// Reads them; what is not said, or wrongly, stays as it is. What is wrong, in sentences for the user. `ours`: all that is there
    /// is meant for us, whether it says so or not.
    pub(super) fn read(&mut self, value: &Value, ours: bool) -> Vec<String> {
        let section = value.get("hallpass");
        let ours = ours || section.is_some();
        let section = match section.unwrap_or(value) {
            Value::Null => return Vec::new(),
            Value::Object(section) => section,
            _ if ours => return vec![format!("the settings of hallpass are an object; {}", accepted())],
            _ => return Vec::new(),
        };
        let mut wrong = Vec::new();
        for (name, said) in section {
            let fits = match (name.as_str(), said) {
                // What an editor has no value for.
                (_, Value::Null) => true,
                ("trusted", Value::Bool(trusted)) => {
                    self.trusted = *trusted;
                    true
                }
                ("config", Value::String(text)) => {
                    self.config = Some(PathBuf::from(text));
                    true
                }
                ("today", Value::String(text)) => {
                    let is_date = text.parse::<jiff::civil::Date>().is_ok();
                    if is_date {
                        self.today = Some(text.clone());
                    }
                    is_date
                }
                ("owner", Value::String(text)) => {
                    self.owner = Some(text.clone());
                    true
                }
                (name, _) => OF_EDITORS.contains(&name),
            };
            match KNOWN.iter().find(|(known, _)| known == name) {
                _ if fits => {}
                Some((_, wanted)) => {
                    wrong.push(format!("the setting `{name}` of hallpass is {wanted}; it stays as it was"));
                }
                None if ours => {
                    let name: String = name.chars().take(SHOWN).collect();
                    wrong.push(format!("hallpass has no setting `{name}`; {}", accepted()));
                }
                None => {}
            }
        }
        wrong
    }
}

fn accepted() -> String {
    let each: Vec<String> = KNOWN.iter().map(|(name, wanted)| format!("`{name}` ({wanted})")).collect();
    format!("it takes {}", each.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_told_and_changes_nothing() {
        let mut options = Options::default();
        assert!(
            options
                .read(&json!({"hallpass": {"trusted": true, "today": "2026-01-02", "server": "auto"}}), false)
                .is_empty()
        );
        let before = options.clone();
        let wrong = options
            .read(&json!({"trusted": "yes", "today": "soon", "ownr": "x", "config": 7, "owner": null}), true);
        assert_eq!(wrong.len(), 4, "{wrong:?}");
        assert!(wrong.iter().any(|line| line.contains("`ownr`") && line.contains("`owner` (a text")));
        assert!(wrong.iter().any(|line| line.contains("`trusted` of hallpass is true or false")));
        assert_eq!(options, before);
        // Other sections of all settings are somebody else's.
        assert!(options.read(&json!({"yaml": {"schemas": {}}, "ownr": 1}), false).is_empty());
        assert_eq!(options.read(&json!({"yaml": {}, "hallpass": "on"}), false).len(), 1);
        assert_eq!(options, before);
    }
}
