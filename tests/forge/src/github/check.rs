//! Check runs.

use serde_json::{Value, json};

use super::access::Kind;
use super::annotation;
use super::body::Body;
use super::refusal::{forbidden, invalid_request, not_found, unprocessable};
use super::render::node_id;
use super::route::{Call, Outcome, linked};
use super::state::{CheckRun, Repository, State};
use crate::exchange::Response;
use crate::git::is_digest;

const ACCESS: &[&str] = &["checks"];

/// The longest summary and text, in characters. <https://docs.github.com/rest/checks/runs>
const LONGEST_TEXT: usize = 65_535;
/// The longest title, in characters: documented for annotations, here of the output's, too.
const LONGEST_TITLE: usize = 255;
/// Buttons of a check run, and the characters of their parts.
const MOST_ACTIONS: usize = 3;
const LONGEST_LABEL: usize = 20;
const LONGEST_DESCRIPTION: usize = 40;

const CONCLUSIONS: [&str; 7] =
    ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"];

const MEMBERS: [&str; 10] = [
    "name",
    "head_sha",
    "details_url",
    "external_id",
    "status",
    "started_at",
    "conclusion",
    "completed_at",
    "output",
    "actions",
];

pub(crate) fn list(call: &mut Call<'_>, revision: &str) -> Outcome {
    call.caller.need(ACCESS, "read")?;
    let repository = call.repository();
    let commit = repository.git.commit(revision);
    let commit = commit.ok_or_else(|| unprocessable(&format!("No commit found for SHA: {revision}")))?;
    let (name, status) = (call.request.parameter("check_name"), call.request.parameter("status"));
    let app = call.request.parameter("app_id").and_then(|id| id.parse::<u64>().ok());
    let on_commit = |run: &&CheckRun| {
        run.head == commit
            && name.as_ref().is_none_or(|name| *name == run.name)
            && app.is_none_or(|app| app == run.app)
    };
    let mut runs: Vec<&CheckRun> = repository.checks.iter().filter(on_commit).collect();
    if call.request.parameter("filter").is_none_or(|filter| filter == "latest") {
        let latest = |run: &&CheckRun| {
            !runs.iter().any(|other| other.id > run.id && other.app == run.app && other.name == run.name)
        };
        runs = runs.iter().copied().filter(latest).collect();
    }
    runs.retain(|run| status.as_ref().is_none_or(|status| *status == run.status));
    let shown: Vec<Value> = runs.into_iter().map(|run| call.state.check_run(repository, run)).collect();
    let (page, link) = call.page(shown);
    let body = json!({ "total_count": page.total, "check_runs": page.items });
    Ok(linked(Response::json(200, body), link))
}

pub(crate) fn create(call: &mut Call<'_>) -> Outcome {
    let app = writer(call)?;
    let request = Body::of(call.request, &MEMBERS)?;
    let (name, head) = (request.required("name")?, request.required("head_sha")?);
    if name.trim().is_empty() {
        return Err(invalid_request("name cannot be blank."));
    }
    if !is_digest(&head) || call.repository().git.commit(&head).is_none() {
        return Err(unprocessable(&format!("No commit found for SHA: {head}")));
    }
    let id = call.state.id();
    let now = call.state.now();
    let mut run = CheckRun {
        id,
        app,
        name,
        head,
        status: "queued".to_owned(),
        conclusion: None,
        started_at: Some(now.clone()),
        completed_at: None,
        external_id: None,
        details_url: None,
        title: None,
        summary: None,
        text: None,
        annotations: Vec::new(),
        actions: Vec::new(),
    };
    apply(&mut run, &request, &["title", "summary"], &now)?;
    let shown = call.state.check_run(call.repository(), &run);
    call.state.repository_mut(&call.full_name).checks.push(run);
    Ok(Response::json(201, shown))
}

pub(crate) fn update(call: &mut Call<'_>, id: &str) -> Outcome {
    let app = writer(call)?;
    let id: u64 = id.parse().map_err(|_| not_found())?;
    // The commit of a check run never changes.
    let members: Vec<&str> = MEMBERS.into_iter().filter(|member| *member != "head_sha").collect();
    let request = Body::of(call.request, &members)?;
    let now = call.state.now();
    let checks = &mut call.state.repository_mut(&call.full_name).checks;
    let at = checks.iter().position(|run| run.id == id).ok_or_else(not_found)?;
    if checks[at].app != app {
        return Err(forbidden(&format!(
            "Invalid app_id `{app}` - check run can only be modified by the GitHub App that created it."
        )));
    }
    let mut run = checks.remove(at);
    let applied = apply(&mut run, &request, &["summary"], &now);
    let shown = applied.map(|()| call.state.check_run(call.repository(), &run));
    call.state.repository_mut(&call.full_name).checks.insert(at, run);
    shown.map(|shown| Response::json(200, shown))
}

/// The app that writes: people cannot. <https://docs.github.com/rest/checks/runs>
fn writer(call: &Call<'_>) -> Result<u64, Response> {
    match call.caller.app {
        Some(app) if call.caller.kind == Kind::App => {
            call.caller.need(ACCESS, "write")?;
            Ok(app)
        }
        _ => Err(forbidden("You must authenticate via a GitHub App.")),
    }
}

/// Takes over what a request says, or nothing at all if a part of it is refused.
fn apply(run: &mut CheckRun, request: &Body, required: &[&str], now: &str) -> Result<(), Response> {
    let name = request.text("name")?;
    let mut status = request.one_of("status", &["queued", "in_progress", "completed"])?;
    let conclusion = request.one_of("conclusion", &CONCLUSIONS)?;
    if conclusion.is_some() {
        // "Providing conclusion will automatically set the status parameter to completed."
        status = Some("completed".to_owned());
    } else if status.as_deref() == Some("completed") {
        return Err(invalid_request("\"conclusion\" wasn't supplied."));
    }
    let (started_at, completed_at) = (time(request, "started_at")?, time(request, "completed_at")?);
    let (external_id, details_url) = (request.text("external_id")?, request.text("details_url")?);
    if details_url.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        return Err(invalid_request("details_url must use http or https."));
    }
    let actions = actions(request)?;
    let output = request.get("output").map(|output| read_output(output, required)).transpose()?;

    run.name = name.unwrap_or_else(|| run.name.clone());
    if let Some(status) = status {
        let completed = status == "completed";
        run.conclusion = conclusion;
        run.completed_at = completed.then(|| completed_at.unwrap_or_else(|| now.to_owned()));
        run.status = status;
    }
    run.started_at = started_at.or_else(|| run.started_at.clone());
    run.external_id = external_id.or_else(|| run.external_id.clone());
    run.details_url = details_url.or_else(|| run.details_url.clone());
    if request.get("actions").is_some() {
        run.actions = actions;
    }
    if let Some(output) = output {
        run.title = output.title.or_else(|| run.title.clone());
        run.summary = Some(output.summary);
        run.text = output.text.or_else(|| run.text.clone());
        // Never replaced: "each time you update the check run, annotations are appended".
        run.annotations.extend(output.annotations);
    }
    Ok(())
}

struct Output {
    title: Option<String>,
    summary: String,
    text: Option<String>,
    annotations: Vec<Value>,
}

fn read_output(output: &Value, required: &[&str]) -> Result<Output, Response> {
    let output = Body::inner(output, &["title", "summary", "text", "annotations", "images"])?;
    for member in required {
        output.required(member)?;
    }
    output.at_most("summary", LONGEST_TEXT)?;
    Ok(Output {
        title: output.at_most("title", LONGEST_TITLE)?,
        summary: output.required("summary")?,
        text: output.at_most("text", LONGEST_TEXT)?,
        annotations: annotation::read(&output.list("annotations")?)?,
    })
}

fn time(request: &Body, name: &str) -> Result<Option<String>, Response> {
    let text = request.text(name)?;
    match &text {
        Some(text) if text.parse::<jiff::Timestamp>().is_err() => {
            Err(invalid_request(&format!("For 'properties/{name}', {text} is not a valid date-time.")))
        }
        _ => Ok(text),
    }
}

fn actions(request: &Body) -> Result<Vec<Value>, Response> {
    let actions = request.list("actions")?;
    if actions.len() > MOST_ACTIONS {
        return Err(invalid_request(&format!(
            "No more than {MOST_ACTIONS} items are allowed; {} were supplied.",
            actions.len()
        )));
    }
    for action in &actions {
        let action = Body::inner(action, &["label", "description", "identifier"])?;
        for (name, longest) in
            [("label", LONGEST_LABEL), ("description", LONGEST_DESCRIPTION), ("identifier", LONGEST_LABEL)]
        {
            action.required(name)?;
            action.at_most(name, longest)?;
        }
    }
    Ok(actions)
}

impl State {
    pub(crate) fn check_run(&self, repository: &Repository, run: &CheckRun) -> Value {
        let url = format!("{}/check-runs/{}", self.api(repository), run.id);
        let html = format!("{}/runs/{}", self.html(repository), run.id);
        // Those whose head it is, forks left out: "pushes to a branch in a forked repository are not detected".
        let pulls = repository.pulls.values().filter(|pull| {
            pull.open && pull.head == run.head && pull.head_repository == repository.full_name
        });
        json!({
            "id": run.id,
            "node_id": node_id("CR", run.id),
            "name": run.name,
            "head_sha": run.head,
            "external_id": run.external_id.clone().unwrap_or_default(),
            "url": url,
            "html_url": html,
            "details_url": run.details_url.clone().unwrap_or(html),
            "status": run.status,
            "conclusion": run.conclusion,
            "started_at": run.started_at,
            "completed_at": run.completed_at,
            "output": {
                "title": run.title,
                "summary": run.summary,
                "text": run.text,
                "annotations_count": run.annotations.len(),
                "annotations_url": format!("{url}/annotations"),
            },
            // One suite for each app and commit.
            "check_suite": { "id": run.app + u64::from_str_radix(&run.head[..8], 16).unwrap_or(0) },
            "app": self.integration_of(Some(run.app)),
            "pull_requests": pulls.map(|pull| self.minimal_pull(repository, pull)).collect::<Vec<_>>(),
        })
    }
}
