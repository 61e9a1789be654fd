//! Terraform and OpenTofu: a directory is one program. Variables, values files, locals, local modules, templates, files
//! and policy documents are worked out as far as the tree allows, then each block says its facts.
//!
//! `json` writes JSON anew in HCL, `program` indexes the files, `evaluate` turns expressions to values with their places,
//! `lower` turns blocks to facts by the tables in `data/terraform/`, `render` writes remedies, `carried` takes resources
//! that other syntaxes carry.
//!
//! Invariant: nothing is run and nothing outside the unit is read; what stays unknown is reported with its reason.

mod carried;
mod evaluate;
mod json;
mod lower;
mod outline;
mod program;
mod render;
mod syntax;
mod tables;
#[cfg(test)]
mod tests;

pub(super) use lower::claims_of;

use super::{Claim, Dialect, Lowering, Outline, SourceFile, Unit};
use crate::fact::Place;
use crate::remedy::{Remedy, Rendered};
pub(in crate::dialect) use carried::{Given, Part, Program, Reading, lower as lower_carried};
pub(in crate::dialect) use lower::older;

const NAME: &str = "terraform";

/// Terraform and OpenTofu.
#[derive(Debug)]
pub struct Terraform;

/// The dialect.
pub static DIALECT: Terraform = Terraform;

/// Whether a path is one of this dialect.
fn owned(path: &str) -> bool {
    program::is_configuration(path)
        || program::is_values(path)
        || program::is_json(path)
        || program::is_values_json(path)
}

/// Whether a file is a state, as Terraform keeps it.
fn is_state(path: &str) -> bool {
    path.ends_with(".tfstate")
}

impl Dialect for Terraform {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, path: &str) -> Claim {
        // What Terraform prints of a plan or a state may have any name.
        match owned(path) || is_state(path) {
            true => Claim::Path,
            false if path.ends_with(".json") => Claim::Content,
            false => Claim::No,
        }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        json::is_plan(file)
    }

    fn grouped(&self, path: &str) -> bool {
        owned(path)
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        outline::of(file)
    }

    fn warm(&self) {
        tables::warm();
        json::warm();
        lower::warm();
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        lower::unit(unit, out);
    }

    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        render::render(unit, target, remedy)
    }
}
