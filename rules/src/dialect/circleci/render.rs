//! Remedies as edits of a configuration. Comments, quotes and indentation stay; whatever is not written in the plain way
//! that an edit expects is left alone.

use crate::dialect::pipeline::edits::{edit, entry_at, pin_image, set_lifetime};
use crate::dialect::pipeline::layout::{Layout, Step, path_to};
use crate::dialect::{Unit, logins};
use crate::document::Style;
use crate::fact::Place;
use crate::remedy::{Remedy, Rendered, Safety};
use crate::span::ByteSpan;

/// Writes a remedy at the place of the fact it mends.
pub(super) fn render(unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
    let not = |why: &str| Rendered::NotHere(why.to_owned());
    let Some(file) = unit.files.get(target.file.0 as usize) else {
        return not("the file is not in the unit");
    };
    let Some(root) = file.document.nodes().first() else { return not("the file could not be read") };
    let layout = Layout::of(file);
    let path = path_to(root, target.span);
    let done = match remedy {
        Remedy::SetLifetime { .. } | Remedy::PinTo { .. } if file.is_anchored(target.span) => {
            return not("other places share this value by its anchor");
        }
        Remedy::SetLifetime { seconds } => set_lifetime(layout, target.span, *seconds),
        Remedy::PinTo { digest } => match entry_at(&path, target.span).map(|step| step.entry.name()) {
            Some("image") => pin_image(layout, target.span, digest),
            _ => return not("an orb is fixed by a full version of it"),
        },
        Remedy::Reference { name } => reference(layout, &path, target.span, name),
        Remedy::Federate { platform } => return federate(platform),
        _ => return not("CircleCI has no place for this"),
    };
    done.unwrap_or_else(|| not("the place is not written in a way that an edit can keep"))
}

/// A variable of a context in place of a literal that is handed over. The literal may be the only copy of the value. In
/// `environment` nothing is filled in: there the entry has to go.
fn reference(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, name: &str) -> Option<Rendered> {
    let filled_in = |key: &str| matches!(key, "auth" | "aws_auth" | "gcp_auth");
    let within = path.iter().any(|step| filled_in(step.entry.name()));
    let step = path.last().filter(|s| s.entry.value.span == span && s.entry.value.used_at.is_none())?;
    if !within || step.entry.value.scalar()?.style == Style::Block || layout.is_flow(step.map) {
        return None;
    }
    let title = format!("read it from the variable {name} of a context");
    Some(edit(title, Safety::Unsafe, vec![layout.edit(layout.quoted(span), format!("${name}"))]))
}

/// What the job looks like when it uses the platform's federation.
fn federate(platform: &str) -> Rendered {
    let body = match platform {
        "aws" => {
            "orbs:\n  aws-cli: circleci/aws-cli@<version>\njobs:\n  <job>:\n    steps:\n      - aws-cli/setup:\n          \
             role_arn: arn:aws:iam::<account>:role/<role>\n          region: <region>\n"
        }
        "gcp" => {
            "jobs:\n  <job>:\n    steps:\n      - run: |\n          echo \"$CIRCLE_OIDC_TOKEN_V2\" > /tmp/token\n          \
             gcloud iam workload-identity-pools create-cred-config <provider> --service-account <account> \
             --credential-source-file /tmp/token --output-file /tmp/gcp.json\n          \
             gcloud auth login --cred-file /tmp/gcp.json\n"
        }
        "azure" => {
            "jobs:\n  <job>:\n    steps:\n      - run: az login --service-principal -u <application id> -t <tenant id> \
             --federated-token \"$CIRCLE_OIDC_TOKEN_V2\"\n"
        }
        "vault" => {
            "jobs:\n  <job>:\n    steps:\n      - run: vault write auth/<mount>/login role=<role> \
             jwt=\"$CIRCLE_OIDC_TOKEN_V2\"\n"
        }
        _ => {
            return match logins::federation_from(platform, "circleci") {
                Some(text) => Rendered::Snippet(format!("use {text}, with the job's `CIRCLE_OIDC_TOKEN_V2`")),
                None => Rendered::NotHere("no federation is known for this platform".to_owned()),
            };
        }
    };
    Rendered::Snippet(body.to_owned())
}
