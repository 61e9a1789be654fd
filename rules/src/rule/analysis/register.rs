//! Facts filed under the references they speak of, so that a join looks at candidates instead of at everything.

use std::collections::BTreeMap;

use crate::fact::{Ref, Sameness};

/// Most candidates looked at for a reference whose own name is unknown: it may be any of them, and comparing all with
/// all would let a hostile tree make the join quadratic.
const MAX_OPEN: usize = 256;

/// How surely a filed reference names what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    /// Perhaps: a part of one is unknown.
    May,
    /// Surely.
    Same,
}

/// Items of one platform and kind, by name; names that are not fully known stand under the empty one.
type Drawer<'a, T> = BTreeMap<&'a str, Vec<(&'a Ref, T)>>;

/// Items by reference.
#[derive(Debug)]
pub(crate) struct Register<'a, T> {
    /// By platform and kind.
    drawers: BTreeMap<(&'a str, &'a str), Drawer<'a, T>>,
}

impl<'a, T: Copy> Register<'a, T> {
    /// Files items.
    pub(crate) fn of(items: impl IntoIterator<Item = (&'a Ref, T)>) -> Self {
        let mut drawers: BTreeMap<_, Drawer<'a, T>> = BTreeMap::new();
        for (is, item) in items {
            drawers
                .entry((is.platform.as_str(), is.kind.as_str()))
                .or_default()
                .entry(is.name.known().unwrap_or_default())
                .or_default()
                .push((is, item));
        }
        Self { drawers }
    }

    /// What is filed under this reference, or may be.
    pub(crate) fn find(&self, wanted: &Ref) -> Vec<(Match, T)> {
        let Some(drawer) = self.drawers.get(&(wanted.platform.as_str(), wanted.kind.as_str())) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut look = |items: &Vec<(&'a Ref, T)>, most: usize| {
            for (is, item) in items.iter().take(most) {
                match is.sameness(wanted) {
                    Sameness::Same => found.push((Match::Same, *item)),
                    Sameness::May(_) => found.push((Match::May, *item)),
                    Sameness::No => {}
                }
            }
        };
        match wanted.name.known() {
            Some(name) => {
                for items in drawer.get(name).into_iter() {
                    look(items, usize::MAX);
                }
                if !name.is_empty() {
                    for items in drawer.get("").into_iter() {
                        look(items, MAX_OPEN);
                    }
                }
            }
            None => {
                for items in drawer.values().take(MAX_OPEN) {
                    look(items, MAX_OPEN);
                }
            }
        }
        found
    }

    /// What is surely filed under this reference.
    pub(crate) fn surely(&self, wanted: &Ref) -> impl Iterator<Item = T> {
        self.find(wanted).into_iter().filter(|(how, _)| *how == Match::Same).map(|(_, item)| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Text, Why};

    #[test]
    fn a_hole_may_be_anything() {
        let hole = || Text::hole(Why::Variable("namespace".to_owned()));
        let a = Ref::new("kubernetes", "Secret", [Text::literal("prod")], "a");
        let b = Ref::new("kubernetes", "Secret", [hole()], "a");
        let c =
            Ref::new("kubernetes", "Secret", [Text::literal("prod")], Text::hole(Why::Computed("x".into())));
        let register = Register::of([(&a, 'a'), (&b, 'b'), (&c, 'c')]);
        assert_eq!(register.find(&a), [(Match::Same, 'a'), (Match::May, 'b'), (Match::May, 'c')]);
        assert_eq!(register.surely(&b).collect::<String>(), "b");
        assert!(register.find(&Ref::new("kubernetes", "ConfigMap", [hole()], "a")).is_empty());
    }
}
