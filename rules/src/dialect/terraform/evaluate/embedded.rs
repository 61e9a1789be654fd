//! JSON inside text: a heredoc, a quoted string, a file. Holes in the text become markers before the JSON is read and
//! holes again afterwards, so that a statement with `${…}` in it is still read, with its places in the file.

use hcl_edit::expr::Expression;
use hcl_edit::template::{Element, Template};

use super::{Evaluator, Origin, Scope, default_of, map_alternatives, through};
use crate::dialect::terraform::syntax::{self, Located};
use crate::document::{Data, Node, Scalar, Style, hcl, json, yaml};
use crate::fact::{Datum, Known, Piece, Text, Why};
use crate::span::{FileId, Source};

/// Markers are characters of the private use plane: one for each hole.
const FIRST_MARKER: u32 = 0xF_0000;
const MAX_MARKERS: usize = 0xFFFF;

/// A text in the making: decoded characters, the way back to the file, and what the markers stand for.
#[derive(Debug, Default)]
struct Builder {
    text: String,
    map: Vec<(u32, u32)>,
    markers: Vec<Datum>,
    end: u32,
    /// Whether the text so far ends inside a JSON string.
    quoted: bool,
    escaped: bool,
    /// Whether texts need no quotes, as in YAML.
    plain: bool,
}

impl Builder {
    /// Characters that stand in the file.
    fn scalar(&mut self, scalar: &Scalar) {
        let base = self.text.len();
        for (decoded, file) in scalar.map.iter() {
            self.map.push((offset(base + *decoded as usize), *file));
        }
        self.follow(&scalar.text);
        self.text.push_str(&scalar.text);
        self.end = self.end.max(scalar.end);
    }

    /// A value that was put in: inside a JSON string it becomes a marker; outside it is JSON itself if known.
    fn value(&mut self, value: Datum, start: usize, end: usize) {
        self.map.push((offset(self.text.len()), offset(start)));
        self.end = self.end.max(offset(end));
        let known = match (&default_of(&value).value, self.quoted || self.plain) {
            (Known::Text(text), false) => text.known().map(str::to_owned),
            (Known::Number(number), _) => Some(number.clone()),
            (Known::Bool(truth), _) => Some(truth.to_string()),
            _ => None,
        };
        if let Some(known) = known {
            self.follow(&known);
            self.text.push_str(&known);
            return;
        }
        let Some(marker) = marker(self.markers.len()) else { return };
        self.markers.push(value);
        let bare = !self.quoted && !self.plain;
        if bare {
            self.text.push('"');
        }
        self.text.push(marker);
        if bare {
            self.text.push('"');
        }
    }

    /// Keeps track of JSON's quotes.
    fn follow(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                _ if self.escaped => self.escaped = false,
                '\\' if self.quoted => self.escaped = true,
                '"' => self.quoted = !self.quoted,
                _ => {}
            }
        }
    }

    fn parse(self, file: FileId) -> Option<Datum> {
        let (scalar, markers) = self.finish();
        Some(datum(&json::read_embedded(&scalar)?, file, &markers))
    }

    /// The first document of YAML.
    fn parse_yaml(self, file: FileId) -> Option<Datum> {
        let (scalar, markers) = self.finish();
        let document = yaml::read(&scalar.text);
        let root = document.nodes().first().filter(|_| document.breaks.is_empty())?;
        Some(datum(&yaml::moved(root, &scalar), file, &markers))
    }

    /// The text as a scalar, and what its markers stand for.
    fn finish(mut self) -> (Scalar, Vec<Datum>) {
        if self.map.first().is_none_or(|(decoded, _)| *decoded != 0) {
            let start = self.map.first().map_or(0, |(_, file)| *file);
            self.map.insert(0, (0, start));
        }
        self.map.dedup_by(|later, earlier| {
            later.0 == earlier.0 && {
                earlier.1 = later.1;
                true
            }
        });
        let scalar =
            Scalar { text: self.text.into(), style: Style::Block, map: self.map.into(), end: self.end };
        (scalar, self.markers)
    }
}

impl<'u> Evaluator<'u> {
    /// The JSON value that a text holds, or the value itself if it is structured already. `None` if it is no JSON.
    pub(in crate::dialect::terraform) fn parsed(&mut self, value: &Datum) -> Option<Datum> {
        match &value.value {
            Known::Map(_) | Known::List(_) => Some(value.clone()),
            Known::OneOf { .. } => Some(map_alternatives(value, |alternative| {
                self.parsed(alternative).unwrap_or_else(|| match &alternative.value {
                    Known::Unknown(_) | Known::Null => alternative.clone(),
                    _ => {
                        Datum::unknown(alternative.at, Why::Unsupported("a text that is not JSON".to_owned()))
                    }
                })
            })),
            Known::Text(text) => {
                let mut parsed = self.parse_text(value, text)?;
                for via in &value.via {
                    parsed = through(parsed, *via);
                }
                Some(parsed)
            }
            _ => None,
        }
    }

    /// The YAML value that a text holds, or the value itself if it is structured already.
    pub(super) fn parsed_yaml(&mut self, value: &Datum) -> Option<Datum> {
        let Known::Text(text) = &value.value else { return self.parsed(value) };
        if !self.spend(64 + super::weight(text)) {
            return None;
        }
        let builder = self.built(value, text, Builder { plain: true, ..Builder::default() })?;
        let mut parsed = builder.parse_yaml(value.at.file)?;
        for via in &value.via {
            parsed = through(parsed, *via);
        }
        Some(parsed)
    }

    fn parse_text(&mut self, value: &Datum, text: &Text) -> Option<Datum> {
        if !text.prefix().trim_start().starts_with(['{', '[']) && !text.prefix().trim().is_empty() {
            return None;
        }
        if text.known().is_some_and(|known| known.trim().is_empty()) {
            // An empty policy is none.
            return Some(Datum { value: Known::Null, ..value.clone() });
        }
        if !self.spend(64 + super::weight(text)) {
            return None;
        }
        self.built(value, text, Builder::default())?.parse(value.at.file)
    }

    /// A text with its holes as markers.
    fn built(&mut self, value: &Datum, text: &Text, mut builder: Builder) -> Option<Builder> {
        match self.texts.get(&value.at).cloned() {
            Some(Origin::Expression(scope, expression)) => self.build(expression, &scope, &mut builder),
            Some(Origin::File(file, names)) => {
                let text = std::str::from_utf8(&file.bytes).ok()?;
                for part in parts(text) {
                    match part {
                        Part::Literal(start, text) if names.is_some() => {
                            builder.scalar(&hcl::heredoc(text, start))
                        }
                        Part::Literal(start, text) => {
                            builder.scalar(&Scalar::verbatim(text, Style::Block, start))
                        }
                        Part::Hole(start, inner) if names.is_some() => {
                            let value = filled(inner, names.as_ref(), value.at);
                            builder.value(value, start, start + inner.len() + 3);
                        }
                        Part::Hole(start, inner) => {
                            let whole = text.get(start..start + inner.len() + 3).unwrap_or_default();
                            builder.scalar(&Scalar::verbatim(whole, Style::Block, start));
                        }
                    }
                }
            }
            None => {
                // Put together by a function: its places are those of the call.
                let (start, end) = (value.at.span.start as usize, value.at.span.end as usize);
                for piece in &text.0 {
                    match piece {
                        Piece::Literal(text) => {
                            builder.map.push((offset(builder.text.len()), offset(start)));
                            builder.follow(text);
                            builder.text.push_str(text);
                        }
                        Piece::Hole(why) => builder.value(Datum::unknown(value.at, why.clone()), start, end),
                    }
                }
                builder.end = offset(end);
            }
        }
        Some(builder)
    }

    fn build(&mut self, expression: Located<'u, Expression>, scope: &Scope, builder: &mut Builder) {
        match expression.node {
            Expression::String(_) => builder.scalar(&syntax::decoded(expression.file, expression.content())),
            Expression::StringTemplate(template) => {
                for element in template.iter() {
                    self.element(expression, element, scope, builder, true);
                }
            }
            Expression::HeredocTemplate(heredoc) => {
                self.build_template(expression, &heredoc.template, scope, builder)
            }
            Expression::Parenthesis(inner) => self.build(expression.to(inner.inner()), scope, builder),
            _ => {}
        }
    }

    fn build_template(
        &mut self,
        expression: Located<'u, Expression>,
        template: &'u Template,
        scope: &Scope,
        builder: &mut Builder,
    ) {
        for element in template.iter() {
            self.element(expression, element, scope, builder, false);
        }
    }

    fn element(
        &mut self,
        expression: Located<'u, Expression>,
        element: &'u Element,
        scope: &Scope,
        builder: &mut Builder,
        quoted: bool,
    ) {
        let source = expression.source(hcl_edit::Span::span(element));
        let (start, end) = (source.span.start as usize, source.span.end as usize);
        match element {
            Element::Literal(_) => {
                let raw = expression.text(source);
                builder.scalar(&if quoted { hcl::quoted(raw, start) } else { hcl::heredoc(raw, start) });
            }
            Element::Interpolation(interpolation) => {
                let value = self.value(expression.to(&interpolation.expr), scope);
                builder.value(value, start, end);
            }
            Element::Directive(_) => {
                let why = Why::Unsupported("a template directive".to_owned());
                builder.value(Datum::unknown(source, why), start, end);
            }
        }
    }

    /// A template of text with its names filled in (`template_file`).
    pub(super) fn rendered(&mut self, template: &Datum, names: Option<Datum>) -> Datum {
        map_alternatives(template, |template| {
            if let Some(Origin::File(_, known)) = self.texts.get_mut(&template.at) {
                *known = names.clone().or_else(|| known.clone());
            }
            match (&template.value, &names) {
                (Known::Text(text), Some(names)) => match text.known() {
                    Some(known) => {
                        Datum { value: Known::Text(template_text(known, names)), ..template.clone() }
                    }
                    None => template.clone(),
                },
                _ => template.clone(),
            }
        })
    }
}

/// A template's text with the names that are known filled in.
pub(super) fn template_text(text: &str, names: &Datum) -> Text {
    let mut filled_in = Text::default();
    for part in parts(text) {
        match part {
            Part::Literal(_, text) => filled_in.push(&text.replace("$${", "${").replace("%%{", "%{")),
            Part::Hole(_, inner) => {
                let value = filled(inner, Some(names), names.at);
                filled_in.append(&default_of(&value).text().unwrap_or_default());
            }
        }
    }
    filled_in
}

/// The value of `${inner}` in a template file: a name that was handed in, else a hole.
fn filled(inner: &str, names: Option<&Datum>, at: Source) -> Datum {
    let name = inner.trim().trim_matches('~').trim();
    match names.and_then(|names| default_of(names).get(name)) {
        Some(value) => value.clone(),
        None => Datum::unknown(at, Why::Expression(name.chars().take(60).collect())),
    }
}

/// A part of a template file.
enum Part<'t> {
    /// Text from an offset on.
    Literal(usize, &'t str),
    /// What stands inside `${…}` or `%{…}` that begins at an offset.
    Hole(usize, &'t str),
}

/// Splits a template at its interpolations and directives.
fn parts(text: &str) -> Vec<Part<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at + 1 < bytes.len() {
        let sign = bytes[at];
        let opens = matches!(sign, b'$' | b'%') && bytes[at + 1] == b'{';
        if opens && at > 0 && bytes[at - 1] == sign {
            at += 2;
            continue;
        }
        if !opens {
            at += 1;
            continue;
        }
        let Some(length) = text.get(at + 2..).and_then(|rest| rest.find('}')) else { break };
        found.push(Part::Literal(from, text.get(from..at).unwrap_or_default()));
        found.push(Part::Hole(at, text.get(at + 2..at + 2 + length).unwrap_or_default()));
        at += length + 3;
        from = at;
    }
    found.push(Part::Literal(from, text.get(from..).unwrap_or_default()));
    found
}

/// A JSON node as a value, its markers turned back.
fn datum(node: &Node, file: FileId, markers: &[Datum]) -> Datum {
    let at = Source::new(file, node.span);
    let known = match &node.data {
        Data::Null => Known::Null,
        Data::Cut => Known::Unknown(Why::Limit("a document is nested too deep".to_owned())),
        Data::Bool(value) => Known::Bool(*value),
        Data::Number(number) => Known::Number(number.to_string()),
        Data::Scalar(scalar) => return unmarked(&scalar.text, at, markers),
        Data::List(items) => Known::List(items.iter().map(|item| datum(item, file, markers)).collect()),
        Data::Map(entries) => Known::Map(
            entries
                .iter()
                .map(|entry| {
                    let place = Source::new(file, entry.key.span);
                    let key = unmarked(entry.name(), place, markers);
                    (default_of(&key).text().unwrap_or_default(), place, datum(&entry.value, file, markers))
                })
                .collect(),
        ),
    };
    Datum::new(at, known)
}

fn unmarked(text: &str, at: Source, markers: &[Datum]) -> Datum {
    let index = |c: char| (c as u32).checked_sub(FIRST_MARKER).and_then(|i| usize::try_from(i).ok());
    let value = |c: char| index(c).and_then(|i| markers.get(i));
    let mut characters = text.chars();
    if let (Some(only), None) = (characters.next().and_then(value), characters.next()) {
        return match only.value {
            Known::Unknown(_) => Datum { at, ..only.clone() },
            _ => through(only.clone(), at),
        };
    }
    let mut whole = Text::default();
    for c in text.chars() {
        match value(c) {
            Some(value) => {
                let hole = || Text::hole(Why::Unsupported("a collection in a text".to_owned()));
                whole.append(&default_of(value).text().unwrap_or_else(hole));
            }
            None => whole.push(c.encode_utf8(&mut [0; 4])),
        }
    }
    Datum::new(at, Known::Text(whole))
}

fn marker(index: usize) -> Option<char> {
    (index < MAX_MARKERS).then(|| char::from_u32(FIRST_MARKER + u32::try_from(index).ok()?)).flatten()
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
