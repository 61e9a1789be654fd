//! What imported files may cost. They are data of somebody else: none may take the module past its deadline or memory.

/// Largest file, in bytes. The longest published set of rules is below 300 KiB.
pub(super) const FILE: usize = 4 << 20;
/// Most files, those they extend included: a run names one or two.
pub(super) const FILES: usize = 32;
/// Most rules of one file. The largest published set has about 1,000; each costs memory in every worker.
pub(super) const RULES: usize = 5_000;
/// Longest pattern, in bytes. Published ones stay below 2,000; a pattern is parsed whenever a worker starts.
pub(super) const PATTERN: usize = 16 << 10;
/// How deep groups may nest: the parser and the estimate recurse.
pub(super) const NESTING: u32 = 64;
/// Largest pattern, in states of its automaton. Counted repetitions multiply: `(a{1,100}){1,100}` has 10,000.
pub(super) const STATES: usize = 20_000;
/// Most states of all patterns together: what they may cost compiled, some seconds and 200 MiB.
pub(super) const ALL_STATES: usize = 1_000_000;
/// What one compiled pattern may occupy, in bytes: the states above need less.
pub(super) const COMPILED: usize = 4 << 20;
/// What the search for one pattern may remember, in bytes, before it starts anew or gives up.
pub(super) const REMEMBERED: usize = 1 << 20;
/// How often it may start anew in one search.
pub(super) const RESTARTS: usize = 3;
/// Most keywords of one file, and the longest, in bytes: all are searched for at once.
pub(super) const KEYWORDS: usize = 20_000;
/// Longest keyword, in bytes.
pub(super) const KEYWORD: usize = 64;
/// Most text of the words of all allowlists of a file, in bytes: they are searched for all at once.
pub(super) const WORDS: usize = 1 << 20;
/// Length in bytes from which a text is searched in parts, and how far behind it a blank line is waited for. Those
/// programs read files in such parts too, and a match never spans two.
pub(super) const PART: usize = 100_000;
/// See [`PART`].
pub(super) const WAIT: usize = 25_000;
/// How much of a part the next one repeats where no blank line parts them, in bytes: a credential is shorter.
pub(super) const OVERLAP: usize = 4_096;
/// Bytes that searches may pass in one file: some seconds, measured in the module on a loaded machine. A deadline stops
/// what takes longer, but then the whole unit is lost.
pub(super) const PASSED: usize = 1 << 27;
/// And for each byte of the file: as many rules may look at all of a long one.
pub(super) const PASSED_PER_BYTE: usize = 48;
/// What compiling a state costs, as bytes that are passed.
pub(super) const PER_STATE: usize = 64;
/// What it costs to ask a pattern about a short text, as bytes that are passed: each question begins anew.
pub(super) const ASKED: usize = 1 << 10;
/// Steps of the slower engine in one file, where the quick one gave up: some seconds.
pub(super) const STEPS: usize = 1 << 27;
/// Most messages of one file: a person reads no more.
pub(super) const REMARKS: usize = 1_000;
/// How deep expressions may nest: their reader recurses.
pub(super) const EXPRESSION_DEPTH: usize = 64;
/// Longest expression, in bytes.
pub(super) const EXPRESSION: usize = 64 << 10;
/// How many files may extend each other in a row, as in those programs.
pub(super) const CHAIN: usize = 2;
/// Most characters of a description or a name that are shown.
pub(super) const SHOWN: usize = 200;
