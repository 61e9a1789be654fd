//! Blocks to facts: a file's resources, data sources, providers, outputs and module calls, in every instance that the
//! unit makes of them.

mod bucket;
mod claims;
mod credential;
mod document;
mod exposure;
mod foreign;
mod given;
mod handed;
mod held;
mod identity;
mod manifest;
mod member;
mod module;
mod open;
mod output;
mod policy;
mod role;
mod script;
mod site;
mod slot;
mod workload;

use hcl_edit::structure::Block;

use super::evaluate::{Evaluator, Scope};
use super::json::{self, Translation};
use super::program::{self, Program};
use super::syntax::{self, Located};
use super::{NAME, is_state, owned};
use crate::dialect::kubernetes::{self, Carried};
use crate::dialect::{Lowering, SourceFile, Unit};
use crate::document::Scalar;
use crate::fact::{ContextKind, FactId, Why};
use crate::span::{FileId, Source};
use site::Site;

pub(in crate::dialect) use claims::of as claims_of;
pub(in crate::dialect) use role::older;

/// Reads the tables now.
pub(super) fn warm() {
    manifest::warm();
    open::warm();
}

/// Lowers every directory of the unit that has a member.
pub(super) fn unit(unit: &Unit, out: &mut Lowering<'_>) {
    let is_read =
        |file: &SourceFile| owned(&file.path) || file.member && (is_state(&file.path) || json::is_plan(file));
    let translate = |file: &SourceFile| if is_read(file) { json::of(file) } else { Translation::default() };
    let translations: Vec<Translation> = unit.files.iter().map(translate).collect();
    for (file, translation) in unit.files.iter().zip(&translations).filter(|(f, _)| is_read(f)) {
        out.reads(file.id, NAME);
        for span in translation.breaks.iter().filter(|_| file.member) {
            let why = Why::Unsupported("a block in JSON that is no HCL".to_owned());
            out.unknown(Source::new(file.id, *span), why);
        }
        // In JSON their names tell at least what is a secret.
        out.data.extend(file.document.nodes().iter().map(|node| (file.id, node.clone())));
        // A file read along is no less shown than a member: what is secret in it must be known.
        slot::of_file(file, out);
        if is_state(&file.path) || json::is_plan(file) {
            slot::of_printed(file, out);
        }
    }
    let program = Program::read(unit, &translations);
    let mut evaluator = Evaluator::new(&program);
    let is_member = |file: &&SourceFile| {
        file.member && (program::is_configuration(&file.path) || program::is_json(&file.path))
    };
    let mut roots: Vec<&str> = unit.files.iter().filter(is_member).map(SourceFile::folder).collect();
    roots.sort_unstable();
    roots.dedup();
    let mut carried = Vec::new();
    for folder in roots {
        if let Some(directory) = program.directories.get(folder) {
            let root = evaluator.root(directory, "");
            instance(&mut evaluator, root, out, &mut carried);
        }
    }
    for ((_, prefix), directory) in &program.printed {
        let root = evaluator.root(directory, prefix);
        instance(&mut evaluator, root, out, &mut carried);
    }
    document::lower(&mut evaluator, out);
    let slots = out.slots.len();
    kubernetes::lower_carried(&carried, out);
    // A text that was put together here does not stand in the file: what is written out of it is a slot already.
    let unit = out.unit;
    let mut index = 0;
    out.slots.retain(|slot| {
        index += 1;
        index <= slots || stands(unit, slot.file, &slot.scalar)
    });
}

/// Whether a scalar's text is what its bytes in the file say.
fn stands(unit: &Unit, file: FileId, scalar: &Scalar) -> bool {
    let source = Source::new(file, scalar.span());
    file_of(unit, source).is_some_and(|file| *syntax::decoded(file, source).text == *scalar.text)
}

/// Lowers the blocks of one instance, and of the modules it calls. Module calls end at the evaluator's limit.
fn instance<'u>(
    evaluator: &mut Evaluator<'u>,
    index: usize,
    out: &mut Lowering<'_>,
    carried: &mut Vec<Carried>,
) {
    let Some(directory) = evaluator.instance(index).map(|i| i.directory) else { return };
    for block in &directory.blocks {
        let block: Located<'u, Block> = *block;
        let scope = Scope::of(index);
        match block.kind() {
            "resource" | "data" | "ephemeral" | "module" => {
                let expansions = evaluator.expansions(block, &scope);
                if expansions.is_empty() {
                    out.silent(block.file.id, "a block that is switched off: count or for_each is empty");
                }
                for expansion in expansions {
                    let (first, manifests) = (out.facts.facts.len(), carried.len());
                    one(evaluator, block, expansion.scope.clone(), out, carried);
                    adjust(out, first, &expansion);
                    for manifest in carried.iter_mut().skip(manifests) {
                        manifest.lesser |= expansion.lesser;
                        if let Some(case) = manifest.when.and(&expansion.case) {
                            manifest.when = case;
                        }
                    }
                }
            }
            "provider" | "output" => one(evaluator, block, scope, out, carried),
            _ => {}
        }
    }
}

/// Lowers one instance of one block.
fn one<'u>(
    evaluator: &mut Evaluator<'u>,
    block: Located<'u, Block>,
    scope: Scope,
    out: &mut Lowering<'_>,
    carried: &mut Vec<Carried>,
) {
    let name = match block.kind() {
        "resource" | "data" | "ephemeral" => program::address(block),
        kind => format!("{kind}.{}", block.label(0)),
    };
    let address = evaluator.address(scope.instance, &name);
    let file = out.file_context(block.file.id);
    let kind = if block.kind() == "module" { ContextKind::Module } else { ContextKind::Resource };
    let within = out.context(file, kind, &address, block.header());
    let stated = out.facts.facts.len();
    let mut site = Site { evaluator, out, block, scope, within, address, carried };
    match block.kind() {
        "resource" => {
            identity::lower(&mut site);
            policy::lower(&mut site);
            credential::resource(&mut site);
            member::lower(&mut site);
            exposure::lower(&mut site);
            bucket::lower(&mut site);
            workload::lower(&mut site);
            manifest::lower(&mut site);
            foreign::lower(&mut site);
            role::lower(&mut site);
            given::lower(&mut site);
            script::lower(&mut site);
            open::report(&mut site, block.label(0));
            let stated = site.out.facts.facts.len() > stated;
            open::unread(&mut site, stated);
        }
        "data" | "ephemeral" => {
            credential::data(&mut site);
            member::document(&mut site);
            role::document(&mut site);
            open::report(&mut site, &format!("data.{}", block.label(0)));
        }
        "provider" => credential::provider(&mut site),
        "output" => output::lower(&mut site),
        "module" => {
            if let Some(remote) = module::component(&mut site) {
                handed::lower(&mut site, &remote);
            }
            if let Some(child) = module::child(&mut site) {
                instance(evaluator, child, out, carried);
            }
        }
        _ => {}
    }
}

/// The facts of an instance hold when it exists.
fn adjust(out: &mut Lowering<'_>, first: usize, expansion: &super::evaluate::Expansion) {
    if expansion.case.is_always() && !expansion.lesser {
        return;
    }
    for index in first..out.facts.facts.len() {
        let id = FactId(u32::try_from(index).unwrap_or(u32::MAX));
        if let Some(fact) = out.fact_mut(id) {
            if let Some(case) = fact.when.and(&expansion.case) {
                fact.when = case;
            }
            fact.lesser |= expansion.lesser;
        }
    }
}

/// The file of a place.
fn file_of(unit: &Unit, source: Source) -> Option<&SourceFile> {
    unit.files.get(source.file.0 as usize)
}
