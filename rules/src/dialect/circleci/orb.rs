//! Orbs: packages of commands, jobs and executors, published by somebody or written in the file.

use super::expression::Piece;
use super::expression::pieces;
use super::tables::TABLE;
use crate::dialect::pipeline::component as versions;
use crate::fact::{Component, Pin, Ref, Text, Why};

/// The orb that a reference names: `namespace/orb@version`. A full version cannot be published anew; a shorter one, and
/// `volatile`, is whatever its publisher ships next, and so is a development version.
/// Source: <https://circleci.com/docs/orbs/use/orb-intro/#orb-versioning>.
pub(super) fn component(written: &str) -> Component {
    let written = written.trim();
    if let Some((_, address)) = written.split_once("://") {
        return by_address(address);
    }
    let (name, version) = match written.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (written, None),
    };
    let pin = match version {
        None | Some("") => Pin::None,
        Some(version) if version.contains("<<") => Pin::Tag(text(version)),
        Some(version) if is_full(version) => Pin::Digest(version.to_owned()),
        Some(version) if version == "volatile" || version.starts_with("dev:") => Pin::Moving(version.into()),
        Some(version) => Pin::Tag(version.into()),
    };
    let first_party = TABLE.first_party.orbs.iter().any(|prefix| name.starts_with(prefix.as_str()));
    Component {
        is: Ref::new("circleci", "orb", [], text(name)),
        kind: "orb".to_owned(),
        pin,
        released: None,
        first_party,
    }
}

/// An orb by its address: a commit in it fixes what it is.
fn by_address(address: &str) -> Component {
    let name = address.split(['?', '#']).next().unwrap_or(address);
    // A name and password in an address are no part of the name.
    let name = name.split_once('@').filter(|(user, _)| !user.contains('/')).map_or(name, |(_, rest)| rest);
    let commit = name.split('/').find(|part| versions::is_commit(part));
    let pin = commit.map_or(Pin::None, |commit| Pin::Digest(commit.to_owned()));
    Component {
        is: Ref::new("circleci", "orb", [], text(name)),
        kind: "orb".to_owned(),
        pin,
        released: None,
        first_party: false,
    }
}

fn is_full(version: &str) -> bool {
    let numbers: Vec<&str> = version.split('.').collect();
    numbers.len() == 3 && numbers.iter().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// A text with holes for its parameters.
fn text(written: &str) -> Text {
    pieces(written).into_iter().fold(Text::default(), |mut text, piece| {
        match piece {
            Piece::Literal(literal) => text.push(literal),
            Piece::Parameter(name, _) | Piece::Variable(name) => {
                text.push_hole(Why::Variable(name.to_owned()))
            }
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_version_is_firm() {
        let pin = |text: &str| component(text).pin;
        assert_eq!(pin("acme/deploy@1.2.3"), Pin::Digest("1.2.3".to_owned()));
        assert_eq!(pin("acme/deploy@1.2"), Pin::Tag("1.2".into()));
        assert_eq!(pin("acme/deploy@volatile"), Pin::Moving("volatile".into()));
        assert_eq!(pin("acme/deploy@dev:first"), Pin::Moving("dev:first".into()));
        assert_eq!(pin("acme/deploy"), Pin::None);
        assert_eq!(pin("https://u:p@x.example/o.yml?a=b"), Pin::None);
        assert_eq!(component("https://u:p@x.example/o.yml?a=b").is.name.known(), Some("x.example/o.yml"));
        assert!(matches!(pin("acme/deploy@<<pipeline.parameters.v>>"), Pin::Tag(v) if v.has_hole()));
        assert!(component("circleci/node@6").first_party && !component("acme/node@6.1.0").first_party);
    }
}
