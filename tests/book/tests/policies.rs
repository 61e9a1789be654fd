//! Policies of resources, each as a bare document and as a template carries it: `tests/policies/resource.toml`.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)] // a test

use std::collections::BTreeMap;
use std::sync::Arc;

use hallpass_book::checker::Native;
use hallpass_book::tree::{self, Files};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    open: Vec<Case>,
    closed: Vec<Case>,
    on: BTreeMap<String, On>,
}

/// A resource that carries a policy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct On {
    action: String,
    resource: Option<String>,
    r#type: String,
    property: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    on: String,
    severity: Option<String>,
    who: String,
    r#where: Option<String>,
    but: Option<String>,
}

impl Case {
    fn policy(&self, on: &On) -> String {
        let resource = on.resource.as_ref().map_or(String::new(), |r| format!(r#", "Resource": "{r}""#));
        let on = format!(r#""Action": "{}"{resource}"#, on.action);
        let asked =
            |c: &Option<String>| c.as_ref().map_or(String::new(), |c| format!(r#", "Condition": {c}"#));
        let mut statements = vec![format!(
            r#"{{"Effect": "Allow", "Principal": {}, {on}{}}}"#,
            self.who,
            asked(&self.r#where)
        )];
        if self.but.is_some() {
            let deny = format!(r#"{{"Effect": "Deny", "Principal": "*", {on}{}}}"#, asked(&self.but));
            statements.push(deny);
        }
        format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "))
    }

    /// The severity of what the rules for open doors say, worst first; nothing where they are silent.
    fn said(&self, on: &On) -> [Option<String>; 2] {
        let policy = self.policy(on);
        let carried = on
            .property
            .rsplit('.')
            .fold(policy.clone(), |inner, property| format!(r#"{{"{property}": {inner}}}"#));
        let kind = &on.r#type;
        let template = format!(r#"{{"Resources": {{"It": {{"Type": "{kind}", "Properties": {carried}}}}}}}"#);
        [("policy.json", policy), ("template.json", template)].map(|(path, text)| {
            let files = Files::from([(path.to_owned(), Arc::from(text.into_bytes()))]);
            let outcome = tree::check(&files, Native::configure(None).unwrap().as_ref());
            let open = outcome.findings.iter().filter(|f| f.rule.starts_with("anonymous/"));
            open.map(|f| f.severity).max().map(|severity| format!("{severity:?}").to_lowercase())
        })
    }
}

#[test]
fn a_resource_is_open_where_its_policy_names_nobody_and_closed_where_it_does() {
    let text = include_str!("../../policies/resource.toml");
    let table: Table = toml::from_str(text).unwrap();
    let mut wrong = Vec::new();
    for case in table.open.iter().chain(&table.closed) {
        let on = table.on.get(&case.on).expect(&case.on);
        for (carrier, said) in ["a document", "a template"].iter().zip(case.said(on)) {
            if said != case.severity {
                let policy = case.policy(on);
                wrong.push(format!("{carrier}: {said:?} instead of {:?}: {policy}", case.severity));
            }
        }
    }
    assert!(table.open.iter().all(|case| case.severity.is_some()), "an open case says how bad it is");
    assert!(wrong.is_empty(), "\n{}\n{} differences", wrong.join("\n"), wrong.len());
}
