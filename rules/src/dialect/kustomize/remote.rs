//! Bases that stand elsewhere: code of others that takes part.
//!
//! <https://github.com/kubernetes-sigs/kustomize/blob/master/examples/remoteBuild.md>.

use super::NAME;
use super::named::Named;
use crate::dialect::{Lowering, SourceFile};
use crate::fact::{Body, Component, Pin, Ref, Text};
use crate::span::Source;

/// Names of branches.
const MOVING: [&str; 5] = ["main", "master", "HEAD", "develop", "latest"];

/// States a base that is fetched.
pub(super) fn lower(file: &SourceFile, named: Named<'_>, out: &mut Lowering<'_>) {
    let (address, query) = named.path.split_once('?').unwrap_or((named.path, ""));
    let host = address.split('/').next().unwrap_or_default();
    let is_remote = address.contains("://")
        || address.starts_with("git@")
        || host.contains('.')
            && host != ".."
            && host != "."
            && address.contains('/')
            && !host.starts_with('.');
    if !is_remote {
        return;
    }
    let asked = query.split('&').filter_map(|pair| pair.split_once('='));
    let asked = asked.filter(|(key, _)| matches!(*key, "ref" | "version")).map(|(_, value)| value).next();
    let pin = match asked.or_else(|| version(address)) {
        Some(commit) if commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Pin::Digest(commit.to_owned())
        }
        Some(branch) if MOVING.contains(&branch) => Pin::Moving(Text::literal(branch)),
        Some(tag) => Pin::Tag(Text::literal(tag)),
        None => Pin::None,
    };
    let component = Component {
        is: Ref::new(NAME, "base", [], address),
        kind: "kustomize base".to_owned(),
        pin,
        released: None,
        first_party: false,
    };
    let within = out.file_context(file.id);
    out.state(within, Source::new(file.id, named.node.span), Body::Component(component));
}

/// The part of an address that names a version: `v1.2.3`, a commit, a branch.
fn version(address: &str) -> Option<&str> {
    let is = |part: &&str| {
        let number = part.strip_prefix('v').unwrap_or(part);
        let numbered = number.starts_with(|c: char| c.is_ascii_digit()) && number.contains('.');
        numbered || MOVING.contains(part) || (part.len() == 40 && part.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    address.split('/').skip(3).find(is)
}
