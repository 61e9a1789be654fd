//! Waivers in comments: added, or put off.

use std::collections::BTreeMap;

use super::Weakening;
use crate::fact::{Route, UnitFacts};
use crate::finding::Spot;
use crate::ledger::inline;
use crate::policy::names::quoted;
use crate::policy::read::day;
use crate::rule::world::spot;

/// What a comment lets pass. One that lacks something silences nothing and is a finding of its own.
struct Comment {
    at: Spot,
    rule: String,
    until: String,
    text: String,
}

/// Each once, though several units may read its file.
fn comments(units: &[UnitFacts]) -> Vec<Comment> {
    let mut all: BTreeMap<(Spot, String), Comment> = BTreeMap::new();
    for unit in units {
        for note in &unit.notes {
            let Some(read) = inline::read(&note.text) else { continue };
            let Some(until) = read.until.filter(|until| day(until).is_some()) else { continue };
            for rule in read.names {
                let at = spot(unit, note.source);
                let comment = Comment {
                    at: at.clone(),
                    rule: rule.clone(),
                    until: until.clone(),
                    text: note.text.clone(),
                };
                all.insert((at, rule), comment);
            }
        }
    }
    all.into_values().collect()
}

pub(super) fn compare(before: &[UnitFacts], after: &[UnitFacts], out: &mut Vec<Weakening>) {
    let mut was = comments(before);
    let mut left = Vec::new();
    let mut take = |fits: &dyn Fn(&Comment) -> bool| was.iter().position(fits).map(|at| was.swap_remove(at));
    for is in comments(after) {
        let here = |was: &Comment| was.at.path == is.at.path && was.rule == is.rule;
        // Dates as they are accepted sort as texts do.
        if take(&|was| here(was) && was.until >= is.until).is_none() {
            left.push(is);
        }
    }
    for is in left {
        // Moved with its file, word for word.
        if take(&|was| was.text == is.text && was.rule == is.rule).is_some() {
            continue;
        }
        let put_off = take(&|was| was.at.path == is.at.path && was.rule == is.rule);
        let rule = quoted(&is.rule);
        let message = match put_off {
            Some(was) => {
                format!("a waiver of {rule} is put off from {} to {}", was.until.trim(), is.until.trim())
            }
            None => format!("a waiver of {rule} is added"),
        };
        out.push(Weakening {
            route: Route::root().key("hallpass").item(&is.rule).0,
            message,
            judged: vec!["waiver".to_owned(), is.rule, is.until],
            at: is.at,
            severity: None,
        });
    }
}
