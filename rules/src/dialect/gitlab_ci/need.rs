//! ID tokens as what a job is granted: which of them something in it reads, and whether all of it is known.

use std::collections::BTreeMap;

use super::Walk;
use super::job::{Job, SCRIPTS};
use super::tree::Item;
use crate::dialect::pipeline::needless;
use crate::fact::{Approval, Body, Effect, Grant, Need, Ref, Text, Why};
use crate::span::Source;

/// Most bytes of scripts and variables that are searched for the names of tokens in one pipeline, counted for each job that
/// takes them over.
const MAX_ASKED: usize = 4 << 20;

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
        let mut read: Vec<Item> = Vec::new();
        for part in parts {
            read.extend(self.config.list(self.out, part));
        }
        let plain = read.iter().all(|item| item.text().is_some_and(needless::script));
        // What is included from elsewhere may put more into a job; what a job starts gets what it is handed.
        let open = ["run", "trigger", "secrets"].iter().any(|key| whole.get(key).is_some());
        let complete = plain && !open && self.config.outside.is_empty();
        let variables = whole.get("variables").map(|item| item.fields()).unwrap_or_default();
        read.extend(variables.into_iter().map(|field| field.value.get("value").unwrap_or(field.value)));
        self.asked += read.iter().filter_map(Item::text).map(str::len).sum::<usize>();
        if self.asked > MAX_ASKED {
            let why = Why::Limit(format!("more than {MAX_ASKED} bytes of jobs with ID tokens"));
            return self.out.unknown(whole.at(), why);
        }
        // Every word once: a job may have as many tokens as words.
        let mut readers: BTreeMap<&str, Source> = BTreeMap::new();
        for item in &read {
            let text = item.text().unwrap_or_default();
            for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                readers.entry(word).or_insert(item.at());
            }
        }
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
            if let Some(reader) = readers.get(&*field.name) {
                let because = format!("the job reads {}", field.name);
                let need = Need { holder: Some(holder.clone()), action: action(), because };
                self.out.state(job.within, *reader, Body::Need(need));
            }
        }
        if let Some(context) = self.out.context_mut(job.within) {
            context.needs_complete = complete;
        }
    }
}
