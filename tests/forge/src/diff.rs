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

    /// The index in `text` of a line of a side.
    pub(crate) fn index(&self, side: Side, line: u64) -> Option<usize> {
        let (mut old, mut new) = (self.old_start, self.new_start);
        for (index, text) in self.text.iter().enumerate().skip(1) {
            let (in_old, in_new) = match text.as_bytes().first() {
                Some(b'-') => (true, false),
                Some(b'+') => (false, true),
                Some(b'\\') => (false, false),
                _ => (true, true),
            };
            if (side == Side::Left && in_old && old == line) || (side == Side::Right && in_new && new == line)
            {
                return Some(index);
            }
            old += u64::from(in_old);
            new += u64::from(in_new);
        }
        None
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

/// What changed from one commit to another; renames as git finds them at half the lines alike, which is what the forges
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
        let (Some(&old), Some(&new), Some(status), Some(first)) =
            (meta.get(2), meta.get(3), meta.get(4).and_then(|s| s.chars().next()), fields.next())
        else {
            break;
        };
        let second = if matches!(status, 'R' | 'C') { fields.next() } else { None };
        files.push(FileDiff {
            path: second.unwrap_or(first).to_owned(),
            previous: second.map(|_| first.to_owned()),
            status,
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
