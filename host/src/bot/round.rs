//! One review: a change read, judged and talked about. Whatever stops it in the middle, the next one goes on from what stands
//! there; run again over the same, it writes nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::client::Failure;
use super::examine::{Options, examine};
use super::forge::{Annotation, Forge, Level, Request, Status, Write, is_same};
use super::hunk::Hunks;
use super::marker::Seal;
use super::plan::{Ours, Plan};
use super::text;
use super::tree;
use super::verdict::{Item, Verdict};
use crate::report::text::plain;
use crate::report::{Material, severity_name};
use crate::runtime::Runtime;
use crate::runtime::contract::Severity;

/// How often a conversation is read again because of what became of a write.
const ROUNDS: usize = 4;

/// Most places that an annotation names besides its own.
const PLACES: usize = 5;

/// What a review is made with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For the run.
    pub options: Options,
    /// Most findings that stand at lines at a time.
    pub inline: usize,
    /// Key of marks.
    pub key: Option<Vec<u8>>,
    /// Pause before a conversation is read again because an answer did not come.
    pub settle: Duration,
}

/// How a review ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Whether the change fails the run.
    pub fails: bool,
    /// Writes that were done.
    pub writes: usize,
    /// What the forge refused, each in one sentence. What these writes would have said is in the run's own report.
    pub refused: Vec<String>,
    /// Why nothing, or not all, was said: the change moved on or was closed.
    pub left: Option<String>,
    /// One line about the findings.
    pub title: String,
    /// The commit that was judged.
    pub head: String,
}

/// Reviews a pull request. `root` is an empty folder, or a clone of which the objects are used. `seen` gets the material of
/// reports and what was refused.
///
/// # Errors
/// The change could not be read or judged, the conversation could not be read, or a limit is reached: a [`Failure`] is in the
/// chain of the error.
pub fn review(
    runtime: &Runtime,
    forge: &Arc<dyn Forge>,
    number: u64,
    root: &Path,
    settings: &Settings,
    seen: impl FnOnce(&Material<'_>, &Done) -> Result<()>,
) -> Result<Done> {
    let request = forge.request(number)?;
    if !request.open {
        return Ok(Done { left: Some("the pull request is closed".to_owned()), ..Done::default() });
    }
    let patches = forge.patches(&request)?;
    let versions = tree::versions(runtime, forge, &request, &patches, root)?;
    let patches = if forge.limits().shows_diffs { patches } else { tree::shown(&versions, patches) };
    let hunks = Hunks::of(&patches);
    examine(runtime, versions, &settings.options, |judged| {
        let (verdict, material) = (&judged.verdict, judged.material);
        let (mut done, failure) = Talk {
            forge: forge.as_ref(),
            request: &request,
            verdict,
            hunks: &hunks,
            seal: Seal::new(settings.key.clone(), &request),
            inline: settings.inline,
            settle: settings.settle,
            posted: BTreeSet::new(),
            noted: false,
            done: Done {
                fails: verdict.fails,
                title: text::title(verdict),
                head: request.head.clone(),
                ..Done::default()
            },
        }
        .held();
        if let Some(failure) = failure {
            done.refused.push(failure.to_string());
            seen(material, &done)?;
            return Err(failure.into());
        }
        seen(material, &done)?;
        Ok(done)
    })
}

/// A conversation of which nobody knows yet what it has.
struct Talk<'t> {
    forge: &'t dyn Forge,
    request: &'t Request,
    verdict: &'t Verdict,
    hunks: &'t Hunks,
    seal: Seal,
    inline: usize,
    settle: Duration,
    /// Bodies at lines that this run posted.
    posted: BTreeSet<String>,
    /// Whether it posted one about the whole.
    noted: bool,
    done: Done,
}

impl Talk<'_> {
    /// Says all that is still to be said.
    fn held(mut self) -> (Done, Option<Failure>) {
        let failure = self.said().err();
        (self.done, failure)
    }

    fn said(&mut self) -> Result<(), Failure> {
        match self.commented() {
            Ok(()) => self.status(),
            Err(failure) if failure.passes() => Err(failure),
            // The check stands under no login, and says all that comments say.
            Err(failure) => self.status().and(Err(failure)),
        }
    }

    fn commented(&mut self) -> Result<(), Failure> {
        let identity = self.forge.identity()?;
        if identity.is_empty() {
            let said = "it does not say under which login the token posts; name it with --as".to_owned();
            return Err(Failure::Malformed { what: "the token's login".to_owned(), said });
        }
        // Comments at lines first: the summary says where they are.
        self.until_said(&identity, |plan, ours, _| plan.inline(ours))?;
        self.until_said(&identity, |plan, ours, forge| plan.summary(ours, forge))
    }

    /// Reads, plans and writes until there is nothing to write.
    fn until_said(
        &mut self,
        identity: &str,
        planned: impl Fn(&Plan<'_>, &Ours<'_>, &dyn Forge) -> Vec<Write>,
    ) -> Result<(), Failure> {
        let mut unknown = false;
        for _ in 0..ROUNDS {
            if self.done.left.is_some() {
                return Ok(());
            }
            let conversation = self.forge.conversation(self.request)?;
            let ours = Ours::read(&conversation, identity, &self.seal);
            let plan = Plan {
                verdict: self.verdict,
                request: self.request,
                hunks: self.hunks,
                seal: &self.seal,
                limits: self.forge.limits(),
                most: self.inline,
            };
            let writes = self.unsaid(planned(&plan, &ours, self.forge));
            if writes.is_empty() {
                return Ok(());
            }
            let before = (self.done.writes, self.done.refused.len());
            unknown = self.write_all(identity, &writes)?;
            if unknown {
                // What was done is not always to be read at once.
                std::thread::sleep(self.settle);
            }
            // What was refused once is refused again.
            if self.done.refused.len() > before.1 || (self.done.writes == before.0 && !unknown) {
                return Ok(());
            }
        }
        match unknown {
            false => Ok(()),
            // Somebody is to try again: what was to be said may not stand there.
            true => Err(Failure::Unreachable {
                what: "the conversation".to_owned(),
                said: format!("no answer to a write in {ROUNDS} tries"),
            }),
        }
    }

    /// Without what was posted in this run: a forge may take a while until it lists what it has.
    fn unsaid(&self, writes: Vec<Write>) -> Vec<Write> {
        let is_new = |body: &String| !self.posted.contains(body);
        let left = writes.into_iter().filter_map(|write| match write {
            Write::Inline(all) => {
                let all: Vec<_> = all.into_iter().filter(|inline| is_new(&inline.body)).collect();
                (!all.is_empty()).then_some(Write::Inline(all))
            }
            // Its text says where the others are, which is not listed at once either.
            Write::Note(_) if self.noted => None,
            other => Some(other),
        });
        left.collect()
    }

    /// `true` where it is not known of one whether it was done.
    fn write_all(&mut self, identity: &str, writes: &[Write]) -> Result<bool, Failure> {
        for write in writes {
            if !self.is_current()? {
                return Ok(false);
            }
            match self.forge.write(self.request, write) {
                Ok(written) => {
                    self.done.writes += written.calls;
                    match write {
                        Write::Inline(all) => {
                            let placed =
                                all.iter().enumerate().filter(|(at, _)| !written.unplaced.contains(at));
                            self.posted.extend(placed.map(|(_, inline)| inline.body.clone()));
                        }
                        Write::Note(_) => self.noted = true,
                        _ => {}
                    }
                    if let Some(posts) = written.author.filter(|author| !is_same(author, identity)) {
                        return Err(Failure::Login { posts, known: identity.to_owned() });
                    }
                }
                // Nobody asked for a token that may: the text says what became of the finding.
                Err(Failure::Refused { .. } | Failure::Missing { .. } | Failure::Malformed { .. })
                    if matches!(write, Write::Resolve(_)) => {}
                // Somebody deleted it meanwhile.
                Err(Failure::Missing { .. }) if !matches!(write, Write::Note(_) | Write::Inline(_)) => {}
                Err(
                    failure @ (Failure::Refused { .. } | Failure::Missing { .. } | Failure::Invalid { .. }),
                ) => {
                    self.done.refused.push(failure.to_string());
                }
                Err(Failure::Unknown { what, said } | Failure::Conflict { what, said }) => {
                    tracing::warn!(call = what, said, "the conversation is read again");
                    return Ok(true);
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(false)
    }

    /// Whether what was judged is still what is proposed.
    fn is_current(&mut self) -> Result<bool, Failure> {
        let (head, open) = self.forge.now(self.request.number)?;
        self.done.left = match (head == self.request.head, open) {
            (true, true) => None,
            (false, _) => Some("the change has moved on; the run for its new head says the rest".to_owned()),
            (_, false) => Some("the pull request was closed meanwhile".to_owned()),
        };
        Ok(self.done.left.is_none())
    }

    fn status(&mut self) -> Result<(), Failure> {
        if self.done.left.is_some() || !self.is_current()? {
            return Ok(());
        }
        let status = status(self.verdict, &self.seal);
        for _ in 0..ROUNDS {
            match self.forge.status(self.request, &status) {
                Ok(said) => {
                    self.done.writes += usize::from(said);
                    return Ok(());
                }
                Err(Failure::Unknown { what, said }) => {
                    tracing::warn!(call = what, said, "the checks are read again");
                }
                Err(
                    failure @ (Failure::Refused { .. } | Failure::Missing { .. } | Failure::Invalid { .. }),
                ) => {
                    self.done.refused.push(failure.to_string());
                    return Ok(());
                }
                Err(failure) => return Err(failure),
            }
        }
        Err(Failure::Unreachable {
            what: "the check".to_owned(),
            said: format!("no answer in {ROUNDS} tries"),
        })
    }
}

fn status(verdict: &Verdict, seal: &Seal) -> Status {
    let title = text::title(verdict);
    let summary = text::summary(verdict, &text::Shown::default(), 65_000);
    let annotations: Vec<Annotation> = verdict.items.iter().map(annotation).collect();
    let digest = seal.digest(&format!("{title}\n{summary}\n{}\n{annotations:?}", verdict.fails));
    Status { passes: !verdict.fails, title, summary, annotations, digest }
}

fn annotation(item: &Item) -> Annotation {
    let level = match item.severity {
        Severity::Critical | Severity::High => Level::Failure,
        Severity::Medium => Level::Warning,
        Severity::Low | Severity::Info => Level::Notice,
    };
    let help = item.help.iter().flat_map(|help| help.lines());
    let help: String = help.map(|line| format!("\n{}", plain(line))).collect();
    let places: Vec<String> =
        item.places.iter().take(PLACES).map(|(path, line)| format!("{}:{line}", plain(path))).collect();
    let places =
        if places.is_empty() { String::new() } else { format!("\nThe same in {}", places.join(", ")) };
    Annotation {
        path: item.path.clone(),
        lines: item.lines,
        columns: (item.lines.0 == item.lines.1).then_some(item.columns),
        level,
        title: format!("{}: {}", severity_name(item.severity), plain(&item.title)),
        message: format!("{} ({}){help}{places}", plain(&item.message), item.rule),
    }
}
