//! The template that a service stands for.

use crate::document::{Data, Entry, Node, Scalar, Style};
use crate::span::ByteSpan;

/// Most functions of one service: CloudFormation allows 500 resources.
const MAX_FUNCTIONS: usize = 2_000;

/// The statements of the role that the functions share.
pub(super) fn statements(root: &Node) -> Option<&Node> {
    let provider = root.get("provider")?;
    provider.path(&["iam", "role", "statements"]).or_else(|| provider.get("iamRoleStatements"))
}

/// The policies by name of that role.
pub(super) fn managed(root: &Node) -> Option<&Node> {
    let provider = root.get("provider")?;
    provider.path(&["iam", "role", "managedPolicies"]).or_else(|| provider.get("iamManagedPolicies"))
}

/// The resources of a service as a template; nothing if it has none.
pub(super) fn of(root: &Node) -> Option<Node> {
    let mut resources = Vec::new();
    let managed = managed(root);
    let own = statements(root);
    if let Some(at) = own.or(managed) {
        resources.push(role("IamRoleLambdaExecution", at.span, own, managed));
    }
    let functions = root.get("functions").map(Node::one_or_many).unwrap_or_default();
    for function in functions.iter().flat_map(Node::entries).take(MAX_FUNCTIONS) {
        let name = function.name();
        if let Some(own) = function.value.get("iamRoleStatements") {
            resources.push(role(&format!("{name}Role"), own.span, Some(own), None));
        }
        let events = function.value.get("events").map_or(&[][..], Node::items);
        let events: Vec<Entry> =
            events.iter().enumerate().filter_map(|(n, event)| method(n, event)).collect();
        if !events.is_empty() {
            let at = function.key.span;
            let properties = map(at, vec![entry("Events", at, map(at, events))]);
            resources.push(resource(&format!("{name}Function"), at, "AWS::Serverless::Function", properties));
        }
        if let Some(url) = function.value.get("url").filter(|url| !matches!(url.boolean(), Some((false, _))))
        {
            let asked = url.get("authorizer");
            let signed = asked.is_some_and(|a| a.text() == Some("aws_iam"));
            let at = asked.unwrap_or(url).span;
            let kind = text(if signed { "AWS_IAM" } else { "NONE" }, at);
            let target = text(name, function.key.span);
            let properties =
                map(at, vec![entry("AuthType", at, kind), entry("TargetFunctionArn", at, target)]);
            resources.push(resource(&format!("{name}Url"), at, "AWS::Lambda::Url", properties));
        }
    }
    let at = root.span;
    (!resources.is_empty()).then(|| map(at, vec![entry("Resources", at, map(at, resources))]))
}

fn role(name: &str, at: ByteSpan, statements: Option<&Node>, managed: Option<&Node>) -> Entry {
    let mut properties = Vec::new();
    if let Some(statements) = statements {
        let document = map(at, vec![entry("Statement", at, statements.clone())]);
        let policy =
            map(at, vec![entry("PolicyName", at, text(name, at)), entry("PolicyDocument", at, document)]);
        properties.push(entry("Policies", at, Node::new(at, Data::List([policy].into()))));
    }
    if let Some(managed) = managed {
        properties.push(entry("ManagedPolicyArns", managed.span, managed.clone()));
    }
    resource(name, at, "AWS::IAM::Role", map(at, properties))
}

/// An event that a request over HTTP starts.
fn method(number: usize, event: &Node) -> Option<Entry> {
    let found = event.entries().iter().find(|e| matches!(e.name(), "http" | "httpApi"))?;
    let (at, says) = (found.value.span, &found.value);
    let kind = if found.name() == "http" { "Api" } else { "HttpApi" };
    let mut auth = Vec::new();
    if let Some(authorizer) = says.get("authorizer").filter(|node| !node.is_null()) {
        // An authorizer may be a name, or a map that says more of it.
        let named = authorizer.text().unwrap_or("authorizer");
        auth.push(entry("Authorizer", authorizer.span, text(named, authorizer.span)));
    }
    if matches!(says.get("private").and_then(Node::boolean), Some((true, _))) {
        auth.push(entry("ApiKeyRequired", at, text("true", at)));
    }
    let (method, path) = match says.text() {
        // `POST /orders`, or `*` for all of both.
        Some(written) => (written.split_whitespace().next(), written.split_whitespace().nth(1)),
        None => (says.get("method").and_then(Node::text), says.get("path").and_then(Node::text)),
    };
    let mut properties = vec![entry("Method", at, text(method.unwrap_or("any"), at))];
    properties.extend(path.map(|path| entry("Path", at, text(path, at))));
    if !auth.is_empty() {
        properties.push(entry("Auth", at, map(at, auth)));
    }
    let event = vec![entry("Type", at, text(kind, at)), entry("Properties", at, map(at, properties))];
    Some(entry(&format!("Event{number}"), at, map(at, event)))
}

fn resource(name: &str, at: ByteSpan, kind: &str, properties: Node) -> Entry {
    let body = map(at, vec![entry("Type", at, text(kind, at)), entry("Properties", at, properties)]);
    entry(name, at, body)
}

fn entry(name: &str, at: ByteSpan, value: Node) -> Entry {
    Entry { key: text(name, at), value, merged: false }
}

fn map(at: ByteSpan, entries: Vec<Entry>) -> Node {
    Node::new(at, Data::Map(entries.into()))
}

fn text(text: &str, at: ByteSpan) -> Node {
    let scalar = Scalar { end: at.end, ..Scalar::verbatim(text, Style::Quoted, at.start as usize) };
    Node::new(at, Data::Scalar(scalar))
}
