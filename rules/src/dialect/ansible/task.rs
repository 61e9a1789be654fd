//! What one task does.

use std::collections::BTreeMap;

use super::play::Play;
use super::tables::{self, Module};
use super::{READING, jinja};
use crate::command::leak::Held;
use crate::command::{self, download};
use crate::detect::asks_for_secret;
use crate::dialect::kubernetes::Carried;
use crate::dialect::lowering::{MAX_SCRIPTS, Slot, Told};
use crate::dialect::pipeline::commands::{self, Surroundings};
use crate::dialect::pipeline::component::{image_of, script, script_from_elsewhere};
use crate::dialect::terraform::{Given, Part};
use crate::document::script::{Script, Template, Word};
use crate::document::{Node, Scalar, shell, yaml};
use crate::fact::{Body, Case, Component, Datum, Flow, Known, Piece, Ref, Selection, Sink, Text, Why};
use crate::span::{FileId, Source};

/// Shorter values are no secrets.
const MIN_LENGTH: usize = 6;
/// What Jinja fills before a shell sees a script.
const HOLES: [Template; 1] = [Template::Braces];
/// Modules that run a container.
const CONTAINERS: [&str; 3] = ["docker_container", "podman_container", "docker_swarm_service"];
/// Keys that repeat a task, and what `item` is then in Terraform. Other loops make what only Ansible works out.
/// Source: <https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_loops.html>.
const LOOPS: [(&str, &str); 5] = [
    ("loop", "each.value"),
    ("with_items", "each.value"),
    ("with_list", "each.value"),
    ("with_flattened", "each.value"),
    ("with_dict", "each"),
];

/// One task.
pub(super) struct Task<'t, 'p, 'o, 'u> {
    pub(super) play: &'t mut Play<'p, 'o, 'u>,
    pub(super) task: &'t Node,
    pub(super) key: &'t Node,
    pub(super) arguments: &'t Node,
    /// What `no_log` says, of the task or of a block around it.
    pub(super) hides: Option<bool>,
}

impl<'t> Task<'t, '_, '_, '_> {
    fn at(&self, node: &Node) -> Source {
        Source::new(self.play.file.id, node.span)
    }

    pub(super) fn argument(&self, name: &str) -> Option<&'t Node> {
        let further = self.task.get("args").and_then(|more| more.get(name));
        self.arguments.get(name).or(further).filter(|node| !node.is_null())
    }

    pub(super) fn lower(mut self) {
        let Some(key) = self.key.text().and_then(|key| key.split_whitespace().next()) else { return };
        let name = tables::short(key);
        self.secrets();
        if self.argument("state").and_then(Node::text) == Some("absent") {
            return;
        }
        let rows: Vec<&'static Module> = tables::rows(key).collect();
        for row in &rows {
            self.resource(row);
        }
        // `module: a=b c=d`
        if !rows.is_empty() && self.arguments.entries().is_empty() && self.task.get("args").is_none() {
            let at = self.at(self.arguments);
            self.play.out.unknown(at, Why::Unsupported(format!("what `{name}` is told in one text")));
        }
        self.sudoers(name);
        match name {
            _ if tables::is_shell(key) => self.shell(),
            "k8s" | "helm_template" => self.manifest(),
            "get_url" => self.fetched(),
            "debug" => self.printed(),
            _ if CONTAINERS.contains(&name) => self.container(),
            _ => {}
        }
    }

    /// Literals where an argument asks for a secret, and secrets of tasks that the log is told of.
    fn secrets(&mut self) {
        let named = self
            .arguments
            .entries()
            .iter()
            .filter(|e| asks_for_secret(e.name()) && !tables::is_setting(e.name()));
        let named: Vec<(String, &Node)> = named.map(|e| (e.name().to_owned(), &e.value)).collect();
        let within = self.play.out.file_context(self.play.file.id);
        for (name, value) in named {
            let Some(scalar) = value.scalar().filter(|_| value.tag.is_none()) else { continue };
            let filled = jinja::is_filled(&scalar.text);
            if !filled && scalar.text.len() >= MIN_LENGTH && !is_hash(&scalar.text) {
                self.play.out.slots.push(Slot {
                    name: name.clone(),
                    file: self.play.file.id,
                    scalar: scalar.clone(),
                    base64: false,
                    within,
                    told: Told::Place,
                });
            }
            let switched = self.task.get("no_log").filter(|_| self.hides == Some(false));
            if let Some(switch) = switched.filter(|_| filled) {
                let at = self.at(switch);
                self.logged(&name, at);
            }
        }
    }

    fn logged(&mut self, name: &str, at: Source) {
        let is = Ref::new("ansible", "variable", [Text::literal(self.play.file.path.as_str())], name);
        let within = self.play.out.file_context(self.play.file.id);
        let flow = Flow { what: Selection::One(is), to: Sink::Log };
        self.play.out.state(within, at, Body::Flow(flow));
    }

    /// `debug` prints what it is told.
    fn printed(&mut self) {
        if self.hides == Some(true) {
            return;
        }
        let said = |key: &str, task: &Self| {
            task.argument(key).map(|node| (node.span, node.text().unwrap_or_default().to_owned()))
        };
        let message = said("msg", self).map(|(span, text)| (span, jinja::names(&text)));
        let variable = said("var", self).map(|(span, text)| (span, vec![text]));
        for (span, names) in message.into_iter().chain(variable) {
            for name in names {
                let last = name.rsplit('.').next().unwrap_or(&name).to_owned();
                if asks_for_secret(&last) {
                    self.logged(&last, Source::new(self.play.file.id, span));
                }
            }
        }
    }

    fn resource(&mut self, row: &Module) {
        if let Some((key, wanted)) = row.only.as_deref().and_then(|only| only.split_once('='))
            && self.argument(key).and_then(Node::text) != Some(wanted)
        {
            return;
        }
        let mut arguments: Vec<(String, Given<'_>)> = Vec::new();
        for (argument, from) in &row.write {
            let below = |path: &str| {
                let mut names = path.split('.');
                let first = names.next().and_then(|name| self.argument(name))?;
                names.try_fold(first, |node, name| node.get(name))
            };
            let Some(node) = from.split('|').find_map(below) else { continue };
            // A hash is no password: it is made so that it may be shown.
            if argument.ends_with("password") && node.text().is_some_and(is_hash) {
                continue;
            }
            let listed = |names: &[String]| names.iter().any(|name| name == argument);
            let later = node.text().and_then(|text| text.strip_prefix('+')).filter(|_| listed(&row.relative));
            let given = match later {
                Some(later) => Given::Text(later.to_owned(), node.span),
                None if listed(&row.json) => Given::Json(node),
                None if listed(&row.lists) => Given::List(node),
                None => Given::Value(node),
            };
            arguments.push((argument.clone(), given));
        }
        let repeats = self.repeats();
        if let Some((_, _, each)) = &repeats {
            arguments.push(("for_each".to_owned(), Given::Value(each)));
        }
        let file = self.play.file.id;
        let at = (Source::new(file, self.key.span), Source::new(file, self.task.span));
        let label = self.task.get("name").and_then(Node::text).unwrap_or(&row.r#type);
        let program = &mut *self.play.program;
        if let Some((item, address, _)) = &repeats {
            program.rename(item, Some(address));
        }
        program.resource((&row.r#type, label), at, &arguments, READING);
        if let Some((item, _, _)) = &repeats {
            program.rename(item, None);
        }
    }

    /// What the task is repeated for: the name of each, what that is in Terraform, and all of them.
    fn repeats(&self) -> Option<(&'t str, &'static str, &'t Node)> {
        let (address, all) = LOOPS.iter().find_map(|(key, address)| Some((*address, self.task.get(key)?)))?;
        let item = self.task.path(&["loop_control", "loop_var"]).and_then(Node::text).unwrap_or("item");
        Some((item, address, all))
    }

    fn shell(&mut self) {
        let words: Vec<Scalar> = match self.argument("argv") {
            Some(words) => words.items().iter().filter_map(Node::scalar).cloned().collect(),
            None => Vec::new(),
        };
        let written =
            self.arguments.scalar().or_else(|| self.argument("cmd").and_then(Node::scalar)).cloned();
        let length = written.iter().chain(&words).map(|scalar| scalar.text.len()).sum();
        if !self.play.out.reads_script(length) {
            let at = self.at(self.arguments);
            return self
                .play
                .out
                .unknown(at, Why::Limit(format!("more than {MAX_SCRIPTS} bytes of scripts")));
        }
        let read = match &written {
            Some(text) => Some(shell::read(text, &HOLES)),
            None => command::of_list(&words, false, &HOLES),
        };
        let Some(read) = read else { return };
        let (file, within) = (self.play.file.id, self.play.out.file_context(self.play.file.id));
        let inner = command::offer(self.play.out, file, within, &read);
        for script in std::iter::once(&read).chain(&inner) {
            self.downloads(script);
            self.deeds(script);
        }
    }

    /// Credentials that a script makes, and roles that it gives. Its downloads are lowered with what Jinja fills in, and
    /// where its secrets go cannot be said: none is known to be one.
    fn deeds(&mut self, script: &Script) {
        let (file, within) = (self.play.file.id, self.play.out.file_context(self.play.file.id));
        let path = Text::literal(self.play.file.path.as_str());
        let name = self.task.get("name").and_then(Node::text).unwrap_or_default();
        let unique = [path, Text::literal(name)];
        let site = commands::Site { file, unique, script, powershell: false, traced: None };
        let does = commands::facts(self.play.out, &site, &Bare { file });
        for fact in does.stated.into_iter().filter(|f| !matches!(f.body, Body::Component(_) | Body::Flow(_)))
        {
            self.play.out.fact(within, fact.at, fact.origin, fact.body);
        }
    }

    /// Downloads that a script runs as they come.
    fn downloads(&mut self, read: &Script) {
        for found in download::downloads(&command::called(read)) {
            let written = found.address.known().unwrap_or_else(|| read.text(found.address.at).to_owned());
            let address = filled(written.trim_matches(['"', '\'']));
            let component = script(&address).unwrap_or_else(|| script_from_elsewhere(&address));
            self.component(component, Source::new(self.play.file.id, read.span(found.at)));
        }
    }

    /// A program that is put in place as it comes: nothing says what it must be.
    fn fetched(&mut self) {
        let mode = self.argument("mode").and_then(Node::written).unwrap_or_default();
        let runs = mode.contains('x')
            || mode.trim_start_matches("0o").bytes().any(|b| matches!(b, b'1' | b'3' | b'5' | b'7'));
        let Some(url) = self.argument("url").filter(|_| runs && self.argument("checksum").is_none()) else {
            return;
        };
        let Some(mut component) = url.text().and_then(|url| script(&filled(url))) else { return };
        "file".clone_into(&mut component.kind);
        let at = self.at(url);
        self.component(component, at);
    }

    fn container(&mut self) {
        let Some(image) = self.argument("image") else { return };
        if let Some(text) = image.text() {
            let at = self.at(image);
            self.component(image_of(&filled(text)), at);
        }
    }

    fn component(&mut self, component: Component, at: Source) {
        let within = self.play.out.file_context(self.play.file.id);
        self.play.out.state(within, at, Body::Component(component));
    }

    /// A manifest of Kubernetes that a task applies; files are read by themselves.
    fn manifest(&mut self) {
        let Some(definition) = self.argument("definition").or_else(|| self.argument("resource_definition"))
        else {
            if let Some(template) = self.argument("template") {
                let at = self.at(template);
                self.play.out.unknown(at, Why::Unsupported("a manifest out of a template".to_owned()));
            }
            return;
        };
        let nodes = match definition.scalar() {
            // What is nothing but filled in says nothing here.
            Some(text) if jinja::parts(&text.text).iter().all(|part| !matches!(part, Part::Literal(_))) => {
                Vec::new()
            }
            Some(text) => yaml::read_embedded(text),
            None => definition.one_or_many().to_vec(),
        };
        if nodes.iter().all(|node| node.entries().is_empty()) {
            let at = self.at(definition);
            return self.play.out.unknown(at, Why::Unsupported("a manifest that is no map".to_owned()));
        }
        let within = self.play.out.file_context(self.play.file.id);
        for node in nodes {
            self.play.carried.push(Carried {
                file: self.play.file.id,
                node,
                elsewhere: BTreeMap::new(),
                within,
                when: Case::always(),
                lesser: false,
            });
        }
    }
}

/// Scripts whose words mean what they say, and that are handed no secret.
struct Bare {
    file: FileId,
}

impl Held for Bare {
    fn variable(&self, _name: &str) -> Vec<Ref> {
        Vec::new()
    }

    fn hole(&self, _hole: &str) -> Vec<Ref> {
        Vec::new()
    }

    fn environment(&self) -> Vec<Ref> {
        Vec::new()
    }
}

impl Surroundings for Bare {
    fn word(&self, script: &Script, word: &Word) -> Datum {
        Datum::new(Source::new(self.file, script.span(word.at)), Known::Text(word.to_text(script)))
    }
}

/// Whether a password is hashed already: crypt's `$6$…`, MySQL's `*…`, PostgreSQL's `md5…` and `SCRAM-SHA-256$…`.
/// Source: <https://docs.ansible.com/ansible/latest/collections/ansible/builtin/user_module.html#parameter-password>.
fn is_hash(text: &str) -> bool {
    let hexadecimal =
        |rest: &str, length| rest.len() == length && rest.bytes().all(|b| b.is_ascii_hexdigit());
    text.strip_prefix('$').is_some_and(|rest| rest.split_once('$').is_some_and(|(kind, _)| kind.len() <= 3))
        || text.strip_prefix('*').is_some_and(|rest| hexadecimal(rest, 40))
        || text.strip_prefix("md5").is_some_and(|rest| hexadecimal(rest, 32))
        || text.starts_with("SCRAM-SHA-256$")
}

/// A text with holes where Jinja fills in.
fn filled(text: &str) -> Text {
    let pieces = jinja::parts(text).into_iter().map(|part| match part {
        Part::Literal(text) => Piece::Literal(text),
        Part::Variable(name) => Piece::Hole(Why::Variable(name)),
        Part::Hole(written) => Piece::Hole(Why::Expression(written)),
    });
    Text(pieces.collect())
}
