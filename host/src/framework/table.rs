//! For people: each entry on a line, below it the rules that speak to it or why none does.

use anstyle::{AnsiColor, Style};

use super::{Counts, Coverage, Covered, Framework};
use crate::runtime::contract::Severity;

/// Widest line of rules, in characters.
const WIDEST: usize = 110;
/// What lines below an entry begin with.
const INDENT: &str = "    ";

/// All frameworks.
pub(super) fn render(coverage: &Coverage<'_>, colour: bool) -> String {
    let painted = |text: &str, style: Style| match colour && style != Style::new() && !text.is_empty() {
        true => format!("{style}{text}{style:#}"),
        false => text.to_owned(),
    };
    let mut out = String::new();
    for framework in &coverage.frameworks {
        let head = format!("{} ({})", framework.titled(), framework.key);
        out.push_str(&format!("{}: {}\n", painted(&head, Style::new().bold()), framework.summary()));
        for line in [Some(framework.source), framework.note].into_iter().flatten() {
            out.push_str(&format!("{}\n", painted(line, Style::new().dimmed())));
        }
        for line in entries(framework) {
            let counted = line.findings.map(Counts::shown).unwrap_or_default();
            let worst = line.findings.and_then(|counts| counts.told().first().map(|(severity, _)| *severity));
            out.push_str(&line.head);
            if !counted.is_empty() {
                out.push_str("  ");
                out.push_str(&painted(&counted, worst.map(style).unwrap_or_default()));
            }
            out.push('\n');
            for below in &line.below {
                out.push_str(&format!("{INDENT}{}\n", painted(below, Style::new().dimmed())));
            }
        }
        out.push('\n');
    }
    if let Some(counts) = coverage.findings {
        let shown = if counts == Counts::default() { "no findings".to_owned() } else { counts.shown() };
        out.push_str(&format!(
            "in the tree: {shown}; one finding counts for each entry that its rule speaks to\n"
        ));
    }
    out
}

/// An entry.
struct Line {
    head: String,
    findings: Option<Counts>,
    below: Vec<String>,
}

fn entries(framework: &Framework<'_>) -> Vec<Line> {
    let width = |texts: Vec<&str>| texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let ids = width(framework.entries.iter().map(|entry| entry.id).collect());
    let titles = width(framework.entries.iter().map(|entry| entry.title.unwrap_or_default()).collect());
    let line = |entry: &Covered<'_>| {
        let title = entry.title.unwrap_or_default();
        let head = format!("  {:ids$}  {title:titles$}", entry.id);
        let below = match entry.not_checked {
            Some(why) => vec![format!("not checkable: {why}")],
            None => wrapped(&entry.rules),
        };
        // Counts stand below each other; where there are none, a line ends with its last word.
        let counted = entry.findings.is_some_and(|counts| counts != Counts::default());
        let head = if counted { head } else { head.trim_end().to_owned() };
        Line { head, findings: entry.findings, below }
    };
    framework.entries.iter().map(line).collect()
}

/// Names with commas between, in lines.
fn wrapped(names: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let comma = if index + 1 < names.len() { "," } else { "" };
        match lines.last_mut().filter(|line| line.len() + name.len() + 2 <= WIDEST) {
            Some(line) => line.push_str(&format!(" {name}{comma}")),
            None => lines.push(format!("{name}{comma}")),
        }
    }
    lines
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Blue.on_default(),
        Severity::Info => Style::new(),
    }
}
