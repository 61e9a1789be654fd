//! The files of a commit.

use super::model;
use crate::bot::client::{Client, Failure};
use crate::bot::forge::{Kind, Listed};

/// Most entries of a tree: those of the largest repositories that people review.
const MOST: usize = 1_000_000;
/// What a tree lists as a symbolic link.
const LINK: &str = "120000";

/// Files and links. Where the whole does not fit into one answer, folder by folder.
pub(super) fn of(client: &Client, trees: &str, commit: &str) -> Result<Vec<Listed>, Failure> {
    let whole: model::Tree = client.get(&format!("{trees}/{commit}?recursive=1"))?;
    let mut found = Vec::new();
    if !whole.truncated {
        found.extend(whole.tree.into_iter().filter_map(|entry| listed("", entry)));
        return Ok(found);
    }
    let mut open = vec![(String::new(), commit.to_owned())];
    while let Some((folder, id)) = open.pop() {
        let path = format!("{trees}/{id}");
        let tree: model::Tree = client.get(&path)?;
        if tree.truncated || found.len() + tree.tree.len() > MOST {
            let said = format!(
                "its tree has more than {MOST} entries, or a folder with more than fit into an answer"
            );
            return Err(Failure::Malformed { what: format!("GET {path}"), said });
        }
        for entry in tree.tree {
            match entry.kind.as_str() {
                "tree" => open.push((joined(&folder, &entry.path), entry.sha)),
                _ => found.extend(listed(&folder, entry)),
            }
        }
    }
    Ok(found)
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn listed(folder: &str, entry: model::Entry) -> Option<Listed> {
    (entry.kind == "blob").then(|| Listed {
        path: joined(folder, &entry.path),
        kind: if entry.mode == LINK { Kind::Link } else { Kind::File },
        id: entry.sha,
        size: entry.size,
    })
}
