//! How firmly versions are fixed.

use crate::fact::{Component, Pin};
use crate::remedy::Remedy;

/// How the version of a component can change, as what follows its name in a sentence; `None` if it cannot.
pub(crate) fn movement(pin: &Pin) -> Option<String> {
    match pin {
        Pin::Digest(_) | Pin::Local => None,
        // What fills it in decides, a digest maybe; that it is not known is counted.
        Pin::Tag(tag) if tag.prefix().is_empty() && tag.known().is_none() => None,
        Pin::Alone(version) => {
            Some(format!("stands at `{version}`, but what it depends on is chosen anew each time"))
        }
        Pin::Tag(tag) => Some(format!("stands at `{tag}`, which its publisher can move")),
        Pin::Moving(version) => Some(format!("stands at `{version}`, which moves by design")),
        Pin::None => Some("states no version".to_owned()),
    }
}

/// How to fix the version of a component, as the end of a sentence.
pub(crate) fn remedy(component: &Component) -> &'static str {
    match component.kind.as_str() {
        "package" if fixed_itself(&component.pin) => "install it from a lock file",
        "tool" => "state its exact version",
        // Nobody states here where it comes from.
        "script" if component.is.name.known().is_none() => {
            "write its address with a commit id in it, or check its digest before it runs"
        }
        "package" => "state its exact version, or install it from a lock file",
        _ => "pin it to a digest or full commit id",
    }
}

/// What would fix it, if the tree states elsewhere which digest its version is.
pub(crate) fn known_elsewhere(component: &Component) -> Option<Remedy> {
    let (Pin::Tag(version) | Pin::Moving(version)) = &component.pin else { return None };
    Some(Remedy::PinKnown { component: component.key()?, version: version.known()?.to_owned() })
}

/// Whether a version itself cannot change, and only what it depends on can.
pub(crate) fn fixed_itself(pin: &Pin) -> bool {
    matches!(pin, Pin::Alone(_))
}

/// Whether a credential in reach changes nothing of what is said: what moves is not the component itself but what it brings
/// along, or fetches for the one that names it.
pub(crate) fn moves_behind(component: &Component) -> bool {
    fixed_itself(&component.pin) || component.kind == "tool"
}
