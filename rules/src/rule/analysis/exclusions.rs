//! What a policy takes back from everybody but named callers: a statement that forbids beside one that lets in.

use std::collections::BTreeMap;

use super::actions::Covers;
use super::conditions::{self, Strength};
use super::grants::{allows, everywhere};
use super::pattern::Pattern;
use crate::fact::{ContextId, Effect, Grant, Principal, Ref, Text};
use crate::rule::{At, World};

/// Most statements of one policy that are weighed: a policy of AWS is at most 20 KiB, which holds fewer.
const MAX_STATEMENTS: usize = 64;
/// What becoming a role is called.
const ASSUME: &str = "aws:sts:AssumeRole";

/// The statements that forbid something to everybody, by where they stand and what they stand on: two policies of one name
/// may be of two resources.
#[derive(Debug, Default)]
pub(crate) struct Exclusions<'a>(BTreeMap<(usize, ContextId, &'a Ref), Vec<&'a Grant>>);

impl<'a> Exclusions<'a> {
    /// Files them.
    pub(crate) fn of(world: &World<'a>) -> Self {
        let mut all = Self::default();
        for (at, grant) in world.grants() {
            let everybody = |p: &Principal| matches!(p, Principal::Anyone | Principal::AnyAccount);
            if grant.effect == Effect::Deny && grant.principals.iter().any(everybody) {
                let filed = all.0.entry((at.unit, at.fact.within, &grant.holder)).or_default();
                if filed.len() < MAX_STATEMENTS {
                    filed.push(grant);
                }
            }
        }
        all
    }

    fn beside<'b>(&'b self, at: &At<'_>, holder: &'b Ref) -> &'b [&'b Grant] {
        self.0.get(&(at.unit, at.fact.within, holder)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whom they leave in to what a grant allows, as far as one of them tells.
    pub(crate) fn leave(&self, at: &At<'_>, grant: &Grant) -> Strength {
        let over = self.beside(at, &grant.holder).iter().filter(|denial| takes_back(denial, grant));
        over.map(|denial| conditions::leaves(&denial.conditions)).max().unwrap_or(Strength::None)
    }

    /// Whether they leave a role to named callers.
    pub(crate) fn close(&self, at: &At<'_>, role: &Ref) -> bool {
        self.beside(at, role).iter().any(|denial| {
            allows(denial, ASSUME) == Covers::Yes
                && conditions::leaves(&denial.conditions) == Strength::Strong
        })
    }
}

/// Whether what is forbidden takes in all that is allowed.
fn takes_back(denial: &Grant, grant: &Grant) -> bool {
    let every = |action: &Text| action.known().is_some_and(|a| allows(denial, a) == Covers::Yes);
    let actions = match grant.actions_except {
        true => allows(denial, "aws:*:*") == Covers::Yes,
        false => grant.actions.iter().all(every),
    };
    actions && (everywhere(denial) || (!denial.resources_except && resources(denial, grant)))
}

fn resources(denial: &Grant, grant: &Grant) -> bool {
    let taken = |resource: &Text| {
        denial.resources.iter().any(|wide| {
            wide == resource || Pattern::glob(wide, false).subsumes(&Pattern::glob(resource, false))
        })
    };
    !grant.resources_except && grant.resources.iter().all(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Approval, Condition};

    fn statement(effect: Effect, actions: &[&str], resources: &[&str]) -> Grant {
        let texts = |all: &[&str]| all.iter().map(|t| Text::literal(*t)).collect();
        Grant {
            holder: Ref::new("aws", "bucket", [], "logs"),
            effect,
            actions: texts(actions),
            actions_except: false,
            resources: texts(resources),
            resources_except: false,
            principals: vec![Principal::Anyone],
            conditions: Vec::<Condition>::new(),
            approval: Approval::None,
        }
    }

    #[test]
    fn a_denial_takes_back_what_it_takes_in() {
        let allowed = statement(Effect::Allow, &["aws:s3:GetObject"], &["arn:aws:s3:::logs/*"]);
        for (actions, resources, expected) in [
            (["aws:s3:*"], ["arn:aws:s3:::logs*"], true),
            (["aws:s3:Get*"], ["*"], true),
            (["aws:s3:PutObject"], ["*"], false),
            (["aws:s3:*"], ["arn:aws:s3:::logs/private/*"], false),
        ] {
            let denial = statement(Effect::Deny, &actions, &resources);
            assert_eq!(takes_back(&denial, &allowed), expected, "{actions:?} {resources:?}");
        }
    }
}
