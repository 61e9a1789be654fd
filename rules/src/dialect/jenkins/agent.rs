//! Where a pipeline runs: images, what their containers are started with, pods.

use std::rc::Rc;

use super::Walk;
use super::groovy::{Block, Call, Chain, Expr, Statement};
use super::stage::{Here, Job};
use super::tables;
use crate::dialect::pipeline::settings::secrets;
use crate::dialect::pipeline::{component, host};
use crate::fact::{Component, ContextId, Sink, Text, Why};

/// Calls on an image that start a container of it.
const STARTS: [&str; 3] = ["inside", "withRun", "run"];

/// The component that an image is.
pub(super) fn image_of(text: &Text) -> Component {
    let mut component = component::image_of(text);
    component.first_party = tables::is_own_image(component.is.name.prefix());
    component
}

/// The argument of a call in a block of directives: `image 'a'`, `args '-v …'`.
fn directive<'t>(block: &'t Block, name: &str) -> Option<&'t Call> {
    block.statements.iter().rev().find_map(|statement| match statement {
        Statement::Value(value) => value.calls().first().filter(|call| call.name.text == name),
        _ => None,
    })
}

impl<'t> Walk<'_, '_, 't> {
    /// `agent { docker { image 'a'; args '…' } }`
    pub(super) fn agent(&mut self, call: &'t Call, here: &mut Here, job: Option<&Job>) {
        let Some(block) = &call.block else { return };
        let within = job.map_or(here.around, |job| job.within);
        if let Some(docker) = directive(block, "docker").or_else(|| directive(block, "dockerContainer")) {
            let of = |name: &str| match &docker.block {
                Some(inner) => directive(inner, name).and_then(|call| call.positional(0)),
                None => docker.named(name),
            };
            let image = of("image").or_else(|| docker.positional(0));
            self.container_options(within, of("args"), here);
            if let Some(id) = of("registryCredentialsId") {
                self.registry(within, here, id);
            }
            if let Some(image) = image {
                self.runs_in(within, image, here, job.is_some());
            }
        }
        if let Some(file) = directive(block, "dockerfile") {
            let args = file.block.as_ref().and_then(|inner| directive(inner, "args"));
            self.container_options(within, args.and_then(|call| call.positional(0)), here);
            if let Some(inner) = &file.block
                && let Some(build) =
                    directive(inner, "additionalBuildArgs").and_then(|call| call.positional(0))
            {
                self.build_arguments(within, build, here);
            }
        }
        if let Some(pod) = directive(block, "kubernetes").and_then(|call| call.block.as_ref()) {
            self.kubernetes(pod, within, here, job.is_some());
        }
    }

    fn kubernetes(&mut self, pod: &'t Block, within: ContextId, here: &mut Here, begun: bool) {
        let account = ["serviceAccount", "serviceAccountName"]
            .into_iter()
            .find_map(|name| directive(pod, name))
            .and_then(|call| call.positional(0));
        match directive(pod, "yaml").and_then(|call| call.positional(0)) {
            Some(yaml) => self.pod(yaml, account, within, here),
            None => {
                let file = directive(pod, "yamlFile").and_then(|call| call.positional(0));
                let named = file.and_then(Expr::literal).unwrap_or("a pod's template").to_owned();
                self.out.unknown(self.source(pod.at), Why::NotInTree(named));
            }
        }
        if let Some(template) = directive(pod, "containerTemplate") {
            self.container_template(template, within, here);
        }
        let default = directive(pod, "defaultContainer").and_then(|call| call.positional(0));
        let image = default.and_then(Expr::literal).and_then(|name| here.containers.get(name)).cloned();
        if let Some(image) = image {
            if begun {
                self.images.image(self.out, within, &image, image_of);
            }
            here.image = Some(image);
        }
    }

    /// Notes the image of what runs here, and states it where a job is begun already.
    fn runs_in(&mut self, within: ContextId, image: &'t Expr, here: &mut Here, begun: bool) {
        let datum = here.scope.resolve(image);
        if let Some(text) = datum.known() {
            host::image(self.out, within, self.source(image.content()), text);
        }
        if begun {
            self.images.image(self.out, within, &datum, image_of);
        }
        here.image = Some(datum);
    }

    /// What a container is started with.
    fn container_options(&mut self, within: ContextId, args: Option<&'t Expr>, here: &Here) {
        let Some(args) = args else { return };
        let datum = here.scope.resolve(args);
        let at = self.source(args.content());
        match datum.text() {
            Some(text) => host::options(self.out, within, at, &text.to_string()),
            None => self.out.unknown(at, Why::Unsupported("options that Groovy computes".to_owned())),
        }
    }

    /// `docker.image('a')`, with what is called on it.
    pub(super) fn docker_image(
        &mut self,
        call: &'t Call,
        chain: &'t Chain,
        here: &mut Here,
        job: &mut Option<Job>,
    ) {
        let Some(image) = call.positional(0) else { return };
        let Some(start) = chain.calls.iter().find(|call| STARTS.contains(&call.name.text.as_str())) else {
            return;
        };
        self.job(here, job);
        let within = Self::place(here, job);
        let args = start.positional(0).filter(|args| args.text().is_some());
        self.container_options(within, args, here);
        self.runs_in(within, image, here, true);
    }

    /// `image.inside('…') { … }` on a variable that holds an image.
    pub(super) fn docker_method(&mut self, call: &'t Call, here: &mut Here, job: &mut Option<Job>) {
        let Some((variable, method)) = call.name.text.rsplit_once('.') else { return };
        let Some(datum) = self.containers.get(variable).cloned().filter(|_| STARTS.contains(&method)) else {
            return;
        };
        self.job(here, job);
        let within = Self::place(here, job);
        self.container_options(within, call.positional(0).filter(|args| args.text().is_some()), here);
        self.images.image(self.out, within, &datum, image_of);
        here.image = Some(datum);
    }

    /// `def image = docker.image('a')`
    pub(super) fn note_container(&mut self, name: &str, value: &'t Expr, here: &Here) {
        let call = value.calls().first().filter(|call| call.name.text == "docker.image");
        if let Some(image) = call.and_then(|call| call.positional(0)) {
            self.containers.insert(name.to_owned(), here.scope.resolve(image));
        }
    }

    /// `docker.build('a', '--build-arg B=c .')`
    pub(super) fn docker_build(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        if let Some(options) = call.positional(1) {
            self.job(here, job);
            self.build_arguments(Self::place(here, job), options, here);
        }
    }

    /// Secrets in what an image is built with: they stay in its layers.
    fn build_arguments(&mut self, within: ContextId, options: &'t Expr, here: &Here) {
        let datum = here.scope.resolve(options);
        let said = datum.text().is_some_and(|text| text.to_string().contains("--build-arg"));
        for name in secrets(&here.scope, &datum).into_iter().filter(|_| said) {
            let at = self.source(options.content());
            self.settings.flow(self.out, within, &self.folder, &name, at, Sink::ImageLayer);
        }
    }

    /// `podTemplate(containers: [containerTemplate(…)], yaml: '…') { … }`
    pub(super) fn pod_template(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        let mut inner = here.clone();
        let within = Self::place(here, job);
        let account = call.named("serviceAccount").or_else(|| call.named("serviceAccountName"));
        match call.named("yaml") {
            Some(yaml) => self.pod(yaml, account, within, &mut inner),
            None => self.acts_as_account(within, account, self.source(call.name.at)),
        }
        for template in call.named("containers").map(Expr::one_or_many).unwrap_or_default() {
            for template in template.calls() {
                self.container_template(template, within, &mut inner);
            }
        }
        if let Some(block) = &call.block {
            self.block(block, &inner, job);
        }
    }

    /// `containerTemplate(name: 'a', image: 'b', privileged: true)`
    fn container_template(&mut self, call: &'t Call, within: ContextId, here: &mut Here) {
        let of = |name: &str| match &call.block {
            Some(inner) => directive(inner, name).and_then(|call| call.positional(0)),
            None => call.named(name),
        };
        if let Some(privileged) = of("privileged").filter(|on| on.word() == Some("true")) {
            host::opened(self.out, within, self.source(privileged.at), "privileged", "privileged: true");
        }
        let Some(image) = of("image") else { return };
        let datum = here.scope.resolve(image);
        self.images.image(self.out, within, &datum, image_of);
        if let Some(name) = of("name").and_then(Expr::literal) {
            Rc::make_mut(&mut here.containers).insert(name.to_owned(), datum);
        }
    }
}
