//! The Serverless Framework: `serverless.yml` becomes the template of CloudFormation and SAM that it stands for, so that
//! one dialect speaks for both. Its own `resources` are a template already.
//!
//! <https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml>
//!
//! Invariant: every node of the template has the bytes of what it was made from.

mod resolve;
mod template;
#[cfg(test)]
mod tests;

use super::lowering::{Slot, Told};
use super::{Ask, Claim, Dialect, Lowering, Outline, SourceFile, Unit, cloudformation};
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

    fn grouped(&self, path: &str) -> bool {
        self.claim(path) != Claim::No
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        let asks = resolve::files(file).into_iter().map(Ask::File).collect();
        Outline { asks, ..Outline::default() }
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, NAME);
            for root in file.document.nodes() {
                out.data.push((file.id, root.clone()));
                let environment = root.path(&["provider", "environment"]);
                let functions = root.get("functions").map(Node::one_or_many).unwrap_or_default();
                let own = functions.iter().flat_map(Node::entries).filter_map(|f| f.value.get("environment"));
                environment.into_iter().chain(own).for_each(|node| variables(file, node, out));
                service(file, &resolve::filled(unit, file, root), out);
                // Its resources are a template already.
                for own in root.get("resources").map(Node::one_or_many).unwrap_or_default() {
                    if own.get("Resources").is_some() {
                        let own = resolve::filled_by_itself(unit, file, root, own);
                        cloudformation::lower_carried(file, &own, out);
                    }
                }
            }
        }
    }
}

fn service(file: &SourceFile, root: &Node, out: &mut Lowering<'_>) {
    let cloud = root.path(&["provider", "name"]).or(root.get("provider"));
    if let Some(cloud) = cloud.filter(|cloud| cloud.text().is_some_and(|name| name != "aws")) {
        let why = Why::Unsupported("a service of another cloud than AWS".to_owned());
        return out.unknown(Source::new(file.id, cloud.span), why);
    }
    if let Some(made) = template::of(root) {
        cloudformation::lower_carried(file, &made, out);
    }
    keys(file, root, out);
    for text in open(root) {
        let written = text.text().unwrap_or_default();
        let named = resolve::whole(written).map(resolve::Variable::of);
        let shown = written.chars().take(80).collect();
        let why = match named {
            Some(resolve::Variable::Own(_) | resolve::Variable::File(..)) => Why::NotInTree(shown),
            _ => Why::Expression(shown),
        };
        out.unknown(Source::new(file.id, text.span), why);
    }
}

/// The texts that stand where something decides, and that nothing in the tree fills in.
fn open(root: &Node) -> Vec<&Node> {
    let provider = |path: &[&str]| root.get("provider").and_then(|provider| provider.path(path));
    let mut asked: Vec<&Node> = ["functions", "provider", "plugins", "resources"]
        .iter()
        .filter_map(|key| root.get(key))
        .chain(template::statements(root))
        .chain(template::managed(root))
        .chain(provider(&["iam"]))
        .chain(provider(&["iam", "role"]))
        .chain(provider(&["role"]))
        .chain(provider(&["apiGateway", "apiKeys"]))
        .chain(provider(&["apiGateway", "resourcePolicy"]))
        .collect();
    let functions = root.get("functions").map(Node::one_or_many).unwrap_or_default();
    for function in functions.iter().flat_map(Node::entries).map(|entry| &entry.value) {
        asked.push(function);
        asked.extend(
            ["role", "url", "events", "iamRoleStatements"].iter().filter_map(|key| function.get(key)),
        );
        for event in function.get("events").map(Node::items).unwrap_or_default() {
            let called =
                event.entries().iter().filter(|e| matches!(e.name(), "http" | "httpApi")).map(|e| &e.value);
            for says in called {
                asked.push(says);
                asked.extend(says.get("authorizer"));
            }
        }
    }
    let texts = asked.into_iter().flat_map(Node::one_or_many);
    let is_open =
        |node: &&Node| node.text().is_some_and(|text| text.contains("${") && !text.contains("${AWS::"));
    let mut open: Vec<&Node> = texts.filter(is_open).collect();
    open.sort_by_key(|node| (node.span.start, node.span.end));
    open.dedup_by_key(|node| (node.span.start, node.span.end));
    open
}

/// Keys of an interface that are written out are keys that everybody has.
/// Source: <https://www.serverless.com/framework/docs/providers/aws/events/apigateway#setting-api-keys-for-your-rest-api>.
fn keys(file: &SourceFile, root: &Node, out: &mut Lowering<'_>) {
    let provider = root.get("provider");
    let keys = provider.and_then(|p| p.path(&["apiGateway", "apiKeys"]).or_else(|| p.get("apiKeys")));
    let plans = keys.map(Node::items).unwrap_or_default();
    // Plans of use have keys below their names.
    let below = plans.iter().flat_map(Node::entries).flat_map(|plan| plan.value.items());
    for value in plans.iter().chain(below).filter_map(|key| key.get("value")) {
        slot(file, "apiKey", value, out);
    }
}

/// Variables of functions are a place for secrets.
fn variables(file: &SourceFile, environment: &Node, out: &mut Lowering<'_>) {
    for entry in environment.entries() {
        slot(file, entry.name(), &entry.value, out);
    }
}

fn slot(file: &SourceFile, name: &str, value: &Node, out: &mut Lowering<'_>) {
    let literal = value.scalar().filter(|s| s.text.len() >= MIN_LENGTH && !s.text.contains("${"));
    if let Some(scalar) = literal {
        let within = out.file_context(file.id);
        out.slots.push(Slot {
            name: name.to_owned(),
            file: file.id,
            scalar: scalar.clone(),
            base64: false,
            within,
            told: Told::Place,
        });
    }
}
