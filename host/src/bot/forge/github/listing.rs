//! The files of a commit.

use crate::bot::client::{Client, Failure};
use crate::bot::forge::Listed;
use crate::bot::forge::hub::{Tree, joined};

/// Most entries of a tree: those of the largest repositories that people review.
const MOST: usize = 1_000_000;

/// Files and links. Where the whole does not fit into one answer, folder by folder.
pub(super) fn of(client: &Client, trees: &str, commit: &str) -> Result<Vec<Listed>, Failure> {
    let whole: Tree = client.get(&format!("{trees}/{commit}?recursive=1"))?;
    let mut found = Vec::new();
    if !whole.truncated {
        found.extend(whole.tree.into_iter().filter_map(|entry| entry.listed("")));
        return Ok(found);
    }
    let mut open = vec![(String::new(), commit.to_owned())];
    while let Some((folder, id)) = open.pop() {
        let path = format!("{trees}/{id}");
        let tree: Tree = client.get(&path)?;
        if tree.truncated || found.len() + tree.tree.len() > MOST {
            let said = format!(
                "its tree has more than {MOST} entries, or a folder with more than fit into an answer"
            );
            return Err(Failure::Malformed { what: format!("GET {path}"), said });
        }
        for entry in tree.tree {
            match entry.kind.as_str() {
                "tree" => open.push((joined(&folder, &entry.path), entry.sha)),
                _ => found.extend(entry.listed(&folder)),
            }
        }
    }
    Ok(found)
}
