//! Reads a rule page: its examples, and the findings they expect.
//!
//! An example is a fenced block under `## Examples` whose info string is `<lang> <file path>`, or all such blocks that
//! follow a line `<!-- example: NAME -->` with nothing but blank lines between them. A line that must be flagged ends in
//! `# finding: <rule id> [severity]` (`//` where the language has it); the comment is taken out before the file is
//! checked, so that no word in it can decide anything. A path that begins with [`BASE`] is a file of the version that the
//! others are a change of.

use std::collections::BTreeMap;

/// What the path of a file of the base begins with.
pub const BASE: &str = "base:";

/// A rule page.
#[derive(Debug)]
pub struct Page {
    /// The rule's id, from its path: `class/name`.
    pub rule: String,
    /// The page's own path, for messages.
    pub path: String,
    /// Its examples in order.
    pub examples: Vec<Example>,
    /// What is wrong with the page itself.
    pub problems: Vec<String>,
}

/// One tree of files and what must be found in it.
#[derive(Debug, Default)]
pub struct Example {
    /// Its name, or `line N` for one without.
    pub name: String,
    /// Path and text, with templates still to be filled.
    pub files: BTreeMap<String, String>,
    /// What must be found: nothing more and nothing less, as far as the page's own rule is concerned.
    pub expected: Vec<Expectation>,
}

/// A line that must be flagged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expectation {
    /// Path in the example's tree.
    pub path: String,
    /// Line in that file, from 1.
    pub line: usize,
    /// The rule.
    pub rule: String,
    /// The severity, if the page states one.
    pub severity: Option<String>,
}

impl Example {
    /// Whether nothing may be found.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.expected.is_empty()
    }
}

/// An opened fence.
struct Block {
    fence: String,
    /// `None` for a block that only illustrates.
    path: Option<String>,
    lines: usize,
    text: String,
    expected: Vec<Expectation>,
}

/// Reads a page.
#[must_use]
pub fn read(path: &str, rule: &str, text: &str) -> Page {
    let mut page =
        Page { rule: rule.to_owned(), path: path.to_owned(), examples: Vec::new(), problems: Vec::new() };
    let mut reader = Reader { page: &mut page, block: None, in_examples: false, grouping: None };
    for (index, line) in text.lines().enumerate() {
        reader.line(index + 1, line);
    }
    if reader.block.is_some() {
        page.problems.push(format!("{path}: a fence is never closed"));
    }
    for example in &page.examples {
        if example.name.starts_with("accepted") && !example.accepted() {
            page.problems
                .push(format!("{path}: example `{}` is named accepted and expects a finding", example.name));
        }
        if let Some(other) = example.expected.iter().find(|e| e.rule != rule) {
            page.problems.push(format!(
                "{path}: example `{}` expects `{}`; a page expects its own rule only",
                example.name, other.rule
            ));
        }
    }
    page
}

struct Reader<'p> {
    page: &'p mut Page,
    block: Option<Block>,
    in_examples: bool,
    /// Name of the group that the next block joins, and whether it has been opened.
    grouping: Option<(String, bool)>,
}

impl Reader<'_> {
    fn line(&mut self, number: usize, line: &str) {
        if let Some(block) = &mut self.block {
            if line.trim_end() == block.fence {
                self.close();
            } else {
                block.lines += 1;
                let (code, expected) = split_expectation(line);
                let at = block.lines;
                let path = block.path.clone().unwrap_or_default();
                block.expected.extend(expected.into_iter().map(|(rule, severity)| Expectation {
                    path: path.clone(),
                    line: at,
                    rule,
                    severity,
                }));
                block.text.push_str(code);
                block.text.push('\n');
            }
            return;
        }
        if let Some(fence) = fence(line) {
            self.open(number, line, fence);
        } else if let Some(name) =
            line.trim().strip_prefix("<!-- example:").and_then(|r| r.strip_suffix("-->"))
        {
            self.grouping = Some((name.trim().to_owned(), false));
        } else if let Some(heading) = line.strip_prefix("## ") {
            self.in_examples = heading.trim() == "Examples";
            self.grouping = None;
        } else if let Some(heading) = line.strip_prefix("### ") {
            self.grouping = Some((heading.trim().to_owned(), false));
        } else if !line.trim().is_empty() && self.grouping.as_ref().is_some_and(|(_, opened)| *opened) {
            // Words between two blocks: they are no longer one group.
            self.grouping = None;
        }
    }

    fn open(&mut self, number: usize, line: &str, fence: String) {
        let info = line[fence.len()..].trim();
        let path = info.split_once(char::is_whitespace).map(|(_, path)| path.trim().to_owned());
        let path = path.filter(|_| self.in_examples);
        if path.is_some() {
            match &mut self.grouping {
                Some((_, true)) => {}
                Some((name, opened)) => {
                    *opened = true;
                    let name = name.clone();
                    self.page.examples.push(Example { name, ..Example::default() });
                }
                None => {
                    let name = format!("line {number}");
                    self.page.examples.push(Example { name, ..Example::default() });
                }
            }
        }
        self.block = Some(Block { fence, path, lines: 0, text: String::new(), expected: Vec::new() });
    }

    fn close(&mut self) {
        let Some(block) = self.block.take() else { return };
        let (Some(path), Some(example)) = (block.path, self.page.examples.last_mut()) else { return };
        if example.files.insert(path.clone(), block.text).is_some() {
            let name = &example.name;
            self.page.problems.push(format!("{}: example `{name}` holds {path} twice", self.page.path));
        }
        example.expected.extend(block.expected);
    }
}

/// The fence a line opens: three or more backticks.
fn fence(line: &str) -> Option<String> {
    let ticks = line.chars().take_while(|c| *c == '`').count();
    (ticks >= 3).then(|| "`".repeat(ticks))
}

/// Splits `code # finding: a/b high, c/d` into the code and the expectations.
fn split_expectation(line: &str) -> (&str, Vec<(String, Option<String>)>) {
    for sign in ["# finding:", "// finding:"] {
        if let Some((code, wanted)) = line.split_once(sign) {
            let expected = wanted
                .split(',')
                .filter_map(|one| {
                    let mut words = one.split_whitespace();
                    Some((words.next()?.to_owned(), words.next().map(str::to_owned)))
                })
                .collect();
            return (code.trim_end(), expected);
        }
    }
    (line, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# Title

```yaml not/an/example.yml
a: 1 # finding: x/y
```

## Examples

Words.

```yaml a.yml
a: 1
b: 2 # finding: x/y high
```

<!-- example: accepted pair -->

```hcl main.tf
a = 1
```

```hcl b.tfvars
b = 1
```

More words.

```json c.json
{ \"a\": 1 } // finding: x/y
```

```sh
only an illustration
```
";

    #[test]
    fn blocks_become_trees() {
        let page = read("book/x/y.md", "x/y", PAGE);
        assert_eq!(page.problems, Vec::<String>::new());
        let told: Vec<String> = page
            .examples
            .iter()
            .map(|e| {
                let files: Vec<&str> = e.files.keys().map(String::as_str).collect();
                let lines: Vec<String> = e
                    .expected
                    .iter()
                    .map(|x| format!("{}:{} {}", x.path, x.line, x.severity.as_deref().unwrap_or("-")))
                    .collect();
                format!("{}: {} => {}", e.name, files.join(" "), lines.join(" "))
            })
            .collect();
        assert_eq!(
            told,
            [
                "line 11: a.yml => a.yml:2 high",
                "accepted pair: b.tfvars main.tf => ",
                "line 28: c.json => c.json:1 -"
            ]
        );
        assert_eq!(page.examples[0].files["a.yml"], "a: 1\nb: 2\n");
        assert_eq!(page.examples[2].files["c.json"], "{ \"a\": 1 }\n");
    }

    #[test]
    fn an_accepted_example_expects_nothing() {
        let text = "## Examples\n<!-- example: accepted -->\n```yaml a.yml\na: 1 # finding: x/y\n```\n";
        assert_eq!(read("p.md", "x/y", text).problems.len(), 1);
        let text = "## Examples\n```yaml a.yml\na: 1 # finding: other/rule\n```\n";
        assert_eq!(read("p.md", "x/y", text).problems.len(), 1);
    }
}
