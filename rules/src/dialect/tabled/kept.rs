//! Secrets that a file keeps itself, in part as ciphertext, and secrets that a job passes on.

use super::path::Found;
use super::tables::Place as Row;
use super::{Here, Walk};
use crate::document::Node;
use crate::fact::{Ref, Selection, Sink, Text, Why};

/// Most values read of one secret. Real ones have a handful.
const MAX_VALUES: usize = 10_000;
/// Fewest characters of ciphertext: a block of an RSA key of 1,024 bits in base64, and no system makes smaller ones.
const SHORTEST_SEALED: usize = 172;

impl<'u> Walk<'_, 'u> {
    /// The content of a secret: every value with the key it stands under, however deep.
    pub(super) fn content(&mut self, here: &Here<'u>, found: Found<'u>) -> bool {
        let called = found.entry.map_or("", |entry| entry.name());
        let mut open = vec![(called, found.node)];
        let (mut any, mut sealed) = (false, None);
        let mut left = MAX_VALUES;
        while let Some((name, node)) = open.pop() {
            if left == 0 {
                self.out.unknown(
                    self.source(node),
                    Why::Limit(format!("more than {MAX_VALUES} values of one secret")),
                );
                break;
            }
            left -= 1;
            if self.is_sealed(node) {
                sealed = sealed.or(Some(self.source(node)));
            } else if let Some(scalar) = node.scalar().filter(|scalar| !scalar.text.is_empty()) {
                self.settings.slot(self.out, here.within, name, self.file.id, scalar);
                any = true;
            }
            if !self.is_sealed(node) {
                open.extend(node.entries().iter().map(|entry| (entry.name(), &entry.value)));
                open.extend(node.items().iter().map(|item| (name, item)));
            }
        }
        if let Some(at) = sealed {
            self.settings.mention(self.out, here.within, &here.environment, &here.name, at);
        }
        any || sealed.is_some()
    }

    /// Whether a value is tagged as ciphertext and looks like one: a tag alone proves nothing.
    fn is_sealed(&self, node: &Node) -> bool {
        let tags = &self.system.secrets.tags;
        let is_tagged = || self.file.tag(node.span).is_some_and(|tag| tags.iter().any(|known| known == tag));
        let is_ciphertext = |node: &Node| {
            let of = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
            node.text().is_some_and(|text| {
                let long = text.chars().filter(|c| of(*c)).count() >= SHORTEST_SEALED;
                long && text.chars().all(|c| of(c) || c.is_ascii_whitespace())
            })
        };
        let parts = node.one_or_many();
        !tags.is_empty() && !parts.is_empty() && parts.iter().all(is_ciphertext) && is_tagged()
    }

    /// A secret that the job which this one builds on gets as well.
    pub(super) fn passed(&mut self, row: &Row, here: &Here<'u>, found: Found<'u>) -> bool {
        let key = |key: &Option<String>| key.as_deref().and_then(|key| found.node.get(key));
        let Some(secret) = key(&row.value).or_else(|| key(&row.name)) else { return false };
        let Some(name) = secret.text().filter(|name| !name.is_empty()) else { return false };
        let to = row.to.as_ref().and_then(|path| path.first(here.node, &self.budget)?.text());
        let to = to.map_or_else(|| Text::hole(Why::Variable("parent".to_owned())), Text::literal);
        let (name, at) = (name.to_owned(), self.source(secret));
        let is = self.settings.mention(self.out, here.within, &here.environment, &name, at);
        let to = Ref::new(self.system.name.as_str(), "job", [], to);
        self.settings.hand(self.out, here.within, Selection::One(is), at, Sink::Recipient(to));
        true
    }
}
