//! The rules that a policy makes, the registry and floors, of two policies.

use super::Collector;
use crate::finding::identity::digest;
use crate::policy::names::quoted;
use crate::policy::{Policy, PolicyRow};

/// Rules that are gone, that speak of less, or that may be waived now.
pub(super) fn compare(before: &Policy, after: &Policy, out: &mut Collector<'_>) {
    for was in &before.rules {
        let id = was.id.as_str();
        let Some(is) = after.rule(id) else {
            let message = format!("the rule `{id}` is gone");
            out.say(&["policy"], None, message, &["policy", id]);
            continue;
        };
        if !is.speaks_wherever(was) {
            let message = format!("`{id}` speaks of something else, and perhaps of less, than before");
            say(is, message, &["narrowed", &digest([asked(is).as_str()])], out);
        }
        if is.waivable && !was.waivable {
            say(is, format!("what `{id}` finds can be waived"), &["waivable"], out);
        }
    }
}

/// What a row asks, as a text.
fn asked(row: &PolicyRow) -> String {
    format!("{} {:?} {:?} {:?}", row.body, row.conditions, row.unless, row.paths)
}

fn say(row: &PolicyRow, message: String, judged: &[&str], out: &mut Collector<'_>) {
    let at = out.spot(row.file, row.span);
    let judged: Vec<&str> = ["policy", row.id.as_str()].into_iter().chain(judged.iter().copied()).collect();
    out.say_at(at, &["policy"], Some(&row.id), message, &judged);
}

/// Files that were floors.
pub(super) fn floors(before: &Policy, after: &Policy, out: &mut Collector<'_>) {
    for was in &before.floors {
        if !after.floors.iter().any(|is| is.text == was.text) {
            let message = format!("{} is no longer a floor, which is only tightened", quoted(&was.text));
            out.say(&["floor"], None, message, &["floor", &was.text]);
        }
    }
}

/// Rows of the registry in the place of others, and people besides those of a list.
pub(super) fn registry(floor: &Policy, whole: &Policy, out: &mut Collector<'_>) {
    for row in &floor.identities {
        let other = whole.identities.iter().find(|is| is.id.text == row.id.text && is.id.file != row.id.file);
        if let Some(other) = other {
            let message = format!("its row about {} is replaced", quoted(&row.id.text));
            let at = out.spot(other.id.file, other.id.span);
            out.say_at(at, &["identity"], Some(&row.id.text), message, &["identity", &row.id.text]);
        }
    }
    let known = &floor.people.known;
    let others =
        whole.people.known.iter().filter(|is| !known.is_empty() && known.iter().all(|k| k.text != is.text));
    for name in others {
        let message = format!("{} is added to those who may own something", quoted(&name.text));
        let at = out.spot(name.file, name.span);
        out.say_at(at, &["people", "known"], Some(&name.text), message, &["known", &name.text]);
    }
}
