//! Notes and discussions.

use serde_json::{Value, json};

use super::access::{Caller, DEVELOPER, MAINTAINER, REPORTER};
use super::parameters::Parameters;
use super::refusal::{bad_request, forbidden, invalid, not_found};
use super::route::{Call, Outcome};
use super::state::{DiscussionState, MergeRequestState, NoteState, Position, Project, State};
use crate::exchange::Response;

/// Lines that GitLab carries out and does not show. <https://docs.gitlab.com/user/project/quick_actions/>
const COMMANDS: [&str; 21] = [
    "approve",
    "assign",
    "assign_reviewer",
    "close",
    "copy_metadata",
    "done",
    "draft",
    "due",
    "estimate",
    "label",
    "lock",
    "merge",
    "milestone",
    "ready",
    "rebase",
    "reopen",
    "target_branch",
    "title",
    "todo",
    "unapprove",
    "unlabel",
];

pub(crate) fn list(call: &mut Call<'_>, iid: &str) -> Outcome {
    let of = call.merge_request(iid)?;
    let shown = of.discussions.iter().map(|d| call.state.discussion(call.project(), of, d));
    Ok(call.paged(shown.collect()))
}

pub(crate) fn one(call: &mut Call<'_>, iid: &str, id: &str) -> Outcome {
    let of = call.merge_request(iid)?;
    let found = of.discussions.iter().find(|d| d.id == id).ok_or_else(|| not_found("Discussion"))?;
    Ok(Response::json(200, call.state.discussion(call.project(), of, found)))
}

pub(crate) fn create(call: &mut Call<'_>, iid: &str) -> Outcome {
    let parameters = Parameters::of(call.request)?;
    let body = parameters.required("body", "body")?;
    let position = parameters.inside("position");
    let of = writable(call, iid)?;
    let position = position.map(|said| Position::read(call.state, call.project(), of, &said)).transpose()?;
    let iid = of.iid;
    match add(call, iid, None, body, position, false)? {
        Added::Note(..) => {
            let of = call.state.merge_request(&call.path, iid);
            let made = of.discussions.last().map(|made| call.state.discussion(call.project(), of, made));
            Ok(Response::json(201, made.unwrap_or_default()))
        }
        Added::Commands(commands) => Ok(carried_out(&commands)),
    }
}

pub(crate) fn reply(call: &mut Call<'_>, iid: &str, id: &str) -> Outcome {
    let body = Parameters::of(call.request)?.required("body", "body")?;
    let of = writable(call, iid)?;
    let found = of.discussions.iter().find(|d| d.id == id).ok_or_else(|| not_found("Discussion"))?;
    // A note of its own can be turned into a discussion on the pages; for the API that is the looser reading.
    if found.individual {
        return Err(bad_request("400 Bad request - Discussion can not be replied to."));
    }
    let iid = of.iid;
    added(call, iid, Some(id), body)
}

pub(crate) fn notes(call: &mut Call<'_>, iid: &str) -> Outcome {
    let of = call.merge_request(iid)?;
    let mut all: Vec<(&DiscussionState, &NoteState)> =
        of.discussions.iter().flat_map(|d| d.notes.iter().map(move |note| (d, note))).collect();
    // Newest first, unless asked otherwise. <https://docs.gitlab.com/api/notes/#list-all-merge-request-notes>
    all.sort_by_key(|(_, note)| note.id);
    match call.request.parameter("sort").as_deref() {
        Some("asc") => {}
        None | Some("desc") => all.reverse(),
        Some(_) => return Err(invalid("sort does not have a valid value")),
    }
    Ok(call.paged(all.into_iter().map(|(d, note)| call.state.note(call.project(), of, d, note)).collect()))
}

pub(crate) fn note(call: &mut Call<'_>, iid: &str, id: &str) -> Outcome {
    let of = call.merge_request(iid)?;
    let id: u64 = id.parse().map_err(|_| not_found("Note"))?;
    Ok(Response::json(200, call.state.find_note(call.project(), of, id).ok_or_else(|| not_found("Note"))?))
}

pub(crate) fn add_note(call: &mut Call<'_>, iid: &str) -> Outcome {
    let body = Parameters::of(call.request)?.required("body", "body")?;
    let iid = writable(call, iid)?.iid;
    added(call, iid, None, body)
}

fn added(call: &mut Call<'_>, iid: u64, discussion: Option<&str>, body: String) -> Outcome {
    match add(call, iid, discussion, body, None, discussion.is_none())? {
        Added::Note(id) => {
            let of = call.state.merge_request(&call.path, iid);
            Ok(Response::json(201, call.state.find_note(call.project(), of, id).unwrap_or_default()))
        }
        Added::Commands(commands) => Ok(carried_out(&commands)),
    }
}

pub(crate) fn edit(call: &mut Call<'_>, iid: &str, id: &str) -> Outcome {
    let of = call.merge_request(iid)?;
    let (iid, author) = (of.iid, of.author.clone());
    let id: u64 = id.parse().map_err(|_| not_found("Note"))?;
    let parameters = Parameters::of(call.request)?;
    let (body, resolved) = (parameters.text("body")?, parameters.boolean("resolved")?);
    let caller = call.caller.clone();
    let level = caller.level(call.project());
    let (now, longest) = (call.state.clock.now(), call.state.limits.note_characters);
    let of = call.state.merge_request_mut(&call.path, iid);
    let locked = of.locked && level < REPORTER;
    let discussion = of.discussions.iter_mut().find(|d| d.notes.iter().any(|note| note.id == id));
    let discussion = discussion.ok_or_else(|| not_found("Note"))?;
    match (body, resolved) {
        (Some(body), None) => {
            let note =
                discussion.notes.iter_mut().find(|note| note.id == id).ok_or_else(|| not_found("Note"))?;
            if locked || note.author != caller.login && level < MAINTAINER {
                return Err(forbidden());
            }
            let (body, _) = spoken(&body, longest)?;
            note.body = body;
            note.updated_at = now;
        }
        (None, Some(resolved)) => settle(discussion, &caller, level, &author, resolved)?,
        _ => {
            return Err(invalid(
                "body, resolved are mutually exclusive, exactly one parameter must be provided",
            ));
        }
    }
    let of = call.state.merge_request(&call.path, iid);
    Ok(Response::json(200, call.state.find_note(call.project(), of, id).unwrap_or_default()))
}

pub(crate) fn resolve(call: &mut Call<'_>, iid: &str, id: &str) -> Outcome {
    let of = call.merge_request(iid)?;
    let (iid, author) = (of.iid, of.author.clone());
    let resolved = Parameters::of(call.request)?.boolean("resolved")?;
    let resolved = resolved.ok_or_else(|| invalid("resolved is missing"))?;
    let caller = call.caller.clone();
    let level = caller.level(call.project());
    let of = call.state.merge_request_mut(&call.path, iid);
    let discussion = of.discussions.iter_mut().find(|d| d.id == id).ok_or_else(|| not_found("Discussion"))?;
    settle(discussion, &caller, level, &author, resolved)?;
    one(call, &iid.to_string(), id)
}

pub(crate) fn award(call: &mut Call<'_>, iid: &str, id: &str) -> Outcome {
    let name = Parameters::of(call.request)?.required("name", "name")?;
    let iid = writable(call, iid)?.iid;
    let (new_id, now, login) = (call.state.clock.id(), call.state.clock.now(), call.caller.login.clone());
    let notes =
        call.state.merge_request_mut(&call.path, iid).discussions.iter_mut().flat_map(|d| &mut d.notes);
    let mut notes = notes.filter(|note| id.parse() == Ok(note.id));
    let note = notes.next().ok_or_else(|| not_found("Note"))?;
    if note.emoji.iter().any(|(_, who, what)| *who == login && *what == name) {
        let message = "404 Award Emoji Name has already been taken Not Found";
        return Err(Response::json(404, json!({ "message": message })));
    }
    note.emoji.push((new_id, login.clone(), name.clone()));
    let user = call.state.person(&login);
    let shown = json!({
        "id": new_id, "name": name, "user": user, "created_at": now, "updated_at": now,
        "awardable_id": id.parse::<u64>().unwrap_or_default(), "awardable_type": "Note",
    });
    Ok(Response::json(201, shown))
}

/// Developers and the merge request's author.
fn settle(
    discussion: &mut DiscussionState,
    caller: &Caller,
    level: u64,
    author: &str,
    resolved: bool,
) -> Result<(), Response> {
    if discussion.individual {
        return Err(bad_request("400 Bad request - Note is not resolvable"));
    }
    if level < DEVELOPER && caller.login != author {
        return Err(forbidden());
    }
    discussion.resolved_by = resolved.then(|| caller.login.clone());
    Ok(())
}

/// A locked discussion takes notes of the project's members alone, and the fake's projects are private: so it refuses
/// those who are members in name only. <https://docs.gitlab.com/user/discussions/#prevent-comments-by-locking-the-discussion>
fn writable<'a>(call: &'a Call<'_>, iid: &str) -> Result<&'a MergeRequestState, Response> {
    let of = call.merge_request(iid)?;
    if of.locked && call.caller.level(call.project()) < DEVELOPER {
        return Err(forbidden());
    }
    Ok(of)
}

enum Added {
    Note(u64),
    /// There was nothing but commands in it.
    Commands(Vec<String>),
}

fn carried_out(commands: &[String]) -> Response {
    Response::json(202, json!({ "commands_changes": commands, "summary": ["Carried out."] }))
}

fn add(
    call: &mut Call<'_>,
    iid: u64,
    discussion: Option<&str>,
    body: String,
    position: Option<Position>,
    individual: bool,
) -> Result<Added, Response> {
    let (body, commands) = spoken(&body, call.state.limits.note_characters)?;
    let login = call.caller.login.clone();
    let (path, note) = (call.path.clone(), body.trim().is_empty());
    let carried = commands.iter().map(|command| (login.clone(), command.clone()));
    call.state.merge_request_mut(&path, iid).commands.extend(carried);
    if note {
        return Ok(Added::Commands(commands));
    }
    Ok(Added::Note(call.state.add_note(&path, iid, discussion, &login, body, position, individual)))
}

/// A body without the commands in it, and those.
fn spoken(body: &str, longest: usize) -> Result<(String, Vec<String>), Response> {
    if body.trim().is_empty() {
        return Err(bad_request(r#"400 Bad request - Note {:note=>["can't be blank"]}"#));
    }
    if body.chars().count() > longest {
        return Err(bad_request(
            r#"400 Bad request - Note {:note=>["is too long (maximum is 1000000 characters)"]}"#,
        ));
    }
    let (mut kept, mut commands, mut fenced) = (Vec::new(), Vec::new(), false);
    for line in body.split('\n') {
        fenced ^= line.trim_start().starts_with("```");
        let name = line.strip_prefix('/').and_then(|rest| rest.split_whitespace().next());
        if !fenced && name.is_some_and(|name| COMMANDS.contains(&name)) {
            commands.push(line.trim_end().to_owned());
        } else {
            kept.push(line);
        }
    }
    Ok((kept.join("\n"), commands))
}

impl State {
    /// Adds a note to a discussion, or in one of its own; its id.
    #[allow(clippy::too_many_arguments)] // a note is made of them
    pub(crate) fn add_note(
        &mut self,
        path: &str,
        iid: u64,
        discussion: Option<&str>,
        login: &str,
        body: String,
        position: Option<Position>,
        individual: bool,
    ) -> u64 {
        let (id, now) = (self.clock.id(), self.clock.now());
        let note = NoteState {
            id,
            author: login.to_owned(),
            body,
            created_at: now.clone(),
            updated_at: now,
            emoji: Vec::new(),
        };
        let discussions = &mut self.merge_request_mut(path, iid).discussions;
        match discussion.and_then(|id| discussions.iter_mut().find(|d| d.id == id)) {
            Some(found) => found.notes.push(note),
            None => discussions.push(DiscussionState {
                id: format!("{id:040x}"),
                individual,
                position,
                resolved_by: None,
                notes: vec![note],
            }),
        }
        id
    }

    fn find_note(&self, project: &Project, of: &MergeRequestState, id: u64) -> Option<Value> {
        let mut all = of.discussions.iter().flat_map(|d| d.notes.iter().map(move |note| (d, note)));
        let (discussion, note) = all.find(|(_, note)| note.id == id)?;
        Some(self.note(project, of, discussion, note))
    }

    fn discussion(&self, project: &Project, of: &MergeRequestState, shown: &DiscussionState) -> Value {
        let notes: Vec<Value> = shown.notes.iter().map(|note| self.note(project, of, shown, note)).collect();
        json!({ "id": shown.id, "individual_note": shown.individual, "notes": notes })
    }

    fn note(
        &self,
        project: &Project,
        of: &MergeRequestState,
        discussion: &DiscussionState,
        note: &NoteState,
    ) -> Value {
        let kind = match (&discussion.position, discussion.individual) {
            (Some(_), _) => Value::from("DiffNote"),
            (None, false) => Value::from("DiscussionNote"),
            (None, true) => Value::Null,
        };
        let mut shown = json!({
            "id": note.id,
            "type": kind,
            "body": note.body,
            "author": self.person(&note.author),
            "created_at": note.created_at,
            "updated_at": note.updated_at,
            "system": false,
            "noteable_id": of.id,
            "noteable_type": "MergeRequest",
            "noteable_iid": of.iid,
            "project_id": project.id,
            "resolvable": !discussion.individual,
            "confidential": false,
            "internal": false,
            "commands_changes": {},
        });
        if !discussion.individual {
            shown["resolved"] = discussion.resolved_by.is_some().into();
            shown["resolved_by"] =
                discussion.resolved_by.as_ref().map_or(Value::Null, |login| self.person(login));
        }
        if let Some(position) = &discussion.position {
            // An outdated note keeps the position it had: its `head_sha` is no longer the merge request's.
            shown["position"] = position.current(project, of).as_ref().unwrap_or(position).shown();
        }
        shown
    }
}
