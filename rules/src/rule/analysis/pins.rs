//! How firmly versions are fixed.

use crate::fact::{Component, Pin};

/// How the version of a component can change, as what follows its name in a sentence; `None` if it cannot.
pub(crate) fn movement(pin: &Pin) -> Option<String> {
    match pin {
        Pin::Digest(_) | Pin::Local => None,
        Pin::Tag(tag) => Some(format!("stands at `{tag}`, which its publisher can move")),
        Pin::Moving(version) => Some(format!("stands at `{version}`, which moves by design")),
        Pin::None => Some("states no version".to_owned()),
    }
}

/// How to fix the version of a component, as the end of a sentence.
pub(crate) fn remedy(component: &Component) -> &'static str {
    match component.kind.as_str() {
        "package" => "state its exact version, or install it from a lock file",
        _ => "pin it to a digest or full commit id",
    }
}
