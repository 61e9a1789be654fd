//! Module calls: code from elsewhere is a component, a directory of the tree is read on.

use super::site::Site;
use crate::dialect::terraform::evaluate::is_local;
use crate::fact::{Body, Component, Pin, Ref, Text, Why};

/// Publishers whose modules are those of the platform itself.
const FIRST_PARTY: [&str; 4] = ["hashicorp/", "terraform-google-modules/", "aws-ia/", "Azure/"];

/// States where a module's code comes from, and says its name if that is elsewhere.
pub(super) fn component(site: &mut Site<'_, '_, '_>) -> Option<Ref> {
    let attribute = site.block.body().attribute("source")?;
    let Some(source) = attribute.node.value.as_str() else {
        site.out.unknown(
            attribute.value().at(),
            Why::Unsupported("a module source that is not a literal".to_owned()),
        );
        return None;
    };
    let at = attribute.value().content();
    let local = is_local(source);
    let (name, pin) = match local {
        true => (source.to_owned(), Pin::Local),
        false => {
            let version = site.block.body().attribute("version").and_then(|v| v.node.value.as_str());
            (without_version(source).to_owned(), pin(source, version))
        }
    };
    let first_party = local || FIRST_PARTY.iter().any(|publisher| name.starts_with(publisher));
    let is = Ref::new("terraform", "module", [], name);
    let body = Body::Component(Component {
        is: is.clone(),
        kind: "module".to_owned(),
        pin,
        released: None,
        first_party,
    });
    site.out.state(site.within, at, body);
    (!local).then_some(is)
}

/// The instance of a local module; a remote or missing one stays unknown.
pub(super) fn child(site: &mut Site<'_, '_, '_>) -> Option<usize> {
    let child = site.evaluator.child(&site.scope, site.block);
    if child.is_none() {
        let name = site.address.clone();
        site.out.unknown(site.block.header(), Why::NotInTree(name));
    }
    child
}

/// A source without `?ref=…` and subdirectory marks.
fn without_version(source: &str) -> &str {
    let source = source.split('?').next().unwrap_or(source);
    source.strip_prefix("git::").unwrap_or(source)
}

/// How firmly a module is fixed: a commit, a tag, a range.
fn pin(source: &str, version: Option<&str>) -> Pin {
    let reference =
        source.split_once('?').and_then(|(_, query)| query.split('&').find_map(|p| p.strip_prefix("ref=")));
    match (reference, version) {
        (Some(commit), _) if commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Pin::Digest(commit.to_owned())
        }
        (Some("main" | "master" | "HEAD" | "develop"), _) => {
            Pin::Moving(Text::literal(reference.unwrap_or_default()))
        }
        (Some(tag), _) => Pin::Tag(Text::literal(tag)),
        (None, Some(version)) => {
            let exact = version.trim().trim_start_matches('=').trim();
            let is_exact = exact.starts_with(|c: char| c.is_ascii_digit());
            if is_exact { Pin::Tag(Text::literal(exact)) } else { Pin::Moving(Text::literal(version)) }
        }
        (None, None) => Pin::None,
    }
}
