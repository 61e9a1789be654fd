//! `trigger`: pipelines that a job starts, here or in another project, and what they are handed.

use super::Walk;
use super::include::{self, From};
use super::job::Job;
use super::tree::Item;
use crate::dialect::pipeline::settings::secrets;
use crate::fact::{Body, Ref, Sink, Why};
use crate::span::Source;

impl Walk<'_, '_> {
    pub(super) fn trigger(&mut self, job: &Job, whole: &Item, variables: Option<&Item>) {
        let Some(trigger) = whole.get("trigger") else { return };
        if let Some(included) = trigger.get("include") {
            for found in include::all(&included.node) {
                let at = Source::new(included.file, found.at);
                match found.from {
                    From::Local(path) if path.contains('$') => {
                        self.out.unknown(at, Why::NotInTree(path.to_owned()));
                    }
                    // A file of the tree is a pipeline of its own.
                    From::Local(_) => {}
                    From::Outside(component) => {
                        self.out.unknown(at, Why::NotInTree(component.is.name.to_string()));
                        let is = component.is.clone();
                        self.out.state(job.within, at, Body::Component(component));
                        self.handed_down(job, variables, &is);
                    }
                    From::Artifact => {
                        let why = Why::Unsupported("a configuration that a job writes".to_owned());
                        self.out.unknown(at, why);
                    }
                    From::Unknown => self.out.unknown(at, Why::Unsupported("this include".to_owned())),
                }
            }
            return;
        }
        let project = trigger.get("project").or_else(|| trigger.text().map(|_| trigger.clone()));
        let Some((project, name)) = project.as_ref().and_then(|p| Some((p, p.text()?))) else { return };
        self.out.unknown(project.at(), Why::NotInTree(name.to_owned()));
        let is = Ref::new("gitlab", "project", [], include::text(name));
        self.handed_down(job, variables, &is);
    }

    /// A job's variables go to the pipeline that it starts.
    fn handed_down(&mut self, job: &Job, variables: Option<&Item>, to: &Ref) {
        for field in self.fields(variables) {
            let datum = job.scope.resolve(&field.value);
            for name in secrets(&job.scope, &datum) {
                let at = field.value.at();
                self.settings.flow(
                    self.out,
                    job.within,
                    &job.environment,
                    &name,
                    at,
                    Sink::Recipient(to.clone()),
                );
            }
        }
    }
}
