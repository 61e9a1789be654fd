//! YAML with actions of Go templates or Jinja in it, `{{ … }}` without quotes: no YAML until somebody fills it. Read as if
//! each value were one that is not known, each line of actions alone nothing, and each condition met: what stands behind an
//! `else` is left out.

/// What stands for the braces of an action while the parser reads, in as many bytes; two signs that no file holds
/// (currency signs of N'Ko), and YAML takes in a plain scalar.
const OPEN: char = '\u{07FE}';
const CLOSE: char = '\u{07FF}';

/// Most of a text that is looked through for the end of one action, in bytes.
const LONGEST: usize = 4096;

/// The text with its actions made plain, byte for byte in the same place; `None` if there are none.
pub(super) fn veil(text: &str) -> Option<String> {
    if !text.contains("{{") || text.contains([OPEN, CLOSE]) {
        return None;
    }
    let mut veiled = String::with_capacity(text.len());
    let mut rest = text;
    let mut open = Branches::default();
    while let Some(at) = rest.find("{{") {
        let (before, action) = rest.split_at(at);
        match open.left_out() {
            true => blank(before, &mut veiled),
            false => veiled.push_str(before),
        }
        let near = action.get(..action.floor_char_boundary(LONGEST)).unwrap_or(action);
        let Some(end) = near.find("}}").map(|end| end + 2) else {
            veiled.push_str(action);
            rest = "";
            break;
        };
        let (action, behind) = action.split_at(end);
        let left_out = open.left_out() | open.read(action);
        if left_out || is_comment(action) || stands_alone(&veiled, behind) {
            blank(action, &mut veiled);
        } else {
            veiled.push(OPEN);
            veiled.extend(action.get(2..end - 2).unwrap_or_default().chars().map(plain));
            veiled.push(CLOSE);
        }
        rest = behind;
    }
    veiled.push_str(rest);
    debug_assert_eq!(veiled.len(), text.len());
    Some(veiled)
}

/// Which conditions and loops are open, and whether one of them is behind its `else`.
#[derive(Default)]
struct Branches(Vec<bool>);

impl Branches {
    fn left_out(&self) -> bool {
        self.0.contains(&true)
    }

    /// Reads an action; whether it is one that opens, turns or ends a branch that is left out.
    fn read(&mut self, action: &str) -> bool {
        let body = action.trim_start_matches(['{', '-']).trim_start();
        match body.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default() {
            "if" | "with" | "range" | "define" | "block" => self.0.push(false),
            "else" => {
                if let Some(last) = self.0.last_mut() {
                    *last = true;
                }
            }
            "end" => drop(self.0.pop()),
            _ => {}
        }
        self.left_out()
    }
}

/// As many blanks, and the line ends.
fn blank(text: &str, veiled: &mut String) {
    veiled.extend(text.bytes().map(|b| if matches!(b, b'\n' | b'\r') { char::from(b) } else { ' ' }));
}

/// The braces put back, in a scalar's text.
pub(super) fn unveil(text: &str) -> Option<String> {
    text.contains(OPEN).then(|| text.replace(OPEN, "{{").replace(CLOSE, "}}"))
}

/// Whether nothing but other actions, which are blanks by now, stands on the lines of an action.
fn stands_alone(before: &str, behind: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or(before);
    let mut rest = behind.split('\n').next().unwrap_or(behind).trim();
    while let Some(action) = rest.strip_prefix("{{") {
        match action.split_once("}}") {
            Some((_, after)) => rest = after.trim(),
            None => return false,
        }
    }
    line.trim().is_empty() && rest.is_empty()
}

/// `{{/* … */}}`, `{{- /* … */ -}}`.
fn is_comment(action: &str) -> bool {
    action.trim_start_matches(['{', '-', ' ']).starts_with("/*")
}

/// What has no meaning of its own in any scalar. Quotes stay visible as such.
fn plain(c: char) -> char {
    match c {
        '"' | '\'' => '`',
        ':' | '#' | '[' | ']' | '{' | '}' | ',' | '\\' => '.',
        '\n' | '\r' | '\t' => ' ',
        c => c,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_stays_in_its_place() {
        let text = "a: {{ .Values.x | default \"y: z\" }}\n{{- if .b }}\nb: \"{{ .c }}\"\n{{- end }}\n{{/* a: b */}}\nd: x{{ .e }}\n";
        let veiled = veil(text).unwrap();
        assert_eq!(veiled.len(), text.len());
        let lines: Vec<&str> = veiled.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "a: \u{7fe} .Values.x | default `y. z` \u{7ff}",
                "",
                "b: \"\u{7fe} .c \u{7ff}\"",
                "",
                "",
                "d: x\u{7fe} .e \u{7ff}"
            ]
        );
        assert_eq!(unveil("x\u{7fe} .e \u{7ff}").unwrap(), "x{{ .e }}");
    }

    #[test]
    fn conditions_are_met() {
        let text = "{{ if .a }}\nx: 1\n{{ else if .b }}\nx: 2\n{{ with .c }}y: 1{{ end }}\n{{ else }}\nx: 3\n{{ end }}\nz: 4\n";
        let veiled = veil(text).unwrap();
        assert_eq!(veiled.len(), text.len());
        assert_eq!(veiled.split_whitespace().collect::<Vec<_>>(), ["x:", "1", "z:", "4"]);
    }

    #[test]
    fn texts_without_actions_are_left() {
        assert!(veil("a: b").is_none());
        assert!(veil("a: \"\u{7fe}\" {{ b }}").is_none());
        assert_eq!(veil("a: {{ b").unwrap(), "a: {{ b");
    }
}
