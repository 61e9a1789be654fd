//! Which manifests a patch is for.
//!
//! <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/>.

use crate::document::Node;

/// Whether a manifest is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    /// The selector is of a form that is not read.
    Perhaps,
    No,
}

/// A selector: what is not said is not asked for.
#[derive(Debug, Default)]
pub(super) struct Target<'d> {
    group: Option<&'d str>,
    kind: Option<&'d str>,
    name: Option<&'d str>,
    labels: Option<&'d str>,
    annotations: Option<&'d str>,
}

impl<'d> Target<'d> {
    /// A selector that stands beside a patch.
    pub(super) fn of(node: &'d Node) -> Self {
        let text = |key: &str| node.get(key).and_then(Node::text).filter(|text| !text.is_empty());
        Self {
            group: text("group"),
            kind: text("kind"),
            name: text("name"),
            labels: text("labelSelector"),
            annotations: text("annotationSelector"),
        }
    }

    /// The manifest that a strategic merge says it is.
    pub(super) fn itself(patch: &'d Node) -> Self {
        let version = patch.get("apiVersion").and_then(Node::text);
        Self {
            group: version.map(|version| version.split_once('/').map_or("", |(group, _)| group)),
            kind: patch.get("kind").and_then(Node::text),
            name: patch.path(&["metadata", "name"]).and_then(Node::text),
            labels: None,
            annotations: None,
        }
    }

    /// Whether a manifest is meant.
    pub(super) fn fits(&self, manifest: &Node) -> Fit {
        let text = |path: &[&str]| manifest.path(path).and_then(Node::text).unwrap_or_default();
        let group = text(&["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
        if self.group.is_some_and(|wanted| wanted != group) {
            return Fit::No;
        }
        let texts = [(self.kind, text(&["kind"])), (self.name, text(&["metadata", "name"]))];
        let selectors = [(self.labels, "labels"), (self.annotations, "annotations")];
        let texts = texts.iter().filter_map(|(wanted, is)| Some(whole(is, (*wanted)?)));
        let selectors =
            selectors.iter().filter_map(|(wanted, key)| Some(selected(manifest, key, (*wanted)?)));
        texts.chain(selectors).max_by_key(|fit| *fit as u8).unwrap_or(Fit::Yes)
    }
}

/// Whether a regular expression, anchored at both ends, takes in a text: alternatives of literals and `.*`.
fn whole(text: &str, wanted: &str) -> Fit {
    if text == wanted {
        return Fit::Yes;
    }
    let wanted = wanted.trim_start_matches('^').trim_end_matches('$');
    let inner = wanted.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(wanted);
    if inner.replace(".*", "").contains(['*', '+', '?', '[', '(', ')', '{', '\\', '^', '$']) {
        return Fit::Perhaps;
    }
    if inner.split('|').any(|one| like(text, one)) { Fit::Yes } else { Fit::No }
}

/// Whether a text is made of these pieces, with anything where `.*` stands.
fn like(text: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split(".*");
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(before) = last.replace(piece) {
            let Some(at) = rest.find(before) else { return false };
            rest = rest.get(at + before.len()..).unwrap_or_default();
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

/// Whether labels or annotations are as a selector of equalities wants them.
fn selected(manifest: &Node, key: &str, selector: &str) -> Fit {
    let mut fit = Fit::Yes;
    for one in selector.split(',').map(str::trim) {
        let Some((name, value)) = one.split_once('=').filter(|(name, _)| !name.contains(['!', '(', ' ']))
        else {
            fit = Fit::Perhaps;
            continue;
        };
        let has = manifest.path(&["metadata", key, name]).and_then(Node::text);
        if has != Some(value.trim_start_matches('=')) {
            return Fit::No;
        }
    }
    fit
}

#[cfg(test)]
mod tests {
    use super::{Fit, whole};

    #[test]
    fn a_name_is_a_pattern_that_takes_in_all_of_it() {
        assert_eq!(whole("web", "web"), Fit::Yes);
        assert_eq!(whole("web-1", "web"), Fit::No);
        assert_eq!(whole("web-1", "web.*"), Fit::Yes);
        assert_eq!(whole("my-web", ".*web"), Fit::Yes);
        assert_eq!(whole("a-b-c", "a.*b.*c"), Fit::Yes);
        assert_eq!(whole("api", "^(web|api)$"), Fit::Yes);
        assert_eq!(whole("api", "[a-z]+"), Fit::Perhaps);
    }
}
