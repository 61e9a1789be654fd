//! Service connections and variable groups: identities and stores that the organisation keeps, and the file only names.

use super::Walk;
use super::job::Job;
use super::scope::Scope;
use super::secret::project;
use crate::dialect::pipeline::credential::credential;
use crate::dialect::pipeline::login;
use crate::dialect::pipeline::value::place;
use crate::document::Node;
use crate::fact::{
    Body, ContextId, Credential, Identity, Link, LinkKind, Naming, Origin, Ref, Storage, Text, Value, Why,
};

/// The connection of this name, as what acts.
fn principal(name: Text) -> Ref {
    Ref::new("azure-devops", "service-connection", [project()], name)
}

/// What the platform keeps for it. It is no job's own token: whoever is handed it acts as the connection.
fn kept(name: Text) -> Ref {
    Ref::new("azure-devops", "service-endpoint", [project()], name)
}

impl Walk<'_, '_> {
    /// States the connections that an input names, and that they log in. Returns the credential of the last of them.
    pub(super) fn connection(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &Scope,
        node: &Node,
        platform: &str,
        service: &str,
    ) -> Option<Ref> {
        let datum = scope.resolve(node);
        let mut last = None;
        for (found, _, _) in datum.alternatives() {
            let text = found.text().unwrap_or_default();
            if text.known().is_some_and(|name| name.trim().is_empty()) || !self.speaks_of(found.at) {
                continue;
            }
            let (acts, is) = (principal(text.clone()), kept(text));
            let mut at = place(self.out, found);
            for via in &datum.via {
                at = at.with("used here", *via);
            }
            if self.stated.insert(is.clone()) {
                let name = &is.name;
                let identity = Identity::plain(acts.clone(), "service connection", Naming::Named);
                let why = Why::Variable(format!("service connection {name}"));
                let body = Credential {
                    title: format!("service connection {name}"),
                    ..credential(
                        is.clone(),
                        platform,
                        "service-connection",
                        Storage::StoreReference,
                        Value::unknown(why, found.at),
                    )
                };
                self.state(within, at.clone(), Origin::Stated, Body::Identity(identity));
                self.state(within, at.clone(), Origin::Stated, Body::Credential(body));
            }
            login::flow(self.out, within, at.clone(), platform, service, is.clone());
            if let Some(holder) = job.and_then(|job| job.holder.clone()) {
                let link = Link { from: holder, to: acts, kind: LinkKind::ActsAs };
                self.state(within, at, Origin::Stated, Body::Link(link));
            }
            last = Some(is);
        }
        last
    }

    /// States a group of variables: a store whose secrets every step of its reach may ask for.
    pub(super) fn group(&mut self, within: ContextId, scope: &Scope, node: &Node) {
        let datum = scope.resolve(node);
        for (found, _, _) in datum.alternatives() {
            let text = found.text().unwrap_or_default();
            let is = Ref::new("azure-devops", "variable-group", [project()], text);
            let at = place(self.out, found);
            if self.speaks_of(found.at) && self.stated.insert(is.clone()) {
                let why = Why::Variable(format!("variable group {}", is.name));
                let body = Credential {
                    title: format!("variable group {}", is.name),
                    ..credential(
                        is,
                        "azure-devops",
                        "variable-group",
                        Storage::StoreReference,
                        Value::unknown(why, found.at),
                    )
                };
                self.state(within, at, Origin::Stated, Body::Credential(body));
            }
        }
    }
}
