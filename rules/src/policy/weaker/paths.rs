//! `[[paths]]` of two policies: what says less, or is taken less seriously, in a part of the tree.

use toml::de::DeTable;

use super::{Collector, name, severity as anywhere};
use crate::fact::Text;
use crate::finding::Spot;
use crate::policy::names::{self, quoted};
use crate::policy::{PathRow, Policy, read};
use crate::span::ByteSpan;

pub(super) fn compare(before: &Policy, after: &Policy, out: &mut Collector<'_>) {
    for row in &after.paths {
        ignored(before, row, out);
        lowered(before, after, row, out);
    }
    for row in &before.paths {
        raised_no_more(after, row, out);
    }
}

/// Rows of a policy that speak wherever this one does.
fn around<'p>(policy: &'p Policy, row: &'p PathRow) -> impl DoubleEndedIterator<Item = &'p PathRow> {
    let here = Text::literal(row.matches.clone());
    policy.paths.iter().filter(move |known| names::covers(&known.matches, &here))
}

fn ignored(before: &Policy, row: &PathRow, out: &mut Collector<'_>) {
    for word in &row.ignore {
        let known = around(before, row).any(|known| known.ignore.contains(word));
        if !known && !before.ignore.contains(word) {
            let message = format!("{} says nothing any more in {}", quoted(word), quoted(&row.matches));
            say(row, message, &["off", word], out);
        }
    }
}

fn lowered(before: &Policy, after: &Policy, row: &PathRow, out: &mut Collector<'_>) {
    for (rule, severity) in &row.severities {
        let was = around(before, row).filter_map(|known| known.severities.get(rule)).next_back().copied();
        let Some(was) = was.or_else(|| anywhere(before, rule)) else { continue };
        if *severity < was && anywhere(after, rule).is_some_and(|general| *severity < general) {
            let place = quoted(&row.matches);
            let message = format!("`{rule}` is lowered from {} to {} in {place}", name(&was), name(severity));
            say(row, message, &["severity", rule, &name(severity)], out);
        }
    }
}

/// What was more severe in a part of the tree and is not any more.
fn raised_no_more(after: &Policy, row: &PathRow, out: &mut Collector<'_>) {
    for (rule, was) in &row.severities {
        let now = around(after, row).filter_map(|known| known.severities.get(rule)).next_back().copied();
        let stated = now.is_some();
        let Some(now) = now.or_else(|| anywhere(after, rule)) else { continue };
        // Another row that says so has spoken for itself.
        if now < *was && !stated {
            let place = quoted(&row.matches);
            let message = format!("`{rule}` is no longer {} in {place}", name(was));
            say(row, message, &["severity", rule, &name(&now)], out);
        }
    }
}

fn say(row: &PathRow, message: String, judged: &[&str], out: &mut Collector<'_>) {
    let at = place(out, &row.matches).unwrap_or_else(|| out.place(&["paths"], None));
    let judged: Vec<&str> =
        ["paths", row.matches.as_str()].into_iter().chain(judged.iter().copied()).collect();
    out.say_at(at, &["paths"], Some(&row.matches), message, &judged);
}

/// Where a row's pattern stands, in the file that wins of those that have one.
fn place(out: &Collector<'_>, pattern: &str) -> Option<Spot> {
    let span = |path: &str, text: &str| {
        let (root, _) = DeTable::parse_recoverable(text);
        let rows = read::own_table(path, root.get_ref())?.get("paths")?.get_ref().as_array()?;
        rows.iter().find_map(|row| {
            let value = row.get_ref().as_table()?.get("match")?;
            (value.get_ref().as_str() == Some(pattern)).then(|| ByteSpan::from(value.span()))
        })
    };
    out.texts.iter().find_map(|(file, path, text)| Some(out.spot(*file, span(path, text)?)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::policy::{Policy, weaker};

    fn said(before: &str, after: &str) -> Vec<String> {
        let read = |text: &str| Policy::read("hallpass.toml", text.as_bytes()).unwrap();
        let texts = [(crate::span::FileId(0), "hallpass.toml", after)];
        let found = weaker::weaker(&read(before), &read(after), &texts);
        found.into_iter().map(|found| format!("{} {}", found.at.span.start, found.message)).collect()
    }

    const HIGH: &str = "[[paths]]\nmatch = \"prod/*\"\nseverity = { \"identity/no-owner\" = \"critical\" }\n";

    #[test]
    fn what_says_less_in_a_part_of_the_tree_is_weaker() {
        let off = "[[paths]]\nmatch = \"infra/*\"\nignore = [\"lifetime\"]\n";
        assert_eq!(said("", off), ["18 `lifetime` says nothing any more in `infra/*`"]);
        assert_eq!(said(off, off), [""; 0]);
        assert_eq!(said("[rules]\nignore = [\"lifetime\"]\n", off), [""; 0]);
        let wide = off.replace("infra/*", "*");
        assert_eq!(said(&wide, off), [""; 0]);
        assert_eq!(said(off, &wide).len(), 1);
        assert_eq!(said(off, ""), [""; 0]);
    }

    #[test]
    fn severities_of_a_part_of_the_tree_are_held_against_each_other() {
        assert_eq!(said("", HIGH), [""; 0]);
        assert_eq!(said(HIGH, "").len(), 1);
        let low = HIGH.replace("critical", "info");
        assert_eq!(said(HIGH, &low).len(), 1);
        assert_eq!(said("", &low).len(), 1);
        assert_eq!(said(&low, HIGH), [""; 0]);
    }
}
