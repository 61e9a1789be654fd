//! Azure Resource Manager: templates in JSON and in Bicep, which are the same program in two ways of writing.
//!
//! `template` finds the sections of a file, `evaluate` turns nodes to values with their places, `lower` turns resources to
//! facts by the tables in `data/arm/`, `parameters` finds the files that give parameters their values.
//!
//! Invariant: nothing is run and no subscription is asked; what stays unknown is reported with its reason.

mod carried;
mod evaluate;
mod lower;
mod outline;
mod parameters;
mod tables;
mod template;
#[cfg(test)]
mod tests;

use super::{Claim, Dialect, Lowering, Outline, SourceFile, Unit};
use crate::fact::Place;
use crate::remedy::{Remedy, Rendered};

pub(in crate::dialect) use carried::lower as lower_carried;

const NAME: &str = "arm";
/// Names of templates, where the platform's own tools look for them.
/// Source: <https://github.com/Azure/azure-quickstart-templates/blob/master/1-CONTRIBUTION-GUIDE/README.md>.
const OWN: [&str; 2] = ["azuredeploy.json", "mainTemplate.json"];
/// Endings of Bicep.
const BICEP: [&str; 2] = [".bicep", ".bicepparam"];

/// ARM templates and Bicep.
#[derive(Debug)]
pub struct Arm;

/// The dialect.
pub static DIALECT: Arm = Arm;

impl Dialect for Arm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, path: &str) -> Claim {
        let name = path.rsplit('/').next().unwrap_or(path);
        if is_bicep(path) || OWN.contains(&name) {
            return Claim::Path;
        }
        let is_data = [".json", ".jsonc"].iter().any(|ending| path.ends_with(ending));
        if is_data { Claim::Content } else { Claim::No }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        template::is_template(file) || parameters::is_parameters(file)
    }

    fn grouped(&self, path: &str) -> bool {
        outline::is_grouped(path)
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        outline::of(file)
    }

    fn warm(&self) {
        tables::warm();
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, NAME);
            lower::file(unit, file, out);
        }
    }

    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        let is_bicep = unit.files.get(target.file.0 as usize).is_some_and(|file| is_bicep(&file.path));
        match remedy {
            Remedy::Declare { what } if is_bicep => {
                Rendered::Snippet(format!("tags: {{\n  {what}: 'team-that-answers-for-it@example.com'\n}}"))
            }
            Remedy::Declare { what } => Rendered::Snippet(format!(
                "\"tags\": {{ \"{what}\": \"team-that-answers-for-it@example.com\" }}"
            )),
            Remedy::Reference { name } if is_bicep => Rendered::Snippet(format!(
                "A parameter with `@secure()` takes the value when it is deployed, as `vault.getSecret('{name}')` reads it from Key Vault."
            )),
            Remedy::Reference { name } => Rendered::Snippet(format!(
                "A parameter of type `secureString` takes the value when it is deployed, from the secret `{name}` of a Key Vault."
            )),
            _ => Rendered::NotHere("no edit is known for this remedy in ARM templates".to_owned()),
        }
    }
}

fn is_bicep(path: &str) -> bool {
    BICEP.iter().any(|ending| path.ends_with(ending))
}

/// Whether this dialect says something of a type of resource, in lower case.
pub(in crate::dialect) fn knows(kind: &str) -> bool {
    kind.starts_with("microsoft.authorization/role") || tables::knows(kind)
}
