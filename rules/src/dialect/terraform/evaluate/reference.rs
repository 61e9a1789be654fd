//! Names to values: variables, locals, modules, resources and what is indexed out of them.

use std::rc::Rc;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::Block;

use super::Named;
use super::{
    Evaluator, Instance, Key, MAX_INSTANCES, MAX_MODULES, Scope, default_of, map_alternatives, through,
};
use crate::dialect::terraform::program::{self, Directory, Values};
use crate::dialect::terraform::syntax::Located;
use crate::dialect::terraform::tables;
use crate::dialect::values::text_of;
use crate::fact::{Case, Datum, Known, Text, Why};
use crate::span::Source;

/// Why a value below a known one is unknown: `try` goes on to its next argument then.
pub(super) const NO_SUCH_KEY: &str = "a key that is not there";

/// One step of a traversal, with its index worked out.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Name(String),
    Index(Datum),
    Splat,
}

impl<'u> Evaluator<'u> {
    pub(super) fn traversal(&mut self, traversal: Located<'u, Box<Traversal>>, scope: &Scope) -> Datum {
        let at = traversal.source(traversal.node.span());
        let steps: Vec<Step> = traversal
            .node
            .operators
            .iter()
            .map(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Step::Name(name.value().as_str().to_owned()),
                TraversalOperator::Index(index) => {
                    let index = self.value(traversal.to(index), scope);
                    Step::Index(default_of(&index).clone())
                }
                TraversalOperator::LegacyIndex(index) => {
                    Step::Index(Datum::new(at, Known::Number(index.value().to_string())))
                }
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => Step::Splat,
            })
            .collect();
        let root = traversal.to(&traversal.node.expr);
        match root.node {
            Expression::Variable(name) => self.named(name.value().as_str(), &steps, scope, at),
            _ => {
                let value = self.value(root, scope);
                walk(&value, &steps, at)
            }
        }
    }

    fn named(&mut self, root: &str, steps: &[Step], scope: &Scope, at: Source) -> Datum {
        if let Some(value) = scope.names.get(root) {
            let value = self.copy(&value.clone(), at);
            return walk(&value, steps, at);
        }
        let (Some(Step::Name(name)), rest) = (steps.first(), steps.get(1..).unwrap_or_default()) else {
            return Datum::unknown(at, Why::Unsupported(format!("the name `{root}`")));
        };
        let value = match root {
            "var" => self.variable(name, scope.instance, at),
            "local" => self.local(name, scope.instance, at),
            "module" => return self.module(name, rest, scope, at),
            "path" => return self.path(name, scope, at),
            "terraform" | "tofu" => Datum::unknown(at, Why::Variable(format!("{root}.{name}"))),
            "each" | "count" | "self" => Datum::unknown(at, Why::Expression(format!("{root}.{name}"))),
            "data" | "ephemeral" => {
                let (Some(Step::Name(label)), rest) = (rest.first(), rest.get(1..).unwrap_or_default())
                else {
                    return Datum::unknown(at, Why::Unsupported(format!("`{root}.{name}`")));
                };
                return self.resource(&format!("{root}.{name}.{label}"), rest, scope, at);
            }
            _ => return self.resource(&format!("{root}.{name}"), rest, scope, at),
        };
        walk(&through(value, at), rest, at)
    }

    fn path(&mut self, name: &str, scope: &Scope, at: Source) -> Datum {
        let root = self.instances.first().map_or("", |i| i.directory.path);
        let folder = match name {
            "module" => self.instance(scope.instance).map_or("", |i| i.directory.path),
            _ => root,
        };
        Datum::new(at, Known::Text(Text::literal(if folder.is_empty() { "." } else { folder })))
    }

    pub(super) fn local(&mut self, name: &str, instance: usize, at: Source) -> Datum {
        let Some(found) = self.instance(instance).and_then(|i| i.directory.locals.get(name).copied()) else {
            return Datum::unknown(at, Why::NotInTree(format!("local.{name}")));
        };
        self.remember(Key::Local(instance, name.to_owned()), at, |this| {
            this.value(found.value(), &Scope::of(instance))
        })
    }

    pub(super) fn variable(&mut self, name: &str, instance: usize, at: Source) -> Datum {
        self.remember(Key::Variable(instance, name.to_owned()), at, |this| this.input(name, instance, at))
    }

    fn input(&mut self, name: &str, instance: usize, at: Source) -> Datum {
        let Some(found) = self.instances.get(instance) else {
            return Datum::unknown(at, Why::Variable(format!("var.{name}")));
        };
        let directory = found.directory;
        let declared = directory.variables.get(name).copied();
        let default = declared.and_then(|block| block.body().attribute("default"));
        match found.call.clone() {
            Some((caller, call)) => match call.body().attribute(name) {
                Some(argument) => self.value(argument.value(), &caller),
                None => match default {
                    Some(default) => self.value(default.value(), &Scope::of(instance)),
                    None => Datum::unknown(at, Why::Variable(format!("var.{name}"))),
                },
            },
            None => {
                let default = default.map(|attribute| self.value(attribute.value(), &Scope::of(instance)));
                let values: &'u [Values<'u>] = &directory.values;
                self.chosen(name, instance, default, values, at)
            }
        }
    }

    /// A root's variable: what Terraform loads by itself, else its default; files that must be named are alternatives.
    fn chosen(
        &mut self,
        name: &str,
        instance: usize,
        default: Option<Datum>,
        values: &'u [Values<'u>],
        at: Source,
    ) -> Datum {
        let scope = Scope::of(instance);
        let automatic = values.iter().rev().filter(|v| v.automatic).find_map(|v| v.values.get(name).copied());
        let automatic = automatic.map(|value| self.value(value, &scope));
        let others: Vec<(Datum, Case, bool)> = values
            .iter()
            .filter(|v| !v.automatic)
            .filter_map(|v| Some((v.path, v.values.get(name).copied()?)))
            .map(|(path, value)| (self.value(value, &scope), Case::of("tfvars", path), false))
            .collect();
        let open = automatic.is_none();
        // A default of null or "" says "to be given".
        let default = default.filter(|d| !others.is_empty() || !matches!(d.value, Known::Null));
        match automatic.or(default) {
            Some(first) if others.is_empty() && !open => first,
            Some(first) => {
                let mut of = vec![(first.clone(), Case::always(), true)];
                of.extend(others);
                Datum { via: Vec::new(), ..super::one_of(first.at, of, open) }
            }
            None if others.is_empty() => Datum::unknown(at, Why::Variable(format!("var.{name}"))),
            None => super::one_of(others.first().map_or(at, |(v, _, _)| v.at), others, true),
        }
    }

    /// `module.name[index].output`.
    fn module(&mut self, name: &str, steps: &[Step], scope: &Scope, at: Source) -> Datum {
        let Some(call) = self.instance(scope.instance).and_then(|i| i.directory.modules.get(name).copied())
        else {
            return Datum::unknown(at, Why::NotInTree(format!("module.{name}")));
        };
        let (index, steps) = match steps.first() {
            Some(Step::Index(index)) => (Some(index.clone()), steps.get(1..).unwrap_or_default()),
            Some(Step::Splat) => (None, steps.get(1..).unwrap_or_default()),
            _ => (None, steps),
        };
        let scope = self.indexed(call, index, scope.instance);
        let Some(Step::Name(output)) = steps.first() else {
            return Datum::unknown(at, Why::Unsupported("a module as a value".to_owned()));
        };
        let Some(child) = self.child(&scope, call) else {
            return Datum::unknown(at, Why::NotInTree(format!("module.{name}.{output}")));
        };
        let value = self.output(output, child, at);
        walk(&through(value, at), steps.get(1..).unwrap_or_default(), at)
    }

    fn output(&mut self, name: &str, instance: usize, at: Source) -> Datum {
        let found = self.instance(instance).and_then(|i| i.directory.outputs.get(name).copied());
        let Some(value) = found.and_then(|block| block.body().attribute("value")) else {
            return Datum::unknown(at, Why::NotInTree(format!("output.{name}")));
        };
        self.remember(Key::Output(instance, name.to_owned()), at, |this| {
            this.value(value.value(), &Scope::of(instance))
        })
    }

    /// The instance of a called local module; `None` for a remote one or one beyond the limits.
    pub(in crate::dialect::terraform) fn child(
        &mut self,
        scope: &Scope,
        call: Located<'u, Block>,
    ) -> Option<usize> {
        let each = scope.names.get("each").and_then(|each| each.get("key")).and_then(Datum::known);
        let key = (scope.instance, call.at(), each.unwrap_or("").to_owned());
        if let Some(known) = self.called.get(&key) {
            return *known;
        }
        let child = self.open(scope, call);
        self.called.insert(key, child);
        child
    }

    fn open(&mut self, scope: &Scope, call: Located<'u, Block>) -> Option<usize> {
        let source = call.body().attribute("source")?.node.value.as_str()?;
        if !is_local(source) {
            return None;
        }
        let caller = self.instances.get(scope.instance)?;
        let path = crate::dialect::resolve(caller.directory.path, source)?;
        let directory = self.program.directories.get(path.as_str())?;
        let depth = caller.depth + 1;
        if depth > MAX_MODULES || self.instances.len() >= MAX_INSTANCES || directory.blocks.is_empty() {
            return None;
        }
        let prefix = format!("{}module.{}.", caller.prefix, call.label(0));
        self.instances.push(Instance { directory, call: Some((scope.clone(), call)), prefix, depth });
        Some(self.instances.len() - 1)
    }

    /// `type.label[index].attribute…`.
    fn resource(&mut self, address: &str, steps: &[Step], scope: &Scope, at: Source) -> Datum {
        let full = self.address(scope.instance, address);
        let Some(block) = self.instance(scope.instance).and_then(|i| i.directory.resource(address, at))
        else {
            return Datum::unknown(at, Why::NotInTree(full));
        };
        let (index, steps) = match steps.first() {
            Some(Step::Index(index)) => (Some(index.clone()), steps.get(1..).unwrap_or_default()),
            Some(Step::Splat) => {
                // Every instance: the one block stands for all.
                let one = self.resource(address, steps.get(1..).unwrap_or_default(), scope, at);
                return Datum::new(at, Known::List(vec![one]));
            }
            _ => (None, steps),
        };
        let inner = self.indexed(block, index, scope.instance);
        if let Some(moment) = self.moment(block, &inner, at) {
            return moment;
        }
        let Some(Step::Name(attribute)) = steps.first() else {
            return Datum::unknown(at, Why::Computed(full));
        };
        let value = self.attribute(block, attribute, &inner, at);
        walk(&through(value, at), steps.get(1..).unwrap_or_default(), at)
    }

    /// An attribute of a resource or data source: what its block says, what its type lets conclude, else a hole.
    pub(in crate::dialect::terraform) fn attribute(
        &mut self,
        block: Located<'u, Block>,
        attribute: &str,
        scope: &Scope,
        at: Source,
    ) -> Datum {
        let each =
            scope.names.get("each").and_then(|each| each.get("key")).and_then(Datum::known).unwrap_or("");
        let key = Key::Attribute(scope.instance, block.at(), format!("{attribute}/{each}"));
        let stated = self.remember(key, at, |this| this.stated(block, attribute, scope, at));
        match stated.value {
            Known::Unknown(Why::Computed(_)) => self.computed(block, attribute, scope, at).unwrap_or(stated),
            _ => stated,
        }
    }

    /// The resources of a type in an instance, in order, by what an argument of theirs says as text: found once, since as many
    /// others may ask. `concluded`: where it is not known, what its type lets conclude.
    pub(in crate::dialect::terraform) fn by_argument(
        &mut self,
        instance: usize,
        kind: &'static str,
        argument: &'static str,
        concluded: bool,
    ) -> Rc<Named<'u>> {
        if let Some(known) = self.named.get(&(instance, kind, argument)) {
            return Rc::clone(known);
        }
        let directory: Option<&'u Directory<'u>> = self.instance(instance).map(|i| i.directory);
        let blocks = directory.map(|directory| directory.of("resource", kind)).unwrap_or_default();
        let (mut named, scope) = (Named::new(), Scope::of(instance));
        for block in blocks {
            let stated = block.body().attribute(argument);
            let value = match stated.filter(|_| !concluded) {
                Some(stated) => self.value(stated.value(), &scope),
                None if concluded => self.attribute(*block, argument, &scope, block.header()),
                None => continue,
            };
            named.entry(text_of(&value)).or_default().push(*block);
        }
        let named = Rc::new(named);
        self.named.insert((instance, kind, argument), Rc::clone(&named));
        named
    }

    /// What the block itself says.
    fn stated(&mut self, block: Located<'u, Block>, attribute: &str, scope: &Scope, at: Source) -> Datum {
        if let Some(value) = self.data_attribute(block, attribute, scope) {
            return value;
        }
        if let Some(found) = block.body().attribute(attribute) {
            return self.value(found.value(), scope);
        }
        if block.body().blocks().any(|b| b.kind() == attribute) {
            return self.nested_value(block.body(), attribute, scope, at);
        }
        let address = self.address(scope.instance, &program::address(block));
        Datum::unknown(at, Why::Computed(format!("{address}.{attribute}")))
    }

    /// What the type lets conclude, at the place of the use.
    fn computed(
        &mut self,
        block: Located<'u, Block>,
        attribute: &str,
        scope: &Scope,
        at: Source,
    ) -> Option<Datum> {
        let row = tables::shape(block.label(0))?;
        let address = self.address(scope.instance, &program::address(block));
        if let Some(other) = row.same.get(attribute) {
            return Some(match block.body().attribute(other) {
                Some(found) => self.value(found.value(), scope),
                None => Datum::unknown(at, Why::Computed(format!("{address}.{other}"))),
            });
        }
        let text = self.pattern(row.computed.get(attribute)?, block, scope, &address);
        Some(Datum::new(at, Known::Text(text)))
    }

    /// A computed attribute by its pattern: `{name}` is another attribute, `{?account}` a hole, `{url|host}` without scheme.
    fn pattern(&mut self, pattern: &str, block: Located<'u, Block>, scope: &Scope, address: &str) -> Text {
        let mut text = Text::default();
        let mut rest = pattern;
        while let Some((before, more)) = rest.split_once('{') {
            text.push(before);
            let (name, after) = more.split_once('}').unwrap_or((more, ""));
            rest = after;
            if let Some(hole) = name.strip_prefix('?') {
                text.push_hole(Why::Variable(hole.to_owned()));
                continue;
            }
            let (name, host) = name.split_once('|').map_or((name, false), |(name, _)| (name, true));
            let value = block.body().attribute(name).map(|found| self.value(found.value(), scope));
            let value = value.as_ref().map(default_of).and_then(Datum::text);
            match value {
                Some(value) if host => {
                    let known = value.known().map(|v| v.trim_start_matches("https://").trim_end_matches('/'));
                    text.append(&known.map_or_else(|| value.clone(), Text::literal));
                }
                Some(value) => text.append(&value),
                None => text.push_hole(Why::Computed(format!("{address}.{name}"))),
            }
        }
        text.push(rest);
        text
    }
}

/// Whether a module's source is a directory of the tree.
pub(in crate::dialect::terraform) fn is_local(source: &str) -> bool {
    source.starts_with("./") || source.starts_with("../") || source == "." || source == ".."
}

/// What stands below a value.
pub(super) fn walk(value: &Datum, steps: &[Step], at: Source) -> Datum {
    let Some((step, rest)) = steps.split_first() else { return value.clone() };
    map_alternatives(value, |value| {
        let next = match (&value.value, step) {
            (Known::Unknown(why), _) => {
                return Datum { value: Known::Unknown(deeper(why, steps)), ..value.clone() };
            }
            (Known::List(items), Step::Splat) => {
                let items = items.iter().map(|item| walk(item, rest, at)).collect();
                return Datum { value: Known::List(items), ..value.clone() };
            }
            (Known::Null, Step::Splat) => return Datum::new(at, Known::List(Vec::new())),
            (_, Step::Splat) => {
                return Datum { value: Known::List(vec![walk(value, rest, at)]), ..value.clone() };
            }
            (Known::Map(_), Step::Name(name)) => value.get(name),
            (Known::Map(_), Step::Index(index)) => index.known().and_then(|key| value.get(key)),
            (Known::List(items), Step::Index(index)) => {
                index.known().and_then(|i| i.parse::<usize>().ok()).and_then(|i| items.get(i))
            }
            // A single block is read as a list of one and as itself.
            (Known::List(items), Step::Name(name)) if items.len() == 1 => {
                items.first().and_then(|item| item.get(name))
            }
            _ => None,
        };
        match next {
            Some(next) => {
                let mut next = walk(next, rest, at);
                next.via.extend(value.via.iter().copied());
                next
            }
            None => Datum::unknown(at, Why::Unsupported(NO_SUCH_KEY.to_owned())),
        }
    })
}

/// The reason of an unknown value, with the path below it.
fn deeper(why: &Why, steps: &[Step]) -> Why {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Name(name) => path.push_str(&format!(".{name}")),
            Step::Index(index) => match &index.value {
                // A key that is a text is part of the name: `app_role_ids["User.Read.All"]`.
                Known::Text(key) => path.push_str(&format!("[\"{key}\"]")),
                _ => path.push_str("[…]"),
            },
            Step::Splat => path.push_str("[*]"),
        }
    }
    match why {
        Why::Variable(name) => Why::Variable(format!("{name}{path}")),
        Why::Computed(name) => Why::Computed(format!("{name}{path}")),
        Why::NotInTree(name) => Why::NotInTree(format!("{name}{path}")),
        other => other.clone(),
    }
}
