//! `third-party/oidc-pair`: what a role asks of a token, held against what the jobs that use it present.

use std::collections::BTreeMap;

use crate::fact::{Link, LinkKind, Match, Ref, Text, Trust};
use crate::finding::{Confidence, Severity};
use crate::remedy::Remedy;
use crate::rule::analysis::pattern::Pattern;
use crate::rule::analysis::trust::{claims, issuers};
use crate::rule::{At, Verdicts, World};

/// The kind of reference that stands for what a job presents as its subject.
const PRESENTED: &str = "oidc-subject";

/// Everything that is known of one role name: who presents what, and what is asked.
#[derive(Default)]
struct Role<'a> {
    jobs: Vec<(At<'a>, &'a Link)>,
    trusts: Vec<(At<'a>, &'a Trust)>,
}

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for role in roles(world).values() {
        for (at, trust) in &role.trusts {
            broader(at, trust, &role.jobs, out);
        }
        for (at, link) in &role.jobs {
            refused(at, link, &role.trusts, out);
        }
    }
}

/// Roles by name: the account may be unknown on either side, the name may not.
fn roles<'a>(world: &World<'a>) -> BTreeMap<(String, String), Role<'a>> {
    let mut roles: BTreeMap<(String, String), Role<'a>> = BTreeMap::new();
    let key = |entity: &Ref| Some((entity.platform.clone(), entity.name.known()?.to_owned()));
    for (at, trust) in world.trusts() {
        let pipeline = issuers(trust).any(|(_, issuer)| issuer.is_some());
        if let Some(key) = key(&trust.opens).filter(|_| pipeline) {
            roles.entry(key).or_default().trusts.push((at, trust));
        }
    }
    for (at, link) in world.links() {
        if link.kind == LinkKind::ActsAs
            && link.from.kind == PRESENTED
            && let Some(role) = key(&link.to).and_then(|key| roles.get_mut(&key))
        {
            role.jobs.push((at, link));
        }
    }
    roles
}

fn asks(trust: &Trust) -> Vec<(&Text, bool)> {
    claims(trust, "subject")
        .filter_map(|m| match m {
            Match::Exact(text) => Some((text, false)),
            Match::Glob(text) => Some((text, true)),
            Match::Any | Match::Expression(_) => None,
        })
        .collect()
}

fn pattern(text: &Text, glob: bool) -> Pattern {
    if glob { Pattern::glob(text, false) } else { Pattern::exact(text, false) }
}

/// A pattern that lets in more than every job that uses the role presents.
fn broader(at: &At<'_>, trust: &Trust, jobs: &[(At<'_>, &Link)], out: &mut Verdicts<'_>) {
    let users: Vec<&(At<'_>, &Link)> = jobs.iter().filter(|(_, l)| l.to.may_be(&trust.opens)).collect();
    if users.is_empty() {
        return;
    }
    // Behind the repository's name, what a job presents is known in full or the exact subject cannot be named.
    let presented: Vec<&Text> = users.iter().map(|(_, link)| &link.from.name).collect();
    let endings: Vec<&str> = presented.iter().map(|p| p.suffix()).collect();
    if presented.iter().any(|p| p.0.len() != 3 || !p.suffix().starts_with(':')) {
        out.pass(at, "what a job that uses it presents is not known in full");
        return;
    }
    let wide = asks(trust).into_iter().find(|(asked, glob)| {
        *glob
            && presented.iter().any(|p| pattern(asked, true).intersects(&Pattern::exact(p, false)))
            && !endings.iter().any(|ending| asked.suffix().ends_with(ending))
            && open_behind_repository(asked)
    });
    let Some((asked, _)) = wide else {
        out.pass(at, "it asks for no more than the jobs that use it present");
        return;
    };
    let mut exact: Vec<String> =
        endings.iter().map(|ending| format!("{}{ending}", repository(asked))).collect();
    exact.sort();
    exact.dedup();
    let written: Vec<String> = exact.iter().map(|s| format!("`{s}`")).collect();
    let message = format!(
        "the subject `{asked}` lets in more than the {} this role in this tree; write {} instead",
        if users.len() == 1 {
            "one job that uses".to_owned()
        } else {
            format!("{} jobs that use", users.len())
        },
        written.join(" and ")
    );
    let draft = out.report(at, message);
    draft.judged(exact.iter().cloned()).covers([asked.to_string()]);
    for (user, link) in &users {
        draft.related(format!("this job presents `{}`", link.from.name), user.spot(user.place().source()));
    }
    if let ([one], false) = (exact.as_slice(), asked.has_hole()) {
        draft.remedy(Remedy::Claim {
            claim: "subject".to_owned(),
            asked: asked.to_string(),
            value: one.clone(),
        });
    }
}

/// Whether the first wildcard comes behind the repository (`repo:org/repo:*`, `project_path:group/project:*`); wider
/// ones are judged as such.
fn open_behind_repository(asked: &Text) -> bool {
    let text = asked.to_string();
    let fixed = text.split(['*', '?']).next().unwrap_or_default();
    fixed.split_once(':').is_some_and(|(_, rest)| rest.contains(':'))
        || (asked.has_hole() && fixed.contains(':'))
}

/// `repo:org/repo` of `repo:org/repo:*`, the project of GitLab likewise.
fn repository(asked: &Text) -> String {
    let text = asked.to_string();
    text.splitn(3, ':').take(2).collect::<Vec<_>>().join(":")
}

/// A job whose subject nothing that opens the role can match.
fn refused(at: &At<'_>, link: &Link, trusts: &[(At<'_>, &Trust)], out: &mut Verdicts<'_>) {
    let doors: Vec<&(At<'_>, &Trust)> = trusts.iter().filter(|(_, t)| t.opens.may_be(&link.to)).collect();
    let presented = Pattern::exact(&link.from.name, false);
    let closed = |trust: &Trust| {
        let asked = asks(trust);
        !asked.is_empty()
            && asked.len() == claims(trust, "subject").count()
            && asked.iter().all(|(text, glob)| !pattern(text, *glob).intersects(&presented))
    };
    if doors.is_empty() || !doors.iter().all(|(_, trust)| closed(trust)) {
        return;
    }
    let asked: Vec<String> =
        doors.iter().flat_map(|(_, trust)| asks(trust)).map(|(text, _)| format!("`{text}`")).collect();
    let message = format!(
        "this login will be refused: the job presents `{}`, the role asks for {}",
        link.from.name,
        asked.join(" or ")
    );
    let draft = out.report(at, message).severity(Severity::Low).confidence(Confidence::Medium);
    draft.judged([link.from.name.to_string()]).covers(asked);
    for (door, _) in doors {
        draft.related("the role is opened here", door.spot(door.place().source()));
    }
}
