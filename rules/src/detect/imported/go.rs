//! Patterns in Go's syntax (RE2) to those of `regex`, byte by byte: <https://pkg.go.dev/regexp/syntax>.
//!
//! The two agree on most; here is what they do not: `\s` without vertical tab, `\Q…\E`, octal escapes, `{` that counts
//! nothing, `[`, `&&`, `--` and `~~` in a class, names of groups. What only other engines know is a [`Fault`].

/// Why a pattern is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where in the pattern, in bytes.
    pub(super) at: usize,
    /// What stands there.
    pub(super) what: String,
}

/// What `\s` means in Go.
const SPACE: &str = r"\t\n\f\r ";
/// Named classes of ASCII characters, as `[[:alnum:]]`.
const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// Translates a pattern.
pub(super) fn translate(go: &str) -> Result<String, Fault> {
    let mut reader = Reader { go, at: 0, out: String::with_capacity(go.len() + 16), counted: false };
    while reader.at < go.len() {
        reader.item()?;
    }
    Ok(reader.out)
}

struct Reader<'p> {
    go: &'p str,
    at: usize,
    out: String,
    /// Whether a quantifier stands directly before.
    counted: bool,
}

/// One character or class that an escape stands for.
enum Escape {
    One(char),
    Class(char),
    Edge(char),
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.go.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn fault<T>(at: usize, what: impl Into<String>) -> Result<T, Fault> {
        Err(Fault { at, what: what.into() })
    }

    fn item(&mut self) -> Result<(), Fault> {
        let from = self.at;
        let Some(c) = self.next() else { return Ok(()) };
        let counted = std::mem::take(&mut self.counted);
        match c {
            '\\' if self.rest().starts_with('Q') => self.quoted(),
            '\\' => match self.escape(from)? {
                Escape::One(c) => self.literal(c),
                Escape::Class('s') => self.out.push_str(&format!("[{SPACE}]")),
                Escape::Class('S') => self.out.push_str(&format!("[^{SPACE}]")),
                Escape::Class(c) | Escape::Edge(c) => self.out.extend(['\\', c]),
            },
            '[' => return self.class(from),
            '(' => return self.group(from),
            '{' => match self.repetition() {
                Some(written) => {
                    self.at += written.len();
                    self.quantifier(from, counted, &format!("{{{written}"))?;
                }
                None => self.out.push_str("\\{"),
            },
            '*' | '+' | '?' => self.quantifier(from, counted, &c.to_string())?,
            ')' | '|' | '^' | '$' | '.' => self.out.push(c),
            c => self.literal(c),
        }
        Ok(())
    }

    fn quantifier(&mut self, from: usize, counted: bool, written: &str) -> Result<(), Fault> {
        if counted {
            return Self::fault(from, "a possessive or doubled repetition, which Go has not either,");
        }
        self.out.push_str(written);
        if self.peek() == Some('?') {
            self.at += 1;
            self.out.push('?');
        }
        self.counted = true;
        Ok(())
    }

    /// `3}`, `3,}` or `3,5}` behind a `{`; anything else is that character itself.
    fn repetition(&self) -> Option<String> {
        let (inner, _) = self.rest().split_once('}')?;
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let counts = match inner.split_once(',') {
            Some((low, high)) => number(low) && (high.is_empty() || number(high)),
            None => number(inner),
        };
        counts.then(|| format!("{inner}}}"))
    }

    /// A character as itself. Beyond ASCII it is several bytes, which count as one.
    fn literal(&mut self, c: char) {
        if c.is_ascii() {
            if regex_syntax::is_meta_character(c) {
                self.out.push('\\');
            }
            self.out.push(c);
            return;
        }
        self.out.push_str("(?:");
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            self.out.push_str(&format!("\\x{byte:02X}"));
        }
        self.out.push(')');
    }

    fn quoted(&mut self) {
        self.at += 1;
        let rest = self.rest();
        let (text, behind) = rest.split_once("\\E").map_or((rest, 0), |(text, _)| (text, 2));
        let (text, length) = (text.to_owned(), text.len() + behind);
        text.chars().for_each(|c| self.literal(c));
        self.at += length;
    }

    fn group(&mut self, from: usize) -> Result<(), Fault> {
        if !self.rest().starts_with('?') {
            self.out.push('(');
            return Ok(());
        }
        let rest = self.rest().to_owned();
        let other = [
            ("?=", "a look-ahead `(?=`"),
            ("?!", "a negative look-ahead `(?!`"),
            ("?<=", "a look-behind `(?<=`"),
            ("?<!", "a negative look-behind `(?<!`"),
            ("?>", "an atomic group `(?>`"),
            ("?P=", "a backreference `(?P=`"),
            ("?P>", "a recursion `(?P>`"),
            ("?#", "a comment `(?#`"),
            ("?|", "a branch reset `(?|`"),
        ];
        if let Some((_, what)) = other.iter().find(|(start, _)| rest.starts_with(start)) {
            return Self::fault(from, *what);
        }
        if let Some(name) = rest.strip_prefix("?P<").or_else(|| rest.strip_prefix("?<")) {
            // The name is of no use here, and the two engines differ in which they take.
            let Some((name, _)) = name.split_once('>') else {
                return Self::fault(from, "a group's name without `>`");
            };
            self.at += rest.find('>').unwrap_or(0) + 1;
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return Self::fault(from, "a group's name that is none");
            }
            self.out.push('(');
            return Ok(());
        }
        let Some(end) = rest.find([':', ')']) else {
            return Self::fault(from, "a group that does not end");
        };
        let flags = rest.get(1..end).unwrap_or_default();
        if let Some(flag) = flags.chars().find(|c| !"imsU-".contains(*c)) {
            return Self::fault(from, format!("a flag `{}`, which Go has not either,", plain(flag)));
        }
        self.out.push('(');
        self.out.push_str(rest.get(..=end).unwrap_or_default());
        self.at += end + 1;
        Ok(())
    }

    /// What an escape outside of a class stands for; the backslash is read.
    fn escape(&mut self, from: usize) -> Result<Escape, Fault> {
        match self.peek() {
            Some(c @ ('A' | 'b' | 'B' | 'z')) => {
                self.at += 1;
                Ok(Escape::Edge(c))
            }
            _ => self.escape_in_class(from),
        }
    }

    fn escape_in_class(&mut self, from: usize) -> Result<Escape, Fault> {
        let Some(c) = self.next() else { return Self::fault(from, "a backslash at the end") };
        let one = |c| Ok(Escape::One(c));
        match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => Ok(Escape::Class(c)),
            'a' => one('\x07'),
            'f' => one('\x0c'),
            'n' => one('\n'),
            'r' => one('\r'),
            't' => one('\t'),
            'v' => one('\x0b'),
            'p' | 'P' => Self::fault(from, format!("a class of Unicode characters `\\{c}`")),
            'x' => self.hexadecimal(from),
            '0' => one(self.octal(0)),
            '1'..='7' if self.peek().is_some_and(|c| c.is_digit(8)) => {
                one(self.octal(c.to_digit(8).unwrap_or(0)))
            }
            '1'..='9' => Self::fault(from, format!("a backreference `\\{c}`")),
            '_' => one(c),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => one(c),
            c => Self::fault(from, format!("an escape `\\{}`, which Go has not either,", plain(c))),
        }
    }

    fn octal(&mut self, first: u32) -> char {
        let mut code = first;
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else { break };
            self.at += 1;
            code = code * 8 + digit;
        }
        char::from_u32(code).unwrap_or('\0')
    }

    fn hexadecimal(&mut self, from: usize) -> Result<Escape, Fault> {
        let rest = self.rest();
        let (digits, length) = match rest.strip_prefix('{') {
            Some(inner) => inner.split_once('}').map_or(("", 0), |(digits, _)| (digits, digits.len() + 2)),
            None => (rest.get(..2).unwrap_or_default(), 2),
        };
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() <= 6);
        match code.and_then(char::from_u32) {
            Some(c) => {
                self.at += length;
                Ok(Escape::One(c))
            }
            None => Self::fault(from, "an escape `\\x` without a character's number"),
        }
    }

    fn class(&mut self, from: usize) -> Result<(), Fault> {
        self.out.push('[');
        if self.peek() == Some('^') {
            self.at += 1;
            self.out.push('^');
        }
        let mut first = true;
        loop {
            match self.peek() {
                None => return Self::fault(from, "a class `[` that does not end"),
                Some(']') if !first => break,
                Some(_) => self.class_item()?,
            }
            first = false;
        }
        self.at += 1;
        self.out.push(']');
        Ok(())
    }

    fn class_item(&mut self) -> Result<(), Fault> {
        if let Some(inner) = self.rest().strip_prefix("[:")
            && let Some((name, _)) = inner.split_once(":]")
            && NAMED.contains(&name.trim_start_matches('^'))
        {
            let written = format!("[:{name}:]");
            self.at += written.len();
            self.out.push_str(&written);
            return Ok(());
        }
        let from = self.at;
        let low = match self.class_character()? {
            Escape::Class('s') => {
                self.out.push_str(SPACE);
                return Ok(());
            }
            Escape::Class('S') => {
                self.out.push_str(&format!("[^{SPACE}]"));
                return Ok(());
            }
            Escape::Class(c) | Escape::Edge(c) => {
                self.out.extend(['\\', c]);
                return Ok(());
            }
            Escape::One(c) => c,
        };
        let range = self.rest().strip_prefix('-').filter(|r| !r.starts_with(']') && !r.is_empty());
        if range.is_none() {
            return self.in_class(from, low);
        }
        self.at += 1;
        let Escape::One(high) = self.class_character()? else {
            return Self::fault(from, "a range that ends in a class");
        };
        if high < low {
            return Self::fault(from, "a range that ends before it begins");
        }
        self.in_class(from, low)?;
        self.out.push('-');
        self.in_class(from, high)
    }

    fn class_character(&mut self) -> Result<Escape, Fault> {
        let from = self.at;
        match self.next() {
            Some('\\') => self.escape_in_class(from),
            Some(c) => Ok(Escape::One(c)),
            None => Self::fault(from, "a class `[` that does not end"),
        }
    }

    /// A character of a class as itself.
    fn in_class(&mut self, from: usize, c: char) -> Result<(), Fault> {
        if !c.is_ascii() {
            return Self::fault(from, "a character beyond ASCII in a class, where patterns see bytes,");
        }
        if regex_syntax::is_meta_character(c) {
            self.out.push('\\');
        }
        self.out.push(c);
        Ok(())
    }
}

/// A character fit for a message.
fn plain(c: char) -> char {
    if c.is_ascii_graphic() { c } else { '?' }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test

    use super::*;

    #[test]
    fn what_the_two_engines_write_differently_is_translated() {
        for (go, ours) in [
            (r"(?i)a\z", r"(?i)a\z"),
            (r"(?P<x>a)(?<y>b)", "(a)(b)"),
            (r"[[:alnum:]_]{3,}", r"[[:alnum:]_]{3,}"),
            (r"\s[\s\S]", "[\\t\\n\\f\\r ][\\t\\n\\f\\r [^\\t\\n\\f\\r ]]"),
            (r"\Qa.b\E+", r"a\.b+"),
            (r"${{x}}|{\d+}", r"$\{\{x\}\}|\{\d+\}"),
            (r"[a&&b[c~~d]", r"[a\&\&b\[c\~\~d]"),
            (r"[]a-]", r"[\]a\-]"),
            (r"[+--]", r"[\+-\-]"),
            (r"\012\x41\x{42}\<", "\nAB<"),
            (r"[\x60'\x22]", "[`'\"]"),
            ("é?", r"(?:\xC3\xA9)?"),
        ] {
            assert_eq!(translate(go).as_deref(), Ok(ours), "{go}");
        }
    }

    #[test]
    fn what_only_other_engines_know_is_a_fault_with_its_place() {
        for (go, at, what) in [
            ("ab(?=c)", 2, "look-ahead"),
            ("(?<!a)b", 0, "look-behind"),
            (r"(a)\1", 3, "backreference"),
            ("a++", 2, "possessive"),
            (r"\pL", 0, "Unicode"),
            ("[é]", 1, "beyond ASCII"),
            (r"a\Z", 1, "escape"),
            ("(?x)a", 0, "flag"),
            ("[a", 0, "does not end"),
            ("a\\", 1, "at the end"),
        ] {
            let fault = translate(go).unwrap_err();
            assert_eq!(fault.at, at, "{go}: {fault:?}");
            assert!(fault.what.contains(what), "{go}: {fault:?}");
        }
    }
}
