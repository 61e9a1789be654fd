//! Commands of scripts that log in with a stored key, or take a session.

use super::Walk;
use super::env::Set;
use super::expression::split;
use super::job::Job;
use super::scope::Scope;
use super::secret::stored_in;
use crate::command::login::Login;
use crate::dialect::pipeline::login::{self, Given};
use crate::dialect::pipeline::value::{self, Part};
use crate::document::script::{Operator, PieceKind, Script, Word};
use crate::fact::{ContextId, Datum, Known, Text, Why};
use crate::span::{FileId, Source};

impl Walk<'_, '_> {
    /// Lowers a command that logs in. `env` is what the step sets for its script.
    pub(super) fn command_login(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &Scope,
        env: &[Set<'_>],
        script: &Script,
        found: &Login,
    ) {
        let row = found.row;
        let service = row.service();
        if row.is_session() {
            let id = job.and_then(|job| job.holder.as_ref()).map(|holder| holder.name.clone());
            let unique = [Text::literal(self.file.path.clone()), id.unwrap_or_default()];
            let file = self.file.id;
            let ground = login::Ground { within, file, script, unique };
            login::of_command(self.out, &ground, found, &|word| word_value(file, scope, env, script, word));
        }
        if let Some(word) = &found.user {
            let user = self.word(scope, env, script, word);
            let holder = job.and_then(|job| job.holder.as_ref());
            login::user(self.out, within, &row.platform, &user, holder);
        }
        let Some(word) = &found.secret else { return };
        let datum = self.word(scope, env, script, word);
        if stored_in(&datum).is_none()
            || stored_in(&datum).is_some_and(|name| super::tables::is_job_token(&name))
        {
            // A literal is the shell reader's to hand over.
            return;
        }
        let standing = login::of_login(found, &service);
        let given = Given { name: row.what.clone(), datum, secret_half: true };
        self.standing(within, &standing, vec![given]);
    }

    fn word(&self, scope: &Scope, env: &[Set<'_>], script: &Script, word: &Word) -> Datum {
        word_value(self.file.id, scope, env, script, word)
    }
}

/// A word's value: what the platform fills in, and what the step's environment holds.
pub(super) fn word_value(
    file: FileId,
    scope: &Scope,
    env: &[Set<'_>],
    script: &Script,
    word: &Word,
) -> Datum {
    let at = Source::new(file, script.span(word.inner()));
    let of = |kind: &PieceKind, whole: &str| match kind {
        PieceKind::Parameter(expansion) if expansion.operator == Operator::None => {
            let name = script.text(expansion.name).trim_start_matches("env:");
            let set = env.iter().rev().find(|set| set.name.eq_ignore_ascii_case(name));
            let computed = || Datum::unknown(at, Why::Computed(format!("${name}")));
            Some(set.map_or_else(computed, |set| set.datum.clone()))
        }
        PieceKind::Hole(_) => match split(whole).as_slice() {
            [piece] => Some(scope.piece(piece, at)),
            _ => None,
        },
        _ => None,
    };
    if let [piece] = word.pieces.as_slice()
        && let Some(mut datum) = of(&piece.kind, script.text(piece.at))
    {
        if datum.at != at {
            datum.via.insert(0, at);
        }
        return datum;
    }
    if let Some(known) = word.known() {
        return Datum::new(at, Known::Text(Text::literal(known)));
    }
    let computed = || Datum::unknown(at, Why::Computed("what a command writes".to_owned()));
    let parts = word.pieces.iter().map(|piece| match &piece.kind {
        PieceKind::Literal(literal) => Part::Literal(literal),
        kind => Part::Value(of(kind, script.text(piece.at)).unwrap_or_else(computed)),
    });
    value::join(parts, at, || Why::Unsupported("this word".to_owned()))
}
