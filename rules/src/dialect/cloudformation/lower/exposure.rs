//! Interfaces that others can call.

use std::collections::BTreeSet;

use super::site::Site;
use crate::dialect::cloudformation::tables::{self, Endpoint, Reach};
use crate::dialect::openapi;
use crate::dialect::values::{default_of, knowledge, text_of};
use crate::fact::{
    Body, Datum, Endpoint as Interface, Known, Origin, Reach as Reaching, Ref, Text, Value, Why,
};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    for row in tables::endpoints(site.kind) {
        endpoint(site, row);
    }
}

fn endpoint(site: &mut Site<'_, '_, '_>, row: &Endpoint) {
    let excepted = row.except.as_ref().and_then(|e| Some((site.value(&e.path)?, e)));
    if let Some((value, except)) = excepted
        && default_of(&value).known().is_some_and(|v| except.values.iter().any(|e| e == v))
    {
        return;
    }
    // A route is called by its method and path.
    let route = site.value(&row.name).and_then(|v| default_of(&v).known().map(str::to_owned));
    let path = route.as_deref().and_then(|route| route.split_once(' ')).map(|(_, path)| path);
    if let Some(because) = path.and_then(openapi::open_path) {
        return site.out.silent(site.header.file, because);
    }
    let stated = site.value(&row.auth);
    let (value, written) = match (stated, &row.default) {
        (Some(value), _) => (value, true),
        (None, _) if row.optional => return,
        (None, Some(word)) => (Datum::new(site.header, Known::Text(Text::literal(word.clone()))), false),
        (None, None) => {
            let why = Why::Unsupported(format!("`{}` that is not written", row.auth));
            (Datum::unknown(site.header, why), false)
        }
    };
    let key = row.key.as_deref().and_then(|path| site.value(path));
    let asks_key = key.is_some_and(|v| {
        let value = default_of(&v);
        value.value == Known::Bool(true) || value.known().is_some_and(|t| t.eq_ignore_ascii_case("true"))
    });
    let auth = knowledge(&value, |plain| {
        let word = plain.text().and_then(|text| text.known().map(str::to_owned))?;
        Some(vec![asked(row, &word, asks_key)])
    });
    if auth.why().is_some() {
        site.unresolved(&value);
    }
    let name = site.value(&row.name).map_or_else(|| Text::literal(site.logical), |v| text_of(&v));
    let body = Body::Endpoint(Interface {
        is: Ref::new("aws", row.is.as_str(), [], name),
        kind: row.label.clone(),
        auth,
        reach: match row.reach {
            Some(Reach::Internet) => Value::known(Reaching::Internet, site.header),
            Some(Reach::Private) => Value::known(Reaching::Private, site.header),
            None => Value::unknown(Why::Unsupported("who can reach it".to_owned()), site.header),
        },
    });
    if written {
        site.at_value(&value, body);
    } else {
        let last = row.auth.rsplit('.').next().unwrap_or(&row.auth);
        let place = site.out.absent(site.header, last);
        site.out.fact(site.within, place, Origin::Absent, body);
    }
}

/// What callers are asked for, by the word that stands there.
fn asked(row: &Endpoint, word: &str, key: bool) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    if !row.anonymous.iter().any(|a| a.eq_ignore_ascii_case(word)) {
        all.insert(word.to_ascii_lowercase().replace('_', "-"));
    }
    if key {
        all.insert("api-key".to_owned());
    }
    all
}
