//! Literals with telling names, for the detectors, and credentials that arguments name.

use super::Walk;
use super::groovy::{Argument, Call, Expr, Value as Written, named};
use super::stage::{Here, Job};
use super::tables;
use crate::fact::{ContextId, Sink};

/// Most arguments and entries of one call that are looked at: a call's maps hold some dozens.
const MAX_ENTRIES: usize = 10_000;

impl<'t> Walk<'_, '_, 't> {
    /// A variable that is set.
    pub(super) fn literal(&mut self, here: &Here, job: &Option<Job>, name: &str, value: &'t Expr) {
        let name = name.rsplit('.').next().unwrap_or(name);
        self.slot(Self::place(here, job), name, value);
    }

    pub(super) fn slot(&mut self, within: ContextId, name: &str, value: &'t Expr) {
        let Some(text) = value.text().filter(|text| text.holes.is_empty()) else { return };
        if !text.scalar.text.is_empty() {
            self.settings.slot(self.out, within, name, self.file.id, &text.scalar);
        }
    }

    /// What a step is handed: literals, and credentials by their ids.
    pub(super) fn handed(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        let mut left = MAX_ENTRIES;
        self.parameter(call, here, job);
        self.entries(&call.name.text, &call.arguments, here, job, &mut left);
        for argument in call.arguments.iter().filter(|argument| argument.name.is_none()) {
            self.inside(&call.name.text, &argument.value, here, job, &mut left);
        }
    }

    /// `password(name: 'A', defaultValue: 'b')`, `string(name: 'A', value: 'b')`
    fn parameter(&mut self, call: &'t Call, here: &Here, job: &Option<Job>) {
        let Some(name) = call.named("name").and_then(Expr::literal) else { return };
        let within = Self::place(here, job);
        // The kind of the parameter says what its name may not.
        let told = crate::dialect::pipeline::names::may_hold_secret(name);
        let name = if call.name.text == "password" && !told { "password" } else { name };
        for key in ["defaultValue", "value"] {
            if let Some(value) = call.named(key) {
                self.slot(within, name, value);
            }
        }
    }

    fn entries(
        &mut self,
        step: &str,
        entries: &'t [Argument],
        here: &Here,
        job: &mut Option<Job>,
        left: &mut usize,
    ) {
        for entry in entries {
            let Some(rest) = left.checked_sub(1) else { return };
            *left = rest;
            let Some(name) = &entry.name else { continue };
            if tables::is_reference(&name.text) {
                self.referred(step, &entry.value, here, job);
            } else if !tables::names_something(&name.text) {
                self.slot(Self::place(here, job), &name.text, &entry.value);
            }
            self.inside(step, &entry.value, here, job, left);
        }
    }

    fn inside(&mut self, step: &str, value: &'t Expr, here: &Here, job: &mut Option<Job>, left: &mut usize) {
        match &value.value {
            Written::List(items) => {
                items.iter().for_each(|item| self.inside(step, item, here, job, left));
            }
            Written::Map(entries) => {
                if named(entries, "name").is_some() && named(entries, "value").is_some() {
                    self.header(value, here, job);
                }
                self.entries(step, entries, here, job, left);
            }
            _ => {}
        }
    }

    /// A step that works with a credential of the store.
    fn referred(&mut self, step: &str, value: &'t Expr, here: &Here, job: &mut Option<Job>) {
        for item in value.one_or_many().iter().filter(|item| item.text().is_some()) {
            self.job(here, job);
            let within = Self::place(here, job);
            for id in self.ids(item, here) {
                let at = self.source(item.content());
                let platform = if matches!(step, "git" | "checkout") { "git" } else { "another service" };
                let to = Sink::Login { platform: platform.to_owned(), service: step.to_owned() };
                self.settings.flow(self.out, within, &self.folder, &id, at, to);
            }
        }
    }
}
