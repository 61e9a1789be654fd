//! Scripts in a tree: files of their own, and what pipelines, manifests and Dockerfiles hold.

use std::fs;
use std::path::Path;

use hallpass_rules::document::{Data, Document, Format, Node, Tree};

/// Keys under which pipelines hold scripts.
const KEYS: [&str; 11] = [
    "run",
    "script",
    "before_script",
    "after_script",
    "bash",
    "shell",
    "commands",
    "install",
    "inlineScript",
    "cmds",
    "sh",
];

/// A script and where it came from.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Every script of a folder.
pub(crate) fn below(folder: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(dir) = open.pop() {
        let mut entries: Vec<_> =
            fs::read_dir(&dir).into_iter().flatten().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_symlink() {
                continue;
            } else if path.is_dir() {
                open.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                file(&path.display().to_string(), &bytes, &mut found);
            }
        }
    }
    found
}

fn file(name: &str, bytes: &[u8], out: &mut Vec<Source>) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let shebang = text.lines().next().filter(|line| line.starts_with("#!")).unwrap_or_default();
    let shell = ["sh", "bash", "dash", "ash"];
    if name.ends_with(".sh") || name.ends_with(".bash") || shell.iter().any(|s| ends_with_word(shebang, s)) {
        out.push(Source { name: name.to_owned(), text: text.to_owned() });
        return;
    }
    let format = Format::of_path(name);
    let document = Document::read(format, bytes);
    match &document.tree {
        Tree::Yaml(nodes) => nodes.iter().for_each(|node| walk(name, node, out)),
        Tree::Dockerfile(instructions) => {
            for run in instructions.iter().filter(|i| i.keyword == "RUN" && !i.exec && i.heredocs.is_empty())
            {
                push(name, run.span.start, &run.arguments.text, out);
            }
        }
        _ => {}
    }
}

fn ends_with_word(line: &str, word: &str) -> bool {
    line.split_whitespace().any(|part| part.rsplit('/').next() == Some(word))
}

fn push(name: &str, at: u32, text: &str, out: &mut Vec<Source>) {
    out.push(Source { name: format!("{name}@{at}"), text: text.to_owned() });
}

fn walk(name: &str, node: &Node, out: &mut Vec<Source>) {
    match &node.data {
        Data::List(items) => {
            // `command: [sh, -c, script]`.
            let texts: Vec<&str> = items.iter().filter_map(Node::text).collect();
            if let [shell, flag, script, ..] = texts.as_slice()
                && ["sh", "bash", "ash"].iter().any(|s| shell.rsplit('/').next() == Some(s))
                && flag.starts_with('-')
                && flag.ends_with('c')
            {
                push(name, node.span.start, script, out);
            }
            items.iter().for_each(|item| walk(name, item, out));
        }
        Data::Map(entries) => {
            // Steps that name another interpreter are not for this reader.
            let other = node
                .get("shell")
                .and_then(Node::text)
                .is_some_and(|shell| !["sh", "bash"].iter().any(|known| ends_with_word(shell, known)));
            for entry in entries.iter() {
                if KEYS.contains(&entry.name()) && !other {
                    for script in entry.value.one_or_many().iter().filter(|n| n.scalar().is_some()) {
                        push(name, script.span.start, script.text().unwrap_or_default(), out);
                    }
                }
                walk(name, &entry.value, out);
            }
        }
        _ => {}
    }
}

/// The text with `${{ … }}` replaced by what a shell takes for part of a word.
pub(crate) fn without_holes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let Some((_, behind)) = after.split_once("}}") else { break };
        out.push_str(before);
        out.push_str("HOLE");
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Lines without the tabs that begin them.
pub(crate) fn without_tabs(text: &str) -> String {
    text.split('\n').map(|line| line.trim_start_matches('\t')).collect::<Vec<_>>().join("\n")
}
