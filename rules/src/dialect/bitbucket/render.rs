//! Remedies as edits of a pipeline. Comments, quotes and indentation stay; whatever is not written in the plain way that
//! an edit expects is left alone.

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
    let shared = file.is_anchored(target.span);
    let done = match remedy {
        Remedy::SetLifetime { .. } | Remedy::PinTo { .. } | Remedy::Narrow { .. } if shared => {
            return not("other places share this value by its anchor");
        }
        Remedy::SetLifetime { seconds } => set_lifetime(layout, target.span, *seconds),
        Remedy::PinTo { digest } => pin(layout, &path, target.span, digest),
        Remedy::Narrow { .. } => no_token(layout, &path, target.span),
        Remedy::Reference { name } => reference(layout, &path, target.span, name),
        Remedy::Federate { platform } => return federate(platform),
        _ => return not("Bitbucket Pipelines has no place for this"),
    };
    done.unwrap_or_else(|| not("the place is not written in a way that an edit can keep"))
}

/// The digest behind an image, or behind a pipe that is one.
fn pin(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, digest: &str) -> Option<Rendered> {
    match entry_at(path, span)?.entry.name() {
        "image" | "name" => pin_image(layout, span, digest),
        "pipe" if layout.text(span).starts_with("docker://") => pin_image(layout, span, digest),
        _ => None,
    }
}

/// `oidc: false`.
fn no_token(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan) -> Option<Rendered> {
    entry_at(path, span).filter(|step| step.entry.name() == "oidc")?;
    Some(edit("set oidc to false", Safety::Safe, vec![layout.edit(span, "false")]))
}

/// A secured variable in place of a literal. The literal may be the only copy of the value.
fn reference(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, name: &str) -> Option<Rendered> {
    let step = path.last().filter(|s| s.entry.value.span == span && s.entry.value.used_at.is_none())?;
    let filled_in = !matches!(step.entry.name(), "default");
    if !filled_in || step.entry.value.scalar()?.style == Style::Block || layout.is_flow(step.map) {
        return None;
    }
    let title = format!("read it from the secured variable {name}");
    Some(edit(title, Safety::Unsafe, vec![layout.edit(layout.quoted(span), format!("${name}"))]))
}

/// What the step looks like when it uses the platform's federation.
fn federate(platform: &str) -> Rendered {
    let body = match platform {
        "aws" => {
            "- step:\n    oidc: true\n    script:\n      - export AWS_ROLE_ARN=arn:aws:iam::<account>:role/<role>\n      \
             - export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/token\n      \
             - echo \"$BITBUCKET_STEP_OIDC_TOKEN\" > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"\n\
             # a pipe of Atlassian takes the role as AWS_OIDC_ROLE_ARN\n"
        }
        "gcp" => {
            "- step:\n    oidc: true\n    script:\n      - echo \"$BITBUCKET_STEP_OIDC_TOKEN\" > /tmp/token\n      \
             - gcloud iam workload-identity-pools create-cred-config <provider> --service-account <account> \
             --credential-source-file /tmp/token --output-file /tmp/gcp.json\n      \
             - gcloud auth login --cred-file /tmp/gcp.json\n"
        }
        "azure" => {
            "- step:\n    oidc: true\n    script:\n      - az login --service-principal -u <application id> -t <tenant id> \
             --federated-token \"$BITBUCKET_STEP_OIDC_TOKEN\"\n"
        }
        _ => {
            return match logins::federation_from(platform, "bitbucket") {
                Some(text) => Rendered::Snippet(format!("use {text}: `oidc: true` hands it to the step")),
                None => Rendered::NotHere("no federation is known for this platform".to_owned()),
            };
        }
    };
    Rendered::Snippet(body.to_owned())
}
