//! Variables that look like ours and are none: one with a letter amiss would be a setting that nobody follows.

use std::collections::BTreeSet;

use similar::TextDiff;

use crate::report::text::plain;

/// How our variables begin.
const PREFIX: &str = "HALLPASS_";
/// Those that no option stands for: of the set-ups that fetch a release, of this repository's tests, and the key of tags.
const OTHERS: [&str; 17] = [
    "HALLPASS_KEY",
    "HALLPASS_TOKEN",
    "HALLPASS_REVIEW_KEY",
    "HALLPASS_WEBHOOK_SECRET",
    "HALLPASS_EXCHANGES",
    "HALLPASS_VERSION",
    "HALLPASS_SHA256",
    "HALLPASS_RELEASES",
    "HALLPASS_RELEASE_SHA256",
    "HALLPASS_CHECKSUMS",
    "HALLPASS_VERIFY",
    "HALLPASS_CASE",
    "HALLPASS_CORPUS",
    "HALLPASS_CRATE",
    "HALLPASS_MODULE",
    "HALLPASS_PAGE",
    "HALLPASS_WRITE",
];
/// Less alike than this, a name is no hint.
const ALIKE: f32 = 0.75;

/// A line for each variable of the environment that is set and not ours.
pub(super) fn unheard(command: &clap::Command) -> Vec<String> {
    let mut known: BTreeSet<String> = OTHERS.iter().map(|name| (*name).to_owned()).collect();
    named(command, &mut known);
    let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    let names: BTreeSet<String> = set.filter_map(|(name, _)| name.into_string().ok()).collect();
    let strange = names.iter().filter(|name| name.starts_with(PREFIX) && !known.contains(*name));
    strange.map(|name| said(name, &known)).collect()
}

/// The variables of a command and those below it. One that is set to nothing was taken off its option; nobody asks for it here.
fn named(command: &clap::Command, known: &mut BTreeSet<String>) {
    let variables = command.get_arguments().filter_map(clap::Arg::get_env);
    known.extend(variables.filter_map(|name| Some(name.to_str()?.to_owned())));
    command.get_subcommands().for_each(|command| named(command, known));
}

fn said(name: &str, known: &BTreeSet<String>) -> String {
    let ratio = |other: &&String| TextDiff::from_chars(name, other.as_str()).ratio();
    let nearest =
        known.iter().max_by(|a, b| ratio(a).total_cmp(&ratio(b))).filter(|other| ratio(other) >= ALIKE);
    let hint = match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "`hallpass check --help` names those there are".to_owned(),
    };
    format!("{} is no variable of hallpass and says nothing; {hint}", plain(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_a_hint() {
        let known = ["HALLPASS_FAIL_ON", "HALLPASS_BASE", "HALLPASS_BASELINE"].map(str::to_owned).into();
        assert!(said("HALLPASS_FAILON", &known).ends_with("did you mean HALLPASS_FAIL_ON?"));
        assert!(said("HALLPASS_BASLINE", &known).ends_with("did you mean HALLPASS_BASELINE?"));
        assert!(said("HALLPASS_SOMETHING_ELSE", &known).contains("names those there are"));
    }
}
