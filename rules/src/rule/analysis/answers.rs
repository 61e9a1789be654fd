//! What is asked of every machine identity, and whether what is declared of it answers.

use crate::fact::{Identity, Record, Text, Value};

/// What people write to fill a field. Compared without case and signs around it.
const BOILERPLATE: [&str; 16] = [
    "",
    "todo",
    "tbd",
    "tba",
    "fixme",
    "xxx",
    "n/a",
    "na",
    "none",
    "unknown",
    "test",
    "purpose",
    "description",
    "service account",
    "fill in",
    "to be defined",
];

/// What is declared of one identity, in one place or several: what one of them says need not be said by the others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers<'a> {
    said: Vec<&'a Identity>,
}

impl<'a> Answers<'a> {
    /// Of these declarations.
    pub(crate) fn of(said: impl IntoIterator<Item = &'a Identity>) -> Self {
        Self { said: said.into_iter().collect() }
    }

    /// Whether anything is declared.
    pub(crate) fn any(&self) -> bool {
        self.said.iter().any(|said| said.owner.is_some() || said.purpose.is_some() || said.record.is_some())
    }

    fn records(&self) -> impl Iterator<Item = &'a Record> {
        self.said.iter().filter_map(|said| said.record.as_deref())
    }

    /// What should be said and is not.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let mut missing = Vec::new();
        let mut ask = |answered: bool, what: &'static str| {
            if !answered {
                missing.push(what);
            }
        };
        let any = |has: fn(&Record) -> bool| self.records().any(has);
        ask(self.said.iter().any(|said| answers(said.owner.as_ref())), "who owns it (`owner`)");
        ask(self.said.iter().any(|said| answers(said.purpose.as_ref())), "what it is for (`purpose`)");
        if any(|record| record.revoked.is_some()) {
            return missing;
        }
        let revocation = |record: &Record| record.revocation.as_ref().is_some_and(|said| says(&said.is));
        ask(any(revocation), "how it is switched off (`revocation`)");
        ask(
            any(|record| record.expires.is_some() || record.review_by.is_some()),
            "until when (`expires`), or when its need is looked at again (`review-by`)",
        );
        ask(
            !any(|record| record.rotation.is_some()) || any(|record| record.last_rotated.is_some()),
            "when its credentials were last changed (`last-rotated`)",
        );
        let restricted =
            |record: &Record| record.data_class.as_ref().is_some_and(|class| class.is == "restricted");
        ask(
            !any(restricted) || any(|record| record.approved_by.as_ref().is_some_and(|said| says(&said.is))),
            "who allowed it to reach restricted data (`approved-by`)",
        );
        let third_party = any(|record| record.third_party.is_some());
        ask(
            !third_party || any(|record| record.review_by.is_some()),
            "when the outside party's need is looked at again (`review-by`)",
        );
        ask(
            !third_party || any(|record| record.expires.is_some()),
            "until when the outside party may hold it (`expires`)",
        );
        ask(
            !any(Record::is_break_glass)
                || any(|record| record.monitored_by.as_ref().is_some_and(|said| says(&said.is))),
            "what raises an alarm when the emergency identity is used (`monitored-by`)",
        );
        ask(
            self.records().all(|record| record.scopes.iter().all(|scope| scope.is.why.is_some())),
            "which business function needs each right (`scopes = [{ scope = …, why = … }]`)",
        );
        missing
    }
}

/// What cannot be resolved may be anything, blank too.
fn answers(value: Option<&Value<Text>>) -> bool {
    value.and_then(Value::only).and_then(Text::known).is_some_and(says)
}

/// Whether a text says something.
pub(crate) fn says(text: &str) -> bool {
    let bare =
        text.trim().trim_matches(|c: char| "?.-_*<>[]()".contains(c) || c.is_whitespace()).to_lowercase();
    !BOILERPLATE.contains(&bare.as_str())
}
