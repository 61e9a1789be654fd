//! `${{ if }}`, `${{ each }}` and `${{ insert }}` as keys: what stands below them belongs to the map or list around.
//! Source: <https://learn.microsoft.com/azure/devops/pipelines/process/template-expressions>.

use std::collections::BTreeMap;

use crate::document::{Entry, Node};
use crate::fact::Case;

/// Conditions inside conditions that are followed; people nest three.
const MAX_DEPTH: usize = 16;

/// Most of a condition's text that names its branches.
const MAX_CONDITION: usize = 200;

/// What a key that is an expression does with what stands below it.
enum Directive<'t> {
    /// `if` with its condition.
    If(&'t str),
    /// `elseif` with its condition.
    ElseIf(&'t str),
    /// `else`.
    Else,
    /// `each`, `insert`: it stands there.
    Inserts,
}

impl<'t> Directive<'t> {
    fn read(key: &'t str) -> Option<Self> {
        let inner = key.trim().strip_prefix("${{")?.strip_suffix("}}")?.trim();
        let end = inner.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(inner.len());
        let (word, rest) = inner.split_at(end);
        Some(match word {
            "if" => Self::If(rest.trim()),
            "elseif" => Self::ElseIf(rest.trim()),
            "else" => Self::Else,
            "each" | "insert" => Self::Inserts,
            _ => return None,
        })
    }
}

/// A chain of `if`, `elseif` and `else`: the condition names the choice, so that equal conditions go together.
#[derive(Default)]
struct Chain {
    condition: String,
}

impl Chain {
    fn case(&mut self, directive: &Directive<'_>) -> Case {
        let cut = |text: &str| text.chars().take(MAX_CONDITION).collect::<String>();
        match directive {
            Directive::If(condition) => {
                self.condition = cut(condition);
                Case::of(self.condition.clone(), "true")
            }
            Directive::ElseIf(condition) => {
                Case::of(self.condition.clone(), format!("else {}", cut(condition)))
            }
            Directive::Else => Case::of(self.condition.clone(), "else"),
            Directive::Inserts => Case::always(),
        }
    }
}

/// The only entry of a list's item, if its key is a directive.
fn only<'n>(item: &'n Node) -> Option<(&'n Entry, Directive<'n>)> {
    match item.entries() {
        [entry] => Some((entry, Directive::read(entry.key.text()?)?)),
        _ => None,
    }
}

/// The items of a list, those below conditions among them, each with the case in which it stands there.
pub(super) fn items(list: &Node) -> Vec<(&Node, Case)> {
    let mut found = Vec::new();
    items_below(list, &Case::always(), MAX_DEPTH, &mut found);
    found
}

fn items_below<'n>(list: &'n Node, case: &Case, depth: usize, found: &mut Vec<(&'n Node, Case)>) {
    let mut chain = Chain::default();
    // A map in place of a list: `steps: ${{ if }}: [...]`.
    for entry in list.entries() {
        if let (Some(directive), Some(depth)) =
            (entry.key.text().and_then(Directive::read), depth.checked_sub(1))
        {
            let case = case.and(&chain.case(&directive)).unwrap_or_else(|| case.clone());
            items_below(&entry.value, &case, depth, found);
        }
    }
    for item in list.items() {
        match (only(item), depth.checked_sub(1)) {
            (Some((entry, directive)), Some(depth)) => {
                let case = case.and(&chain.case(&directive)).unwrap_or_else(|| case.clone());
                match entry.value.items() {
                    // One thing may stand below without a list of its own.
                    [] if entry
                        .value
                        .entries()
                        .iter()
                        .any(|e| e.key.text().and_then(Directive::read).is_none()) =>
                    {
                        found.push((&entry.value, case));
                    }
                    _ => items_below(&entry.value, &case, depth, found),
                }
            }
            _ => found.push((item, case.clone())),
        }
    }
}

/// The entries of a map, those below conditions among them, each with the case in which it stands there.
pub(super) fn entries(map: &Node) -> Vec<(&Entry, Case)> {
    let mut found = Vec::new();
    entries_below(map, &Case::always(), MAX_DEPTH, &mut found);
    found
}

fn entries_below<'n>(map: &'n Node, case: &Case, depth: usize, found: &mut Vec<(&'n Entry, Case)>) {
    let mut chain = Chain::default();
    for entry in map.entries() {
        match (entry.key.text().and_then(Directive::read), depth.checked_sub(1)) {
            (Some(directive), Some(depth)) => {
                let case = case.and(&chain.case(&directive)).unwrap_or_else(|| case.clone());
                entries_below(&entry.value, &case, depth, found);
            }
            _ => found.push((entry, case.clone())),
        }
    }
}

/// The values under a key: one for each case in which it has one. Of a key that stands twice in one case, the last.
pub(super) fn get<'n>(map: &'n Node, key: &str) -> Vec<(&'n Node, Case)> {
    let mut found: Vec<(&Node, Case)> = Vec::new();
    // By case, so that a key under many conditions is looked at once for each.
    let mut places: BTreeMap<Case, usize> = BTreeMap::new();
    for (entry, case) in entries(map).into_iter().filter(|(entry, _)| entry.name() == key) {
        match places.get(&case).and_then(|at| found.get_mut(*at)) {
            Some(known) => known.0 = &entry.value,
            None => {
                places.insert(case.clone(), found.len());
                found.push((&entry.value, case));
            }
        }
    }
    found
}

/// The value under a key, whichever case it holds in: for what does not change what is said.
pub(super) fn first<'n>(map: &'n Node, key: &str) -> Option<&'n Node> {
    map.get(key).or_else(|| get(map, key).first().map(|(node, _)| *node))
}

/// The value under a key that knows no case.
pub(super) fn input<'n>(map: &'n Node, key: &str) -> Option<&'n Node> {
    let all = entries(map);
    all.iter().rev().find(|(entry, _)| entry.name().eq_ignore_ascii_case(key)).map(|(entry, _)| &entry.value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::document::{Document, Format};

    fn tree(text: &str) -> Node {
        Document::read(Format::Yaml, text.as_bytes()).nodes().first().unwrap().clone()
    }

    #[test]
    fn what_stands_below_conditions_belongs_to_the_list() {
        let list = tree(
            "- a\n- ${{ if eq(1, 2) }}:\n  - b\n- ${{ else }}:\n  - ${{ each x in y }}:\n    - c\n- d\n",
        );
        let found = items(&list);
        let texts: Vec<_> = found.iter().map(|(node, _)| node.text().unwrap()).collect();
        assert_eq!(texts, ["a", "b", "c", "d"]);
        assert!(found[1].1.and(&found[2].1).is_none(), "branches of one condition never meet");
        assert!(found[0].1.is_always());
    }

    #[test]
    fn a_key_has_a_value_for_each_case() {
        let map = tree("x: 1\n${{ if a }}:\n  y: 2\n${{ else }}:\n  y: 3\n");
        let found = get(&map, "y");
        let texts: Vec<_> = found.iter().map(|(node, _)| node.text().unwrap()).collect();
        assert_eq!(texts, ["2", "3"]);
        assert_eq!(get(&map, "x").len(), 1);
    }
}
