//! Rows of the registry, from the written form: dates, durations and references, each checked where it stands.

use std::collections::BTreeMap;

use toml::Spanned;

use super::file::{self, Scope};
use super::names::{did_you_mean, quoted};
use super::read::{DURATION, Reader, date_text, not_a_pattern};
use super::{IdentityRow, Written, kinds};
use crate::dialect::ownership::plain;
use crate::fact::{Day, DeclaredScope, Record, Ref, Said, Text, Word};
use crate::span::{ByteSpan, Source};

impl Reader<'_> {
    /// Where a value stands.
    fn place<T>(&self, written: &Spanned<T>) -> Source {
        Source::new(self.file, ByteSpan::from(written.span()))
    }

    fn said<T>(&self, written: Spanned<T>) -> Said<T> {
        Said { at: self.place(&written), is: written.into_inner() }
    }

    /// A text that says something.
    fn words(&self, written: Option<Spanned<String>>) -> Option<Said<String>> {
        written.filter(|w| !w.get_ref().trim().is_empty()).map(|w| self.said(w))
    }

    /// Keys of tags: each says one thing.
    pub(super) fn keys(&mut self, written: file::Keys) -> Vec<(Word, Written)> {
        let mut known: BTreeMap<String, Word> = BTreeMap::new();
        let mut keys = Vec::new();
        for (word, written) in written.by_word() {
            for key in written {
                let plain = plain(key.get_ref());
                if plain.is_empty() {
                    self.say(
                        key.span(),
                        "a key of a tag has letters or digits behind its last slash".to_owned(),
                    );
                }
                if let Some(other) = known.insert(plain, word).filter(|other| *other != word) {
                    let message =
                        format!("it is said to be `{}` as well; a key says one thing", other.name());
                    self.say(key.span(), message);
                }
                keys.push((word, self.text(key)));
            }
        }
        keys
    }

    /// The rows of a file. Of two about the same thing neither could be believed.
    pub(super) fn identities(&mut self, rows: Vec<Spanned<file::Identity>>) -> Vec<IdentityRow> {
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        for id in rows.iter().map(|row| &row.get_ref().id) {
            match first.get(id.get_ref()) {
                None => drop(first.insert(id.get_ref().clone(), id.span().start)),
                Some(at) => {
                    let at = self.line_column(*at);
                    let message = format!(
                        "two rows have the id {}, this one and that at {at}; make them one",
                        quoted(id.get_ref())
                    );
                    self.say(id.span(), message);
                }
            }
        }
        rows.into_iter().filter_map(|row| self.identity(row)).collect()
    }

    /// One row. `None` if nothing can be found by its reference.
    fn identity(&mut self, row: Spanned<file::Identity>) -> Option<IdentityRow> {
        let row = row.into_inner();
        let is = reference(row.id.get_ref());
        if is.is_none() {
            let message = "not a reference; write platform/kind/scope/name, e.g. `aws/role/*/deploy` or \
                           `kubernetes/ServiceAccount/shop/deploy`";
            self.say(row.id.span(), message.to_owned());
        }
        if let Some(is) = &is {
            self.kind(is, &row);
        }
        let record = Record {
            technical_owner: self.words(row.technical_owner),
            environment: self.words(row.environment),
            scopes: row.scopes.into_iter().flatten().map(|row| self.scope(row)).collect(),
            created: self.date(row.created),
            expires: self.date(row.expires),
            review_by: self.date(row.review_by),
            reviewed: self.date(row.reviewed),
            rotation: self.rotation(row.rotation),
            last_rotated: self.date(row.last_rotated),
            revocation: self.words(row.revocation),
            revoked: self.date(row.revoked),
            used_in: row.used_in.into_iter().flatten().filter_map(|path| self.path(path)).collect(),
            third_party: self.words(row.third_party),
            break_glass: row.break_glass.map(|row| self.said(row)),
            monitored_by: self.words(row.monitored_by),
            approved_by: self.words(row.approved_by),
            data_class: row
                .data_class
                .map(|class| Said { at: self.place(&class), is: class.into_inner().name().to_owned() }),
            beside: false,
        };
        Some(IdentityRow {
            is: is?,
            id: self.text(row.id),
            kind: row.kind.map(Spanned::into_inner),
            owner: row.owner.map(|owner| self.text(owner)),
            purpose: row.purpose.map(|purpose| self.text(purpose)),
            record,
        })
    }

    /// Whether the kind is one that hallpass finds, and the row's own word for it does not say another.
    fn kind(&mut self, is: &Ref, row: &file::Identity) {
        let Some(known) = kinds::of(&is.platform) else { return };
        let names = || known.iter().map(String::as_str);
        if !names().any(|kind| kind == is.kind) {
            let hint = did_you_mean(&is.kind, names());
            if !hint.is_empty() {
                let what = format!("{} is no kind of `{}`{hint}", quoted(&is.kind), is.platform);
                self.say(row.id.span(), what);
            }
            return;
        }
        if let Some(word) = &row.kind {
            let said = plain(word.get_ref());
            let other = names().find(|kind| plain(kind) == said && plain(kind) != plain(&is.kind));
            if let Some(other) = other {
                let message = format!("the id says `{}`, and this `{other}`; one of them is wrong", is.kind);
                self.say(word.span(), message);
            }
        }
    }

    fn date(&mut self, written: Option<Spanned<toml::Value>>) -> Option<Said<Day>> {
        let written = written?;
        match Day::read(&date_text(written.get_ref())) {
            Ok(is) => Some(Said { is, at: self.place(&written) }),
            Err(why) => {
                self.say(written.span(), why);
                None
            }
        }
    }

    fn rotation(&mut self, written: Option<Spanned<file::Duration>>) -> Option<Said<u64>> {
        let written = written?;
        let seconds = written.get_ref().seconds();
        if seconds.is_none() {
            self.say(written.span(), DURATION.to_owned());
        }
        Some(Said { is: seconds?, at: self.place(&written) })
    }

    fn path(&mut self, written: Spanned<String>) -> Option<Said<String>> {
        if let Some(message) = not_a_pattern(written.get_ref()) {
            self.say(written.span(), message.to_owned());
            return None;
        }
        Some(self.said(written))
    }

    fn scope(&self, written: Spanned<Scope>) -> Said<DeclaredScope> {
        let at = self.place(&written);
        let is = match written.into_inner() {
            Scope::Right(scope) => DeclaredScope { scope, why: None },
            Scope::Reasoned(row) => {
                DeclaredScope { scope: row.scope, why: Some(row.why).filter(|why| !why.trim().is_empty()) }
            }
        };
        Said { is, at }
    }
}

/// A registry row's reference: the first two steps are platform and kind, the last is the name, what lies between the
/// scope.
fn reference(id: &str) -> Option<Ref> {
    let parts: Vec<&str> = id.split('/').collect();
    let [platform, kind, scope @ .., name] = parts.as_slice() else { return None };
    let sound = !platform.is_empty() && !platform.contains('*') && !kind.is_empty() && !name.is_empty();
    sound.then(|| Ref::new(*platform, *kind, scope.iter().map(|s| Text::from(*s)), *name))
}
