//! Bicep: `param name string = 'value'`, `var name = 'value'`, `name: 'value'`; `@secure()` before a parameter declares
//! that it is a secret.

use super::decode::{Escape, code, escaped, verbatim};
use super::lines;
use crate::document::Scalar;
use crate::document::ground::Ground;

/// Whether a path is one of Bicep's.
#[must_use]
pub fn is_named(path: &str) -> bool {
    path.ends_with(".bicep") || path.ends_with(".bicepparam")
}

/// Hands out names and literal values of a file; the last word says whether the value is declared a secret. Values that
/// hold an expression are passed over.
pub fn read(text: &str, each: &mut dyn FnMut(&str, Scalar, bool)) {
    let mut secure = false;
    for (at, line) in lines(text) {
        let line_end = at + line.len();
        let code = line.trim_start();
        let Some(rest) = decorated(code, &mut secure) else { continue };
        if rest.is_empty() || rest.starts_with("//") {
            continue;
        }
        let (is_parameter, rest) = match rest.split_once(char::is_whitespace) {
            Some(("param", rest)) => (true, rest),
            Some(("var", rest)) => (false, rest),
            _ => (false, rest),
        };
        let declared = std::mem::take(&mut secure) && is_parameter;
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let rest = rest.trim_start();
        // A key may stand in quotes.
        let bare = rest.strip_prefix('\'').unwrap_or(rest);
        let name = bare.split(|c: char| !is_part(c) && c != '-' && c != '.').next().unwrap_or_default();
        let behind = bare.get(name.len()..).unwrap_or_default();
        let behind = behind.strip_prefix('\'').unwrap_or(behind);
        let sign = if !is_parameter && behind.trim_start().starts_with(':') { ':' } else { '=' };
        let Some((_, value)) = behind.split_once(sign).filter(|_| !name.is_empty()) else { continue };
        let inner = value.trim_start().strip_prefix('\'').filter(|inner| !inner.starts_with("''"));
        let Some(inner) = inner else { continue };
        let start = line_end - inner.len();
        let Some(end) = closing(inner).map(|length| start + length) else { continue };
        let range = start..end;
        let literal = text.get(range.clone()).unwrap_or_default();
        if literal.contains("${") {
            continue;
        }
        let scalar = match literal.contains('\\') {
            true => escaped(text, range, Ground::File, '\\', unescape),
            false => verbatim(text, range, Ground::File),
        };
        each(name, scalar, declared);
    }
}

/// What stands behind the decorators at the beginning of a line; `None` if nothing does.
fn decorated<'l>(mut code: &'l str, secure: &mut bool) -> Option<&'l str> {
    while let Some(decorator) = code.strip_prefix('@') {
        *secure |= decorator.starts_with("secure(") || decorator.starts_with("sys.secure(");
        // One that spans lines ends with a line that is no pair.
        code = behind_arguments(decorator)?.trim_start();
    }
    Some(code)
}

/// What stands behind the parenthesis that closes a call.
fn behind_arguments(call: &str) -> Option<&str> {
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    let end = call.bytes().position(|b| {
        match b {
            b'\'' if !escaped => quoted = !quoted,
            b'(' if !quoted => depth = depth.saturating_add(1),
            b')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = b == b'\\' && !escaped;
        b == b')' && !quoted && depth == 0
    })?;
    call.get(end + 1..)
}

/// Length of a string up to the quote that ends it.
fn closing(inner: &str) -> Option<usize> {
    let mut escaped = false;
    inner.bytes().position(|b| {
        let ends = b == b'\'' && !escaped;
        escaped = b == b'\\' && !escaped;
        ends
    })
}

fn unescape(rest: &str) -> Escape {
    match rest.as_bytes().get(1) {
        Some(b'n') => Escape::Character('\n', 2),
        Some(b'r') => Escape::Character('\r', 2),
        Some(b't') => Escape::Character('\t', 2),
        Some(sign @ (b'\'' | b'\\' | b'$')) => Escape::Character(char::from(*sign), 2),
        Some(b'u') => match rest.find('}') {
            Some(end) if rest.get(2..3) == Some("{") && (4..=9).contains(&end) => {
                match code(rest, 3, end - 3) {
                    Escape::Character(c, length) => Escape::Character(c, length + 1),
                    other => other,
                }
            }
            _ => Escape::Verbatim,
        },
        _ => Escape::Verbatim,
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn literals_are_handed_out_with_what_is_declared() {
        let text = "@secure()\n@description('The login, e.g. (x)')\nparam adminLogin string = 'kiwi7'\nparam plain string = 'a\\'b'\n\
                    @secure() param one string = 'two' // three\n@secure()\nparam none string\nvar x = 'y'\n\
                    resource r 'T@1' = {\n  properties: {\n    adminPassword: 'p${x}'\n    'api-key': 'k\\u{41}'\n    a: b ? 'c' : 'd'\n  }\n}\n\
                    param lines string = '''\nx: 'y'\n'''\n";
        let mut found = Vec::new();
        read(text, &mut |name, scalar, declared| {
            let written = text.get(scalar.span().range()).unwrap_or_default();
            found.push(format!("{name}={}{} ({written})", scalar.text, if declared { "!" } else { "" }));
        });
        assert_eq!(
            found,
            [
                "adminLogin=kiwi7! (kiwi7)",
                "plain=a'b (a\\'b)",
                "one=two! (two)",
                "x=y (y)",
                "api-key=kA (k\\u{41})",
                "x=y (y)",
            ]
        );
    }
}
