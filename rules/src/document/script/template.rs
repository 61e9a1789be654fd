//! Holes that a CI or templating system fills before any shell sees the script.
//!
//! They stand anywhere, inside single quotes too, and what fills them may hold any character.

use std::ops::Range;

/// A form of hole. Which forms a script may hold depends on who fills it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// `${{ … }}`: GitHub Actions and its kin, template expressions of Azure Pipelines.
    /// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>.
    DollarBraces,
    /// `$(Name)`: macros of Azure Pipelines, variables in a Kubernetes container's command. Command substitution of one
    /// bare word (`$(pwd)`) looks the same: only who knows the variables can tell, so it is a hole.
    /// Source: <https://learn.microsoft.com/azure/devops/pipelines/process/variables>.
    Macro,
    /// `$[ … ]`: runtime expressions of Azure Pipelines; `$[[ … ]]`: inputs of GitLab.
    /// Source: <https://docs.gitlab.com/ci/inputs/>.
    DollarBracket,
    /// `{{ … }}`, `{% … %}`, `{# … #}`: Helm, Jinja, Argo, Go templates.
    Braces,
    /// `<< … >>` on one line with a dot in the name: parameters of CircleCI. Without one, `<<EOF >>file` is a
    /// here-document that is appended to a file.
    /// Source: <https://circleci.com/docs/reference/configuration-reference/>.
    Angles,
    /// `<+ … >`: expressions of Harness.
    /// Source: <https://developer.harness.io/docs/platform/variables-and-expressions/harness-variables/>.
    AnglePlus,
}

/// How a form is written.
struct Form {
    open: &'static str,
    close: &'static str,
    /// Signs between which the closing sign is text.
    quotes: &'static [u8],
}

const fn form(open: &'static str, close: &'static str, quotes: &'static [u8]) -> Form {
    Form { open, close, quotes }
}

impl Template {
    /// Its forms, the longer first.
    fn forms(self) -> &'static [Form] {
        const DOLLAR_BRACES: &[Form] = &[form("${{", "}}", b"'")];
        const MACRO: &[Form] = &[form("$(", ")", b"")];
        const DOLLAR_BRACKET: &[Form] = &[form("$[[", "]]", b"'"), form("$[", "]", b"'")];
        const BRACES: &[Form] = &[form("{{", "}}", b"'\"`"), form("{%", "%}", b"'\""), form("{#", "#}", b"")];
        const ANGLES: &[Form] = &[form("<<", ">>", b"")];
        const ANGLE_PLUS: &[Form] = &[form("<+", ">", b"'\"")];
        match self {
            Self::DollarBraces => DOLLAR_BRACES,
            Self::Macro => MACRO,
            Self::DollarBracket => DOLLAR_BRACKET,
            Self::Braces => BRACES,
            Self::Angles => ANGLES,
            Self::AnglePlus => ANGLE_PLUS,
        }
    }

    /// For forms that may hold only a name: how many bytes of the text it takes before the closing sign.
    fn name(self, inner: &str, close: &str) -> Option<usize> {
        // No name is longer; a bound keeps a line of open signs linear.
        const LONGEST: usize = 256;
        let spaces = self == Self::Angles;
        let part =
            |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-') || spaces && *b == b' ';
        let length = inner.bytes().take(LONGEST).take_while(part).count();
        let name = inner.get(..length)?;
        let begins = name.trim_start().starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let begins = begins && (self != Self::Angles || name.contains('.'));
        (begins && inner.get(length..)?.starts_with(close)).then_some(length)
    }
}

impl Form {
    /// Where the closing sign stands.
    fn closes(&self, inner: &str) -> Option<usize> {
        let bytes = inner.as_bytes();
        let mut quote = None;
        // Brackets of indexes within a form that ends with one.
        let mut open = 0usize;
        let brackets = self.close.starts_with(']');
        for (at, byte) in bytes.iter().enumerate() {
            match quote {
                Some(open) if *byte == open => quote = None,
                Some(_) => {}
                None if self.quotes.contains(byte) => quote = Some(*byte),
                None if brackets && *byte == b'[' => open += 1,
                None if open > 0 && *byte == b']' => open -= 1,
                None if inner.get(at..).is_some_and(|rest| rest.starts_with(self.close)) => return Some(at),
                None => {}
            }
        }
        None
    }
}

/// The forms that a reader looks for.
#[derive(Clone, Debug)]
pub(in crate::document) struct Templates<'t> {
    of: &'t [Template],
    /// Ranges in which an opening sign has no closing one: asked once, so that many open signs stay linear.
    open: Vec<(&'static str, Range<usize>)>,
}

/// A hole found.
pub(in crate::document) struct Hole {
    /// The whole.
    pub(in crate::document) at: Range<usize>,
    /// What stands between its signs.
    pub(in crate::document) inner: Range<usize>,
}

impl<'t> Templates<'t> {
    pub(in crate::document) fn new(of: &'t [Template]) -> Self {
        Self { of, open: Vec::new() }
    }

    /// The same forms for another text.
    pub(in crate::document) fn afresh(&self) -> Self {
        Self::new(self.of)
    }

    pub(in crate::document) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The hole that begins at `at` and ends before `end`.
    pub(in crate::document) fn hole(&mut self, text: &str, at: usize, end: usize) -> Option<Hole> {
        if !matches!(text.as_bytes().get(at), Some(b'$' | b'{' | b'<')) {
            return None;
        }
        for template in self.of {
            for form in template.forms() {
                let Some(inner) = text.get(at..end)?.strip_prefix(form.open) else { continue };
                let named = matches!(template, Template::Macro | Template::Angles);
                let known = |(open, range): &(&str, Range<usize>)| {
                    *open == form.open && range.start <= at && end <= range.end
                };
                if !named && self.open.iter().any(known) {
                    continue;
                }
                let length = if named { template.name(inner, form.close) } else { form.closes(inner) };
                let from = at + form.open.len();
                match length {
                    Some(length) => {
                        let inner = from..from + length;
                        return Some(Hole { at: at..inner.end + form.close.len(), inner });
                    }
                    None if !named => {
                        self.open.retain(|(open, _)| *open != form.open);
                        self.open.push((form.open, at..end));
                    }
                    None => {}
                }
            }
        }
        None
    }
}
