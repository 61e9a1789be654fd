//! The Serverless Framework: `serverless.yml` becomes the template of CloudFormation and SAM that it stands for, so that
//! one dialect speaks for both. Its own `resources` are a template already.
//!
//! <https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml>
//!
//! Invariant: every node of the template has the bytes of what it was made from.

mod template;
#[cfg(test)]
mod tests;

use super::lowering::{Slot, Told};
use super::{Claim, Dialect, Lowering, SourceFile, Unit, cloudformation};
use crate::document::Node;
use crate::fact::Why;
use crate::span::Source;

const NAME: &str = "serverless";
/// The files of the framework.
const FILES: [&str; 2] = ["serverless.yml", "serverless.yaml"];
/// Shorter values are no secrets.
const MIN_LENGTH: usize = 6;

/// The dialect.
pub static DIALECT: Serverless = Serverless;

/// Services of the Serverless Framework.
#[derive(Clone, Copy, Debug)]
pub struct Serverless;

impl Dialect for Serverless {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, path: &str) -> Claim {
        let name = path.rsplit('/').next().unwrap_or(path);
        if FILES.contains(&name) { Claim::Path } else { Claim::No }
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, NAME);
            for root in file.document.nodes() {
                service(file, root, out);
            }
        }
    }
}

fn service(file: &SourceFile, root: &Node, out: &mut Lowering<'_>) {
    out.data.push((file.id, root.clone()));
    let cloud = root.path(&["provider", "name"]).or(root.get("provider"));
    if let Some(cloud) = cloud.filter(|cloud| cloud.text().is_some_and(|name| name != "aws")) {
        let why = Why::Unsupported("a service of another cloud than AWS".to_owned());
        return out.unknown(Source::new(file.id, cloud.span), why);
    }
    let functions = root.get("functions").map(Node::one_or_many).unwrap_or_default();
    let functions = || functions.iter().flat_map(Node::entries);
    let settings = root.path(&["provider", "environment"]);
    for environment in settings.into_iter().chain(functions().filter_map(|f| f.value.get("environment"))) {
        variables(file, environment, out);
    }
    if let Some(made) = template::of(root) {
        cloudformation::lower_carried(file, &made, out);
    }
    // `${file(…)}` in place of functions or statements.
    for node in
        [root.get("functions"), root.get("provider"), template::statements(root)].into_iter().flatten()
    {
        for text in node.one_or_many().iter().filter(|node| node.text().is_some_and(|t| t.contains("${"))) {
            let why = Why::NotInTree(text.text().unwrap_or_default().chars().take(80).collect());
            out.unknown(Source::new(file.id, text.span), why);
        }
    }
}

/// Variables of functions are a place for secrets.
fn variables(file: &SourceFile, environment: &Node, out: &mut Lowering<'_>) {
    let within = out.file_context(file.id);
    for entry in environment.entries() {
        let literal = entry.value.scalar().filter(|s| s.text.len() >= MIN_LENGTH && !s.text.contains("${"));
        if let Some(scalar) = literal {
            out.slots.push(Slot {
                name: entry.name().to_owned(),
                file: file.id,
                scalar: scalar.clone(),
                base64: false,
                within,
                told: Told::Place,
            });
        }
    }
}
