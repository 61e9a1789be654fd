//! The types of GitHub's schema that the fake knows, and what their fields hold.

use serde_json::Value;

use super::{Arguments, Execution, Problem};
use crate::clock;
use crate::github::access::Kind;
use crate::github::render::{node_id, number_of};
use crate::github::state::{PullState, ReviewComment, State};
use crate::github::threads::side;

/// An object of the answer. Pull requests are known by repository and number, threads by their first comment.
#[derive(Debug, Clone)]
pub(in crate::github) enum Object {
    Query,
    Mutation,
    Repository(String),
    Pull(String, u64),
    Thread(String, u64, u64),
    Comment(String, u64, u64),
    Actor(String),
    Viewer(String),
    Payload(Box<Object>, Value),
    Connection(&'static str, Vec<Object>, Slice),
    Edge(&'static str, Box<Object>, usize),
    PageInfo(Slice),
}

/// Which part of a list it is.
#[derive(Debug, Clone, Copy)]
pub(in crate::github) struct Slice {
    start: usize,
    end: usize,
    total: usize,
}

/// What a field holds.
pub(super) enum Found {
    Value(Value),
    Object(Object),
    List(Vec<Object>),
}

/// Of a connection. <https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>
const LARGEST_PAGE: u64 = 100;

impl Object {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Query => "Query",
            Self::Mutation => "Mutation",
            Self::Repository(_) => "Repository",
            Self::Pull(..) => "PullRequest",
            Self::Thread(..) => "PullRequestReviewThread",
            Self::Comment(..) => "PullRequestReviewComment",
            Self::Actor(login) if login.ends_with("[bot]") => "Bot",
            Self::Actor(_) | Self::Viewer(_) => "User",
            Self::Payload(..) => "ResolveReviewThreadPayload",
            Self::Connection(of, ..) => return format!("{of}Connection"),
            Self::Edge(of, ..) => return format!("{of}Edge"),
            Self::PageInfo(_) => "PageInfo",
        }
        .to_owned()
    }

    /// Whether a fragment `on …` applies.
    pub(super) fn is(&self, condition: &str) -> bool {
        let condition = condition.trim_start_matches("on ");
        condition == self.name()
            || condition == "Actor" && matches!(self, Self::Actor(_))
            || condition == "Node" && matches!(self, Self::Pull(..) | Self::Thread(..) | Self::Comment(..))
    }
}

type Resolved = Result<Option<Found>, Problem>;

fn value(value: impl Into<Value>) -> Resolved {
    Ok(Some(Found::Value(value.into())))
}

/// What a field of an object holds; nothing if there is no such field.
pub(super) fn resolve(
    execution: &mut Execution<'_>,
    object: &Object,
    field: &str,
    arguments: &Arguments,
) -> Resolved {
    match object {
        Object::Query => query(execution, field, arguments),
        Object::Mutation => mutation(execution, field, arguments),
        Object::Repository(name) => repository(execution, name, field, arguments),
        Object::Pull(name, number) => {
            pull(execution.state.pull(name, *number), name, field, arguments, &execution.state.url)
        }
        Object::Thread(name, number, first) => thread(execution, (name, *number, *first), field, arguments),
        Object::Comment(name, number, id) => comment(execution.state, name, *number, *id, field),
        Object::Actor(login) => match field {
            // Here a bot's name stands without its suffix. <https://docs.github.com/graphql/reference/objects#bot>
            "login" => value(login.trim_end_matches("[bot]")),
            _ => Ok(None),
        },
        Object::Viewer(login) => match field {
            // An app's stands here with its suffix. <https://github.com/fullsend-ai/fullsend/pull/1953>
            "login" => value(login.as_str()),
            "databaseId" => value(clock::person(login)),
            _ => Ok(None),
        },
        Object::Payload(thread, mutation_id) => match field {
            "thread" => Ok(Some(Found::Object((**thread).clone()))),
            "clientMutationId" => value(mutation_id.clone()),
            _ => Ok(None),
        },
        Object::Connection(of, items, slice) => match field {
            "nodes" => Ok(Some(Found::List(items.clone()))),
            "edges" => {
                let edge = |(index, item): (usize, &Object)| {
                    Object::Edge(of, Box::new(item.clone()), slice.start + index + 1)
                };
                Ok(Some(Found::List(items.iter().enumerate().map(edge).collect())))
            }
            "totalCount" => value(slice.total),
            "pageInfo" => Ok(Some(Found::Object(Object::PageInfo(*slice)))),
            _ => Ok(None),
        },
        Object::Edge(_, node, position) => match field {
            "node" => Ok(Some(Found::Object((**node).clone()))),
            "cursor" => value(cursor(*position)),
            _ => Ok(None),
        },
        Object::PageInfo(slice) => match field {
            "hasNextPage" => value(slice.end < slice.total),
            "hasPreviousPage" => value(slice.start > 0),
            "startCursor" => value((slice.start < slice.end).then(|| cursor(slice.start + 1))),
            "endCursor" => value((slice.start < slice.end).then(|| cursor(slice.end))),
            _ => Ok(None),
        },
    }
}

fn text<'a>(arguments: &'a Arguments, name: &str) -> &'a str {
    arguments.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn query(execution: &Execution<'_>, field: &str, arguments: &Arguments) -> Resolved {
    match field {
        "repository" => {
            let name = format!("{}/{}", text(arguments, "owner"), text(arguments, "name"));
            let found = execution.state.find(&name).filter(|found| execution.caller.covers(&found.full_name));
            match found {
                Some(found) => Ok(Some(Found::Object(Object::Repository(found.full_name.clone())))),
                None => Err(Problem::new(
                    "NOT_FOUND",
                    format!("Could not resolve to a Repository with the name '{name}'."),
                )),
            }
        }
        "node" => Ok(Some(Found::Object(find_thread(execution, text(arguments, "id"))?))),
        "viewer" => Ok(Some(Found::Object(Object::Viewer(execution.caller.login.clone())))),
        _ => Ok(None),
    }
}

fn mutation(execution: &mut Execution<'_>, field: &str, arguments: &Arguments) -> Resolved {
    if field != "resolveReviewThread" {
        return Ok(None);
    }
    let input = arguments.get("input").and_then(Value::as_object).cloned().unwrap_or_default();
    let thread = find_thread(execution, text(&input, "threadId"))?;
    let Object::Thread(name, number, first) = &thread else { return Ok(None) };
    let caller = execution.caller;
    // An app needs to write contents, which is documented nowhere and asked about everywhere:
    // <https://github.com/orgs/community/discussions/44650>. Pull requests as well is the fake's stricter reading.
    let app_may = caller.has("contents", "write") && caller.has("pull_requests", "write");
    let repository = execution.state.repository(name);
    let author = &execution.state.pull(name, *number).author;
    let may = match caller.kind {
        Kind::App => app_may,
        Kind::User => {
            caller.has("pull_requests", "write")
                && (repository.can_write(&caller.login) || *author == caller.login)
        }
    };
    if !may {
        return Err(Problem::new("FORBIDDEN", caller.refused()));
    }
    let login = caller.login.clone();
    let comments = &mut execution.state.pull_mut(name, *number).review_comments;
    if let Some(comment) = comments.iter_mut().find(|comment| comment.id == *first) {
        comment.resolved.get_or_insert(login);
    }
    execution.changed = true;
    let mutation_id = input.get("clientMutationId").cloned().unwrap_or_default();
    Ok(Some(Found::Object(Object::Payload(Box::new(thread.clone()), mutation_id))))
}

fn find_thread(execution: &Execution<'_>, id: &str) -> Result<Object, Problem> {
    let first = number_of("PRRT", id);
    let mut all = execution.state.repositories.values().filter(|r| execution.caller.covers(&r.full_name));
    let found = all.find_map(|repository| {
        let mut pulls = repository.pulls.values();
        let holds = |pull: &&PullState| pull.threads().any(|comment| Some(comment.id) == first);
        Some((repository.full_name.clone(), pulls.find(holds)?.number))
    });
    let unknown =
        || Problem::new("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'"));
    let (name, number) = found.ok_or_else(unknown)?;
    readable(execution)?;
    Ok(Object::Thread(name, number, first.ok_or_else(unknown)?))
}

fn readable(execution: &Execution<'_>) -> Result<(), Problem> {
    if execution.caller.has("pull_requests", "read") {
        return Ok(());
    }
    Err(Problem::new("FORBIDDEN", execution.caller.refused()))
}

fn repository(execution: &Execution<'_>, name: &str, field: &str, arguments: &Arguments) -> Resolved {
    let repository = execution.state.repository(name);
    match field {
        "id" => value(node_id("R", repository.id)),
        "name" => value(repository.name()),
        "nameWithOwner" => value(name),
        "pullRequest" => {
            readable(execution)?;
            let number = arguments.get("number").and_then(Value::as_u64).unwrap_or_default();
            if repository.pulls.contains_key(&number) {
                return Ok(Some(Found::Object(Object::Pull(name.to_owned(), number))));
            }
            let message = format!("Could not resolve to a PullRequest with the number of {number}.");
            Err(Problem::new("NOT_FOUND", message))
        }
        _ => Ok(None),
    }
}

fn pull(pull: &PullState, name: &str, field: &str, arguments: &Arguments, url: &str) -> Resolved {
    match field {
        "id" => value(node_id("PR", pull.id)),
        "number" => value(pull.number),
        "title" => value(pull.title.as_str()),
        "url" => value(format!("{url}/{name}/pull/{}", pull.number)),
        "state" => value(match (pull.open, pull.merged) {
            (true, _) => "OPEN",
            (false, true) => "MERGED",
            (false, false) => "CLOSED",
        }),
        "headRefOid" => value(pull.head.as_str()),
        "reviewThreads" => {
            let threads = pull.threads().map(|first| Object::Thread(name.to_owned(), pull.number, first.id));
            connection("PullRequestReviewThread", "reviewThreads", threads.collect(), arguments)
        }
        _ => Ok(None),
    }
}

fn thread(
    execution: &Execution<'_>,
    (name, number, first): (&str, u64, u64),
    field: &str,
    arguments: &Arguments,
) -> Resolved {
    let state = &execution.state;
    let (repository, pull) = (state.repository(name), state.pull(name, number));
    let Some(root) = pull.threads().find(|comment| comment.id == first) else { return value(Value::Null) };
    let now = state.current(repository, pull, root).map(|(lines, _)| lines);
    let start = |lines: crate::github::state::Lines| lines.start.map(|(_, line)| line);
    match field {
        "id" => value(node_id("PRRT", first)),
        "isResolved" => value(root.resolved.is_some()),
        "isOutdated" => value(root.lines.is_some() && now.is_none()),
        "isCollapsed" => value(root.resolved.is_some()),
        "path" => value(root.path.as_str()),
        "line" => value(now.map(|lines| lines.line)),
        "originalLine" => value(root.lines.map(|lines| lines.line)),
        "startLine" => value(now.and_then(start)),
        "originalStartLine" => value(root.lines.and_then(start)),
        "diffSide" => value(root.lines.map_or("RIGHT", |lines| side(lines.side))),
        "subjectType" => value(if root.lines.is_some() { "LINE" } else { "FILE" }),
        "resolvedBy" => match &root.resolved {
            Some(login) => Ok(Some(Found::Object(Object::Actor(login.clone())))),
            None => value(Value::Null),
        },
        "comments" => {
            let comments =
                pull.thread(first).map(|c| Object::Comment(name.to_owned(), number, c.id)).collect();
            connection("PullRequestReviewComment", "comments", comments, arguments)
        }
        _ => Ok(None),
    }
}

fn comment(state: &State, name: &str, number: u64, id: u64, field: &str) -> Resolved {
    let pull = state.pull(name, number);
    let Some(comment) = pull.review_comments.iter().find(|comment| comment.id == id) else {
        return value(Value::Null);
    };
    let outdated = |comment: &ReviewComment| {
        comment.lines.is_some() && state.current(state.repository(name), pull, comment).is_none()
    };
    match field {
        "id" => value(node_id("PRRC", id)),
        "databaseId" => value(id),
        "fullDatabaseId" => value(id.to_string()),
        "body" => value(comment.body.as_str()),
        "path" => value(comment.path.as_str()),
        "createdAt" => value(comment.created_at.as_str()),
        "updatedAt" => value(comment.updated_at.as_str()),
        "outdated" => value(outdated(comment)),
        "url" => value(format!("{}/{name}/pull/{number}#discussion_r{id}", state.url)),
        "author" => Ok(Some(Found::Object(Object::Actor(comment.author.clone())))),
        _ => Ok(None),
    }
}

/// The part of a list that `first` and `after`, or `last` and `before`, ask for.
fn connection(of: &'static str, field: &str, mut items: Vec<Object>, arguments: &Arguments) -> Resolved {
    let number = |name: &str| arguments.get(name).and_then(Value::as_u64);
    let position = |name: &str| {
        arguments.get(name).and_then(Value::as_str).and_then(|c| c.strip_prefix("cursor:v2:")?.parse().ok())
    };
    let (first, last) = (number("first"), number("last"));
    let Some(asked) = first.or(last) else {
        let message = format!(
            "You must provide a `first` or `last` value to properly paginate the `{field}` connection."
        );
        return Err(Problem::new("MISSING_PAGINATION_BOUNDARIES", message));
    };
    if asked == 0 || asked > LARGEST_PAGE {
        let message = format!(
            "Requesting {asked} records on the `{field}` connection exceeds the `first` limit of 100 records."
        );
        return Err(Problem::new("EXCESSIVE_PAGINATION", message));
    }
    let total = items.len();
    let asked = usize::try_from(asked).unwrap_or(usize::MAX);
    let mut start = position("after").unwrap_or(0).min(total);
    let mut end =
        position("before").map_or(total, |before: usize| before.saturating_sub(1)).clamp(start, total);
    if first.is_some() {
        end = end.min(start + asked);
    } else {
        start = start.max(end.saturating_sub(asked));
    }
    items.truncate(end);
    items.drain(..start);
    Ok(Some(Found::Object(Object::Connection(of, items, Slice { start, end, total }))))
}

fn cursor(position: usize) -> String {
    format!("cursor:v2:{position}")
}
