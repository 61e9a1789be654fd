//! What people ask of the bot in comments, and what it answers. It explains to anyone; it proposes a waiver to those who may write
//! and are not the author of the change, as text that somebody has to commit: it pushes nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use jiff::ToSpan as _;
use serde::{Deserialize, Serialize};

use super::client::Failure;
use super::event::Asked;
use super::examine::{Judged, Options, examine};
use super::forge::{Forge, Request, Thread, Write, is_same};
use super::marker::{Marker, Role, Seal, State, short};
use super::round::Settings;
use super::text;
use super::tree;
use super::verdict::Item;
use crate::command::explain::{NO_DATE, described, plain_settings};
use crate::command::waive::{Terms, with_row};
use crate::report::rule_url;
use crate::report::text::Edited;
use crate::runtime::Runtime;
use crate::runtime::contract::{self, Finding, Source};
use crate::scan::Outcome;

/// How an order begins.
const CALL: &str = "/hallpass";
/// Most days that a waiver may be asked for; the policy may admit fewer.
const DAYS: i64 = 90;
/// Most answers below one pull request to people who may not write to the repository.
const ANSWERS: usize = 20;
/// Longest reason, in characters.
const REASON: usize = 300;
/// The policy's name where there is none yet.
const POLICY: &str = "hallpass.toml";

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// What a rule means: the one named, or that of the finding under which it is asked.
    Explain(Option<String>),
    /// To accept the finding under which it is asked.
    Waive {
        /// For so many days.
        days: i64,
        /// Why.
        reason: String,
    },
    /// Something else.
    Unknown,
}

/// An order is the first line of a comment; what stands below is for people.
#[must_use]
pub fn read(body: &str) -> Option<Order> {
    let line = body.lines().next()?.trim();
    let rest = line.strip_prefix(CALL)?;
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let mut words = rest.split_whitespace();
    Some(match words.next() {
        Some("explain") => Order::Explain(words.next().map(str::to_owned)),
        Some("waive") => {
            let days = words.next().and_then(|days| days.trim_end_matches('d').parse().ok());
            let reason = words.collect::<Vec<_>>().join(" ");
            match days {
                Some(days) => Order::Waive { days, reason },
                None => Order::Unknown,
            }
        }
        _ => Order::Unknown,
    })
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It was answered now.
    Now,
    /// It was before.
    Before,
    /// Nobody answers those who may only read any more.
    Enough,
    /// The pull request is closed.
    Closed,
}

impl Answered {
    /// In words.
    #[must_use]
    pub fn told(self) -> &'static str {
        match self {
            Self::Now => "answered",
            Self::Before => "it was answered before",
            Self::Enough => "there are enough answers to people who may only read",
            Self::Closed => "the pull request is closed",
        }
    }
}

/// Answers, unless it was answered.
///
/// # Errors
/// The forge does not answer, or the change cannot be judged.
pub fn answer(
    runtime: &Runtime,
    forge: &Arc<dyn Forge>,
    asked: &Asked,
    root: &Path,
    settings: &Settings,
) -> Result<Answered> {
    let request = forge.request(asked.number)?;
    if !request.open {
        return Ok(Answered::Closed);
    }
    let conversation = forge.conversation(&request)?;
    let seal = Seal::new(settings.key.clone(), &request);
    let identity = forge.identity()?;
    let known = short(asked.comment.to_string().as_bytes());
    let answered = super::plan::Ours::read(&conversation, &identity, &seal).answered;
    if is_same(&asked.login, &identity) || answered.contains(&known) {
        return Ok(Answered::Before);
    }
    // Who may only read is answered, and does not fill a conversation.
    if answered.len() >= ANSWERS && !forge.may_write(&asked.login)? {
        return Ok(Answered::Enough);
    }
    let thread = asked.thread.as_ref().and_then(|known| conversation.threads.iter().find(|t| t.is(known)));
    let about = thread.filter(|thread| is_same(&thread.first.author, &identity)).and_then(|thread| {
        let marked = seal.read(&thread.first.body).filter(|marked| marked.marker.role == Role::Finding)?;
        Some((thread, marked.marker))
    });
    let said = match &asked.order {
        Order::Explain(named) => {
            let rule = named.as_deref().or(about.as_ref().map(|(_, marker)| marker.rule.as_str()));
            explained(runtime, rule)?
        }
        Order::Waive { days, reason } => match refusal(forge.as_ref(), &request, asked, *days, reason)? {
            Some(why) => text::refused(&why),
            None => match about {
                Some((thread, marker)) => {
                    let ask = Ask { asked, days: *days, reason, thread, marker: &marker };
                    waived(runtime, forge, &request, root, settings, &ask)?
                }
                None if forge.limits().hears_replies => {
                    text::refused("ask it under the finding that is to be accepted")
                }
                None => text::refused(
                    "this forge does not tell us what is said under a finding; `hallpass waive` writes the row",
                ),
            },
        },
        Order::Unknown => text::refused(
            "there are `/hallpass explain`, `/hallpass explain RULE` and, under a finding, `/hallpass waive DAYS REASON`",
        ),
    };
    let said = match thread {
        Some(_) => said,
        // Below the whole change, several may have asked.
        None => text::answer_to(&asked.login, &said),
    };
    let body = seal.mark(&Marker::of(Role::Answer, &asked.comment.to_string()), &said);
    let write = match thread {
        Some(thread) => Write::Reply { thread: thread.first.id, handle: thread.handle.clone(), body },
        None => Write::Note(body),
    };
    // Lines of another head would be proposed for these.
    let (head, _) = forge.now(asked.number)?;
    if head != request.head && matches!(asked.order, Order::Waive { .. }) {
        let said = "the change moved on while the answer was worked out; ask again".to_owned();
        return Err(Failure::Conflict { what: format!("pull request {}", asked.number), said }.into());
    }
    forge.write(&request, &write)?;
    Ok(Answered::Now)
}

fn explained(runtime: &Runtime, rule: Option<&str>) -> Result<String> {
    let Some(wanted) = rule else {
        return Ok(text::refused("name a rule, or ask under a finding"));
    };
    let pool = runtime.pool(plain_settings(NO_DATE)).map_err(crate::scan::explain_refusal)?;
    let description = described(&pool)?;
    let known = description.rules.iter().find(|rule| rule.id == wanted);
    let aliased = || description.rules.iter().find(|rule| rule.aliases.iter().any(|alias| alias == wanted));
    Ok(match known.or_else(aliased) {
        Some(rule) => text::explained(&rule.title, &rule.id, Some(&rule_url(rule)), &rule.page),
        None => text::refused("there is no rule of that name; `hallpass rules` lists those there are"),
    })
}

/// Why somebody may not ask for a waiver, or not for this one.
fn refusal(
    forge: &dyn Forge,
    request: &Request,
    asked: &Asked,
    days: i64,
    reason: &str,
) -> Result<Option<String>> {
    let why = if asked.login == request.author {
        "who proposes a change does not accept its findings; somebody else with write access may"
    } else if !forge.may_write(&asked.login)? {
        "only those who may write to this repository accept a finding"
    } else if !(1..=DAYS).contains(&days) {
        "a waiver ends within 90 days; write `/hallpass waive DAYS REASON`"
    } else if reason.trim().is_empty() {
        "a waiver has a reason; write `/hallpass waive DAYS REASON`"
    } else if reason.chars().count() > REASON || reason.chars().any(crate::report::text::is_steering) {
        "the reason is one line of plain text, of at most 300 characters"
    } else {
        return Ok(None);
    };
    Ok(Some(why.to_owned()))
}

/// What a waiver is asked with.
struct Ask<'a> {
    asked: &'a Asked,
    days: i64,
    reason: &'a str,
    thread: &'a Thread,
    marker: &'a Marker,
}

fn waived(
    runtime: &Runtime,
    forge: &Arc<dyn Forge>,
    request: &Request,
    root: &Path,
    settings: &Settings,
    ask: &Ask<'_>,
) -> Result<String> {
    if ask.marker.state == State::Done {
        return Ok(text::refused("this finding is gone"));
    }
    let versions = tree::versions(runtime, forge, request, &forge.patches(request)?, root)?;
    let options: &Options = &settings.options;
    examine(runtime, versions, options, |judged| {
        let is = |item: &&Item| item.place == ask.marker.place && item.content == ask.marker.content;
        let item = judged.verdict.items.iter().find(is);
        let findings = &judged.material.outcome.findings;
        match item.and_then(|item| findings.iter().find(|f| f.fingerprint == item.fingerprint)) {
            Some(finding) => proposal(&judged, finding, ask),
            None => Ok(text::refused(
                "this finding is gone, or another one by now; the next run says what stands at its line",
            )),
        }
    })
}

fn proposal(judged: &Judged<'_>, finding: &Finding, ask: &Ask<'_>) -> Result<String> {
    let material = judged.material;
    if material.rule(&finding.rule).is_some_and(|rule| !rule.waivable) {
        return Ok(text::refused(&format!("{} cannot be waived", finding.rule)));
    }
    let Ok(today) = material.today.parse::<jiff::civil::Date>() else {
        return Ok(text::refused("the day of the run is not known"));
    };
    let until = today.checked_add(ask.days.days())?.to_string();
    let terms = Terms { owner: &ask.asked.login, reason: ask.reason, until: &until, ..Terms::default() };
    let empty = Source { path: POLICY.to_owned(), bytes: Vec::new(), member: true };
    let row = String::from_utf8_lossy(&with_row(&empty, finding, terms)?).trim().to_owned();
    let config = judged.pool.settings().config.clone().unwrap_or(empty);
    let policy = config.path.clone();
    let bytes = with_row(&config, finding, terms)?;
    let tried = (judged.tried)(None, Some(Source { bytes, ..config }))?;
    if !is_waived(&tried, finding) {
        return Ok(text::refused(&why_not(judged, &tried, finding, &policy)));
    }
    let comment = in_place(judged, finding, ask, &until)?;
    Ok(text::waiver(&ask.asked.login, &until, comment.as_ref(), &row, &policy))
}

fn is_waived(outcome: &Outcome, finding: &Finding) -> bool {
    outcome.waived.iter().any(|(waived, _)| waived.fingerprint == finding.fingerprint)
}

/// What the module says of a waiver that it does not take: something new about the policy.
fn why_not(judged: &Judged<'_>, tried: &Outcome, finding: &Finding, policy: &str) -> String {
    let known: BTreeSet<&str> =
        judged.material.outcome.findings.iter().map(|f| f.fingerprint.as_str()).collect();
    let new = tried.findings.iter().find(|f| f.at.path == policy && !known.contains(f.fingerprint.as_str()));
    new.map_or_else(|| format!("{} cannot be waived here", finding.rule), |new| new.message.clone())
}

/// The waiver as a comment in the lines that the conversation is about, where it would stand there and nothing of these lines is
/// a secret.
fn in_place(judged: &Judged<'_>, finding: &Finding, ask: &Ask<'_>, until: &str) -> Result<Option<Edited>> {
    let Some(lines) = ask.thread.lines.filter(|_| ask.thread.path == finding.at.path) else {
        return Ok(None);
    };
    let sources = judged.material.sources;
    let path = &finding.at.path;
    let bytes = sources.bytes(path);
    let file = Source { path: path.clone(), bytes: bytes.to_vec(), member: true };
    let terms = contract::Terms {
        owner: ask.asked.login.clone(),
        reason: ask.reason.to_owned(),
        until: until.to_owned(),
    };
    let edits = judged.pool.with(|worker| worker.waivers(&file, finding.at.at, &finding.rule, &terms));
    for edit in edits.map_err(crate::scan::explain_refusal)?.unwrap_or_default() {
        let (start, end) = (edit.at.at.start as usize, edit.at.at.end as usize);
        let mut text = bytes.get(..start).unwrap_or_default().to_vec();
        text.extend_from_slice(edit.replacement.as_bytes());
        text.extend_from_slice(bytes.get(end..).unwrap_or_default());
        let proposed = sources.edited(path, &[&edit]).filter(|proposed| proposed.lines == lines);
        if let Some(proposed) = proposed
            && is_waived(&(judged.tried)(Some((path.clone(), text)), None)?, finding)
        {
            return Ok(Some(proposed));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_the_first_line() {
        assert_eq!(read("/hallpass explain"), Some(Order::Explain(None)));
        assert_eq!(
            read("/hallpass explain scope/x\nthanks"),
            Some(Order::Explain(Some("scope/x".to_owned())))
        );
        let waive = Order::Waive { days: 14, reason: "moves with PLAT-12".to_owned() };
        assert_eq!(read("  /hallpass waive 14 moves with  PLAT-12"), Some(waive));
        assert_eq!(read("/hallpass waive"), Some(Order::Unknown));
        assert_eq!(read("/hallpass"), Some(Order::Unknown));
        for other in
            ["/hallpassport", "see /hallpass explain", "> /hallpass explain", "", "thanks\n/hallpass explain"]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
