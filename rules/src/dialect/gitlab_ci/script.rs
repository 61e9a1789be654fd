//! Scripts of a job, which run one after another.

use super::Walk;
use super::job::Job;
use super::tree::Item;
use crate::dialect::pipeline::run::{Done, Runs, Written};
use crate::dialect::pipeline::settings::Site;
use crate::document::script::Template;

/// What the platform fills before a shell sees the script.
const HOLES: [Template; 1] = [Template::DollarBracket];

impl Job {
    /// Where its variables are seen.
    pub(super) fn site(&self) -> Site<'_> {
        Site { within: self.within, environment: &self.environment, names: &self.scope }
    }

    /// What runs its scripts.
    pub(super) fn runs(&self) -> Runs<'_> {
        Runs {
            site: self.site(),
            interpreter: self.interpreter,
            holes: &HOLES,
            provided: &self.provided,
            dotenv: self.dotenv.as_deref(),
            kept: &self.kept,
            unique: &self.unique,
            holder: self.holder.as_ref(),
            subjects: &self.subjects,
            one_shell: true,
        }
    }
}

impl Walk<'_, '_> {
    /// Lowers the scripts of a job.
    pub(super) fn scripts(&mut self, job: &Job, scripts: &[Item]) -> Done {
        let mut done = Done::default();
        for item in scripts {
            let Some(scalar) = item.node.scalar() else { continue };
            let written = Written { file: item.file, scalar, at: item.at() };
            if !self.settings.script(self.out, &job.runs(), written, &[], &mut done) {
                break;
            }
        }
        done
    }
}
