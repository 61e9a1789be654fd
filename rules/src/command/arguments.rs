//! Arguments: options and operands that hold secrets, and what a program reads from its input.

use super::Values;
use super::call::{self, Call};
use super::form;
use super::table::{self, Command};
use super::usage::{Form, Usage};
use crate::document::script::{Found, Redirection, RedirectionKind, Script, Shape, Word};

impl Values {
    /// What the programs of a command are handed.
    pub(super) fn arguments(&mut self, script: &Script, found: &Found<'_>) {
        let calls = call::calls(found.simple);
        for call in &calls {
            let mut taken = false;
            for command in table::commands(&call.program) {
                let Some(behind) = call::behind_words(call.arguments, &command.words) else { continue };
                for (index, word) in call.arguments.iter().enumerate() {
                    let next = call.arguments.get(index + 1);
                    taken |= self.options(script, command, word, next);
                }
                self.operands(script, command, call.arguments.get(behind..).unwrap_or_default());
                self.input(script, command, call, found);
            }
            if !taken {
                self.anywhere(script, call);
            }
        }
    }

    /// Values of a row's options in one argument. Says whether there were any.
    fn options(&mut self, script: &Script, command: &Command, word: &Word, next: Option<&Word>) -> bool {
        let prefix = word.prefix();
        if !prefix.starts_with('-') {
            return false;
        }
        // `-su`: letters of options without a value, and the one that takes it.
        let short = prefix.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        let skipped =
            short.map_or(0, |rest| rest.chars().take_while(|c| command.letters.contains(*c)).count());
        let of = |prefix: &str, skipped: usize| {
            command.options.iter().find_map(|usage| Some((usage, value(usage, word, prefix, skipped, next)?)))
        };
        let behind = || of(&format!("-{}", prefix.get(1 + skipped..)?), skipped);
        let value = of(&prefix, 0).or_else(|| if skipped > 0 { behind() } else { None });
        if let Some((usage, value)) = &value {
            self.form(script, &usage.value, value, &command.name);
        }
        value.is_some()
    }

    fn operands(&mut self, script: &Script, command: &Command, arguments: &[Word]) {
        let mut name: Option<String> = None;
        let operands = operands(command, arguments);
        for (place, word) in operands.into_iter().enumerate() {
            let Some(form) = command.operands.at(place) else { return };
            if *form == Form::Name {
                name = Some(form::last(&word.prefix()).to_owned());
                continue;
            }
            // `vault login role=ci` where a token may stand.
            if *form == Form::Secret && call::is_assignment(&word.prefix()) {
                self.pair(script, word);
                continue;
            }
            self.form(script, form, word, &name.take().unwrap_or_else(|| command.name.clone()));
        }
    }

    /// What a program reads: a here-string, or what the command before it in the pipeline writes.
    fn input(&mut self, script: &Script, command: &Command, call: &Call<'_>, found: &Found<'_>) {
        let Some(form) = &command.stdin else { return };
        // `-f -` and `--file=-` alike.
        let is = |word: &Word, option: &str| {
            word.known().is_some_and(|text| text.rsplit('=').next() == Some(option))
        };
        if command.with.as_ref().is_some_and(|o| !call.arguments.iter().any(|word| is(word, o))) {
            return;
        }
        let string = found.command.redirections.iter().find(|r| r.kind == RedirectionKind::HereString);
        if let Some(redirection) = string {
            return self.form(script, form, &redirection.target, &command.name);
        }
        if self.here_documents(script, command, form, &found.command.redirections) {
            return;
        }
        let Some(previous) = found.previous() else { return };
        let Shape::Simple(before) = &previous.shape else { return };
        if !call::calls(before).last().is_some_and(|call| table::writes(&call.program)) {
            return;
        }
        if let Some(word) = before.words.last().filter(|_| before.words.len() > 1) {
            self.form(script, form, word, &command.name);
        } else {
            self.here_documents(script, command, form, &previous.redirections);
        }
    }

    /// What a program reads from here-documents: each is a document, or each of their lines has the form. Says whether
    /// there were any.
    fn here_documents(
        &mut self,
        script: &Script,
        command: &Command,
        form: &Form,
        all: &[Redirection],
    ) -> bool {
        let mut any = false;
        for document in all.iter().filter_map(|redirection| script.here_document(redirection)) {
            any = true;
            if let Form::Document(_) | Form::Script = form {
                self.form(script, form, &document.body, &command.name);
            } else {
                document.body.lines().iter().for_each(|line| self.form(script, form, line, &command.name));
            }
        }
        any
    }

    /// Long options whose name says it, in any program. In PowerShell every parameter is one.
    fn anywhere(&mut self, script: &Script, call: &Call<'_>) {
        for (index, word) in call.arguments.iter().enumerate() {
            let prefix = word.prefix();
            let bare = prefix.trim_start_matches('-');
            let dashes = prefix.len() - bare.len();
            // A single letter is another thing in every program.
            if dashes == 0 || bare.len() < 4 {
                continue;
            }
            let end = bare.find(['=', ':']);
            let name = bare.get(..end.unwrap_or(bare.len())).unwrap_or_default();
            let whole = end.is_none() && word.known().is_some();
            if !(whole || end.is_some()) || !table::is_secret_option(name) {
                continue;
            }
            let value = match end {
                Some(end) => word.after(dashes + end + 1),
                None => call.arguments.get(index + 1).filter(|next| !next.prefix().starts_with('-')).cloned(),
            };
            if let Some(value) = value {
                self.form(script, &Form::Secret, &value, name);
            }
        }
    }
}

/// The value of an option, if this argument is that option. `prefix`: the argument's beginning, without the `skipped`
/// letters behind its dash.
fn value(usage: &Usage, word: &Word, prefix: &str, skipped: usize, next: Option<&Word>) -> Option<Word> {
    let long = usage.option.len() > 3;
    let begins = match prefix.get(..usage.option.len()) {
        Some(begin) if long => begin.eq_ignore_ascii_case(&usage.option),
        Some(begin) => begin == usage.option,
        None => false,
    };
    let rest = prefix.get(usage.option.len()..).filter(|_| begins)?;
    if usage.joined {
        // `-password`, not `-p` and its value.
        let name = prefix.trim_start_matches('-').split('=').next().unwrap_or_default();
        if !long && table::is_long_with_one_dash(name) {
            return None;
        }
        return word.after(usage.option.len() + skipped).filter(|value| !value.pieces.is_empty());
    }
    match rest {
        "" if word.known().is_some() => next.cloned(),
        _ if rest.starts_with('=') => word.after(usage.option.len() + skipped + 1),
        _ => None,
    }
}

/// Arguments that are no options, and no values of options as far as the row can tell.
fn operands<'w>(command: &Command, arguments: &'w [Word]) -> Vec<&'w Word> {
    let mut operands = Vec::new();
    let mut valued = false;
    for word in arguments {
        let prefix = word.prefix();
        let option = prefix.starts_with('-');
        if !option && !valued {
            operands.push(word);
        }
        let switch = || command.switches.contains(&prefix.to_ascii_lowercase());
        valued = option && !prefix.contains(['=', ':']) && !switch();
    }
    operands
}
