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

/// Items of one name: those with the same shape of scope together, so that a wholly known reference passes over the wholly
/// known others of its shape, which are found by equality.
type Folder<'a, T> = BTreeMap<Shape, Vec<(&'a Ref, T)>>;

/// Items of one platform and kind, by name; names that are not fully known stand under the empty one.
type Drawer<'a, T> = BTreeMap<&'a str, Folder<'a, T>>;

/// How many parts the scope has, and whether all of it and the name are known.
type Shape = (usize, bool);

fn shape(is: &Ref) -> Shape {
    let known = is.scope.iter().chain([&is.name]).all(|part| part.known().is_some());
    (is.scope.len(), known)
}

/// Items by reference.
#[derive(Debug)]
pub(crate) struct Register<'a, T> {
    /// By platform and kind.
    drawers: BTreeMap<(&'a str, &'a str), Drawer<'a, T>>,
    /// By the whole reference: what is surely the same is equal.
    equal: BTreeMap<&'a Ref, Vec<T>>,
}

impl<'a, T: Copy> Register<'a, T> {
    /// Files items.
    pub(crate) fn of(items: impl IntoIterator<Item = (&'a Ref, T)>) -> Self {
        let mut drawers: BTreeMap<_, Drawer<'a, T>> = BTreeMap::new();
        let mut equal: BTreeMap<&'a Ref, Vec<T>> = BTreeMap::new();
        for (is, item) in items {
            drawers
                .entry((is.platform.as_str(), is.kind.as_str()))
                .or_default()
                .entry(is.name.known().unwrap_or_default())
                .or_default()
                .entry(shape(is))
                .or_default()
                .push((is, item));
            equal.entry(is).or_default().push(item);
        }
        Self { drawers, equal }
    }

    /// What is filed under this reference, surely or perhaps; what surely is comes first.
    pub(crate) fn find(&self, wanted: &Ref) -> Vec<(Match, T)> {
        let mut found: Vec<(Match, T)> = self.surely(wanted).map(|item| (Match::Same, item)).collect();
        let Some(drawer) = self.drawers.get(&(wanted.platform.as_str(), wanted.kind.as_str())) else {
            return found;
        };
        let own = Some(shape(wanted)).filter(|(_, known)| *known);
        let mut look = |folder: &Folder<'a, T>, most: usize| {
            let unlike = folder.iter().filter(|(shape, _)| Some(**shape) != own).flat_map(|(_, items)| items);
            for (is, item) in unlike.take(most) {
                if let Sameness::May(_) = is.sameness(wanted) {
                    found.push((Match::May, *item));
                }
            }
        };
        match wanted.name.known() {
            Some(name) => {
                for folder in drawer.get(name).into_iter() {
                    look(folder, usize::MAX);
                }
                if !name.is_empty() {
                    for folder in drawer.get("").into_iter() {
                        look(folder, MAX_OPEN);
                    }
                }
            }
            None => {
                for folder in drawer.values().take(MAX_OPEN) {
                    look(folder, MAX_OPEN);
                }
            }
        }
        found
    }

    /// What is surely filed under this reference.
    pub(crate) fn surely(&self, wanted: &Ref) -> impl Iterator<Item = T> {
        self.equal.get(wanted).into_iter().flatten().copied()
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
