//! What SAM makes of functions and state machines: roles with policies of their own, methods of an API.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>.

use std::collections::BTreeSet;

use super::adjust;
use super::policy::given;
use super::site::{Found, Site, below, items, reference};
use crate::dialect::cloudformation::tables::{self, Event};
use crate::dialect::values::{default_of, text_of};
use crate::dialect::{aws_policy, openapi};
use crate::document::Node;
use crate::fact::{Body, Datum, Endpoint, Known, Link, LinkKind, Origin, Ref, Text, Value, Why};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    if !matches!(site.kind, "AWS::Serverless::Function" | "AWS::Serverless::StateMachine") {
        return;
    }
    policies(site);
    if let Some(Datum { value: Known::Map(events), .. }) = site.value("Events") {
        for (name, _, event) in events {
            method(site, &name, &event);
        }
    }
}

/// Policies of the role that is made; with a role of its own they do not count.
fn policies(site: &mut Site<'_, '_, '_>) {
    if site.value("Role").is_some() {
        return;
    }
    let role = reference("role", Text::literal(format!("{}Role", site.logical)));
    let found: Vec<Found> = site.all("Policies").iter().flat_map(items).collect();
    if !found.is_empty() {
        let kind = if site.kind == "AWS::Serverless::Function" { "function" } else { "state-machine" };
        let from = reference(kind, site.name());
        let link = Body::Link(Link { from, to: role.clone(), kind: LinkKind::ActsAs });
        site.at_header(link);
    }
    for found in found {
        match &found.value.value {
            Known::Map(_) if found.value.get("Statement").is_some() => {
                let first = site.out.facts.facts.len();
                aws_policy::lower_policy(site.out, site.within, &role, &found.value);
                adjust(site.out, first, &found.case, found.lesser);
            }
            // A template of SAM's own names what it opens.
            Known::Map(_) => {
                site.out.silent(found.value.at.file, "a policy template of SAM, which names its resource")
            }
            _ => given(site, &found, &role),
        }
    }
}

/// A method that an event makes: it asks for what it says, else for what its API says.
fn method(site: &mut Site<'_, '_, '_>, name: &Text, event: &Datum) {
    let event = default_of(event);
    let Some(row) = event.get("Type").and_then(Datum::known).and_then(tables::event) else { return };
    let properties = event.get("Properties").cloned().unwrap_or_else(|| Datum::new(event.at, Known::Null));
    let word = |path: &str| below(&properties, path).into_iter().next().map(|f| f.value);
    if word("Method")
        .is_some_and(|m| default_of(&m).known().is_some_and(|m| m.eq_ignore_ascii_case("options")))
    {
        return;
    }
    let path = word("Path").and_then(|path| default_of(&path).known().map(str::to_owned));
    if let Some(because) = path.as_deref().and_then(openapi::open_path) {
        return site.out.silent(event.at.file, because);
    }
    let mut asked = BTreeSet::new();
    let own = word("Auth.Authorizer");
    let api = Api::of(row, word(&row.reference).as_ref());
    if own.is_none() && matches!(api, Api::Other) {
        let why = Why::NotInTree("the API of this method".to_owned());
        return site.out.unknown(event.at, why);
    }
    let default = own.is_none().then(|| by_default(site, row, &api)).flatten();
    match own.as_ref().or(default.as_ref()).map(default_of) {
        Some(value) if value.known().is_some_and(|v| !v.eq_ignore_ascii_case("NONE")) => {
            asked.insert("authorizer".to_owned());
        }
        // An authorizer that is not known is one all the same.
        Some(value) if value.known().is_none() => drop(asked.insert("authorizer".to_owned())),
        _ => {}
    }
    let key = word("Auth.ApiKeyRequired").is_some_and(|v| is_true(&v)) || key_by_default(site, row, &api);
    if key {
        asked.insert("api-key".to_owned());
    }
    let at = own.as_ref().map_or(event.at, |v| default_of(v).at);
    let body = Body::Endpoint(Endpoint {
        is: Ref::new("aws", row.is.as_str(), [Text::literal(site.logical)], name.clone()),
        kind: row.label.clone(),
        auth: Value::known(vec![asked], at),
        reach: Value::unknown(Why::Unsupported("who can reach it".to_owned()), at),
    });
    match own {
        Some(value) => site.at_value(&value, body),
        None => {
            let place = site.out.absent(event.at, "Auth");
            site.out.fact(site.within, place, Origin::Absent, body)
        }
    };
}

fn is_true(value: &Datum) -> bool {
    let value = default_of(value);
    value.value == Known::Bool(true) || value.known().is_some_and(|t| t.eq_ignore_ascii_case("true"))
}

/// The API that an event belongs to.
enum Api {
    /// The one that SAM makes for all events that name none.
    Made,
    /// A resource of the template.
    Named(String),
    /// One that is not known.
    Other,
}

impl Api {
    fn of(row: &Event, named: Option<&Datum>) -> Self {
        match named.map(|value| &default_of(value).value) {
            None | Some(Known::Null) => Self::Made,
            Some(Known::Unknown(Why::Computed(logical))) => Self::Named(logical.clone()),
            Some(Known::Unknown(Why::NotInTree(name))) if *name == row.implicit => Self::Made,
            Some(_) => Self::Other,
        }
    }
}

/// What an API says of methods that say nothing.
fn settings<'u>(site: &Site<'_, '_, 'u>, row: &Event, api: &Api, key: &str) -> Option<&'u Node> {
    let template = site.evaluator.template;
    let globals = || template.root.path(&["Globals", &row.globals, "Auth", key]);
    match api {
        Api::Named(logical) => {
            let own = template.resources.get(logical.as_str());
            own.and_then(|api| api.path(&["Properties", "Auth", key])).or_else(globals)
        }
        Api::Made | Api::Other => globals(),
    }
}

fn by_default(site: &mut Site<'_, '_, '_>, row: &Event, api: &Api) -> Option<Datum> {
    let node = settings(site, row, api, "DefaultAuthorizer")?;
    Some(site.evaluator.value(node))
}

fn key_by_default(site: &mut Site<'_, '_, '_>, row: &Event, api: &Api) -> bool {
    settings(site, row, api, "ApiKeyRequired").is_some_and(|node| {
        let value = site.evaluator.value(node);
        text_of(&value).known().is_some_and(|t| t.eq_ignore_ascii_case("true"))
    })
}
