//! Where a note stands in a diff, and where it went after a push.

use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::parameters::Parameters;
use super::refusal::{bad_request, invalid};
use super::state::{MergeRequestState, Position, Project, State};
use crate::diff::FileDiff;
use crate::exchange::Response;
use crate::follow::follow;

/// GitLab's words for a line it does not find, of which every bot's issue tracker has a copy.
const NO_LINE: &str =
    r#"400 Bad request - Note {:line_code=>["can't be blank", "must be a valid line code"]}"#;

impl Position {
    /// As a request states it, checked against the versions of the merge request. GitLab finds lines outside of the
    /// hunks, too, as its pages can unfold them; here a hunk must hold them.
    pub(crate) fn read(
        state: &State,
        project: &Project,
        of: &MergeRequestState,
        said: &Parameters,
    ) -> Result<Self, Response> {
        let required = |name: &str| said.required(name, &format!("position[{name}]"));
        let (base, start, head) = (required("base_sha")?, required("start_sha")?, required("head_sha")?);
        match required("position_type")?.as_str() {
            "text" => {}
            "image" => return Err(bad_request("the fake knows no images")),
            _ => return Err(invalid("position[position_type] does not have a valid value")),
        }
        let number = |name: &str| said.number(name, &format!("position[{name}]"));
        let position = Self {
            base,
            start,
            head,
            // Both are asked for, though the newer documentation calls one of them optional.
            old_path: said.text("old_path")?.ok_or_else(|| bad_request(NO_LINE))?,
            new_path: said.text("new_path")?.ok_or_else(|| bad_request(NO_LINE))?,
            old_line: number("old_line")?,
            new_line: number("new_line")?,
            line_range: said.value("line_range"),
        };
        let refs = (&position.base, &position.start, &position.head);
        let known = of.versions.iter().any(|v| (&v.base, &v.start, &v.head) == refs);
        if !known {
            return Err(bad_request(NO_LINE));
        }
        let files = project.git.diff(&position.base, &position.head);
        let file = files.iter().find(|f| f.path == position.new_path && f.old_path() == position.old_path);
        let file =
            file.filter(|file| state.file(file)["too_large"] == false).ok_or_else(|| bad_request(NO_LINE))?;
        if !holds(file, position.old_line, position.new_line) {
            return Err(bad_request(NO_LINE));
        }
        position.check_range(file)?;
        Ok(position)
    }

    /// Start and end of several lines, each with the code that GitLab's pages know it by.
    /// <https://docs.gitlab.com/api/discussions/#parameters-for-multiline-comments>
    fn check_range(&self, file: &FileDiff) -> Result<(), Response> {
        if self.line_range.is_null() {
            return Ok(());
        }
        for end in ["start", "end"] {
            let said = &self.line_range[end];
            let number = |name: &str| {
                said[name].as_u64().or_else(|| said[name].as_str().and_then(|text| text.parse().ok()))
            };
            let (old, new) = (number("old_line"), number("new_line"));
            // Without numbers of its own the code tells them.
            let code = said["line_code"].as_str().ok_or_else(|| bad_request(NO_LINE))?;
            let mut parts = code.rsplit('_').map(|part| part.parse::<u64>().ok());
            let (code_new, code_old) = (parts.next().flatten(), parts.next().flatten());
            let path: String =
                Sha1::digest(&self.new_path).iter().map(|byte| format!("{byte:02x}")).collect();
            let (code_old, code_new) = code_old.zip(code_new).ok_or_else(|| bad_request(NO_LINE))?;
            if code != format!("{path}_{code_old}_{code_new}")
                || !matches!(said["type"].as_str(), Some("new" | "old") | None)
            {
                return Err(bad_request(NO_LINE));
            }
            let agrees = old.is_none_or(|line| line == code_old) && new.is_none_or(|line| line == code_new);
            let hunk = file.hunks.iter().any(|hunk| {
                hunk.lines().any(|(old, new)| {
                    old.or(new).is_some() && (old == Some(code_old) || new == Some(code_new))
                })
            });
            if !agrees || !hunk {
                return Err(bad_request(NO_LINE));
            }
        }
        Ok(())
    }

    pub(crate) fn shown(&self) -> Value {
        json!({
            "base_sha": self.base,
            "start_sha": self.start,
            "head_sha": self.head,
            "old_path": self.old_path,
            "new_path": self.new_path,
            "position_type": "text",
            "old_line": self.old_line,
            "new_line": self.new_line,
            "line_range": self.line_range,
        })
    }

    /// Where it is in the newest version; nothing if it is outdated.
    pub(crate) fn current(&self, project: &Project, of: &MergeRequestState) -> Option<Self> {
        let version = of.version();
        if (&self.base, &self.head) == (&version.base, &version.head) {
            return Some(self.clone());
        }
        let git = &project.git;
        let files = git.diff(&version.base, &version.head);
        let file = files.iter().find(|file| file.path == self.new_path)?;
        let moved = |line: Option<u64>, from: (&str, &str), to: (&str, &str)| -> Option<Option<u64>> {
            let Some(line) = line else { return Some(None) };
            let (old, new) = (git.file(from.0, from.1)?, git.file(to.0, to.1)?);
            Some(Some(follow(git, &old, &new, line)?))
        };
        let new_line = moved(self.new_line, (&self.head, &self.new_path), (&version.head, &file.path))?;
        let old_line = moved(self.old_line, (&self.base, &self.old_path), (&version.base, file.old_path()))?;
        holds(file, old_line, new_line).then(|| Self {
            base: version.base.clone(),
            start: version.start.clone(),
            head: version.head.clone(),
            old_path: file.old_path().to_owned(),
            new_path: file.path.clone(),
            old_line,
            new_line,
            line_range: self.line_range.clone(),
        })
    }
}

/// Whether a line of the diff has exactly these numbers: an added line has no old one, a removed line no new one, and
/// any other line both.
fn holds(file: &FileDiff, old: Option<u64>, new: Option<u64>) -> bool {
    (old.is_some() || new.is_some())
        && file.hunks.iter().any(|hunk| hunk.lines().any(|line| line == (old, new)))
}
