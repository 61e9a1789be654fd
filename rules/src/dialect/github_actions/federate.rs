//! A stored key of a cloud given up for the job's own token: the login's inputs, and the permission to ask for the token.
//! What only the cloud's side knows is left as a gap, and its trust policy is said besides.

use super::component::Uses;
use crate::dialect::pipeline::layout::{Layout, Step};
use crate::dialect::{logins, trust_policy};
use crate::document::{Entry, Node};
use crate::remedy::{Edit, Rendered};

/// What a login takes in place of a key.
struct Login {
    platform: &'static str,
    /// The action, lower case.
    service: &'static str,
    /// Inputs that hold the key.
    stored: &'static [&'static str],
    /// Inputs that stand for it, with their gaps. Those that are there already stay.
    instead: &'static [(&'static str, &'static str)],
}

/// Source: the pages of the actions, named in `data/logins.toml`.
const LOGINS: [Login; 3] = [
    Login {
        platform: "aws",
        service: "aws-actions/configure-aws-credentials",
        stored: &["aws-access-key-id", "aws-secret-access-key", "aws-session-token"],
        instead: &[("role-to-assume", "arn:aws:iam::<account>:role/<role>")],
    },
    Login {
        platform: "gcp",
        service: "google-github-actions/auth",
        stored: &["credentials_json"],
        instead: &[
            (
                "workload_identity_provider",
                "projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>",
            ),
            ("service_account", "<account>@<project>.iam.gserviceaccount.com"),
        ],
    },
    Login {
        platform: "azure",
        service: "azure/login",
        stored: &["creds"],
        instead: &[
            ("client-id", "<application id>"),
            ("tenant-id", "<tenant id>"),
            ("subscription-id", "<subscription id>"),
        ],
    },
];

const TOKEN: &str = "id-token";

/// The edits where the login is written in the plain way, else what the job looks like afterwards.
pub(super) fn render(layout: Layout<'_>, root: &Node, path: &[Step<'_>], platform: &str) -> Rendered {
    match edits(layout, root, path, platform) {
        Some((title, edits)) => {
            let rest = trust_policy::of(platform, &trust_policy::GITHUB).trim_start().to_owned();
            Rendered::Draft { title, edits, rest }
        }
        None => snippet(platform),
    }
}

fn edits(layout: Layout<'_>, root: &Node, path: &[Step<'_>], platform: &str) -> Option<(String, Vec<Edit>)> {
    let login = LOGINS.iter().find(|login| login.platform == platform)?;
    // jobs > job > steps > with > input
    let [jobs, job, steps, with, input] = path else { return None };
    let called = [jobs.entry.name(), steps.entry.name(), with.entry.name()];
    if called != ["jobs", "steps", "with"] || !is_among(login.stored, input.entry.name()) {
        return None;
    }
    let action = Uses::read(with.map.get("uses")?.text()?);
    if !action.table_name()?.eq_ignore_ascii_case(login.service) || layout.is_flow(input.map) {
        return None;
    }
    let given = input.map.entries();
    let (stored, kept): (Vec<&Entry>, Vec<&Entry>) =
        given.iter().partition(|entry| is_among(login.stored, entry.name()));
    let (first, others) = stored.split_first()?;
    if !stored.iter().all(|entry| layout.is_plain(entry)) {
        return None;
    }
    let missing: Vec<&(&str, &str)> =
        login.instead.iter().filter(|(name, _)| !kept.iter().any(|e| is_among(&[name], e.name()))).collect();
    let newline = layout.newline();
    let indent = " ".repeat(layout.column(first.key.span.start as usize)?);
    let mut edits = Vec::new();
    if missing.is_empty() {
        edits.push(layout.edit(layout.lines_of(first), ""));
    } else {
        let written: Vec<String> = missing.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        edits.push(layout.edit(layout.whole(first), written.join(&format!("{newline}{indent}"))));
    }
    edits.extend(others.iter().map(|entry| layout.edit(layout.lines_of(entry), "")));
    edits.extend(permission(layout, root, job.entry.value.entry("steps")?, &job.entry.value)?);
    let gaps: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    let title = match gaps.as_slice() {
        [] => "log in with the job's own token".to_owned(),
        gaps => format!("log in with the job's own token; fill in {}", gaps.join(", ")),
    };
    Some((title, edits))
}

fn is_among(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// What lets the job ask for its token; `None` where it cannot be told what else the job may do.
fn permission(layout: Layout<'_>, root: &Node, steps: &Entry, job: &Node) -> Option<Vec<Edit>> {
    let newline = layout.newline();
    if let Some(own) = job.entry("permissions") {
        if own.value.text() == Some("write-all") {
            return Some(Vec::new());
        }
        if own.merged || own.value.used_at.is_some() {
            return None;
        }
        if let Some(token) = own.value.entry(TOKEN) {
            return match token.value.text()? {
                "write" => Some(Vec::new()),
                _ => Some(vec![layout.edit(layout.quoted(token.value.span), "write")]),
            };
        }
        let Some(first) = own.value.entries().first() else {
            let none = layout.text(own.value.span) == "{}";
            return none.then(|| vec![layout.edit(own.value.span, format!("{{ {TOKEN}: write }}"))]);
        };
        let at = layout.quoted(first.key.span).start as usize;
        if layout.is_flow(&own.value) {
            return Some(vec![layout.insert(at, format!("{TOKEN}: write, "))]);
        }
        let indent = " ".repeat(layout.leads_line(at).then(|| layout.column(at))??);
        let line = format!("{indent}{TOKEN}: write{newline}");
        return Some(vec![layout.insert(layout.line_start(at), line)]);
    }
    let around = root.get("permissions");
    // A job that states permissions has none of the workflow's: it takes them along.
    let mut granted: Vec<(String, String)> = match around {
        None => vec![("contents".to_owned(), "read".to_owned())],
        Some(all) if all.text() == Some("write-all") => return Some(Vec::new()),
        Some(map) if map.scalar().is_none() => {
            let row = |e: &Entry| Some((e.name().to_owned(), e.value.text()?.to_owned()));
            map.entries().iter().map(row).collect::<Option<_>>()?
        }
        Some(_) => return None,
    };
    if granted.iter().any(|(name, level)| name == TOKEN && level == "write") {
        return Some(Vec::new());
    }
    granted.retain(|(name, _)| name != TOKEN);
    granted.push((TOKEN.to_owned(), "write".to_owned()));
    let at = layout.quoted(steps.key.span).start as usize;
    let column = layout.leads_line(at).then(|| layout.column(at))??;
    let indent = " ".repeat(column);
    let mut block = format!("{indent}permissions:{newline}");
    for (name, level) in granted {
        block.push_str(&format!("{indent}  {name}: {level}{newline}"));
    }
    Some(vec![layout.insert(layout.line_start(at), block)])
}

/// What the job looks like when it uses the platform's federation.
fn snippet(platform: &str) -> Rendered {
    let step = match platform {
        "aws" => {
            "  - uses: aws-actions/configure-aws-credentials@<commit>\n    with:\n      \
             role-to-assume: arn:aws:iam::<account>:role/<role>\n      role-duration-seconds: 3600\n      \
             aws-region: <region>\n"
        }
        "gcp" => {
            "  - uses: google-github-actions/auth@<commit>\n    with:\n      \
             workload_identity_provider: projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>\n      \
             service_account: <account>@<project>.iam.gserviceaccount.com\n"
        }
        "azure" => {
            "  - uses: azure/login@<commit>\n    with:\n      client-id: <application id>\n      \
             tenant-id: <tenant id>\n      subscription-id: <subscription id>\n"
        }
        _ => {
            return match logins::federation(platform) {
                Some(text) => Rendered::Snippet(format!("use {text}, with `id-token: write` for the job")),
                None => Rendered::NotHere("no federation is known for this platform".to_owned()),
            };
        }
    };
    let text = format!("permissions:\n  contents: read\n  id-token: write\nsteps:\n{step}");
    let text = text + &trust_policy::of(platform, &trust_policy::GITHUB);
    Rendered::Snippet(text)
}
