//! The order in which jobs run, as far as `needs` says it: what a job passes on is known to those after it.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Entry, Node};

/// Jobs by their place in the file, each after those that it needs, and those that close a circle: the platform refuses
/// them. The walk keeps its own stack, so that a chain of needs has no longest length.
pub(super) fn in_order(jobs: &[Entry]) -> (Vec<usize>, BTreeSet<usize>) {
    let by_name: BTreeMap<String, usize> =
        jobs.iter().enumerate().map(|(index, job)| (job.name().to_ascii_lowercase(), index)).collect();
    let needs = |index: usize| {
        let node = jobs.get(index).and_then(|job| job.value.get("needs"));
        node.map(Node::one_or_many).unwrap_or_default()
    };
    let (mut order, mut circles) = (Vec::new(), BTreeSet::new());
    let mut entered = BTreeSet::new();
    let mut done = BTreeSet::new();
    for start in 0..jobs.len() {
        if !entered.insert(start) {
            continue;
        }
        let mut stack = vec![(start, needs(start).iter())];
        while let Some((index, rest)) = stack.last_mut() {
            let Some(need) = rest.next() else {
                order.push(*index);
                done.insert(*index);
                stack.pop();
                continue;
            };
            let needed = need.text().and_then(|name| by_name.get(&name.to_ascii_lowercase()).copied());
            let Some(needed) = needed else { continue };
            if entered.insert(needed) {
                stack.push((needed, needs(needed).iter()));
            } else if !done.contains(&needed) {
                circles.insert(*index);
            }
        }
    }
    (order, circles)
}
