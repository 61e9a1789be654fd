//! Pipes: packaged steps of somebody, run in a container of their own with what they are handed.

use std::collections::BTreeMap;

use super::Walk;
use super::oidc::Needs;
use super::step::Job;
use super::tables::TABLE;
use crate::detect;
use crate::dialect::logins;
use crate::dialect::pipeline::reading::holed;
use crate::dialect::pipeline::settings::{is_secret, stores};
use crate::dialect::pipeline::standing::LoginStep;
use crate::dialect::pipeline::{component as versions, names};
use crate::document::{Entry, Node};
use crate::fact::{Body, Component, ContextKind, Known, Pin, Ref, Sink};

/// What begins a pipe that is an image.
const IMAGE: &str = "docker://";

/// The pipe that a reference names: `owner/pipe:version`, or an image.
pub(super) fn component(written: &str) -> Component {
    if let Some(image) = written.strip_prefix(IMAGE) {
        return Component { kind: "pipe".to_owned(), ..versions::image_of(&holed(image)) };
    }
    let (name, version) = match written.split_once([':', '@']) {
        Some((name, version)) => (name, Some(version)),
        None => (written, None),
    };
    let pin = match version {
        None | Some("") => Pin::None,
        Some(version) if version.starts_with("sha256:") => Pin::Digest(version.to_owned()),
        Some(version) if names::moves(version) => Pin::Moving(version.into()),
        Some(version) => Pin::Tag(holed(version)),
    };
    let first_party = TABLE.first_party.pipes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    Component {
        is: Ref::new("bitbucket", "pipe", [], holed(name)),
        kind: "pipe".to_owned(),
        pin,
        released: None,
        first_party,
    }
}

impl<'u> Walk<'_, 'u> {
    /// Lowers a pipe with the variables that it is handed.
    pub(super) fn pipe(
        &mut self,
        job: &mut Job<'u>,
        node: &'u Node,
        variables: Option<&'u Node>,
        needs: &mut Needs,
    ) {
        let Some(written) = node.text() else { return };
        let at = self.source(node.span);
        let component = component(written.trim());
        let service = component.is.name.known().unwrap_or_default().to_owned();
        let within = self.out.context(job.within, ContextKind::Step, &service, at);
        let given = variables.map(Node::entries).unwrap_or_default();
        if !self.allows(1 + given.len(), node.span) {
            return;
        }
        for entry in given {
            for value in entry.value.one_or_many() {
                self.handed(job, within, &component.is, entry, value);
            }
        }
        self.out.state(within, at, Body::Component(component));
        // A pipe gets the step's token along with the variables of the platform.
        needs.possible();
        let by_name: BTreeMap<&str, &Node> = given.iter().map(|entry| (entry.name(), &entry.value)).collect();
        let value = |name: &str| {
            let datum = job.scope.resolve(by_name.get(name)?);
            let nothing = matches!(datum.value, Known::Null) || datum.known() == Some("");
            (!nothing).then_some(datum)
        };
        match logins::step(&service) {
            Some(row) => {
                if row.federated.iter().any(|name| value(name).is_some()) {
                    needs.certain(format!("{service} exchanges the step's OIDC token"));
                }
                let mut runs = job.runs();
                runs.site.within = within;
                // With a token at hand it may take a role that the settings name.
                let reads = job.oidc.is_none();
                let step = LoginStep { row, service: &service, at };
                self.settings.step_login(self.out, &runs, &step, reads, value);
            }
            None => {
                let mut site = job.site();
                site.within = within;
                self.settings.standing_keys(self.out, site, given.iter().map(Entry::name), value, &[]);
            }
        }
    }

    /// A variable of a pipe.
    fn handed(
        &mut self,
        job: &Job<'u>,
        within: crate::fact::ContextId,
        to: &Ref,
        entry: &Entry,
        value: &Node,
    ) {
        self.literal(within, entry.name(), value);
        let datum = job.scope.resolve(value);
        let told = detect::asks_for_secret(entry.name());
        for name in stores(&job.scope, &datum) {
            if told || is_secret(&job.scope, &name) {
                let (at, to) = (self.source(value.span), Sink::Recipient(to.clone()));
                self.settings.flow(self.out, within, &job.environment, &name, at, to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_are_named_without_version() {
        let said = |text: &str| {
            let component = component(text);
            (component.is.to_string(), component.pin, component.first_party)
        };
        assert_eq!(
            said("atlassian/aws-s3-deploy:2.0.1"),
            ("bitbucket/pipe/atlassian/aws-s3-deploy".to_owned(), Pin::Tag("2.0.1".into()), true)
        );
        assert_eq!(
            said("docker://acme/scan:latest"),
            ("oci/image/acme/scan".to_owned(), Pin::Moving("latest".into()), false)
        );
        let digest = format!("sha256:{}", "0".repeat(64));
        assert_eq!(said(&format!("docker://acme/scan@{digest}")).1, Pin::Digest(digest));
        assert_eq!(said("acme/scan").1, Pin::None);
        assert_eq!(said("acme/scan:main").1, Pin::Moving("main".into()));
    }
}
