//! Every secret at once, where some by name would do.

use std::collections::BTreeSet;

use crate::fact::{Component, Pin, Ref, Selection, Sink};
use crate::finding::Severity;
use crate::rule::analysis::flows;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let of_the_tree: BTreeSet<(usize, &Ref)> =
        world.components().filter(|(_, c)| is_local(c)).map(|(at, c)| (at.unit, &c.is)).collect();
    for (at, flow) in world.flows() {
        let Selection::All(set) = &flow.what else { continue };
        let picked = set.name.known().is_none();
        let what = flows::described(&flow.what);
        let (severity, message) = match &flow.to {
            // What included code can read of its surroundings is that code's question.
            Sink::Env(name) if name == "*" => continue,
            _ if picked => (
                Severity::Low,
                format!(
                    "a secret is picked by a name that is computed, so the job gets {what}; name each of them"
                ),
            ),
            Sink::Recipient(to) if of_the_tree.contains(&(at.unit, to)) => {
                (Severity::Low, format!("`{}` inherits {what}; hand over by name what it uses", to.name))
            }
            Sink::Recipient(to) => {
                (Severity::Medium, format!("`{}` gets {what}; hand over by name what it uses", to.name))
            }
            to => {
                (Severity::Medium, format!("{what} goes into {} as one text; name what is needed", place(to)))
            }
        };
        let draft = out.report(&at, message);
        draft.severity(severity).judged([what]);
    }
}

fn is_local(component: &Component) -> bool {
    component.pin == Pin::Local
}

fn place(to: &Sink) -> String {
    match to {
        Sink::Env(name) => format!("variable `{name}`"),
        Sink::Argv => "a command".to_owned(),
        Sink::Output(name) => format!("output `{name}`"),
        Sink::Login { platform, .. } => format!("a login to {platform}"),
        _ => "one place".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{Body, ContextId, Flow, Pin, Selection, Sink, Text, Why};
    use crate::rule::analysis::sample::{Sample, component, judge, named};

    #[test]
    fn to_strangers_it_is_worse_than_at_home() {
        let mut sample = Sample::new("ci.yml");
        let all = || Selection::All(named("github", "secret", "*"));
        let (ours, theirs) =
            (named("github", "reusable-workflow", "./a.yml"), named("github", "reusable-workflow", "x/y"));
        sample.state(ContextId(0), component(ours.clone(), Pin::Local));
        for to in [Sink::Recipient(ours), Sink::Recipient(theirs), Sink::Env("ALL".into())] {
            sample.state(ContextId(0), Body::Flow(Flow { what: all(), to }));
        }
        let mut one = named("github", "secret", "*");
        one.name = Text::hole(Why::Unsupported("a name".to_owned()));
        let picked = Flow { what: Selection::All(one), to: Sink::Argv };
        sample.state(ContextId(0), Body::Flow(picked));
        let said = judge("scope/all-secrets", &[&sample]);
        let severities: Vec<_> = said.iter().map(|s| s.split(' ').next().unwrap()).collect();
        assert_eq!(severities, ["low", "medium", "medium", "low"], "{said:?}");
    }
}
