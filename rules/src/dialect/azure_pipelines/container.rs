//! Containers of jobs and steps: images, variables, the connections that images are pulled with.
//! Source: <https://learn.microsoft.com/azure/devops/pipelines/process/container-phases>.

use super::job::Job;
use super::scope::Scope;
use super::{Walk, branches};
use crate::dialect::pipeline::{companion, host};
use crate::document::Node;
use crate::fact::ContextId;

impl Walk<'_, '_> {
    /// The containers that a job runs in and beside.
    pub(super) fn containers(&mut self, within: ContextId, job: &Job, scope: &Scope, body: &Node) {
        for (node, case) in branches::get(body, "container") {
            self.under(&case, |walk| walk.container(within, job, scope, node));
        }
        for (services, _) in branches::get(body, "services") {
            for (entry, case) in branches::entries(services) {
                self.under(&case, |walk| walk.container(within, job, scope, &entry.value));
                self.beside(scope, entry.name(), &entry.value);
            }
        }
    }

    /// A container beside a job, as its alias or its own map.
    fn beside(&mut self, scope: &Scope, name: &str, node: &Node) {
        let alias = scope.resolve(node).known().map(ToOwned::to_owned);
        let declared = alias.and_then(|alias| self.containers.get(&alias).map(|found| found.node.clone()));
        let node = declared.as_ref().unwrap_or(node);
        let env = branches::first(node, "env").map(Node::entries).unwrap_or_default();
        let own: Vec<_> = env.iter().map(|e| (e.name(), self.source(e.value.span))).collect();
        companion::state(self.out, self.file.id, [name], own);
    }

    /// A container: the name of one that the file declares, an image, or a map with one.
    pub(super) fn container(&mut self, within: ContextId, job: &Job, scope: &Scope, node: &Node) {
        let alias = scope.resolve(node).known().map(ToOwned::to_owned);
        let declared = alias.and_then(|alias| {
            let container = self.containers.get_mut(&alias)?;
            container.used = true;
            Some(container.node.clone())
        });
        match declared {
            Some(declared) => self.image_and_variables(within, Some(job), scope, &declared),
            None if node.scalar().is_some() => self.image(within, scope, node),
            None => self.image_and_variables(within, Some(job), scope, node),
        }
    }

    /// Containers that no job of the file uses: a template may.
    pub(super) fn unused_containers(&mut self, within: ContextId, scope: &Scope) {
        let unused: Vec<Node> =
            self.containers.values().filter(|c| !c.used).map(|container| container.node.clone()).collect();
        for node in unused {
            self.image_and_variables(within, None, scope, &node);
        }
    }

    /// How a container reaches the machine that runs it.
    fn reaches_host(&mut self, within: ContextId, scope: &Scope, node: &Node) {
        let texts = |walk: &Self, node: &Node| {
            let datum = scope.resolve(node);
            let known =
                datum.alternatives().into_iter().filter_map(|(d, _, _)| Some((d.known()?.to_owned(), d.at)));
            known.filter(|(_, at)| walk.speaks_of(*at)).collect::<Vec<_>>()
        };
        for (options, at) in branches::first(node, "options").map(|n| texts(self, n)).unwrap_or_default() {
            host::options(self.out, within, at, &options);
        }
        for (volume, _) in branches::first(node, "volumes").map(branches::items).unwrap_or_default() {
            for (volume, at) in texts(self, volume) {
                host::volume(self.out, within, at, &volume);
            }
        }
        for (image, at) in branches::first(node, "image").map(|n| texts(self, n)).unwrap_or_default() {
            host::image(self.out, within, at, &image);
        }
    }

    fn image_and_variables(&mut self, within: ContextId, job: Option<&Job>, scope: &Scope, node: &Node) {
        if let Some(image) = branches::first(node, "image") {
            self.image(within, scope, image);
        }
        if let Some(endpoint) = branches::first(node, "endpoint") {
            // The agent pulls with it, before the container is there: it is not handed to the image.
            let file = self.out.file_context(self.file.id);
            self.connection(file, job, scope, endpoint, "docker", "container");
        }
        self.reaches_host(within, scope, node);
        self.env(within, job, scope, branches::first(node, "env"));
    }
}
