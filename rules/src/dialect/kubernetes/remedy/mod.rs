//! Remedies in YAML and JSON manifests. Every edit is tried on a copy first: it must read back as a sound document that
//! says what was asked for, or else it is not offered.

mod narrow;
mod snippet;
mod surgery;

use crate::dialect::{SourceFile, Trials, Unit};
use crate::document::{Data, Entry, Node};
use crate::fact::{Place, SafeguardKind, human_seconds};
use crate::remedy::{Remedy, Rendered, Safety};
use crate::span::ByteSpan;

use super::pod::CONTAINER_LISTS;
use surgery::Surgery;

/// The API server refuses shorter projected tokens, in seconds.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume/#projections>.
const SHORTEST_TOKEN: u64 = 600;

/// How long a certificate works: <https://cert-manager.io/docs/usage/certificate/>.
const CERTIFICATE: &str = "duration";

/// Writes a remedy for what stands at `target`.
pub(super) fn render(unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
    let found =
        unit.files.get(target.file.0 as usize).and_then(|file| Target::find(file, target.span, &unit.trials));
    let Some(target) = found else { return not_here("nothing of the manifest stands at this place") };
    match remedy {
        Remedy::SetLifetime { seconds } => set_lifetime(&target, *seconds),
        Remedy::Switch { safeguard: SafeguardKind::TokenAutomount, on: false } => {
            switch_off_automount(&target)
        }
        Remedy::Narrow { remove } => narrow::render(&target, remove),
        Remedy::PinTo { digest } => pin(&target, digest),
        Remedy::NameIdentity { name } => Rendered::Snippet(snippet::identity(&target, name)),
        Remedy::Declare { what } => Rendered::Snippet(snippet::declaration(what)),
        Remedy::Reference { name } => snippet::reference(&target, name),
        Remedy::Federate { platform } => snippet::federation(platform),
        Remedy::Switch { .. }
        | Remedy::StateLeast { .. }
        | Remedy::Claim { .. }
        | Remedy::PinKnown { .. } => not_here("manifests have no such setting"),
    }
}

fn not_here(why: &str) -> Rendered {
    Rendered::NotHere(why.to_owned())
}

fn too_many() -> Rendered {
    not_here("too many edits were tried on files of this unit")
}

/// What stands at a place, and what stands around it.
pub(super) struct Target<'d> {
    file: &'d SourceFile,
    trials: &'d Trials,
    /// The nodes that hold the place, the document first.
    nodes: Vec<&'d Node>,
    /// The entries on the way, outermost first.
    entries: Vec<&'d Entry>,
}

impl<'d> Target<'d> {
    fn find(file: &'d SourceFile, span: ByteSpan, trials: &'d Trials) -> Option<Self> {
        let root = file.document.nodes().iter().find(|n| n.span.contains(span))?;
        let mut target = Self { file, trials, nodes: vec![root], entries: Vec::new() };
        let mut at = root;
        loop {
            let next = match &at.data {
                Data::Map(entries) => {
                    let holds = |e: &&Entry| {
                        !e.merged
                            && (e.key.span.contains(span) || (here(&e.value) && e.value.span.contains(span)))
                    };
                    entries.iter().find(holds).map(|entry| {
                        target.entries.push(entry);
                        (&entry.value, entry.key.span.contains(span))
                    })
                }
                Data::List(items) => {
                    items.iter().find(|item| here(item) && item.span.contains(span)).map(|item| (item, false))
                }
                _ => None,
            };
            let Some((node, by_key)) = next else { return Some(target) };
            target.nodes.push(node);
            if by_key {
                return Some(target);
            }
            at = node;
        }
    }

    /// The innermost node: what a key stands for, if the place is a key.
    fn node(&self) -> Option<&'d Node> {
        self.nodes.last().copied()
    }

    /// The innermost entry.
    fn entry(&self) -> Option<&'d Entry> {
        self.entries.last().copied()
    }

    /// The innermost node around the place for which something holds.
    fn around(&self, wanted: impl Fn(&Node) -> bool) -> Option<&'d Node> {
        self.nodes.iter().rev().copied().find(|node| wanted(node))
    }

    /// The manifest around the place.
    fn manifest(&self) -> Option<&'d Node> {
        self.around(|node| node.get("kind").is_some() && node.get("apiVersion").is_some())
    }

    /// The kind of the manifest around the place.
    fn kind(&self) -> &'d str {
        self.manifest().and_then(|m| m.get("kind")).and_then(Node::text).unwrap_or_default()
    }
}

/// Whether a node is written where it is used: an alias is mended where its anchor stands.
fn here(node: &Node) -> bool {
    node.used_at.is_none()
}

fn set_lifetime(target: &Target<'_>, seconds: u64) -> Rendered {
    const KEY: &str = "expirationSeconds";
    let seconds = seconds.max(SHORTEST_TOKEN);
    let Some(mut surgery) = Surgery::new(target) else { return too_many() };
    match target.node() {
        Some(node) if target.file.is_anchored(node.span) => {
            return not_here("other places share this value by its anchor");
        }
        Some(node) if node.integer().is_some() && target.entry().is_some_and(|e| e.name() == KEY) => {
            surgery.replace(node.span, seconds.to_string());
        }
        Some(node)
            if target.entry().is_some_and(|e| e.name() == "serviceAccountToken")
                && node.get(KEY).is_none() =>
        {
            if surgery.insert_first(node, KEY, &seconds.to_string()).is_none() {
                return not_here("the volume source is written in a form that is not edited");
            }
        }
        Some(node) if target.entry().is_some_and(|e| e.name() == CERTIFICATE) => {
            return set_duration(target, surgery, node, seconds);
        }
        _ => return not_here("no number of seconds stands at this place"),
    }
    let wanted = seconds.to_string();
    surgery.finish(
        &format!("set {KEY} to {seconds} ({})", human_seconds(seconds)),
        Safety::Safe,
        |before, after| count(after, KEY, &wanted) == count(before, KEY, &wanted) + 1,
    )
}

/// The length of a certificate in hours, as its issuer takes it. Where it also says when to renew, both belong together.
fn set_duration(target: &Target<'_>, mut surgery: Surgery<'_>, node: &Node, seconds: u64) -> Rendered {
    let hours = node.text().and_then(|text| text.strip_suffix('h')).and_then(|n| n.parse::<u64>().ok());
    let wanted = seconds / 3_600;
    let renews = target.around(|node| node.entry(CERTIFICATE).is_some());
    let renews = renews.is_some_and(|map| map.entries().iter().any(|e| e.name().starts_with("renewBefore")));
    if renews || wanted == 0 || hours.is_none_or(|hours| hours <= wanted) {
        return not_here("the lifetime is not written as a number of hours alone");
    }
    let wanted = format!("{wanted}h");
    surgery.replace(node.span, wanted.clone());
    surgery.finish(
        &format!("set {CERTIFICATE} to {wanted} ({})", human_seconds(seconds)),
        Safety::Safe,
        |before, after| count(after, CERTIFICATE, &wanted) == count(before, CERTIFICATE, &wanted) + 1,
    )
}

fn switch_off_automount(target: &Target<'_>) -> Rendered {
    const KEY: &str = "automountServiceAccountToken";
    let is_pod = |node: &Node| CONTAINER_LISTS.iter().any(|list| node.get(list).is_some());
    let is_account = |node: &Node| node.get("kind").and_then(Node::text) == Some("ServiceAccount");
    let Some(map) = target.around(|node| is_pod(node) || is_account(node)) else {
        return not_here("neither a pod specification nor a service account stands at this place");
    };
    let Some(mut surgery) = Surgery::new(target) else { return too_many() };
    let done = match map.entry(KEY) {
        Some(entry) if entry.merged || !here(&entry.value) => None,
        Some(entry) => {
            surgery.replace(entry.value.span, "false".to_owned());
            Some(())
        }
        None if is_account(map) => map
            .entry("metadata")
            .and_then(|entry| surgery.insert_after(entry, KEY, "false"))
            .or_else(|| surgery.insert_first(map, KEY, "false")),
        None => surgery.insert_first(map, KEY, "false"),
    };
    if done.is_none() {
        return not_here("the specification is written in a form that is not edited");
    }
    surgery.finish(&format!("set {KEY} to false"), Safety::Unsafe, |before, after| {
        count(after, KEY, "false") == count(before, KEY, "false") + 1
    })
}

fn pin(target: &Target<'_>, digest: &str) -> Rendered {
    let image =
        target.node().filter(|_| target.entry().is_some_and(|e| matches!(e.name(), "image" | "reference")));
    let Some((node, written)) = image.and_then(|node| Some((node, node.text()?))) else {
        return not_here("no image stands at this place");
    };
    let plain = written.split_once('@').map_or(written, |(plain, _)| plain);
    let pinned = format!("{plain}@{digest}");
    let Some(mut surgery) = Surgery::new(target) else { return too_many() };
    surgery.replace(node.span, pinned.clone());
    surgery.finish(&format!("pin {plain} to its digest"), Safety::Safe, |_, after| {
        count(after, "image", &pinned) > 0
    })
}

/// How often a key stands with this value.
fn count(nodes: &[Node], key: &str, value: &str) -> usize {
    let mut found = 0;
    let mut open: Vec<&Node> = nodes.iter().collect();
    while let Some(node) = open.pop() {
        match &node.data {
            Data::Map(entries) => {
                for entry in entries.iter().filter(|e| !e.merged && here(&e.value)) {
                    found += usize::from(entry.name() == key && entry.value.written() == Some(value));
                    open.push(&entry.value);
                }
            }
            Data::List(items) => open.extend(items.iter().filter(|i| here(i))),
            _ => {}
        }
    }
    found
}
