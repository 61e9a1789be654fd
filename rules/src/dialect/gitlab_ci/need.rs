//! ID tokens as what a job is granted: which of them something in it reads, and whether all of it is known.

use super::Walk;
use super::job::{Job, SCRIPTS};
use super::tree::Item;
use crate::dialect::pipeline::needless;
use crate::fact::{Approval, Body, Effect, Grant, Need, Ref, Text};

/// Most values of variables that are asked for the name of a token; jobs have a dozen.
const MAX_ASKED: usize = 1_000;

impl Walk<'_, '_> {
    /// States what a job's ID tokens let it do, and what of it the job needs.
    pub(super) fn granted_tokens(&mut self, job: &Job, holder: &Ref, whole: &Item, tokens: Option<&Item>) {
        let tokens = self.fields(tokens);
        if tokens.is_empty() {
            return;
        }
        let hook = whole.get("hooks").and_then(|hooks| hooks.get("pre_get_sources_script"));
        let parts: Vec<Item> =
            hook.into_iter().chain(SCRIPTS.iter().filter_map(|key| whole.get(key))).collect();
        let mut scripts: Vec<Item> = Vec::new();
        for part in parts {
            scripts.extend(self.config.list(self.out, part));
        }
        let plain = scripts.iter().all(|item| item.text().is_some_and(needless::script));
        // What is included from elsewhere may put more into a job; what a job starts gets what it is handed.
        let open = ["run", "trigger", "secrets"].iter().any(|key| whole.get(key).is_some());
        let complete = plain && !open && self.config.outside.is_empty();
        let variables = whole.get("variables").map(|item| item.fields()).unwrap_or_default();
        let values =
            variables.iter().map(|field| field.value.get("value").unwrap_or_else(|| field.value.clone()));
        scripts.extend(values.take(MAX_ASKED));
        for field in tokens {
            let action = || Text::literal(format!("gitlab:id_tokens:{}", field.name));
            let grant = Grant {
                holder: holder.clone(),
                effect: Effect::Allow,
                actions: vec![action()],
                actions_except: false,
                resources: Vec::new(),
                resources_except: false,
                principals: Vec::new(),
                conditions: Vec::new(),
                approval: Approval::None,
            };
            self.out.state(job.within, field.key, Body::Grant(grant));
            let reader =
                scripts.iter().find(|item| item.text().is_some_and(|text| text.contains(&*field.name)));
            if let Some(reader) = reader {
                let because = format!("the job reads {}", field.name);
                let need = Need { holder: Some(holder.clone()), action: action(), because };
                self.out.state(job.within, reader.at(), Body::Need(need));
            }
        }
        if let Some(context) = self.out.context_mut(job.within) {
            context.needs_complete = complete && variables.len() <= MAX_ASKED;
        }
    }
}
