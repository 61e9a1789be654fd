//! Commands of scripts that log in with a stored key or take a session, and variables that scripts set to one.

use super::Walk;
use super::around::Around;
use super::expression::is_job_token;
use super::job::Job;
use super::scope::{Scope, secrets_of};
use crate::command;
use crate::dialect::logins::{self, Part};
use crate::dialect::pipeline::commands::Surroundings;
use crate::dialect::pipeline::login::{self, Given, Ground};
use crate::document::script::{Assigned, Script};
use crate::fact::{ContextId, Datum, Text};

impl Walk<'_, '_> {
    /// States what the commands of a script log in with, and the sessions that they take. Literals are the shell
    /// reader's to hand over.
    pub(super) fn command_logins(&mut self, job: &Job, within: ContextId, scope: &Scope, script: &Script) {
        let at = self.source(script.span(script.body.at));
        let around = Around { scope, environment: &job.environment, file: self.file.id, at };
        let unique = [Text::literal(job.path.clone()), Text::literal(job.id.clone())];
        let ground = Ground { within, file: self.file.id, script, unique };
        for found in command::login::logins(script) {
            let row = found.row;
            if row.is_session() {
                login::of_command(self.out, &ground, &found, &|word| around.word(script, word));
            }
            if let Some(word) = &found.user {
                let user = around.word(script, word);
                login::user(self.out, within, &row.platform, &user, job.holder.as_ref());
            }
            let Some(datum) = found.secret.as_ref().map(|word| around.word(script, word)) else { continue };
            if !is_stored(&datum) {
                continue;
            }
            let service = row.service();
            let standing = login::of_login(&found, &service);
            let given = Given { name: row.what.clone(), datum, secret_half: true };
            self.standing(within, &job.environment, &standing, vec![given]);
        }
        let mut set: Vec<(&str, Datum)> = Vec::new();
        for assignment in script.commands().iter().flat_map(|found| found.simple.assigned()) {
            let name = script.text(assignment.name);
            let name = name.strip_prefix("env:").unwrap_or(name);
            if let Assigned::Word(word) = &assignment.value
                && logins::variable(name).is_some()
            {
                let datum = around.word(script, word);
                if is_stored(&datum) {
                    set.push((name, datum));
                }
            }
        }
        let names: Vec<&str> = set.iter().map(|(name, _)| *name).collect();
        let keys = login::of_variables(names.into_iter(), |name, row| {
            let (_, datum) = set.iter().find(|(known, _)| *known == name)?;
            Some(Given { name: name.to_owned(), datum: datum.clone(), secret_half: row.part != Part::Id })
        });
        for (standing, given) in keys {
            self.standing(within, &job.environment, &standing, given);
        }
    }
}

/// Whether a value holds a secret of the store. The job's own token is none.
fn is_stored(datum: &Datum) -> bool {
    secrets_of(datum).iter().any(|name| !is_job_token(name))
}
