//! Paths into a document, whatever the case of its keys: `a.b`, `a[]` for each item, `a.*` for each entry, and `a|b` for
//! one or the other.

use crate::document::Node;

/// What a path leads to, and the key that it stands under.
#[derive(Clone, Copy, Debug)]
pub(in crate::dialect) struct Found<'n> {
    pub(in crate::dialect) node: &'n Node,
    pub(in crate::dialect) key: Option<&'n Node>,
}

/// Everything that one path leads to.
pub(in crate::dialect) fn all<'n>(root: &'n Node, path: &str) -> Vec<Found<'n>> {
    let mut found = vec![Found { node: root, key: None }];
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let (name, each) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
        let below = found
            .iter()
            .flat_map(|at| at.node.entries())
            .filter(|entry| name == "*" || entry.name().eq_ignore_ascii_case(name));
        let below: Vec<Found<'n>> =
            below.map(|entry| Found { node: &entry.value, key: Some(&entry.key) }).collect();
        found = match each {
            true => below
                .iter()
                .flat_map(|at| at.node.one_or_many().iter().map(|node| Found { node, key: None }))
                .collect(),
            false => below,
        };
    }
    found
}

/// The first thing that one of several paths leads to; null is nothing.
pub(in crate::dialect) fn first<'n>(root: &'n Node, paths: &str) -> Option<&'n Node> {
    paths.split('|').find_map(|path| all(root, path).iter().map(|at| at.node).find(|node| !node.is_null()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::document::yaml;

    #[test]
    fn paths_lead_below_keys_of_any_case() {
        let document = yaml::read("A: [{b: 1}, {B: 2}]\nc: {d: x, e: y}\nf: ~\n");
        let root = &document.nodes()[0];
        let texts =
            |path: &str| -> Vec<&str> { all(root, path).iter().filter_map(|at| at.node.text()).collect() };
        assert_eq!(texts("a[].b"), ["1", "2"]);
        assert_eq!(texts("c.*"), ["x", "y"]);
        assert_eq!(first(root, "x|f|C.D").unwrap().text(), Some("x"));
        assert!(first(root, "f").is_none() && first(root, "a[].b.c").is_none());
    }
}
