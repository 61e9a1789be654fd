//! Variables, secrets that fill them, and other named values.

use super::scope::{Elsewhere, Layer, holes, part};
use super::tables::{Holds, Place as Row, Through};
use super::{Here, Walk};
use crate::command;
use crate::dialect::pipeline::settings::{Site, is_secret};
use crate::document::{Data, Node};
use crate::fact::{ContextId, Datum, Sink, Why};
use crate::span::Source;

use super::path::Found;

/// Most named values of one place. Real ones have some dozens; a nested map is read down to its last.
const MAX_PAIRS: usize = 10_000;

/// A name and its value.
pub(super) struct Pair {
    pub(super) name: String,
    /// Where the name stands.
    pub(super) key: Source,
    pub(super) value: Node,
}

impl<'u> Walk<'_, 'u> {
    /// The names and values that stand at a place, in the shapes in which people write such.
    pub(super) fn pairs(&self, row: &Row, node: &Node) -> Vec<Pair> {
        let mut pairs = Vec::new();
        self.gather(row, node, &mut pairs);
        pairs
    }

    fn gather(&self, row: &Row, node: &Node, pairs: &mut Vec<Pair>) {
        if pairs.len() >= MAX_PAIRS {
            return;
        }
        let (name, value) = (row.name.as_deref().unwrap_or("name"), row.value.as_deref().unwrap_or("value"));
        match &node.data {
            Data::Map(entries) => {
                // `{secure: …}` in a list: ciphertext of a variable whose name is hidden as well.
                let sealed = self
                    .system
                    .secrets
                    .sealed
                    .iter()
                    .find(|key| entries.len() == 1 && node.get(key).is_some());
                if let Some(key) = sealed {
                    return pairs.push(Pair {
                        name: key.clone(),
                        key: self.source(node),
                        value: node.clone(),
                    });
                }
                // `{name: NAME, value: x}`, or with what fills it in place of the value.
                let stored =
                    || self.system.secrets.keys.iter().any(|path| path.first(node, &self.budget).is_some());
                let given = node.get(value).or_else(|| Some(node).filter(|_| stored()));
                if let (Some(named), Some(given)) = (node.get(name).filter(|n| n.text().is_some()), given) {
                    let name = named.text().unwrap_or_default().to_owned();
                    return pairs.push(Pair { name, key: self.source(named), value: given.clone() });
                }
                for entry in entries.iter() {
                    let key = self.source(&entry.key);
                    pairs.push(Pair { name: entry.name().to_owned(), key, value: entry.value.clone() });
                }
            }
            Data::List(items) => items.iter().for_each(|item| self.gather(row, item, pairs)),
            Data::Scalar(_) if row.holds == Holds::Assignments => {}
            Data::Scalar(scalar) => match scalar.text.find('=') {
                Some(at) => {
                    let value = part(scalar, at + 1..scalar.text.len());
                    let name = scalar.text[..at].trim().to_owned();
                    pairs.push(Pair { name, key: self.source(node), value });
                }
                // A list of names of what both secret and variable are called.
                None if row.holds == Holds::Stored => {
                    pairs.push(Pair {
                        name: scalar.text.to_string(),
                        key: self.source(node),
                        value: node.clone(),
                    });
                }
                None => {}
            },
            _ => {}
        }
    }

    /// Lowers the variables of a level and puts them in force.
    pub(super) fn variables(&mut self, here: &mut Here<'u>, rows: &[(usize, &'static Row)]) {
        let mut own: Vec<(String, Datum)> = Vec::new();
        for (index, row) in rows {
            for found in self.found(row, here.node) {
                let pairs = match (&row.called, found.entry) {
                    (Some(called), Some(entry)) => {
                        let key = self.source(&entry.key);
                        vec![Pair { name: called.clone(), key, value: found.node.clone() }]
                    }
                    _ => self.pairs(row, found.node),
                };
                if !pairs.is_empty() {
                    self.reached.insert(*index);
                }
                let mut layer = Layer::new();
                let mut kept = Vec::new();
                for pair in pairs {
                    let datum = match row.holds {
                        Holds::Stored | Holds::Sealed => {
                            let datum = self.stored(row, here, &pair);
                            kept.extend(holes(&datum));
                            datum
                        }
                        _ => {
                            let (datum, secrets) = self.variable(here, &pair);
                            kept.extend(secrets);
                            datum
                        }
                    };
                    own.push((pair.name.clone(), datum.clone()));
                    layer.insert(pair.name, datum);
                }
                here.scope.push(layer, kept);
            }
        }
        let site = Site { within: here.within, environment: &here.environment, names: &Elsewhere };
        let by_name =
            |name: &str| own.iter().rev().find(|(known, _)| known == name).map(|(_, datum)| datum.clone());
        self.settings.standing_keys(self.out, site, own.iter().map(|(name, _)| name.as_str()), by_name, &[]);
    }

    /// One variable: a literal for the detectors, or secrets that it is filled with.
    fn variable(&mut self, here: &Here<'u>, pair: &Pair) -> (Datum, Vec<String>) {
        let (datum, secrets) = self.value(here.within, here, pair, false);
        for name in &secrets {
            let to = Sink::Env(pair.name.clone());
            self.settings.flow(self.out, here.within, &here.environment, name, datum.at, to);
        }
        (datum, secrets)
    }

    /// A variable by the name of the secret that fills it.
    fn stored(&mut self, row: &Row, here: &Here<'u>, pair: &Pair) -> Datum {
        let at = self.source(&pair.value);
        // Ciphertext has no other name than its variable's.
        let sealed = row.holds == Holds::Sealed;
        let written = pair.value.get("name").unwrap_or(&pair.value);
        let Some(name) = written.text().map(|text| if sealed { pair.name.as_str() } else { text }) else {
            let why = Why::Unsupported("a secret that is not named".to_owned());
            return Datum::unknown(at, why);
        };
        if let Some(scalar) = written.scalar().filter(|_| !sealed) {
            self.settings.name_of_secret(self.out, here.within, &pair.name, self.file.id, scalar);
        }
        let datum = Datum::unknown(at, Why::Variable(name.to_owned()));
        if row.sure || sealed || is_secret(&Elsewhere, &pair.name) {
            let to = Sink::Env(pair.name.clone());
            self.settings.flow(self.out, here.within, &here.environment, name, pair.key, to);
            // A key is told where its variable is named: what stands behind it is the store's own name.
            return Datum { at: pair.key, ..datum };
        }
        Datum::unknown(at, Why::Expression(name.to_owned()))
    }

    /// A named value: hands a literal to the detectors; gives what it is and the secrets that it holds.
    /// `named`: it may be the name of a secret as well as one.
    pub(super) fn value(
        &mut self,
        within: ContextId,
        here: &Here<'u>,
        pair: &Pair,
        named: bool,
    ) -> (Datum, Vec<String>) {
        let inner = pair.value.get("value").filter(|inner| !inner.is_null() && inner.entries().is_empty());
        let node = inner.unwrap_or(&pair.value);
        let resolved = here.scope.resolve(self.file.id, node, &pair.name, &self.budget);
        let sealed = self.system.secrets.sealed.contains(&pair.name);
        let literal =
            |scalar: &&crate::document::Scalar| resolved.literal && !sealed && !scalar.text.is_empty();
        if let Some(scalar) = node.scalar().filter(literal) {
            match named {
                true => self.settings.name_of_secret(self.out, within, &pair.name, self.file.id, scalar),
                false => self.settings.slot(self.out, within, &pair.name, self.file.id, scalar),
            }
        }
        let secrets = resolved.secrets();
        (resolved.datum, secrets)
    }

    /// Named values that are no variables.
    pub(super) fn values(&mut self, row: &'static Row, here: &Here<'u>, found: Found<'u>) -> bool {
        let pairs = match (found.node.scalar(), found.entry) {
            // A path may end in the one value.
            (Some(_), Some(entry)) => {
                let key = self.source(&entry.key);
                vec![Pair { name: entry.name().to_owned(), key, value: found.node.clone() }]
            }
            _ => self.pairs(row, found.node),
        };
        for pair in &pairs {
            if row.holds == Holds::Headers {
                let value =
                    pair.value.scalar().and_then(|scalar| command::header(&pair.name, scalar.clone()));
                if let Some(value) = value {
                    command::offer_value(self.out, self.file.id, here.within, value);
                }
            }
            let named = row.holds == Holds::Values;
            let (datum, secrets) = self.value(here.within, here, pair, named);
            for name in secrets {
                self.settings.mention(self.out, here.within, &here.environment, &name, datum.at);
            }
        }
        !pairs.is_empty()
    }

    /// The secret of the item of that name, in a list of an outer level.
    fn led(&self, through: &Through, here: &Here<'u>, name: &Node) -> Option<&'u str> {
        let name = name.text()?;
        let bases = here.outer.into_iter().chain([self.document]);
        let lists = bases.flat_map(|base| through.list.iter().flat_map(|path| path.all(base, &self.budget)));
        let mut items = lists.flat_map(|list| list.node.items());
        let item = items.find(|item| item.get("name").and_then(Node::text) == Some(name))?;
        through.value.iter().find_map(|path| path.first(item, &self.budget)?.text())
    }

    /// Secrets that a job is handed as they are: a whole set, or files.
    pub(super) fn secret_set(&mut self, row: &Row, here: &Here<'u>, found: Found<'u>) -> bool {
        let named = match &row.through {
            Some(through) => self.led(through, here, found.node),
            None => found.node.text(),
        };
        let Some(name) = named else { return false };
        let (name, at) = (name.to_owned(), self.source(found.node));
        let mounted = row.holds == Holds::Mounts;
        let to = if mounted { Sink::Mount } else { Sink::Env("*".to_owned()) };
        self.settings.holding.insert(here.within);
        self.settings.flow(self.out, here.within, &here.environment, &name, at, to);
        true
    }
}
