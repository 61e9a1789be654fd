//! Terraform's functions, as far as they shape names, policies and numbers. The rest is unknown by name.

use hcl_edit::expr::FuncCall;

use super::operators::{pairs, unanswered, unknown};
use super::{Evaluator, Origin, Scope, default_of, map_alternatives, one_of};
use crate::dialect::terraform::syntax::Located;
use crate::document::Tree;
use crate::fact::{Case, Datum, Known, Piece, Text, Why};
use crate::span::{ByteSpan, Source};

/// Longest text and most items that one call may make out of smaller arguments.
const MAX_TEXT: usize = 1 << 20;
const MAX_ITEMS: usize = 4_096;

impl<'u> Evaluator<'u> {
    pub(super) fn call(&mut self, call: Located<'u, Box<FuncCall>>, scope: &Scope, at: Source) -> Datum {
        let node = call.node;
        let name = node.name.name.value().as_str();
        if node.name.is_namespaced() {
            return Datum::unknown(at, Why::Unsupported(format!("the provider function `{name}`")));
        }
        let mut arguments: Vec<Datum> = Vec::new();
        for argument in node.args.iter() {
            let value = self.value(call.to(argument), scope);
            // The first argument that surely works is the value, unless one before it may work.
            let first = arguments.iter().all(is_absent);
            if matches!(name, "try" | "coalesce") && first && is_certain(&value) {
                return value;
            }
            arguments.push(value);
        }
        if node.args.expand_final()
            && let Some(Datum { value: Known::List(items), .. }) = arguments.pop()
        {
            arguments.extend(items);
        }
        let first = arguments.first().cloned().unwrap_or_else(|| Datum::new(at, Known::Null));
        if let Some(moment) = super::instant::call(name, &arguments, at) {
            return moment;
        }
        match name {
            // What these change is not what facts are read from.
            "jsonencode" | "yamlencode" | "sensitive" | "nonsensitive" | "ephemeralasnull" | "tostring"
            | "tonumber" | "tobool" | "tolist" | "tomap" => first,
            "one" => one(&first, at),
            "try" | "coalesce" => fallback(arguments, at),
            "jsondecode" => self.parsed(&first).unwrap_or_else(|| unknown(&first, at)),
            "yamldecode" => self.parsed_yaml(&first).unwrap_or_else(|| unknown(&first, at)),
            "file" => self.file(&first, None, scope, at),
            "templatefile" => {
                let names =
                    arguments.get(1).cloned().unwrap_or_else(|| Datum::new(at, Known::Map(Vec::new())));
                self.file(&first, Some(names), scope, at)
            }
            "merge" => merge(&arguments, at),
            "concat" | "flatten" | "setunion" => concat(&arguments, name == "flatten", at),
            "toset" | "distinct" => map_alternatives(&first, distinct),
            "compact" => map_alternatives(&first, compact),
            "sort" | "reverse" => first,
            "keys" | "values" => map_alternatives(&first, |map| keys_or_values(map, name == "keys", at)),
            "zipmap" => zipmap(&arguments, at),
            "length" => map_alternatives(&first, |v| length(v, at)),
            "contains" => contains(&arguments, at),
            "lookup" | "element" => lookup(&arguments, at),
            "format" => format(&arguments, at),
            "formatlist" => formatlist(&arguments, at),
            "join" => join(&arguments, at),
            "split" => split(&arguments, at),
            "lower" | "upper" | "title" | "trimspace" | "chomp" => {
                map_alternatives(&first, |v| change(v, name, at))
            }
            "replace" | "trimprefix" | "trimsuffix" | "trim" => edit(&arguments, name, at),
            "max" | "min" => extreme(&arguments, name == "max", at),
            "abspath" | "pathexpand" | "basename" | "dirname" => path(&first, name, at),
            // Another writing of the same value: what is not known of it stays the same.
            "base64encode" | "base64gzip" | "textencodebase64" | "urlencode" if is_open(&first) => {
                unknown(&first, at)
            }
            _ => Datum::unknown(at, Why::Unsupported(format!("the function `{name}`"))),
        }
    }

    /// A file of the unit as text.
    pub(super) fn file(&mut self, path: &Datum, names: Option<Datum>, scope: &Scope, at: Source) -> Datum {
        let Some(relative) = default_of(path).known() else { return unknown(path, at) };
        let folder = self.instance(scope.instance).map_or("", |i| i.directory.path);
        let resolved = crate::dialect::resolve("", relative).map(|from_root| (from_root, relative));
        // `${path.module}/x` is already from the root; a bare path is relative to where Terraform runs.
        let found = resolved.and_then(|(from_root, relative)| {
            let beside = crate::dialect::resolve(folder, relative)?;
            self.program
                .files
                .get(from_root.as_str())
                .or_else(|| self.program.files.get(beside.as_str()))
                .copied()
        });
        let Some(file) = found else { return Datum::unknown(at, Why::NotInTree(relative.to_owned())) };
        let Ok(text) = std::str::from_utf8(&file.bytes) else {
            return Datum::unknown(at, Why::Unsupported("a file that is not UTF-8".to_owned()));
        };
        if matches!(file.document.tree, Tree::Hcl(_)) || !self.spend(text.len() / 64) {
            return Datum::unknown(at, Why::Unsupported("configuration read as text".to_owned()));
        }
        let whole = Source::new(file.id, ByteSpan::new(0, file.bytes.len()));
        let value = match &names {
            Some(names) => super::embedded::template_text(text, names),
            None => Text::literal(text),
        };
        self.texts.insert(whole, Origin::File(file, names));
        super::through(Datum::new(whole, Known::Text(value)), at)
    }
}

/// Whether the value is there and no alternative to it is needed.
fn is_certain(value: &Datum) -> bool {
    match &value.value {
        Known::Null | Known::Unknown(_) => false,
        Known::Text(text) => text.known() != Some(""),
        Known::OneOf { of, open } => !open && of.iter().all(|(v, _, _)| is_certain(v)),
        _ => true,
    }
}

/// Whether a part of the value is not known.
fn is_open(value: &Datum) -> bool {
    match &value.value {
        Known::Unknown(_) => true,
        Known::Text(text) => text.known().is_none(),
        _ => false,
    }
}

/// Whether the value is surely missing, so that the next argument counts.
fn is_absent(value: &Datum) -> bool {
    match &value.value {
        Known::Null => true,
        Known::Text(text) => text.known() == Some(""),
        Known::Unknown(Why::Unsupported(why)) => why == super::reference::NO_SUCH_KEY,
        _ => false,
    }
}

/// The arguments of `try` and `coalesce`, of which an unknown one comes first: what comes after it may be meant.
fn fallback(arguments: Vec<Datum>, at: Source) -> Datum {
    let first = arguments.iter().find(|a| !is_absent(a)).or(arguments.last()).cloned();
    let of: Vec<(Datum, Case, bool)> = arguments
        .into_iter()
        .filter(|a| !matches!(a.value, Known::Unknown(_)) && !is_absent(a))
        .flat_map(|a| a.alternatives().into_iter().map(|(v, c, l)| (v.clone(), c, !l)).collect::<Vec<_>>())
        .filter(|(v, _, _)| !matches!(v.value, Known::Null))
        .collect();
    if of.is_empty() { first.unwrap_or_else(|| Datum::new(at, Known::Null)) } else { one_of(at, of, true) }
}

fn one(list: &Datum, at: Source) -> Datum {
    match &list.value {
        Known::List(items) => items.first().cloned().unwrap_or_else(|| Datum::new(at, Known::Null)),
        Known::Null => Datum::new(at, Known::Null),
        _ => list.clone(),
    }
}

fn merge(arguments: &[Datum], at: Source) -> Datum {
    let mut entries: Vec<(Text, Source, Datum)> = Vec::new();
    for argument in arguments {
        match &default_of(argument).value {
            Known::Map(more) => {
                for (key, place, value) in more {
                    entries.retain(|(known, _, _)| known != key || key.has_hole());
                    entries.push((key.clone(), *place, value.clone()));
                }
            }
            Known::Null => {}
            // An unknown part stays visible as an entry with an unknown key.
            Known::Unknown(why) => {
                entries.push((
                    Text::hole(why.clone()),
                    argument.at,
                    Datum::unknown(argument.at, why.clone()),
                ));
            }
            _ => {}
        }
    }
    Datum::new(at, Known::Map(entries))
}

fn concat(arguments: &[Datum], nested: bool, at: Source) -> Datum {
    let mut items = Vec::new();
    for argument in arguments {
        append(&mut items, argument, if nested { 8 } else { 1 });
    }
    Datum::new(at, Known::List(items))
}

/// The items of a list, of the lists in it down to `levels`; an unknown list stays as one unknown item.
fn append(items: &mut Vec<Datum>, value: &Datum, levels: usize) {
    match &default_of(value).value {
        Known::List(list) if levels > 0 => list.iter().for_each(|item| append(items, item, levels - 1)),
        Known::Null => {}
        _ => items.push(value.clone()),
    }
}

fn distinct(list: &Datum) -> Datum {
    let Known::List(items) = &list.value else { return list.clone() };
    let mut seen = std::collections::BTreeSet::new();
    let kept = items.iter().filter(|item| item.known().is_none_or(|text| seen.insert(text.to_owned())));
    Datum { value: Known::List(kept.cloned().collect()), ..list.clone() }
}

fn compact(list: &Datum) -> Datum {
    let Known::List(items) = &list.value else { return list.clone() };
    let kept = items.iter().filter(|item| item.known() != Some("") && !matches!(item.value, Known::Null));
    Datum { value: Known::List(kept.cloned().collect()), ..list.clone() }
}

fn keys_or_values(map: &Datum, keys: bool, at: Source) -> Datum {
    match (pairs(map), &map.value) {
        (Some(pairs), Known::Map(_)) => {
            let items = pairs.into_iter().map(|(key, value)| if keys { key } else { value }).collect();
            Datum::new(at, Known::List(items))
        }
        _ => unknown(map, at),
    }
}

fn zipmap(arguments: &[Datum], at: Source) -> Datum {
    match (arguments.first().map(|d| &d.value), arguments.get(1).map(|d| &d.value)) {
        (Some(Known::List(keys)), Some(Known::List(values))) => {
            let entry = |(key, value): (&Datum, &Datum)| Some((key.text()?, key.at, value.clone()));
            Datum::new(at, Known::Map(keys.iter().zip(values).filter_map(entry).collect()))
        }
        _ => Datum::unknown(at, Why::Unsupported("the function `zipmap` on these values".to_owned())),
    }
}

fn length(value: &Datum, at: Source) -> Datum {
    let length = match &value.value {
        Known::List(items) if items.iter().all(|i| !matches!(i.value, Known::Unknown(_))) => items.len(),
        Known::Map(entries) if entries.iter().all(|(k, _, _)| !k.has_hole()) => entries.len(),
        Known::Text(text) => match text.known() {
            Some(text) => text.chars().count(),
            None => return unanswered(value, at),
        },
        _ => return unanswered(value, at),
    };
    Datum::new(at, Known::Number(length.to_string()))
}

fn contains(arguments: &[Datum], at: Source) -> Datum {
    let (Some(list), Some(wanted)) = (arguments.first(), arguments.get(1)) else {
        return Datum::unknown(at, Why::Unsupported("the function `contains`".to_owned()));
    };
    let Some(text) = wanted.known() else { return unanswered(default_of(wanted), at) };
    match &list.value {
        Known::List(items) if items.iter().any(|i| i.known() == Some(text)) => {
            Datum::new(at, Known::Bool(true))
        }
        Known::List(items) if items.iter().all(|i| i.known().is_some()) => Datum::new(at, Known::Bool(false)),
        _ => unanswered(list, at),
    }
}

/// `lookup(map, key, default)` and `element(list, index)`.
fn lookup(arguments: &[Datum], at: Source) -> Datum {
    let Some(collection) = arguments.first() else { return Datum::new(at, Known::Null) };
    let Some(key) = arguments.get(1).map(default_of).and_then(Datum::known) else {
        return unknown(collection, at);
    };
    let found = match &collection.value {
        Known::Map(_) => collection.get(key).cloned(),
        Known::List(items) => match key.parse::<usize>() {
            Ok(index) if !items.is_empty() => items.get(index % items.len()).cloned(),
            _ => None,
        },
        _ => return unknown(collection, at),
    };
    found.or_else(|| arguments.get(2).cloned()).unwrap_or_else(|| unknown(collection, at))
}

/// `format`: `%s`, `%v`, `%d` and `%q` are filled in, other verbs leave a hole.
fn format(arguments: &[Datum], at: Source) -> Datum {
    let Some(pattern) = arguments.first().and_then(Datum::known) else {
        return arguments.first().map_or_else(|| Datum::new(at, Known::Null), |v| unknown(v, at));
    };
    let values: Vec<&Datum> = arguments.iter().skip(1).collect();
    Datum::new(at, Known::Text(filled(pattern, &values)))
}

fn filled(pattern: &str, values: &[&Datum]) -> Text {
    let mut text = Text::default();
    let mut values = values.iter();
    let mut rest = pattern;
    while let Some(sign) = rest.find('%') {
        text.push(rest.get(..sign).unwrap_or_default());
        let verb = rest.get(sign + 1..).unwrap_or_default();
        let length = verb.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(0);
        let letter = verb.get(length..).and_then(|v| v.chars().next()).unwrap_or('%');
        match (letter, length) {
            ('%', _) => text.push("%"),
            ('s' | 'v' | 'd' | 'q', 0) => {
                let value = values.next().and_then(|v| default_of(v).text());
                let hole = || Text::hole(Why::Unsupported("an argument of `format`".to_owned()));
                text.append(&value.unwrap_or_else(hole));
            }
            _ => {
                let _ = values.next();
                text.push_hole(Why::Unsupported("a verb of `format`".to_owned()));
            }
        }
        rest = verb.get(length + letter.len_utf8()..).unwrap_or_default();
    }
    text.push(rest);
    text
}

fn formatlist(arguments: &[Datum], at: Source) -> Datum {
    let Some(pattern) = arguments.first().and_then(Datum::known) else {
        return Datum::unknown(at, Why::Unsupported("the function `formatlist`".to_owned()));
    };
    let lists = arguments.iter().skip(1).map(default_of);
    let count = lists
        .clone()
        .filter_map(|l| if let Known::List(items) = &l.value { Some(items.len()) } else { None });
    let Some(count) = count.max() else {
        return Datum::unknown(at, Why::Unsupported("the function `formatlist` on these values".to_owned()));
    };
    if count > MAX_ITEMS || pattern.len().saturating_mul(count) > MAX_TEXT {
        return too_large(at);
    }
    let item = |index: usize| {
        let values: Vec<&Datum> = arguments
            .iter()
            .skip(1)
            .map(|argument| match &default_of(argument).value {
                Known::List(items) => items.get(index).unwrap_or(argument),
                _ => argument,
            })
            .collect();
        Datum::new(values.first().map_or(at, |v| v.at), Known::Text(filled(pattern, &values)))
    };
    Datum::new(at, Known::List((0..count).map(item).collect()))
}

fn join(arguments: &[Datum], at: Source) -> Datum {
    let separator = arguments.first().and_then(Datum::known).unwrap_or(",").to_owned();
    let Some(list) = arguments.get(1).map(default_of) else { return Datum::new(at, Known::Null) };
    let Known::List(items) = &list.value else { return unknown(list, at) };
    if separator.len().saturating_mul(items.len()) > MAX_TEXT {
        return too_large(at);
    }
    let mut text = Text::default();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(&separator);
        }
        let hole = || Text::hole(Why::Unsupported("an item of a list".to_owned()));
        text.append(&default_of(item).text().unwrap_or_else(hole));
    }
    Datum::new(at, Known::Text(text))
}

fn split(arguments: &[Datum], at: Source) -> Datum {
    let (separator, text) = (arguments.first().and_then(Datum::known), arguments.get(1).map(default_of));
    match (separator, text.and_then(Datum::known), text) {
        (Some(separator), Some(known), Some(_)) if known.split(separator).count() > MAX_ITEMS => {
            too_large(at)
        }
        (Some(separator), Some(known), Some(text)) if !separator.is_empty() => {
            let items = known.split(separator).map(|p| Datum::new(text.at, Known::Text(Text::literal(p))));
            Datum::new(at, Known::List(items.collect()))
        }
        (_, _, Some(text)) => unknown(text, at),
        _ => Datum::new(at, Known::List(Vec::new())),
    }
}

fn too_large(at: Source) -> Datum {
    Datum::unknown(at, Why::Limit("a function makes too large a value".to_owned()))
}

/// Changes the known pieces of a text and leaves its holes.
fn change(value: &Datum, name: &str, at: Source) -> Datum {
    let Some(text) = value.text() else { return unknown(value, at) };
    let last = text.0.len().saturating_sub(1);
    let piece = |(index, piece): (usize, &Piece)| match piece {
        Piece::Literal(text) => Piece::Literal(match name {
            "lower" => text.to_lowercase(),
            "upper" => text.to_uppercase(),
            "title" => titled(text),
            _ => {
                let text = if index == 0 && name == "trimspace" { text.trim_start() } else { text };
                if index == last { text.trim_end().to_owned() } else { text.to_owned() }
            }
        }),
        Piece::Hole(why) => Piece::Hole(why.clone()),
    };
    let changed = Text(text.0.iter().enumerate().map(piece).collect());
    Datum { value: Known::Text(changed), ..value.clone() }
}

fn titled(text: &str) -> String {
    let mut start = true;
    text.chars()
        .map(|c| {
            let upper = start && c.is_ascii_lowercase();
            start = c.is_whitespace();
            if upper { c.to_ascii_uppercase() } else { c }
        })
        .collect()
}

/// `replace(text, from, to)` with plain text, `trimprefix`, `trimsuffix` and `trim`: on the known pieces.
fn edit(arguments: &[Datum], name: &str, at: Source) -> Datum {
    let Some(first) = arguments.first() else { return Datum::new(at, Known::Null) };
    let known = |index: usize| arguments.get(index).and_then(Datum::known).map(str::to_owned);
    // A replacement that is not known becomes a visible mark, so that the rest of the value is still read.
    let to = || known(2).unwrap_or_else(|| "${…}".to_owned());
    let (Some(from), to) = (known(1), to()) else { return unknown(first, at) };
    let is_pattern = name == "replace" && from.len() > 1 && from.starts_with('/') && from.ends_with('/');
    if is_pattern {
        return Datum::unknown(at, Why::Unsupported("`replace` with a pattern".to_owned()));
    }
    map_alternatives(first, |value| edited(value, name, &from, &to, at))
}

fn edited(value: &Datum, name: &str, from: &str, to: &str, at: Source) -> Datum {
    match &value.value {
        // Encoded JSON is kept as the value it encodes: the change reaches every text in it.
        Known::List(items) if name == "replace" => {
            let items = items.iter().map(|item| edited(item, name, from, to, at)).collect();
            Datum { value: Known::List(items), ..value.clone() }
        }
        Known::Map(entries) if name == "replace" => {
            let entry = |(key, place, value): &(Text, Source, Datum)| {
                (key.clone(), *place, edited(value, name, from, to, at))
            };
            Datum { value: Known::Map(entries.iter().map(entry).collect()), ..value.clone() }
        }
        Known::Null | Known::Bool(_) | Known::Number(_) if name == "replace" => value.clone(),
        _ => edited_text(value, name, from, to, at),
    }
}

fn edited_text(value: &Datum, name: &str, from: &str, to: &str, at: Source) -> Datum {
    let Some(text) = value.text() else { return unknown(value, at) };
    let count = |piece: &Piece| if let Piece::Literal(text) = piece { text.matches(from).count() } else { 0 };
    let grown: usize = text.0.iter().map(count).sum();
    if name == "replace" && grown.saturating_mul(to.len()) > MAX_TEXT {
        return too_large(at);
    }
    let last = text.0.len().saturating_sub(1);
    let pieces = text.0.iter().enumerate().map(|(index, piece)| match piece {
        Piece::Hole(why) => Piece::Hole(why.clone()),
        Piece::Literal(text) => Piece::Literal(match name {
            "replace" => text.replace(from, to),
            "trimprefix" if index == 0 => text.strip_prefix(from).unwrap_or(text).to_owned(),
            "trimsuffix" if index == last => text.strip_suffix(from).unwrap_or(text).to_owned(),
            "trim" => text.trim_matches(|c| from.contains(c)).to_owned(),
            _ => text.clone(),
        }),
    });
    Datum { value: Known::Text(Text(pieces.collect())), ..value.clone() }
}

fn extreme(arguments: &[Datum], greatest: bool, at: Source) -> Datum {
    let numbers: Option<Vec<f64>> = arguments.iter().map(super::operators::as_number).collect();
    let numbers = numbers.unwrap_or_default().into_iter();
    let found = if greatest { numbers.reduce(f64::max) } else { numbers.reduce(f64::min) };
    match found {
        Some(value) => Datum::new(at, Known::Number(super::operators::number(value))),
        None => arguments.first().map_or_else(|| Datum::new(at, Known::Null), |v| unknown(v, at)),
    }
}

fn path(value: &Datum, name: &str, at: Source) -> Datum {
    let Some(text) = value.known() else { return unknown(value, at) };
    let (folder, file) = text.trim_end_matches('/').rsplit_once('/').unwrap_or(("", text));
    let result = match name {
        "basename" => file,
        "dirname" => folder,
        _ => text,
    };
    Datum { value: Known::Text(Text::literal(result)), ..value.clone() }
}
