//! A token of an app for every repository that the app may see.

use crate::rule::{Verdicts, World};

/// The kind of credentials that an app gets for the repositories it is installed in.
const APP_TOKEN: &str = "app-token";

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, token) in world.credentials().filter(|(_, c)| c.kind == APP_TOKEN) {
        let Some(scope) = &token.scope else { continue };
        let opens = scope.to_string();
        // Whose repositories they are may be unknown; that it is all of them is not.
        if !opens.ends_with("/*") {
            out.pass(&at, "it is for named repositories, or the pipeline's own");
            continue;
        }
        let whose = match opens.strip_suffix("/*") {
            Some(owner) if scope.known().is_some() => format!("of `{owner}`"),
            _ => "of its owner".to_owned(),
        };
        out.report(
            &at,
            format!(
                "the {} opens every repository {whose} that the app may see; name the repositories",
                token.title
            ),
        )
        .judged([opens]);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{Body, ContextId, Text, Why};
    use crate::rule::analysis::sample::{Sample, cloud_key, judge};

    fn said(scope: Text) -> Vec<String> {
        let mut sample = Sample::new("ci.yml");
        let mut token = cloud_key("T");
        token.kind = "app-token".to_owned();
        token.title = "token of an app".to_owned();
        token.scope = Some(scope);
        sample.state(ContextId(0), Body::Credential(token));
        judge("scope/wide-app-token", &[&sample])
    }

    #[test]
    fn every_repository_is_too_many() {
        assert_eq!(
            said("acme/*".into()),
            ["medium @0 the token of an app opens every repository of `acme` that the app may see; \
              name the repositories"]
        );
        assert!(said("charts".into()).is_empty());
        let mut of_somebody = Text::hole(Why::Variable("owner".to_owned()));
        of_somebody.push("/*");
        assert!(said(of_somebody)[0].contains("of its owner"));
    }
}
