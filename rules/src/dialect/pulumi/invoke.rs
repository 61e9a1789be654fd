//! Functions that write policies: `fn::invoke` of `aws:iam:getPolicyDocument` is the policy that it comes to.
//!
//! <https://www.pulumi.com/registry/packages/aws/api-docs/iam/getpolicydocument/>

use super::{map, under};
use crate::document::{Data, Entry, Node};

/// Keys that call a function.
const INVOKES: [&str; 2] = ["fn::invoke", "Fn::Invoke"];
/// The functions, short and in full.
const POLICIES: [&str; 2] = ["aws:iam:getPolicyDocument", "aws:iam/getPolicyDocument:getPolicyDocument"];
/// Properties of a statement, and what a policy calls them.
const NAMES: [(&str, &str); 6] = [
    ("sid", "Sid"),
    ("effect", "Effect"),
    ("actions", "Action"),
    ("notActions", "NotAction"),
    ("resources", "Resource"),
    ("notResources", "NotResource"),
];

/// What a variable holds that such a function is called for; nothing if it is another.
pub(super) fn policy(value: &Node) -> Option<Node> {
    let call = INVOKES.iter().find_map(|key| value.get(key))?;
    let function = call.get("function").and_then(Node::text)?;
    if !POLICIES.contains(&function) {
        return None;
    }
    let statements = call.get("arguments").and_then(|a| a.get("statements"))?;
    let list = Data::List(statements.items().iter().map(statement).collect());
    let policy = map(call.span, vec![under("Statement", Node::new(statements.span, list))]);
    // Without `return` the whole result is meant: `${policy.json}`.
    Some(match call.get("return") {
        Some(_) => policy,
        None => map(call.span, vec![under("json", policy)]),
    })
}

fn statement(written: &Node) -> Node {
    let named = NAMES.iter().filter_map(|(key, name)| Some(under(name, written.get(key)?.clone())));
    let mut entries: Vec<Entry> = named.collect();
    if written.get("effect").is_none() {
        entries.push(under("Effect", super::text("Allow", written.span)));
    }
    for (key, name) in [("principals", "Principal"), ("notPrincipals", "NotPrincipal")] {
        if let Some(all) = written.get(key) {
            let one = |p: &Node| Some(under(p.get("type")?.text()?, p.get("identifiers")?.clone()));
            let principals: Vec<Entry> = all.items().iter().filter_map(one).collect();
            entries.push(under(name, map(all.span, principals)));
        }
    }
    if let Some(all) = written.get("conditions") {
        let one = |c: &Node| {
            let values = under(c.get("variable")?.text()?, c.get("values")?.clone());
            Some(under(c.get("test")?.text()?, map(c.span, vec![values])))
        };
        entries.push(under("Condition", map(all.span, all.items().iter().filter_map(one).collect())));
    }
    map(written.span, entries)
}
