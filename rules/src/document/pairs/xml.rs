//! XML, by the events of `quick-xml`: attributes, texts of elements without children, and pairs of a naming and a value
//! attribute or element. Entities other than the five of XML and characters by number stay as they are written: nothing
//! is expanded.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Each;
use super::decode::{Escape, Growing, escaped};
use crate::document::Scalar;
use crate::document::ground::Ground;

/// Most attributes of one element looked at; the most of configuration seen is about 20.
const MAX_ATTRIBUTES: usize = 64;
/// Attributes and elements that hold the name of a pair: `<add key="…" value="…"/>`, Hadoop's `<name>` and `<value>`.
const NAMING: [&str; 2] = ["key", "name"];
/// And its value.
const VALUES: [&str; 2] = ["value", "connectionString"];

/// An element whose text is being read.
struct Open {
    element: String,
    named: Option<String>,
    value: Growing,
}

pub(super) fn read(text: &str, ground: Ground<'_>, each: Each<'_>) {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut open: Option<Open> = None;
    // The last `<name>`, for the `<value>` beside it.
    let mut beside: Option<String> = None;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                let named = attributes(text, &start, open.as_ref(), ground, each);
                let element = local(start.name().as_ref());
                // `<property name="…"><value>`: the name is that of the element around it.
                let around = open.take().and_then(|around| around.named);
                let named = named.or_else(|| around.filter(|_| VALUES.contains(&element.as_str())));
                open = Some(Open { element, named, value: Growing::default() });
            }
            Ok(Event::Empty(start)) => {
                attributes(text, &start, open.as_ref(), ground, each);
            }
            Ok(Event::Text(part)) => grow(text, &part, &mut open),
            Ok(Event::CData(part)) => grow(text, &part, &mut open),
            Ok(Event::GeneralRef(name)) => reference(text, &name, &mut open),
            Ok(Event::End(_)) => {
                if let Some(done) = open.take() {
                    beside = element(done, beside, ground, each);
                } else {
                    beside = None;
                }
            }
            // Markup that cannot be read ends the reading: behind it nothing is what it seems.
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// Hands out an element that holds a text only. Returns the name for the element beside it, if it holds one.
fn element(done: Open, beside: Option<String>, ground: Ground<'_>, each: Each<'_>) -> Option<String> {
    let value = trimmed(&done.value.scalar(ground));
    if NAMING.contains(&done.element.as_str()) {
        return Some(value.text.to_string());
    }
    let named = done.named.or_else(|| beside.filter(|_| VALUES.contains(&done.element.as_str())));
    each(named.as_deref().unwrap_or(&done.element), value);
    None
}

/// Hands out the attributes of an element. Returns the name that one of them gives to what the element holds.
fn attributes(
    text: &str,
    start: &BytesStart<'_>,
    around: Option<&Open>,
    ground: Ground<'_>,
    each: Each<'_>,
) -> Option<String> {
    let mut named = None;
    let mut values = Vec::new();
    // Checks for attributes that stand twice are quadratic.
    for attribute in start.attributes().with_checks(false).flatten().take(MAX_ATTRIBUTES) {
        let std::borrow::Cow::Borrowed(raw) = attribute.value else { continue };
        let Some(at) = super::offset(text, raw) else { continue };
        let value = escaped(text, at..at + raw.len(), ground, '&', unescape);
        let name = local(attribute.key.as_ref());
        if NAMING.contains(&name.as_str()) && named.is_none() {
            named = Some(value.text.to_string());
        } else if VALUES.contains(&name.as_str()) {
            values.push((name, value));
        } else {
            each(&name, value);
        }
    }
    // `<apikeys><add key="https://…" value="…"/>`: of an address, the element around says what belongs to it.
    if let Some(around) = around.filter(|_| named.as_ref().is_some_and(|name| name.contains("://"))) {
        named = Some(around.element.trim_end_matches('s').to_owned());
    }
    for (name, value) in values {
        each(named.as_ref().filter(|_| name == "value").unwrap_or(&name), value);
    }
    named
}

/// A name without its namespace.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}

fn grow(text: &str, part: &str, open: &mut Option<Open>) {
    if let (Some(open), Some(at)) = (open, super::offset(text, part)) {
        open.value.verbatim(part, at);
    }
}

/// `&amp;` in a text; the event holds what stands between the signs.
fn reference(text: &str, name: &str, open: &mut Option<Open>) {
    let (Some(open), Some(at)) = (open, super::offset(text, name)) else { return };
    let from = at.saturating_sub(1);
    match text.get(from..).map(unescape) {
        Some(Escape::Character(c, length)) => open.value.push(c, from, length),
        _ => open.value.verbatim(text.get(from..=at + name.len()).unwrap_or(name), from),
    }
}

fn unescape(rest: &str) -> Escape {
    /// Longest reference to a character: `&#1114111;`.
    const LONGEST: usize = 10;
    let Some(end) = rest.bytes().take(LONGEST).position(|b| b == b';') else { return Escape::Verbatim };
    let name = rest.get(1..end).unwrap_or_default();
    let by_number = || match name.strip_prefix("#x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => name.strip_prefix('#')?.parse().ok(),
    };
    let character = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => by_number().and_then(char::from_u32),
    };
    character.map_or(Escape::Verbatim, |c| Escape::Character(c, end + 1))
}

/// Without the blanks around it.
fn trimmed(scalar: &Scalar) -> Scalar {
    let lead = scalar.text.len() - scalar.text.trim_start().len();
    scalar.part(lead..lead + scalar.text.trim().len())
}
