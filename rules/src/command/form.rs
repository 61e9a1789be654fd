//! What stands in an argument, by its form: the secret, a pair, a header, a script.

use super::usage::Form;
use super::{Named, Values};
use crate::document::Scalar;
use crate::document::script::{Script, Word};

/// Headers whose value begins with the name of a scheme.
/// Source: <https://www.rfc-editor.org/rfc/rfc9110#name-authorization>.
const WITH_SCHEME: [&str; 2] = ["authorization", "proxy-authorization"];
/// Signs around a value in a list.
const QUOTES: [char; 2] = ['"', '\''];

impl Values {
    /// Takes the values out of an argument. `name` is what a secret without a name of its own is called.
    pub(super) fn form(&mut self, script: &Script, form: &Form, word: &Word, name: &str) {
        match form {
            Form::Other | Form::Name => {}
            Form::Secret => self.word(script, name, word),
            Form::Behind(before) => {
                if word.prefix().starts_with(before.as_str()) {
                    word.after(before.len()).iter().for_each(|rest| self.word(script, name, rest));
                }
            }
            Form::After(sign, form) => {
                word.behind(*sign).iter().for_each(|rest| self.form(script, form, rest, name));
            }
            Form::User => word.scalar(script).iter().for_each(|scalar| self.user(scalar, name)),
            Form::Named => self.pair(script, word),
            Form::List('&') if word.prefix().trim_start().starts_with(['{', '[']) => {
                self.document(script, ".json", word);
            }
            Form::List(sign) => word.scalar(script).iter().for_each(|scalar| self.list(scalar, *sign)),
            Form::Document(ending) => self.document(script, ending, word),
            Form::Header => word.scalar(script).iter().for_each(|scalar| self.header(scalar)),
            // What is filled in is filled in before the other shell reads it; what stands around it is its script.
            Form::Script => word.with_gaps(script).iter().for_each(|scalar| self.inner(scalar)),
        }
    }

    /// A word that is a document, whatever is filled into it.
    pub(super) fn document(&mut self, script: &Script, name: &str, word: &Word) {
        let scalar = word.with_gaps(script).filter(|scalar| !scalar.text.trim().is_empty());
        self.named.extend(scalar.map(|scalar| Named { name: name.to_owned(), scalar, file: true }));
    }

    /// What stands before the sign of an address, if it is not a user with a password: those have a shape.
    fn user(&mut self, scalar: &Scalar, name: &str) {
        let Some(start) = scalar.text.find("://").map(|at| at + 3) else { return };
        let rest = scalar.text.get(start..).unwrap_or_default();
        let authority = rest.split('/').next().unwrap_or_default();
        if let Some((user, _)) = authority.split_once('@').filter(|(user, _)| !user.contains(':')) {
            self.value(name, scalar.part(start..start + user.len()));
        }
    }

    /// A word that is a value, if the script says all of it.
    pub(super) fn word(&mut self, script: &Script, name: &str, word: &Word) {
        if let Some(scalar) = word.scalar(script) {
            self.value(name, scalar);
        }
    }

    /// A value with its name. A header is one whatever holds it: `@{ Authorization = "Bearer …" }`.
    pub(super) fn value(&mut self, name: &str, scalar: Scalar) {
        if WITH_SCHEME.iter().any(|header| name.eq_ignore_ascii_case(header)) {
            let from = scalar.text.trim_end().rfind(' ').map_or(0, |at| at + 1);
            let to = scalar.text.trim_end().len();
            return self.keep("token", scalar.part(from..to));
        }
        self.keep(name, scalar);
    }

    /// `NAME=value`.
    pub(super) fn pair(&mut self, script: &Script, word: &Word) {
        let prefix = word.prefix();
        let Some((name, _)) = prefix.split_once('=') else { return };
        if let Some(value) = word.after(name.len() + 1) {
            self.word(script, last(name), &value);
        }
    }

    /// `a=b,c=d` or `a=b c=d`.
    fn list(&mut self, scalar: &Scalar, sign: char) {
        let mut from = 0;
        for item in scalar.text.split(sign) {
            if let Some((name, value)) = item.split_once('=') {
                let start = from + name.len() + 1;
                let bare = value.trim_start_matches(QUOTES);
                let start = start + (value.len() - bare.len());
                let end = start + bare.trim_end_matches(QUOTES).len();
                self.value(last(name.trim()), scalar.part(start..end));
            }
            from += item.len() + sign.len_utf8();
        }
    }

    fn header(&mut self, scalar: &Scalar) {
        let Some((name, value)) = scalar.text.split_once(':') else { return };
        let start = name.len() + 1 + (value.len() - value.trim_start().len());
        let end = scalar.text.trim_end().len();
        if start < end {
            self.value(name.trim(), scalar.part(start..end));
        }
    }
}

/// The last part of a path to a value: `db.password`, `//registry/:_authToken`. Longer ones name nothing.
pub(crate) fn last(name: &str) -> &str {
    const LONGEST: usize = 256;
    let tail = name.rsplit(['.', '/', ':']).next().unwrap_or(name);
    if tail.len() > LONGEST { "" } else { tail }
}
