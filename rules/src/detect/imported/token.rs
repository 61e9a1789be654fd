//! The words and signs of an expression: names, texts in the quotes of CEL and Expr, numbers, operators.

use super::go::Fault;

pub(super) fn fault<T>(at: usize, what: &str) -> Result<T, Fault> {
    Err(Fault { at, what: what.to_owned() })
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Number(f64),
    Sign(&'static str),
    End,
}

/// Longest first.
const SIGNS: [&str; 20] = [
    "||", "&&", "<=", ">=", "==", "!=", "??", "?.", "[?", "(", ")", "[", "]", ",", ".", "<", ">", "!", "?",
    "-",
];

/// An expression that is read from the front.
pub(super) struct Tokens<'t> {
    text: &'t str,
    pub(super) at: usize,
}

impl<'t> Tokens<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes spaces and comments.
    fn space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            let mut passed = rest.len() - trimmed.len();
            if trimmed.starts_with("//") || trimmed.starts_with('#') {
                passed += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                passed += trimmed.find("*/").map_or(trimmed.len(), |end| end + 2);
            }
            if passed == 0 {
                return;
            }
            self.at += passed;
        }
    }

    pub(super) fn peek(&mut self) -> Result<Token, Fault> {
        let at = self.at;
        let (_, token) = self.token()?;
        self.at = at;
        Ok(token)
    }

    pub(super) fn token(&mut self) -> Result<(usize, Token), Fault> {
        self.space();
        let from = self.at;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok((from, Token::End)) };
        let raw = rest.strip_prefix(['r', 'R']).filter(|r| r.starts_with(['"', '\'']));
        if first == '`' || first == '"' || first == '\'' || raw.is_some() {
            return Ok((from, Token::Text(self.string(raw.is_some())?)));
        }
        if first.is_ascii_digit() {
            let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
            let number = rest.get(..end).and_then(|n| n.parse().ok());
            self.at += end;
            return number
                .map_or_else(|| fault(from, "a number that is none"), |n| Ok((from, Token::Number(n))));
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let name = rest.get(..end).unwrap_or_default().to_owned();
            self.at += end;
            return Ok((from, Token::Name(name)));
        }
        match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(sign) => {
                self.at += sign.len();
                Ok((from, Token::Sign(sign)))
            }
            None => fault(from, "a sign that filters of this form do not have"),
        }
    }

    fn string(&mut self, raw: bool) -> Result<String, Fault> {
        let from = self.at;
        self.at += usize::from(raw);
        let quote = ["\"\"\"", "'''", "`", "\"", "'"].into_iter().find(|q| self.rest().starts_with(q));
        let Some(quote) = quote else { return fault(from, "a text that is none") };
        self.at += quote.len();
        let raw = raw || quote == "`";
        let mut text = String::new();
        loop {
            if self.rest().starts_with(quote) {
                self.at += quote.len();
                return Ok(text);
            }
            let Some(c) = self.rest().chars().next() else {
                return fault(from, "a text that does not end");
            };
            self.at += c.len_utf8();
            if c != '\\' || raw {
                text.push(c);
                continue;
            }
            let Some(escaped) = self.rest().chars().next() else {
                return fault(from, "a text that does not end");
            };
            self.at += escaped.len_utf8();
            text.push(match escaped {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '\\' | '"' | '\'' | '`' | '?' => escaped,
                _ => return fault(from, "an escape in a text that is not read here"),
            });
        }
    }

    pub(super) fn takes(&mut self, sign: &str) -> Result<bool, Fault> {
        let at = self.at;
        if self.token()?.1 == Token::Sign(SIGNS.iter().find(|s| **s == sign).unwrap_or(&"")) {
            return Ok(true);
        }
        self.at = at;
        Ok(false)
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        let at = self.at;
        if self.takes(sign)? { Ok(()) } else { fault(at, "more than comparisons and lists") }
    }

    pub(super) fn word(&mut self, word: &str) -> Result<bool, Fault> {
        let at = self.at;
        if matches!(self.token()?.1, Token::Name(name) if name == word) {
            return Ok(true);
        }
        self.at = at;
        Ok(false)
    }
}
