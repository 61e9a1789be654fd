//! AWS CloudFormation and SAM templates, in YAML and JSON: parameters, mappings, conditions and functions are worked out
//! as far as the template allows, then each resource says its facts by the tables in `data/cloudformation/`.
//!
//! `template` finds the sections of a file, `intrinsic` the functions in it, `evaluate` turns nodes to values with their
//! places, `lower` turns resources to facts, `render` writes remedies.
//!
//! Invariant: nothing is run and no other stack is asked; what stays unknown is reported with its reason.

mod evaluate;
mod intrinsic;
mod lower;
mod render;
mod tables;
mod template;
#[cfg(test)]
mod tests;

use super::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::fact::Place;
use crate::remedy::{Remedy, Rendered};
pub(in crate::dialect) use lower::carried as lower_carried;
pub(in crate::dialect) use tables::spelled;

const NAME: &str = "cloudformation";
/// Endings of names that only templates have.
const OWN: [&str; 5] = [".cfn.yaml", ".cfn.yml", ".cfn.json", ".cfn", ".cform"];
/// Endings of files that may be templates.
const FORMATS: [&str; 4] = [".yaml", ".yml", ".json", ".template"];

/// CloudFormation and SAM.
#[derive(Debug)]
pub struct CloudFormation;

/// The dialect.
pub static DIALECT: CloudFormation = CloudFormation;

impl Dialect for CloudFormation {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, path: &str) -> Claim {
        let ends = |endings: &[&str]| endings.iter().any(|e| path.ends_with(e));
        match (ends(&OWN), ends(&FORMATS)) {
            (true, _) => Claim::Path,
            (_, true) => Claim::Content,
            _ => Claim::No,
        }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        template::is_template(file)
    }

    fn warm(&self) {
        tables::warm();
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, NAME);
            lower::file(file, out);
        }
    }

    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        render::render(unit, target, remedy)
    }
}

/// A property in this dialect's words: `managed_policy_arns`, `managedPolicyArns` -> `ManagedPolicyArns`.
pub(in crate::dialect) fn property(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    words.map(capital).collect()
}
