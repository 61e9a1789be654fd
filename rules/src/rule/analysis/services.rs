//! What the actions of AWS do, and whether they can be held to some resources (`data/aws/services.txt`).
//!
//! The table is text that is sorted and searched, so that it costs nothing to have.

use std::cmp::Ordering;

static TABLE: &str = include_str!("../../../data/aws/services.txt");

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Manner {
    /// It accepts only `*` as resource.
    StarOnly,
    /// It reads or lists.
    Reads,
    /// It changes resources that can be named.
    Writes,
    /// It changes who may do what with resources that can be named.
    Permits,
}

/// What an action, or everything that a pattern with a star at its end stands for, does: `s3`, `PutObject`. Nothing for
/// a service that the table does not know, and for a pattern of which it holds only parts.
#[must_use]
pub(crate) fn manner(service: &str, verb: &str) -> Option<Manner> {
    if verb.contains('?') {
        return None;
    }
    let line = line(service)?;
    let (stars, fixed) = match verb.split_once('*') {
        Some((fixed, "")) => (true, fixed),
        Some(_) => return None,
        None => (false, verb),
    };
    let mut columns = line.split('\t').skip(1);
    for manner in [Manner::StarOnly, Manner::Reads, Manner::Permits] {
        let words = columns.next().unwrap_or_default();
        if words.split(' ').filter(|word| !word.is_empty()).any(|word| stands_for(word, fixed, stars)) {
            return Some(manner);
        }
    }
    (!stars).then_some(Manner::Writes)
}

/// Whether a word of the table stands for all that a verb or the beginning of one does.
fn stands_for(word: &str, fixed: &str, stars: bool) -> bool {
    match word.strip_suffix('*') {
        Some(begins) => fixed.get(..begins.len()).is_some_and(|start| start.eq_ignore_ascii_case(begins)),
        None => !stars && word.eq_ignore_ascii_case(fixed),
    }
}

/// The line of a service.
fn line(service: &str) -> Option<&'static str> {
    let service = service.to_ascii_lowercase();
    let (mut low, mut high) = (0, TABLE.len());
    while low < high {
        let middle = low.midpoint(high);
        let start = TABLE.get(..middle)?.rfind('\n').map_or(0, |at| at + 1);
        let end = TABLE.get(middle..)?.find('\n').map_or(TABLE.len(), |at| middle + at);
        let found = TABLE.get(start..end)?;
        match found.split('\t').next().unwrap_or_default().cmp(&service) {
            Ordering::Equal => return Some(found),
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_line_is_found() {
        let names: Vec<&str> =
            TABLE.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split('\t').next()).collect();
        assert!(names.is_sorted() && names.len() > 400, "{} services", names.len());
        assert!(names.iter().all(|name| line(name).is_some()));
        assert!(line("no-such-service").is_none() && line("").is_none());
        assert!(TABLE.is_ascii(), "places in it are bytes");
    }

    #[test]
    fn what_accepts_only_a_star_is_told_from_what_can_be_narrowed() {
        for (service, verb, expected) in [
            ("kms", "CreateKey", Some(Manner::StarOnly)),
            ("cloudwatch", "PutMetricData", Some(Manner::StarOnly)),
            ("xray", "PutTraceSegments", Some(Manner::StarOnly)),
            ("xray", "Put*", Some(Manner::StarOnly)),
            ("ssmmessages", "*", Some(Manner::StarOnly)),
            ("logs", "FilterLogEvents", Some(Manner::Reads)),
            ("dynamodb", "Query", Some(Manner::Reads)),
            ("S3", "putbucketpolicy", Some(Manner::Permits)),
            ("s3", "PutObject", Some(Manner::Writes)),
            ("ec2", "TerminateInstances", Some(Manner::Writes)),
            ("ec2", "Terminate*", None),
            ("ec2", "*", None),
            ("ec2", "Run?nstances", None),
            ("nosuch", "PutThing", None),
        ] {
            assert_eq!(manner(service, verb), expected, "{service}:{verb}");
        }
    }
}
