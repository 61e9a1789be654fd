//! One block being lowered, and what its arguments are worth.

use hcl_edit::structure::{Block, Body};

use crate::dialect::Lowering;
use crate::dialect::kubernetes::Carried;
use crate::dialect::terraform::evaluate::{Evaluator, Scope, default_of};
use crate::dialect::terraform::syntax::Located;
pub(super) use crate::dialect::values::{knowledge, said, text_of};
use crate::fact::{
    Body as FactBody, ContextId, Datum, FactId, Known, Origin, Place, Ref, Related, Text, Why,
};

/// One instance of one block.
pub(super) struct Site<'s, 'o, 'u> {
    pub(super) evaluator: &'s mut Evaluator<'u>,
    pub(super) out: &'s mut Lowering<'o>,
    pub(super) block: Located<'u, Block>,
    pub(super) scope: Scope,
    pub(super) within: ContextId,
    /// `module.a.aws_iam_role.x`.
    pub(super) address: String,
    /// Kubernetes manifests of the unit so far.
    pub(super) carried: &'s mut Vec<Carried>,
}

impl<'u> Site<'_, '_, 'u> {
    /// The resource's type.
    pub(super) fn kind(&self) -> &'u str {
        self.block.label(0)
    }

    /// The values of an argument; `block.argument` for one inside nested blocks, which may be several.
    pub(super) fn values(&mut self, path: &str) -> Vec<Datum> {
        let (body, scope) = (self.block.body(), self.scope.clone());
        self.values_in(body, path, &scope)
    }

    fn values_in(&mut self, body: Located<'u, Body>, path: &str, scope: &Scope) -> Vec<Datum> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        if let Some(found) = body.attribute(first) {
            let value = self.evaluator.value(found.value(), scope);
            return match rest {
                None => vec![value],
                Some(rest) => below(&value, rest),
            };
        }
        let Some(rest) = rest else { return Vec::new() };
        let blocks = self.evaluator.nested(body, first, scope);
        blocks.into_iter().flat_map(|(body, _, e)| self.values_in(body, rest, &e.scope)).collect()
    }

    /// The value of an argument, if it is written.
    pub(super) fn value(&mut self, path: &str) -> Option<Datum> {
        self.values(path).into_iter().next()
    }

    /// The value of an argument, or why it is not known.
    pub(super) fn named(&mut self, path: &str) -> Datum {
        let header = self.block.header();
        match self.value(path) {
            Some(value) => value,
            None => Datum::unknown(header, Why::Computed(format!("{}.{path}", self.address))),
        }
    }

    /// An argument as text, in its default alternative.
    pub(super) fn text(&mut self, path: &str) -> Text {
        let value = self.named(path);
        text_of(&value)
    }

    /// A place that remembers the uses its value passed through.
    pub(super) fn place(&self, value: &Datum) -> Place {
        let mut place = self.out.place(value.at);
        for via in &value.via {
            if *via != value.at && place.related.iter().all(|r| r.source != *via) {
                let note = match self.evaluator.program.is_argument(*via) {
                    true => "passed as a module argument here",
                    false => "used here",
                };
                place.related.push(Related { note: note.to_owned(), source: *via });
            }
        }
        place
    }

    /// States a fact at a value's own place.
    pub(super) fn at_value(&mut self, value: &Datum, body: FactBody) -> FactId {
        let place = self.place(default_of(value));
        self.out.fact(self.within, place, Origin::Stated, body)
    }

    /// States a fact at the block's first line.
    pub(super) fn at_block(&mut self, body: FactBody) -> FactId {
        self.out.state(self.within, self.block.header(), body)
    }

    /// Reports a value that could not be resolved.
    pub(super) fn unresolved(&mut self, value: &Datum) {
        match &value.value {
            Known::Unknown(why) => self.out.unknown(value.at, why.clone()),
            Known::Text(text) => {
                if let Some(why) = text.why() {
                    self.out.unknown(value.at, why.clone());
                }
            }
            Known::OneOf { of, .. } => of.iter().for_each(|(v, _, _)| self.unresolved(v)),
            _ => {}
        }
    }

    /// A reference of the platform: from an ARN, or by name in an account that is not known.
    pub(super) fn reference(&self, platform: &str, kind: &str, name: Text) -> Ref {
        reference(platform, kind, name)
    }
}

/// A reference of the platform: from an ARN, or by name where the account is not known.
pub(super) fn reference(platform: &str, kind: &str, name: Text) -> Ref {
    if platform == "aws" {
        if let Some(found) = crate::dialect::aws_policy::arn_reference(&name) {
            return found;
        }
        return Ref::new(platform, kind, [Text::hole(Why::Variable("account".to_owned()))], name);
    }
    if platform == "gcp"
        && kind == "service-account"
        && let Some(found) = gcp_account(&name)
    {
        return found;
    }
    let scope: Vec<Text> = Vec::new();
    Ref::new(platform, kind, scope, name)
}

/// `id@project.iam.gserviceaccount.com`, perhaps behind `projects/…/serviceAccounts/` or `serviceAccount:`.
pub(super) fn gcp_account(text: &Text) -> Option<Ref> {
    const END: &str = ".iam.gserviceaccount.com";
    let mut id = Text::default();
    let mut project = Text::default();
    let mut behind = false;
    for piece in &text.0 {
        match piece {
            crate::fact::Piece::Literal(literal) => {
                let literal = literal.strip_suffix(END).unwrap_or(literal);
                match (behind, literal.rsplit_once('@')) {
                    (false, Some((before, after))) => {
                        behind = true;
                        let before = before.rsplit(['/', ':']).next().unwrap_or(before);
                        id = if before.len() < literal.len()
                            && literal.contains(['/', ':'])
                            && !before.is_empty()
                        {
                            Text::literal(before)
                        } else {
                            id.push(before);
                            id
                        };
                        project.push(after);
                    }
                    (false, None) => {
                        // What stands before the last separator is not part of the id.
                        match literal.rsplit_once(['/', ':']) {
                            Some((_, after)) => id = Text::literal(after),
                            None => id.push(literal),
                        }
                    }
                    (true, _) => project.push(literal),
                }
            }
            crate::fact::Piece::Hole(why) if behind => project.push_hole(why.clone()),
            crate::fact::Piece::Hole(why) => id.push_hole(why.clone()),
        }
    }
    id.0.retain(|piece| !matches!(piece, crate::fact::Piece::Literal(l) if l.is_empty()));
    behind.then(|| Ref::new("gcp", "service-account", [project], id))
}

/// What stands below a value, by names.
fn below(value: &Datum, path: &str) -> Vec<Datum> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let items: Vec<&Datum> = match &default_of(value).value {
        Known::List(items) => items.iter().collect(),
        _ => vec![default_of(value)],
    };
    let found = items.into_iter().filter_map(|item| match &item.value {
        Known::Unknown(_) => Some(item.clone()),
        _ => item.get(first).cloned(),
    });
    match rest {
        None => found.collect(),
        Some(rest) => found.flat_map(|value| below(&value, rest)).collect(),
    }
}
