//! What changed between two commits: files with the hunks that forges show, and the lines that lie in them.

use crate::git::Git;

/// Which side of a change a line stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Before.
    Left,
    /// After.
    Right,
}

/// Lines around each change.
#[derive(Debug, Clone)]
pub(crate) struct Hunk {
    pub(crate) old_start: u64,
    pub(crate) old_lines: u64,
    pub(crate) new_start: u64,
    pub(crate) new_lines: u64,
    /// From `@@` on, then each line with its mark (` `, `+`, `-`, `\`).
    pub(crate) text: Vec<String>,
}

impl Hunk {
    /// Whether a line lies in it, context included.
    pub(crate) fn holds(&self, side: Side, line: u64) -> bool {
        let (start, lines) = match side {
            Side::Left => (self.old_start, self.old_lines),
            Side::Right => (self.new_start, self.new_lines),
        };
        (start..start + lines).contains(&line)
    }

    /// The old and the new number of each line, as far as it has them, without the notes on missing line ends.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (Option<u64>, Option<u64>)> {
        self.numbered().map(|(_, old, new)| (old, new))
    }

    /// The index in `text` of a line of a side.
    pub(crate) fn index(&self, side: Side, line: u64) -> Option<usize> {
        let found = self.numbered().find(|(_, old, new)| match side {
            Side::Left => *old == Some(line),
            Side::Right => *new == Some(line),
        });
        found.map(|(index, ..)| index)
    }

    fn numbered(&self) -> impl Iterator<Item = (usize, Option<u64>, Option<u64>)> {
        let (mut old, mut new) = (self.old_start, self.new_start);
        self.text.iter().enumerate().skip(1).filter_map(move |(index, text)| {
            let (in_old, in_new) = match text.as_bytes().first() {
                Some(b'-') => (true, false),
                Some(b'+') => (false, true),
                Some(b'\\') => return None,
                _ => (true, true),
            };
            let numbers = (index, in_old.then_some(old), in_new.then_some(new));
            old += u64::from(in_old);
            new += u64::from(in_new);
            Some(numbers)
        })
    }
}

/// A changed file.
#[derive(Debug, Clone)]
pub(crate) struct FileDiff {
    /// After the change; of a removed file, before it.
    pub(crate) path: String,
    /// Of a renamed or copied file.
    pub(crate) previous: Option<String>,
    /// git's letter: `A`, `M`, `D`, `R`, `C`, `T`.
    pub(crate) status: char,
    /// Before and after, as git writes them; `000000` where there is no file.
    pub(crate) modes: (String, String),
    /// Of the file after the change; of a removed one, before it.
    pub(crate) sha: String,
    /// In lines; 0 for a binary file.
    pub(crate) additions: u64,
    pub(crate) deletions: u64,
    /// Empty for a binary file, and for a rename without a change.
    pub(crate) hunks: Vec<Hunk>,
}

impl FileDiff {
    /// From the first `@@` on; nothing without hunks.
    pub(crate) fn patch(&self) -> Option<String> {
        let lines: Vec<&str> = self.hunks.iter().flat_map(|hunk| &hunk.text).map(String::as_str).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The hunk in which a line lies.
    pub(crate) fn hunk(&self, side: Side, line: u64) -> Option<&Hunk> {
        self.hunks.iter().find(|hunk| hunk.holds(side, line))
    }

    /// How many lines below the first `@@` a line stands: GitHub's old `position`.
    pub(crate) fn position(&self, side: Side, line: u64) -> Option<u64> {
        let mut above = 0;
        for hunk in &self.hunks {
            if let Some(index) = hunk.index(side, line) {
                return Some(above + index as u64);
            }
            above += hunk.text.len() as u64;
        }
        None
    }

    /// Its path before the change.
    pub(crate) fn old_path(&self) -> &str {
        self.previous.as_deref().unwrap_or(&self.path)
    }
}

/// What changed from one commit to another, for `Git::diff`; renames as git finds them at half the lines alike, which is what the forges
/// do.
pub(crate) fn diff(git: &Git, from: &str, to: &str) -> Vec<FileDiff> {
    let raw = git.immutable(&["diff", "--raw", "-z", "--abbrev=40", "-M50%", from, to]).unwrap_or_default();
    let counts = git.immutable(&["diff", "--numstat", "-z", "-M50%", from, to]).unwrap_or_default();
    let patch = git
        .immutable(&["diff", "-p", "-M50%", "-U3", "--no-color", "--no-ext-diff", "--no-textconv", from, to])
        .unwrap_or_default();
    let mut files = listed(&String::from_utf8_lossy(&raw));
    count(&mut files, &String::from_utf8_lossy(&counts));
    let patch = String::from_utf8_lossy(&patch);
    // git prints the patches in the order of its list. No line of a file starts like a heading: each bears a mark.
    let mut sections = sections(&patch).into_iter();
    for file in &mut files {
        // A change of type is printed as a removal and an addition.
        let printed = if file.status == 'T' { 2 } else { 1 };
        file.hunks = sections.by_ref().take(printed).flatten().collect();
    }
    files
}

/// `:<mode> <mode> <sha> <sha> <status>NUL<path>NUL[<path>NUL]`, repeated.
fn listed(raw: &str) -> Vec<FileDiff> {
    let mut files = Vec::new();
    let mut fields = raw.split_terminator('\0');
    while let Some(meta) = fields.next() {
        let meta: Vec<&str> = meta.split(' ').collect();
        let (&[old_mode, new_mode, old, new, status], Some(first)) = (meta.as_slice(), fields.next()) else {
            break;
        };
        let status = status.chars().next().unwrap_or('M');
        let second = if matches!(status, 'R' | 'C') { fields.next() } else { None };
        files.push(FileDiff {
            path: second.unwrap_or(first).to_owned(),
            previous: second.map(|_| first.to_owned()),
            status,
            modes: (old_mode.trim_start_matches(':').to_owned(), new_mode.to_owned()),
            sha: if status == 'D' { old } else { new }.to_owned(),
            additions: 0,
            deletions: 0,
            hunks: Vec::new(),
        });
    }
    files
}

/// `<added>TAB<removed>TAB<path>NUL`, or for a rename `<added>TAB<removed>TABNUL<path>NUL<path>NUL`; `-` if binary.
fn count(files: &mut [FileDiff], counts: &str) {
    let mut fields = counts.split_terminator('\0');
    for file in files {
        let Some(line) = fields.next() else { break };
        let mut parts = line.split('\t');
        let mut number = || parts.next().and_then(|n| n.parse().ok()).unwrap_or(0);
        (file.additions, file.deletions) = (number(), number());
        if file.previous.is_some() {
            fields.next();
            fields.next();
        }
    }
}

/// The hunks of each file of a patch.
fn sections(patch: &str) -> Vec<Vec<Hunk>> {
    let mut sections: Vec<Vec<Hunk>> = Vec::new();
    for line in patch.split_terminator('\n') {
        if line.starts_with("diff --git ") {
            sections.push(Vec::new());
        } else if let Some(hunks) = sections.last_mut() {
            if let Some(hunk) = hunk(line) {
                hunks.push(hunk);
            } else if let Some(hunk) = hunks.last_mut() {
                hunk.text.push(line.to_owned());
            }
        }
    }
    sections
}

/// `@@ -<start>[,<lines>] +<start>[,<lines>] @@…`.
fn hunk(line: &str) -> Option<Hunk> {
    let ranges = line.strip_prefix("@@ -")?;
    let (ranges, _) = ranges.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| -> Option<(u64, u64)> {
        let (start, lines) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse().ok()?, lines.parse().ok()?))
    };
    let ((old_start, old_lines), (new_start, new_lines)) = (range(old)?, range(new)?);
    Some(Hunk { old_start, old_lines, new_start, new_lines, text: vec![line.to_owned()] })
}

/// The hunks without context between two files, given by digest.
pub(crate) fn blobs(git: &Git, from: &str, to: &str) -> Vec<Hunk> {
    let arguments = ["diff", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", from, to];
    let patch = git.immutable(&arguments).unwrap_or_default();
    sections(&String::from_utf8_lossy(&patch)).into_iter().flatten().collect()
}
