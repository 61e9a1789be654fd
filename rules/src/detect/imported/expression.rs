//! Filters of betterleaks, as far as they are made of comparisons and lists: `entropy(…) <= 3.5`, `matchesAny(…, […])`,
//! `containsAny(…, […])`, joined by `||`, `&&`, `!` and parentheses. In CEL and in Expr, which write them alike:
//! <https://github.com/betterleaks/betterleaks/blob/main/docs/config.md>. What is more than that is a [`Fault`]: half a
//! filter would let pass what its author took out.

use super::candidate::{Candidate, Field, Words, entropy};
use super::go::Fault;
use super::limits;
use super::pattern::{Pattern, Spent, Work};
use super::token::{Token, Tokens, fault};

/// A condition; true means that a find is taken out.
#[derive(Debug)]
pub(super) enum Expression {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Entropy(Field, Order, f64),
    Matches(Field, Vec<Pattern>),
    Contains(Field, Words),
    Is(Field, String),
    Constant(bool),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Expression {
    /// Reads a filter; `with_find`: it may speak of what was found, and not of the file's path only.
    pub(super) fn read(text: &str, with_find: bool) -> Result<Self, Fault> {
        if text.len() > limits::EXPRESSION {
            let what = format!("an expression of more than {} KiB", limits::EXPRESSION >> 10);
            return Err(Fault { at: 0, what });
        }
        let mut reader = Reader { tokens: Tokens::of(text), depth: 0, with_find };
        let read = reader.any()?;
        match reader.tokens.token()? {
            (_, Token::End) => Ok(read),
            (at, _) => fault(at, "something behind its end"),
        }
    }

    /// Whether it holds of a find.
    pub(super) fn holds(&self, of: &Candidate<'_>, work: &mut Work) -> Result<bool, Spent> {
        Ok(match self {
            Self::Any(parts) => {
                for part in parts {
                    if part.holds(of, work)? {
                        return Ok(true);
                    }
                }
                false
            }
            Self::All(parts) => {
                for part in parts {
                    if !part.holds(of, work)? {
                        return Ok(false);
                    }
                }
                true
            }
            Self::Not(part) => !part.holds(of, work)?,
            Self::Entropy(field, order, bound) => {
                let text = of.field(*field);
                work.pass(text.len())?;
                let bits = entropy(text);
                match order {
                    Order::Below => bits < *bound,
                    Order::AtMost => bits <= *bound,
                    Order::Above => bits > *bound,
                    Order::AtLeast => bits >= *bound,
                }
            }
            Self::Matches(field, patterns) => {
                for pattern in patterns {
                    if pattern.is_match(of.field(*field), work)? {
                        return Ok(true);
                    }
                }
                false
            }
            Self::Contains(field, words) => words.in_text(of.field(*field), work)?,
            Self::Is(field, text) => of.field(*field) == text.as_bytes(),
            Self::Constant(value) => *value,
        })
    }

    /// Every pattern in it.
    pub(super) fn patterns(&self, each: &mut impl FnMut(&Pattern)) {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().for_each(|part| part.patterns(each)),
            Self::Not(part) => part.patterns(each),
            Self::Matches(_, patterns) => patterns.iter().for_each(each),
            _ => {}
        }
    }
}

struct Reader<'t> {
    tokens: Tokens<'t>,
    depth: usize,
    with_find: bool,
}

impl Reader<'_> {
    fn any(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.all()?];
        while self.tokens.takes("||")? || self.tokens.word("or")? {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
    }

    fn all(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.one()?];
        while self.tokens.takes("&&")? || self.tokens.word("and")? {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) })
    }

    fn one(&mut self) -> Result<Expression, Fault> {
        self.depth += 1;
        if self.depth > limits::EXPRESSION_DEPTH {
            return fault(self.tokens.at, "parentheses that nest too deep");
        }
        let read = self.inner();
        self.depth -= 1;
        read
    }

    fn inner(&mut self) -> Result<Expression, Fault> {
        if self.tokens.takes("!")? || self.tokens.word("not")? {
            return Ok(Expression::Not(Box::new(self.one()?)));
        }
        if self.tokens.takes("(")? {
            let read = self.any()?;
            self.tokens.expect(")")?;
            return Ok(read);
        }
        // Older forms write the names with `filter.` before them.
        if self.tokens.word("filter")? {
            self.tokens.expect(".")?;
        }
        let start = self.tokens.at;
        let (at, token) = self.tokens.token()?;
        let Token::Name(name) = token else { return fault(at, "more than comparisons and lists") };
        match name.as_str() {
            "true" => Ok(Expression::Constant(true)),
            "false" => Ok(Expression::Constant(false)),
            "entropy" => {
                self.tokens.expect("(")?;
                let field = self.field()?;
                self.tokens.expect(")")?;
                let order = match self.tokens.token()? {
                    (_, Token::Sign("<")) => Order::Below,
                    (_, Token::Sign("<=")) => Order::AtMost,
                    (_, Token::Sign(">")) => Order::Above,
                    (_, Token::Sign(">=")) => Order::AtLeast,
                    (at, _) => return fault(at, "an entropy that is held against nothing"),
                };
                match self.tokens.token()? {
                    (_, Token::Number(bound)) => Ok(Expression::Entropy(field, order, bound)),
                    (at, _) => fault(at, "an entropy that is held against no number"),
                }
            }
            "matchesAny" | "containsAny" => {
                self.tokens.expect("(")?;
                let field = self.field()?;
                self.tokens.expect(",")?;
                let texts = self.list()?;
                self.tokens.expect(")")?;
                if name == "containsAny" {
                    let words = texts.into_iter().map(|(_, text)| text).collect();
                    return Ok(Expression::Contains(field, Words::new(words)));
                }
                let read = |(at, text): (usize, String)| {
                    Pattern::read(&text).map_err(|fault| Fault { at: at + fault.at, what: fault.what })
                };
                Ok(Expression::Matches(field, texts.into_iter().map(read).collect::<Result<_, _>>()?))
            }
            "failsTokenEfficiency" => {
                fault(at, "`failsTokenEfficiency`, for which hallpass has no tokeniser,")
            }
            "finding" | "attributes" | "get" => {
                self.tokens.at = start;
                let field = self.field()?;
                let not = match self.tokens.token()? {
                    (_, Token::Sign("==")) => false,
                    (_, Token::Sign("!=")) => true,
                    (at, _) => return fault(at, "more than comparisons and lists"),
                };
                let (_, Token::Text(text)) = self.tokens.token()? else {
                    return fault(at, "a comparison with what is no text");
                };
                let is = Expression::Is(field, text);
                Ok(if not { Expression::Not(Box::new(is)) } else { is })
            }
            _ => fault(at, "a function that is not read here"),
        }
    }

    fn list(&mut self) -> Result<Vec<(usize, String)>, Fault> {
        self.tokens.expect("[")?;
        let mut texts = Vec::new();
        while !self.tokens.takes("]")? {
            match self.tokens.token()? {
                (at, Token::Text(text)) => texts.push((at, text)),
                (at, _) => return fault(at, "a list of what is no text"),
            }
            if !self.tokens.takes(",")? && self.tokens.peek()? != Token::Sign("]") {
                return fault(self.tokens.at, "a list that does not end");
            }
        }
        Ok(texts)
    }

    /// `finding["secret"]`, `finding.secret`, `get(attributes, "path", "")`, `attributes[?"path"].orValue("")`,
    /// `(attributes.path ?? "")`.
    fn field(&mut self) -> Result<Field, Fault> {
        if self.tokens.takes("(")? {
            let field = self.bare_field()?;
            self.tokens.expect(")")?;
            return Ok(field);
        }
        self.bare_field()
    }

    fn bare_field(&mut self) -> Result<Field, Fault> {
        let (at, token) = self.tokens.token()?;
        let name = match token {
            Token::Name(name) if name == "get" => {
                self.tokens.expect("(")?;
                let (_, Token::Name(map)) = self.tokens.token()? else {
                    return fault(at, "a name that is not known");
                };
                self.tokens.expect(",")?;
                let (_, Token::Text(key)) = self.tokens.token()? else {
                    return fault(at, "a name that is not known");
                };
                if self.tokens.takes(",")? {
                    self.empty(at)?;
                }
                self.tokens.expect(")")?;
                return self.named(at, &map, &key);
            }
            Token::Name(name) => name,
            _ => return fault(at, "more than comparisons and lists"),
        };
        let key = if self.tokens.takes("[?")? || self.tokens.takes("[")? {
            let (_, Token::Text(key)) = self.tokens.token()? else {
                return fault(at, "a name that is not known");
            };
            self.tokens.expect("]")?;
            key
        } else if self.tokens.takes(".")? || self.tokens.takes("?.")? {
            if self.tokens.takes("[?")? || self.tokens.takes("[")? {
                let (_, Token::Text(key)) = self.tokens.token()? else {
                    return fault(at, "a name that is not known");
                };
                self.tokens.expect("]")?;
                key
            } else {
                let (_, Token::Name(key)) = self.tokens.token()? else {
                    return fault(at, "a name that is not known");
                };
                key
            }
        } else {
            return fault(at, "a name that is not known");
        };
        if self.tokens.takes("??")? {
            self.empty(at)?;
        } else if self.tokens.takes(".")? {
            if !self.tokens.word("orValue")? {
                return fault(at, "a function that is not read here");
            }
            self.tokens.expect("(")?;
            self.empty(at)?;
            self.tokens.expect(")")?;
        }
        self.named(at, &name, &key)
    }

    fn empty(&mut self, at: usize) -> Result<(), Fault> {
        match self.tokens.token()? {
            (_, Token::Text(text)) if text.is_empty() => Ok(()),
            _ => fault(at, "a default that is not the empty text"),
        }
    }

    fn named(&self, at: usize, map: &str, key: &str) -> Result<Field, Fault> {
        match (map, key) {
            ("attributes", "path") => Ok(Field::Path),
            // The tree is read as it is: nothing of a commit is known, and an attribute without value is empty.
            ("attributes", _) => Ok(Field::Nothing),
            ("finding", _) if !self.with_find => fault(at, "`finding`, which there is not before a find,"),
            ("finding", "secret") => Ok(Field::Secret),
            ("finding", "match") => Ok(Field::Match),
            ("finding", "line") => Ok(Field::Line),
            ("finding", "rule_id") => Ok(Field::Rule),
            _ => fault(at, "a name that is not known"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn holds(text: &str, secret: &str, path: &str) -> bool {
        let of = Candidate {
            path: path.as_bytes(),
            secret: secret.as_bytes(),
            matched: b"",
            line: b"",
            rule: b"r",
        };
        Expression::read(text, true).unwrap().holds(&of, &mut Work::of(0)).unwrap()
    }

    #[test]
    fn both_notations_are_read() {
        assert!(holds(r#"entropy(finding["secret"]) <= 3.8"#, "aaaa", "a"));
        assert!(!holds("filter.entropy(finding.secret) < 1.0", "abcd", "a"));
        let path = "matchesAny(get(attributes, \"path\", \"\"), [\n  `\\.md$`, // prose\n  `x`,\n])";
        assert!(holds(path, "", "a.md"));
        assert!(!holds(path, "", "a.py"));
        assert!(holds(
            r#"(attributes[?"path"].orValue("") == "a" && containsAny(finding.secret, ["TEST"]))"#,
            "xTESTx",
            "a"
        ));
        assert!(holds(r#"!(attributes?.path ?? "" == "b") || false"#, "", "a"));
        assert!(!holds(r#"attributes[?"git.author_name"].orValue("") == "bot""#, "", "a"));
    }

    #[test]
    fn half_a_filter_is_none() {
        for text in [
            "failsTokenEfficiency(finding.secret)",
            "entropy(finding.secret) <= 3 || failsTokenEfficiency(finding.secret)",
            "size(finding.secret) < 3",
            "finding.secret.startsWith(\"x\")",
            "entropy(finding.secret) <= 3 ? true : false",
            "matchesAny(finding.secret, [`(?=x)`])",
            "((((",
            "\"",
            "",
        ] {
            assert!(Expression::read(text, true).is_err(), "{text}");
        }
        assert!(Expression::read(&"(".repeat(60_000), true).is_err());
        assert!(Expression::read(&format!("entropy({}", "(".repeat(60_000)), true).is_err());
        assert!(Expression::read(&"!".repeat(60_000), true).is_err());
        assert!(Expression::read("finding.secret == \"\"", false).is_err());
    }
}
