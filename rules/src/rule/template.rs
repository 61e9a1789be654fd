//! Fills the templates of an example. Token-shaped values are never committed: a page says `{{github-pat}}` or
//! `{{random:32}}`, and the value is made when the test runs.
//!
//! The same template gives the same value throughout one example; `{{github-pat#2}}` is another one. `{{base64:…}}`
//! around a template encodes its value. `${{ … }}` is left alone: it is a platform's expression.

/// Makes a value of a detector's format: `(detector id, seed) -> value`.
pub type Canary<'c> = &'c dyn Fn(&str, u64) -> Option<String>;

/// A text with its templates filled.
#[derive(Debug, Default)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// For each line of the page, the line it became, from 1: a private key takes many lines.
    pub lines: Vec<usize>,
}

/// Fills a text. The second and later lines of a value are indented like the line its template stands on.
///
/// # Errors
/// The template that no detector makes.
pub fn fill(text: &str, canary: Canary<'_>) -> Result<Filled, String> {
    let mut filled = Filled::default();
    let mut number = 1;
    for line in text.lines() {
        let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
        let line = fill_line(line, canary)?.trim_end_matches('\n').replace('\n', &format!("\n{indent}"));
        filled.lines.push(number);
        number += 1 + line.matches('\n').count();
        filled.text.push_str(&line);
        filled.text.push('\n');
    }
    Ok(filled)
}

fn fill_line(text: &str, canary: Canary<'_>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let inside = from[2..].split_once("}}").map(|(inside, _)| inside);
        match inside.filter(|i| is_template(i) && !before.ends_with('$')) {
            Some(inside) => {
                filled.push_str(&value(inside, canary)?);
                rest = &from[inside.len() + 4..];
            }
            None => {
                filled.push_str("{{");
                rest = &from[2..];
            }
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

fn is_template(inside: &str) -> bool {
    !inside.is_empty()
        && inside.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-:#".contains(c))
}

fn value(template: &str, canary: Canary<'_>) -> Result<String, String> {
    if let Some(inner) = template.strip_prefix("base64:") {
        return Ok(base64(value(inner, canary)?.as_bytes()));
    }
    let (id, number) = template.split_once('#').unwrap_or((template, "1"));
    let seed = number.parse::<u64>().map_err(|_| format!("`{{{{{template}}}}}`: `#` takes a number"))?;
    if let Some(length) = id.strip_prefix("random:") {
        let length = length.parse().map_err(|_| format!("`{{{{{template}}}}}`: random takes a length"))?;
        return Ok(random(length, seed));
    }
    canary(id, seed).ok_or_else(|| format!("`{{{{{template}}}}}`: no detector has this id"))
}

/// Alphanumerics that look random and are the same in every run.
fn random(length: usize, seed: u64) -> String {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (length as u64);
    (0..length)
        .map(|_| {
            // splitmix64
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            char::from(LETTERS[((z ^ (z >> 31)) % 62) as usize])
        })
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        for index in 0..4 {
            if index <= chunk.len() {
                text.push(char::from(LETTERS[(bits >> (18 - 6 * index) & 63) as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<String, String> {
        let canary = |id: &str, seed: u64| (id == "tok").then(|| format!("t{seed}"));
        fill(text, &canary).map(|f| f.text)
    }

    #[test]
    fn templates_are_filled_and_expressions_are_not() {
        assert_eq!(
            line("a {{tok}} {{tok#2}} ${{tok}} ${{ secrets.X }} {{ .Values.x }} {{base64:tok}} {{")
                .as_deref(),
            Ok("a t1 t2 ${{tok}} ${{ secrets.X }} {{ .Values.x }} dDE= {{\n")
        );
        assert!(line("{{nobody}}").is_err());
        assert_eq!(line("{{random:40}}").map(|t| t.len()), Ok(41));
        assert_ne!(line("{{random:40#2}}"), line("{{random:40}}"));
    }

    #[test]
    fn a_value_of_many_lines_keeps_the_indent_and_moves_what_follows() {
        let canary = |_: &str, _: u64| Some("BEGIN\nbody\nEND\n".to_owned());
        let filled = fill("key: |\n  {{pem}}\nnext: 1\n", &canary).unwrap_or_default();
        assert_eq!(filled.text, "key: |\n  BEGIN\n  body\n  END\nnext: 1\n");
        assert_eq!(filled.lines, [1, 2, 5]);
    }
}
