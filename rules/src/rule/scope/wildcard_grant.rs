//! `scope/wildcard-grant`: everything a service can do, or a right that matters, on every resource.

use std::cell::LazyCell;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::fact::{Condition, Effect, Grant, Principal, Text};
use crate::finding::Severity;
use crate::rule::analysis::actions::{Covers, changes, covers, listed, reading, sensitive, star_only};
use crate::rule::analysis::filters::filters;
use crate::rule::analysis::grants::{
    Denials, admin, by_default, everywhere, gives, on_top, platform, shape, subjects,
};
use crate::rule::analysis::services::Manner;
use crate::rule::analysis::wildcards::{Wide, kubernetes};
use crate::rule::analysis::{causes, conditions, escalation};
use crate::rule::{At, Verdicts, World};

/// A wildcard that matters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The platform, as facts call it.
    platform: String,
    /// The platform, as people call it.
    label: String,
    /// A grant of this on every resource is one.
    action: String,
    /// On the whole of a project or the like is enough.
    #[serde(default)]
    top: bool,
    /// On what is called like one of these is enough; `+` is any one name.
    #[serde(default)]
    on: Vec<String>,
    /// Further actions that the same grant must cover.
    #[serde(default)]
    with: Vec<String>,
    /// What is allowed, for messages.
    allows: String,
    /// What would be accepted, for messages.
    accepted: String,
    severity: Severity,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    wildcard: Vec<Row>,
}

static WILDCARDS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read::<Table>(include_str!("../../../data/scope/wildcards.toml"))
        .expect("data/scope/wildcards.toml parses")
        .wildcard
});

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let denials = Denials::of(world.grants());
    // Few trees have a wildcard that comes to this.
    let joint = LazyCell::new(|| causes::joint(world));
    for (at, grant) in world.grants() {
        if by_default(&at) || admin(grant).is_some() {
            continue;
        }
        let wide = match platform(grant) {
            "aws" if handed(grant) => Some(of_resource(grant)),
            _ if !gives(grant) => continue,
            "aws" => aws(grant),
            "kubernetes" => kubernetes(grant),
            other => by_table(other, grant),
        };
        let Some(wide) = wide else { continue };
        if conditions::what(&grant.conditions).is_some_and(|c| !grant.resources_except || of_resource_kind(c))
        {
            out.pass(&at, "a condition narrows it");
        } else if escalation::alone(&at, grant).is_some_and(|worst| worst >= wide.severity) {
            out.pass(&at, "scope/privilege-escalation says as much of it or worse");
        } else if joint.get(&(at.unit, at.fact.id.0)).is_some_and(|worst| *worst >= wide.severity) {
            out.pass(&at, "scope/privilege-escalation says as much of it together with other statements");
        } else if forbidden(&denials, &at, grant) {
            out.pass(&at, "a deny statement of the same holder takes it back");
        } else {
            let message = format!("{}; accepted: {}", wide.what, wide.accepted);
            out.report(&at, message).severity(wide.severity).judged(shape(grant)).covers(subjects(grant));
        }
    }
}

/// Whether a condition is about the resource: where only exceptions are named, no other one says which are meant.
fn of_resource_kind(condition: &Condition) -> bool {
    condition.key.to_ascii_lowercase().contains(":resource")
}

/// Whether every wildcard of a grant is taken back.
fn forbidden(denials: &Denials<'_>, at: &At<'_>, grant: &Grant) -> bool {
    let mut wild = grant.actions.iter().filter_map(Text::known).filter(|a| a.contains('*')).peekable();
    !grant.actions_except && wild.peek().is_some() && wild.all(|a| denials.forbid(at, grant, a))
}

/// The name after the platform: `s3` of `aws:s3:Get*`.
fn service(action: &Text) -> Option<(&str, &str)> {
    action.known()?.strip_prefix("aws:")?.split_once(':')
}

fn aws(grant: &Grant) -> Option<Wide> {
    const ACCEPTED: &str =
        "named actions on named resources, such as `s3:GetObject` on `arn:aws:s3:::bucket/*`";
    if grant.actions_except {
        return everywhere(grant).then(|| Wide {
            what: format!("AWS grant allows every action but {} on every resource", listed(&grant.actions)),
            accepted: ACCEPTED,
            severity: Severity::Medium,
        });
    }
    let all = everywhere(grant);
    let wide: Vec<&Text> = grant
        .actions
        .iter()
        .filter(|a| service(a).is_some_and(|(name, verb)| verb == "*" && (all || whole_service(grant, name))))
        .filter(|a| !star_only(a))
        .collect();
    if !wide.is_empty() {
        return Some(Wide {
            what: format!("AWS grant allows every action of a service ({}) on every resource", listed(wide)),
            accepted: ACCEPTED,
            severity: Severity::Medium,
        });
    }
    if !all {
        return every_action(grant);
    }
    let opens: Vec<(&Text, &str)> =
        grant.actions.iter().filter_map(|a| Some((a, sensitive(a)?.opens.as_str()))).collect();
    if let Some((_, first)) = opens.first() {
        return Some(Wide {
            what: format!(
                "AWS grant allows {} on every resource, which opens {first}",
                listed(opens.iter().map(|(a, _)| *a))
            ),
            accepted: ACCEPTED,
            severity: Severity::Medium,
        });
    }
    if let Some(wide) = permitting(grant) {
        return Some(wide);
    }
    let writing: Vec<&Text> = grant
        .actions
        .iter()
        .filter(|a| {
            let wild = service(a).is_some_and(|(_, verb)| verb.contains('*')) && !reading(a) && !star_only(a);
            wild || changes(a).is_some()
        })
        .collect();
    if !writing.is_empty() {
        return Some(Wide {
            what: format!("AWS grant allows {} on every resource", listed(writing)),
            accepted: ACCEPTED,
            severity: Severity::Low,
        });
    }
    grant.resources_except.then(|| Wide {
        what: format!("AWS grant allows {} on every resource but those that it names", listed(&grant.actions)),
        accepted: "the resources that are meant (`Resource`), since what is made later is not among the exceptions",
        severity: Severity::Low,
    })
}

/// Named actions that say who may do what, on every resource there is. To take rights away, or to make what has none yet,
/// is less.
fn permitting(grant: &Grant) -> Option<Wide> {
    const LESS: [&str; 6] = ["Create", "Delete", "Detach", "Remove", "Retire", "Revoke"];
    let more = |a: &&Text| {
        let verb = service(a).map(|(_, verb)| verb).unwrap_or_default();
        let less = |word: &&str| verb.get(..word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word));
        changes(a) == Some(Manner::Permits) && !LESS.iter().any(less)
    };
    let permits: Vec<&Text> = grant.actions.iter().filter(more).collect();
    (!permits.is_empty()).then(|| Wide {
        what: format!(
            "AWS grant allows {} on every resource, which says who else may use them",
            listed(permits)
        ),
        accepted: "these actions on the resources that are managed, such as `arn:aws:s3:::bucket`",
        severity: Severity::Medium,
    })
}

/// Every action there is, on resources that are named: what they are tells which were meant.
fn every_action(grant: &Grant) -> Option<Wide> {
    let every = grant.actions.iter().any(|action| covers(action, "aws:*:*") == Covers::Yes);
    every.then(|| Wide {
        what: format!("AWS grant allows every action on {}", listed(&grant.resources)),
        accepted: "the actions that are needed there, such as `s3:GetObject`",
        severity: Severity::Low,
    })
}

/// Whether the policy of a resource, or of who may become a role, allows everything to somebody whom it names.
fn handed(grant: &Grant) -> bool {
    let everybody = |p: &Principal| matches!(p, Principal::Anyone | Principal::AnyAccount);
    // What an account as a whole may do, its own policies say.
    let account = |p: &Principal| matches!(p, Principal::Entity(entity) if entity.kind == "account");
    grant.effect == Effect::Allow
        && !grant.principals.iter().all(account)
        && !grant.principals.is_empty()
        && !grant.principals.iter().any(everybody)
        && !filters(grant)
        && (grant.actions_except || grant.actions.iter().any(everything))
}

fn everything(action: &Text) -> bool {
    action.known() == Some("aws:*:*")
}

fn of_resource(grant: &Grant) -> Wide {
    let but = match grant.actions_except {
        true => format!(" but {}", listed(&grant.actions)),
        false => String::new(),
    };
    Wide {
        what: format!("AWS policy of a resource allows every action{but}"),
        accepted: "named actions, such as `sqs:SendMessage` for who sends",
        severity: Severity::Medium,
    }
}

/// A resource that takes in everything of one service: `arn:aws:s3:::*`, or everything of a kind in any account:
/// `arn:aws:dynamodb:*:*:table/*`.
fn whole_service(grant: &Grant, name: &str) -> bool {
    let stars = |part: &str| !part.is_empty() && part.bytes().all(|b| b == b'*');
    let word = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    grant.resources.iter().filter_map(Text::known).any(|resource| {
        let parts: Vec<&str> = resource.splitn(6, ':').collect();
        let ["arn", _, service, _, account, rest] = parts.as_slice() else { return false };
        let of_kind = rest.rsplit_once(['/', ':']).is_some_and(|(kind, last)| {
            stars(last) && (stars(kind) || (stars(account) && !kind.is_empty() && word(kind)))
        });
        *service == name && (stars(rest) || of_kind)
    })
}

/// A wildcard of a platform whose few grants are a table.
fn by_table(platform: &str, grant: &Grant) -> Option<Wide> {
    let row = WILDCARDS.iter().find(|row| {
        let has = |wanted: &String| grant.actions.iter().any(|action| covers(action, wanted) == Covers::Yes);
        let named = || grant.resources.iter().any(|resource| row.on.iter().any(|on| is_called(resource, on)));
        let is_wide = everywhere(grant) || (row.top && grant.resources.iter().any(on_top)) || named();
        row.platform == platform && is_wide && has(&row.action) && row.with.iter().all(has)
    })?;
    Some(Wide {
        what: format!("{} grant allows {}", row.label, row.allows),
        accepted: &row.accepted,
        severity: row.severity,
    })
}

/// Whether a path is of this form, in which `+` is any one name: that of an engine, and not of what Vault keeps of itself.
fn is_called(resource: &Text, form: &str) -> bool {
    const OWN: [&str; 5] = ["sys", "auth", "identity", "cubbyhole", "token"];
    let Some(path) = resource.known() else { return false };
    let (parts, forms) = (path.split('/'), form.split('/'));
    parts.clone().next().is_some_and(|first| !OWN.contains(&first))
        && parts.clone().count() == forms.clone().count()
        && parts
            .zip(forms)
            .all(|(part, form)| form == part || form == "+" && !part.is_empty() && !part.contains('*'))
}

#[cfg(test)]
mod tests {
    use super::{WILDCARDS, is_called, whole_service};
    use crate::fact::{Approval, Effect, Grant, Ref, Text};

    #[test]
    fn every_table_is_as_wide_as_a_star_and_every_object_of_one_bucket_is_not() {
        for (service, resource, expected) in [
            ("s3", "arn:aws:s3:::*", true),
            ("s3", "arn:aws:s3:::*/*", true),
            ("s3", "arn:aws:s3:::shop/*", false),
            ("dynamodb", "arn:aws:dynamodb:*:*:table/*", true),
            ("dynamodb", "arn:aws:dynamodb:eu-west-1:123456789012:table/*", false),
            ("dynamodb", "arn:aws:dynamodb:*:*:table/shop-*", false),
            ("sqs", "arn:aws:dynamodb:*:*:table/*", false),
        ] {
            let grant = Grant {
                holder: Ref::new("aws", "role", [], "app"),
                effect: Effect::Allow,
                actions: vec![Text::literal(format!("aws:{service}:*"))],
                actions_except: false,
                resources: vec![Text::literal(resource)],
                resources_except: false,
                principals: Vec::new(),
                conditions: Vec::new(),
                approval: Approval::None,
            };
            assert_eq!(whole_service(&grant, service), expected, "{resource}");
        }
    }

    #[test]
    fn the_root_of_an_engine_is_told_from_a_path_in_it() {
        for (path, form, expected) in [
            ("secret/*", "+/*", true),
            ("kv/data/*", "+/data/*", true),
            ("secret/data/app/*", "+/data/*", false),
            ("secret/app/*", "+/*", false),
            ("sys/*", "+/*", false),
            ("*", "+/*", false),
            ("secret/*", "+/data/*", false),
        ] {
            assert_eq!(is_called(&Text::literal(path), form), expected, "{path}");
        }
    }

    #[test]
    fn every_row_is_of_its_platform_and_has_a_source() {
        for row in WILDCARDS.iter() {
            assert!(row.action.starts_with(&format!("{}:", row.platform)), "{}", row.action);
            assert!(row.source.starts_with("https://"), "{}", row.action);
        }
    }
}
