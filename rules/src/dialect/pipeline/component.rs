//! Outside code: container images, and how firmly a version is fixed.

use super::names;
use crate::fact::{Component, Piece, Pin, Ref, Text, Why};

/// Whether a version is a full commit id (SHA-1 or SHA-256). A shorter one is looked up as a tag or branch first.
pub(crate) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// How firmly a version of a repository fixes what is taken from it.
pub(crate) fn pin(version: Option<&str>) -> Pin {
    match version {
        None | Some("") => Pin::None,
        Some(commit) if is_commit(commit) => Pin::Digest(commit.to_ascii_lowercase()),
        Some(name) if names::moves(name) => Pin::Moving(name.into()),
        Some(name) => Pin::Tag(name.into()),
    }
}

/// The version that a comment beside a commit id states: `v4.1.1`, `tag=v4.1.1`, `ratchet:owner/action@v4`.
pub(crate) fn released(comment: &str) -> Option<&str> {
    // Longer than any version that people write.
    const LONGEST: usize = 64;
    let word = comment.split_ascii_whitespace().next()?;
    let version = word.rsplit(['@', '=', ':']).next()?.trim_end_matches([',', ';']);
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+');
    let number = version.trim_start_matches('v');
    (version.len() <= LONGEST
        && version.bytes().all(is_plain)
        && !is_commit(version)
        && number.starts_with(|c: char| c.is_ascii_digit()))
    .then_some(version)
}

/// How tables of components name one: `platform/kind/name` in small letters.
pub(crate) fn key(is: &Ref) -> Option<String> {
    Some(format!("{}/{}/{}", is.platform, is.kind, is.name.known()?).to_ascii_lowercase())
}

/// A container image: `[registry[:port]/]repository[:tag][@digest]`.
pub(crate) fn image(image: &str) -> Component {
    image_of(&Text::literal(image))
}

/// A container image of whose name parts may be unknown. A hole may stand for a name, a tag or both.
pub(crate) fn image_of(image: &Text) -> Component {
    let (name, digest) = match split(image, '@', false) {
        Some((name, digest)) => (name, Some(digest)),
        None => (image.clone(), None),
    };
    let (name, tag) = match split(&name, ':', true) {
        Some((name, tag)) => (name, Some(tag)),
        None => (name, None),
    };
    let ends_in_hole = matches!(name.0.last(), Some(Piece::Hole(_)));
    let released = tag.as_ref().and_then(Text::known).map(str::to_owned).filter(|_| digest.is_some());
    let pin = match (digest, tag) {
        (Some(digest), _) => match digest.known() {
            Some(known) => Pin::Digest(known.to_owned()),
            None => Pin::Tag(digest),
        },
        (None, Some(tag)) if tag.known() == Some("latest") => Pin::Moving(tag),
        (None, Some(tag)) => Pin::Tag(tag),
        // What is not known of a name may bring its tag along.
        (None, None) if ends_in_hole => Pin::Tag(name.clone()),
        (None, None) => Pin::None,
    };
    Component {
        is: Ref::new("oci", "image", [], name),
        kind: "container image".to_owned(),
        pin,
        released,
        first_party: false,
    }
}

/// A script that is fetched from an address and run. `None` if nothing says whose it is.
pub(crate) fn script(address: &Text) -> Option<Component> {
    // Longer than any address that people write.
    const LONGEST: usize = 2048;
    let known = address.prefix();
    let host = known.split_once("://")?.1.split(['/', '?', '#']).next()?;
    // A host that a hole goes on with is another host.
    let hosted = known.split_once("://")?.1.len() > host.len() || address.known().is_some();
    let own = ["localhost", "127.0.0.1", "[::1]"].iter().any(|own| host.split(':').next() == Some(own));
    if !hosted || host.is_empty() || known.len() > LONGEST {
        return None;
    }
    let mut name = Text::default();
    let mut pin = Pin::None;
    for piece in &address.0 {
        let Piece::Literal(literal) = piece else {
            name.push_hole(piece_why(piece)?);
            continue;
        };
        let end = literal.find(['?', '#']);
        let literal = literal.get(..end.unwrap_or(literal.len()))?;
        name.push(literal);
        for segment in literal.split('/') {
            pin = match pin {
                Pin::Digest(_) => pin,
                _ if is_commit(segment) => Pin::Digest(segment.to_ascii_lowercase()),
                _ if is_version(segment) => Pin::Tag(segment.into()),
                Pin::None if names::moves(segment) => Pin::Moving(segment.into()),
                pin => pin,
            };
        }
        if end.is_some() {
            break;
        }
    }
    // Of whom a password in it is, the name does not say.
    if known.split_once("://")?.1.split('/').next()?.contains('@') {
        return None;
    }
    // What is not known may be the version.
    if matches!(pin, Pin::None) && name.0.iter().any(|piece| matches!(piece, Piece::Hole(_))) {
        pin = Pin::Tag(name.clone());
    }
    Some(Component {
        is: Ref::new("web", "script", [], name),
        kind: "script".to_owned(),
        pin,
        released: None,
        first_party: own,
    })
}

/// A script that is run as it comes from an address that nobody states here. Whatever it is fixed to, a reader cannot see.
pub(crate) fn script_from_elsewhere(address: &Text) -> Component {
    // A password in an address is none of its name.
    let shown = |piece: &Piece| matches!(piece, Piece::Literal(literal) if literal.contains('@'));
    let mut name = Text::default();
    if !address.0.iter().any(shown) {
        for piece in &address.0 {
            match piece {
                Piece::Hole(why) => name.push_hole(why.clone()),
                Piece::Literal(literal) => {
                    name.push(literal.split(['?', '#']).next().unwrap_or_default());
                    if literal.contains(['?', '#']) {
                        break;
                    }
                }
            }
        }
    }
    if name.known().is_some() {
        name = Text::hole(Why::Unsupported("an address".to_owned()));
    }
    Component {
        is: Ref::new("web", "script", [], name),
        kind: "script".to_owned(),
        pin: Pin::None,
        released: None,
        first_party: false,
    }
}

fn piece_why(piece: &Piece) -> Option<crate::fact::Why> {
    match piece {
        Piece::Hole(why) => Some(why.clone()),
        Piece::Literal(_) => None,
    }
}

/// `v1.2.3`, `24.04`.
fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or(segment);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.contains('.')
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// The text before and behind a sign that is written out: the first, or for a `tag` the last behind every slash.
fn split(text: &Text, sign: char, tag: bool) -> Option<(Text, Text)> {
    let found = |literal: &str| match tag {
        false => literal.find(sign),
        true => literal.rfind(sign).filter(|at| !literal[*at..].contains('/')),
    };
    let mut places = text.0.iter().enumerate().filter_map(|(index, piece)| match piece {
        Piece::Literal(literal) => Some((index, found(literal)?, literal)),
        Piece::Hole(_) => None,
    });
    let (index, at, literal) = if tag { places.next_back()? } else { places.next()? };
    let (before, behind) = (text.0.get(..index)?, text.0.get(index + 1..)?);
    let slash = |piece: &Piece| matches!(piece, Piece::Literal(literal) if literal.contains('/'));
    if tag && behind.iter().any(slash) {
        return None;
    }
    let mut name = Text(before.to_vec());
    name.push(&literal[..at]);
    let mut rest = Text::literal(&literal[at + sign.len_utf8()..]);
    if rest.known() == Some("") {
        rest = Text::default();
    }
    rest.append(&Text(behind.to_vec()));
    Some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &Text) -> String {
        let component = image_of(text);
        format!("{} {:?}", component.is, component.pin)
    }

    #[test]
    fn what_a_digest_is_said_to_be_is_kept() {
        for (comment, version) in [
            ("v4.1.1", Some("v4.1.1")),
            ("4, pinned by a bot", Some("4")),
            ("tag=v3.0", Some("v3.0")),
            ("ratchet:acme/x@v2", Some("v2")),
            ("pinned", None),
            ("TODO: v4", None),
            ("", None),
        ] {
            assert_eq!(super::released(comment), version, "{comment}");
        }
        assert_eq!(image("a:1.27@sha256:00").released.as_deref(), Some("1.27"));
        assert_eq!(image("a@sha256:00").released, None);
        assert_eq!(image("a:1.27").released, None);
    }

    #[test]
    fn images_are_named_without_version() {
        let named = |text: &str| {
            let component = image(text);
            (component.is.to_string(), component.pin)
        };
        assert_eq!(named("alpine:3"), ("oci/image/alpine".to_owned(), Pin::Tag("3".into())));
        assert_eq!(named("h:5000/a/b"), ("oci/image/h:5000/a/b".to_owned(), Pin::None));
        assert_eq!(named("a:latest"), ("oci/image/a".to_owned(), Pin::Moving("latest".into())));
        assert_eq!(
            named("ghcr.io/a/b:1@sha256:00"),
            ("oci/image/ghcr.io/a/b".to_owned(), Pin::Digest("sha256:00".to_owned()))
        );
    }

    #[test]
    fn a_hole_may_stand_anywhere() {
        let hole = || Text::hole(Why::Variable("X".to_owned()));
        let mut tagged = Text::literal("h:5000/node:");
        tagged.append(&hole());
        assert!(named(&tagged).starts_with("oci/image/h:5000/node Tag("), "{}", named(&tagged));
        let mut below = hole();
        below.push("/app:1.2");
        assert!(
            named(&below).starts_with("oci/image/${X}/app Tag(Text([Literal(\"1.2\")"),
            "{}",
            named(&below)
        );
        assert!(named(&hole()).starts_with("oci/image/${X} Tag("));
        let mut port = Text::literal("h:5000/");
        port.append(&hole());
        port.push("/app");
        assert_eq!(named(&port), "oci/image/h:5000/${X}/app None");
    }

    #[test]
    fn a_script_is_pinned_by_the_commit_in_its_address() {
        let read = |address: &str| script(&Text::literal(address)).map(|c| (c.is.name.to_string(), c.pin));
        let sha = "0".repeat(40);
        assert_eq!(
            read("https://a.example/install.sh?x=1"),
            Some(("https://a.example/install.sh".to_owned(), Pin::None))
        );
        assert_eq!(
            read(&format!("https://a.example/o/r/{sha}/i.sh")).map(|(_, pin)| pin),
            Some(Pin::Digest(sha.clone()))
        );
        assert_eq!(
            read("https://a.example/o/r/v1.2.3/i.sh").map(|(_, pin)| pin),
            Some(Pin::Tag("v1.2.3".into()))
        );
        assert_eq!(
            read("https://a.example/o/r/main/i.sh").map(|(_, pin)| pin),
            Some(Pin::Moving("main".into()))
        );
        assert_eq!(read("https://u:p@a.example/i.sh"), None);
        let mut host = Text::literal("https://");
        host.push_hole(Why::Variable("HOST".to_owned()));
        assert!(script(&host).is_none());
        assert_eq!(script_from_elsewhere(&host).is.name.to_string(), "https://${HOST}");
        let mut held = Text::literal("https://user:word@");
        held.append(&host);
        assert_eq!(script_from_elsewhere(&held).is.name.to_string(), "${…}");
        assert_eq!(script_from_elsewhere(&"https://u:p@a.example/i.sh".into()).is.name.to_string(), "${…}");
    }

    #[test]
    fn versions_are_told_apart() {
        assert_eq!(pin(Some("v4")), Pin::Tag("v4".into()));
        assert_eq!(pin(Some("main")), Pin::Moving("main".into()));
        assert_eq!(pin(Some("0123abc")), Pin::Tag("0123abc".into()));
        assert_eq!(pin(Some(&"A1".repeat(20))), Pin::Digest("a1".repeat(20)));
        assert_eq!(pin(None), Pin::None);
    }
}
