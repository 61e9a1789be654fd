//! Values that may be one of several, expanded to every combination that can hold at once.

use crate::dialect::Lowering;
use crate::fact::{Case, Datum, Known, Text, Why};
use crate::span::Source;

/// Most combinations of one statement. Real statements depend on two or three variables; more would multiply facts.
pub(super) const MAX_CHOICES: usize = 32;
/// Deepest nesting of lists and alternatives inside one value of a statement.
const MAX_NESTING: usize = 16;

/// What is said of a place where only a part of the value was written.
const PART: &str = "a part of it is written here";

/// A value with the case in which it holds.
#[derive(Clone, Debug)]
pub(super) struct Choice<T> {
    pub(super) value: T,
    pub(super) case: Case,
    /// Rests on a non-default alternative.
    pub(super) lesser: bool,
    /// The whole value was written here and only passed to the statement.
    pub(super) moved: Option<Source>,
    /// Places that the value, or a part of it, passed through.
    pub(super) related: Vec<(&'static str, Source)>,
}

impl<T> Choice<T> {
    pub(super) fn certain(value: T) -> Self {
        Self { value, case: Case::always(), lesser: false, moved: None, related: Vec::new() }
    }

    pub(super) fn map<U>(self, derive: impl FnOnce(T) -> U) -> Choice<U> {
        Choice {
            value: derive(self.value),
            case: self.case,
            lesser: self.lesser,
            moved: self.moved,
            related: self.related,
        }
    }

    /// Adds where the value came from.
    fn passed(mut self, datum: &Datum) -> Self {
        if !datum.via.is_empty() {
            self.moved.get_or_insert(datum.at);
            self.related.extend(datum.via.iter().map(|via| ("used here", *via)));
        }
        self
    }
}

/// Every pair that can hold at once. The first value's place stays the leading one.
pub(super) fn both<A: Clone, B: Clone, C>(
    out: &mut Lowering<'_>,
    at: Source,
    first: &[Choice<A>],
    second: &[Choice<B>],
    join: impl Fn(&A, &B) -> C,
) -> Vec<Choice<C>> {
    let mut all = Vec::new();
    for a in first {
        for b in second {
            let Some(case) = a.case.and(&b.case) else { continue };
            if all.len() == MAX_CHOICES {
                out.unknown(at, Why::Limit("more than 32 variants of one statement".to_owned()));
                return all;
            }
            let part = b.moved.map(|at| (PART, at));
            let related = a.related.iter().chain(&b.related).copied().chain(part).collect();
            all.push(Choice {
                value: join(&a.value, &b.value),
                case,
                lesser: a.lesser || b.lesser,
                moved: a.moved,
                related,
            });
        }
    }
    all
}

/// The alternatives of a datum that are no alternatives themselves; one without any counts as not known.
pub(super) fn alternatives(datum: &Datum) -> Vec<Choice<Datum>> {
    let found = datum.alternatives();
    if found.is_empty() {
        let why = Why::Unsupported("a choice without alternatives".to_owned());
        return vec![Choice::certain(Datum::unknown(datum.at, why))];
    }
    found
        .into_iter()
        .map(|(inner, case, lesser)| {
            let mut value = inner.clone();
            if !std::ptr::eq(inner, datum) {
                value.via.extend(datum.via.iter().copied().filter(|v| !inner.via.contains(v)));
            }
            Choice { case, lesser, ..Choice::certain(value) }
        })
        .collect()
}

/// A text or list of texts, in every combination of its alternatives. What is not known is a hole, and reported.
pub(super) fn texts(out: &mut Lowering<'_>, datum: Option<&Datum>) -> Vec<Choice<Vec<Text>>> {
    match datum {
        Some(datum) => expand(out, datum, 0),
        None => vec![Choice::certain(Vec::new())],
    }
}

fn expand(out: &mut Lowering<'_>, datum: &Datum, depth: usize) -> Vec<Choice<Vec<Text>>> {
    let mut all = Vec::new();
    for alternative in alternatives(datum) {
        let inner = &alternative.value;
        for mut choice in one(out, inner, depth) {
            let Some(case) = alternative.case.and(&choice.case) else { continue };
            choice.case = case;
            choice.lesser |= alternative.lesser;
            all.push(choice.passed(inner));
        }
        all.truncate(MAX_CHOICES);
    }
    all
}

/// A datum that is no choice.
fn one(out: &mut Lowering<'_>, datum: &Datum, depth: usize) -> Vec<Choice<Vec<Text>>> {
    if depth == MAX_NESTING {
        let why = Why::Limit("lists nested more than 16 deep".to_owned());
        out.unknown(datum.at, why.clone());
        return vec![Choice::certain(vec![Text::hole(why)])];
    }
    match &datum.value {
        Known::Null => vec![Choice::certain(Vec::new())],
        Known::List(items) => list(out, datum, items, depth),
        Known::Map(_) | Known::OneOf { .. } => {
            let why = Why::Unsupported("a map where text is expected".to_owned());
            out.unknown(datum.at, why.clone());
            vec![Choice::certain(vec![Text::hole(why)])]
        }
        _ => {
            let text = datum.text().unwrap_or_default();
            if let [crate::fact::Piece::Hole(why)] = text.0.as_slice()
                && !own(why)
            {
                out.unknown(datum.at, why.clone());
            }
            vec![Choice::certain(vec![text])]
        }
    }
}

/// Whether a part is what the platform fills in by itself: the account, the region, the stack. Whose it is, is known.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html>.
fn own(why: &Why) -> bool {
    matches!(why, Why::Variable(name) if name.starts_with("AWS::"))
}

/// A list leads to its literal's place only if all of it was written there.
fn list(out: &mut Lowering<'_>, datum: &Datum, items: &[Datum], depth: usize) -> Vec<Choice<Vec<Text>>> {
    let mut all = vec![Choice::certain(Vec::new())];
    let mut moved = Vec::new();
    for item in items {
        let found = expand(out, item, depth + 1);
        moved.push(found.first().and_then(|c| c.moved));
        // One way to read the list so far and one to read this: it is joined in place, however long the list is.
        if let ([so_far], [next]) = (all.as_mut_slice(), found.as_slice())
            && let Some(case) = so_far.case.and(&next.case)
        {
            so_far.case = case;
            so_far.lesser |= next.lesser;
            so_far.value.extend(next.value.iter().cloned());
            so_far.related.extend(next.related.iter().copied());
            so_far.related.extend(next.moved.map(|at| (PART, at)));
            continue;
        }
        all = both(out, datum.at, &all, &found, |a: &Vec<Text>, b| a.iter().chain(b).cloned().collect());
    }
    let leading = if moved.iter().all(Option::is_some) { moved.first().copied().flatten() } else { None };
    for choice in &mut all {
        choice.moved = leading;
    }
    all
}
