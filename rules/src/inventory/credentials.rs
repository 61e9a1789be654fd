//! Credentials and endpoints in words: how long, where they are kept, where they go.

use std::collections::BTreeSet;

use crate::fact::{Credential, Endpoint, Lifetime, LifetimeClass, Sink, Storage, human_seconds};

/// Whether a credential is what an identity hands out for a while, not a thing of its own.
pub(super) fn is_session(credential: &Credential) -> bool {
    let made = matches!(credential.storage, Storage::Generated | Storage::Federated);
    made && matches!(
        credential.class,
        LifetimeClass::CloudSession | LifetimeClass::WorkloadToken | LifetimeClass::AccessToken
    )
}

/// How long it may work, each way that the files leave open.
pub(super) fn lifetimes(credential: &Credential) -> BTreeSet<String> {
    credential.lifetime.possible().map(|way| lifetime(way.value)).collect()
}

/// When it ends by itself, or how often it is changed; nothing if it may be without an end.
pub(super) fn end(credential: &Credential) -> Option<String> {
    let ends = |lifetime: &Lifetime| match lifetime {
        Lifetime::BoundTo(_) | Lifetime::MaxAge { .. } | Lifetime::Expires(_) => true,
        Lifetime::PlatformDefault { seconds } => seconds.is_some(),
        Lifetime::Unbounded => false,
    };
    let mut ways = credential.lifetime.possible();
    if ways.next().is_some() && credential.lifetime.possible().all(|way| ends(way.value)) {
        return Some(lifetimes(credential).into_iter().collect::<Vec<_>>().join(", or "));
    }
    let rotation = credential.rotation.as_ref().and_then(|rotation| rotation.only())?;
    Some(format!("changed every {}", human_seconds(*rotation)))
}

fn lifetime(lifetime: &Lifetime) -> String {
    match lifetime {
        Lifetime::BoundTo(context) => format!("until its {} ends", format!("{context:?}").to_lowercase()),
        Lifetime::MaxAge { seconds, renewable: false } => format!("at most {}", human_seconds(*seconds)),
        Lifetime::MaxAge { seconds, renewable: true } => format!("{}, renewable", human_seconds(*seconds)),
        Lifetime::Expires(day) => format!("until {day}"),
        Lifetime::Unbounded => "without end".to_owned(),
        Lifetime::PlatformDefault { seconds: Some(seconds) } => {
            format!("{} by default", human_seconds(*seconds))
        }
        Lifetime::PlatformDefault { seconds: None } => "as long as the platform says".to_owned(),
    }
}

/// Where a credential is kept.
pub(super) fn kept(credential: &Credential) -> String {
    match credential.storage {
        Storage::Literal => "in clear in the file".to_owned(),
        Storage::Encoded => "encoded in the file".to_owned(),
        Storage::StoreReference => {
            format!("{} {}", credential.is.platform, credential.is.kind.replace('-', " "))
        }
        Storage::Federated => "nowhere: a signed token is exchanged for it".to_owned(),
        Storage::Generated => "made by what the file describes".to_owned(),
    }
}

/// How a credential is used where it goes.
pub(super) fn sink(to: &Sink) -> String {
    match to {
        Sink::Login { platform, service } if service.is_empty() => format!("logs in to {platform}"),
        Sink::Login { platform, service } => format!("logs in to {platform} ({service})"),
        Sink::Env(name) => format!("variable {name}"),
        Sink::Argv => "on a command line".to_owned(),
        Sink::Argument { command, .. } => format!("an argument of {command}"),
        Sink::Log => "in the log".to_owned(),
        Sink::Output(name) => format!("output {name}"),
        Sink::Artifact => "in an artifact".to_owned(),
        Sink::Cache => "in a cache".to_owned(),
        Sink::ImageLayer => "in a layer of an image".to_owned(),
        Sink::Url => "in an address".to_owned(),
        Sink::Disk { .. } => "on disk".to_owned(),
        Sink::Mount => "mounted".to_owned(),
        Sink::Recipient(to) => format!("handed to {}", to.name),
    }
}

/// How the callers of an endpoint are told apart, and who reaches it.
pub(super) fn authentication(endpoint: &Endpoint) -> BTreeSet<String> {
    let mut ways: BTreeSet<String> = BTreeSet::new();
    for possible in endpoint.auth.possible() {
        for all in possible.value {
            let names: Vec<&str> = all.iter().map(String::as_str).collect();
            ways.insert(match names.is_empty() {
                true => "answers anybody".to_owned(),
                false => format!("asks for {}", names.join(" and ")),
            });
        }
    }
    ways.extend(endpoint.reach.possible().map(|p| format!("reached from the {}", reach(*p.value))));
    ways
}

fn reach(reach: crate::fact::Reach) -> &'static str {
    match reach {
        crate::fact::Reach::Internet => "internet",
        crate::fact::Reach::Private => "private network",
    }
}
