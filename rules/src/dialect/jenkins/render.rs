//! Remedies as edits of a pipeline. Whatever is not written in the plain way that an edit expects is left alone.

use super::collect::each_statement;
use super::groovy::{self, Statement};
use crate::dialect::pipeline::edits::{edit, pin_image, set_lifetime};
use crate::dialect::pipeline::layout::Layout;
use crate::dialect::{SourceFile, Unit, logins};
use crate::document::text;
use crate::fact::Place;
use crate::remedy::{Remedy, Rendered, Safety};
use crate::span::ByteSpan;

/// Writes a remedy at the place of the fact it mends.
pub(super) fn render(unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
    let not = |why: &str| Rendered::NotHere(why.to_owned());
    let Some(file) = unit.files.get(target.file.0 as usize) else {
        return not("the file is not in the unit");
    };
    let layout = Layout::of(file);
    let done = match remedy {
        Remedy::SetLifetime { seconds } => set_lifetime(layout, target.span, *seconds),
        Remedy::PinTo { digest } => {
            quoted(file, target.span).then(|| pin_image(layout, target.span, digest)).flatten()
        }
        Remedy::Reference { name } => reference(file, layout, target.span, name),
        Remedy::Federate { platform } => return federate(platform),
        _ => return not("a pipeline of Jenkins has no place for this"),
    };
    done.unwrap_or_else(|| not("the place is not written in a way that an edit can keep"))
}

/// Whether a place is the whole of a string.
fn quoted(file: &SourceFile, span: ByteSpan) -> bool {
    let before = (span.start as usize).checked_sub(1).and_then(|at| file.bytes.get(at));
    let after = file.bytes.get(span.end as usize);
    before == after && matches!(before, Some(b'\'' | b'"'))
}

/// A credential of the store in place of a literal in `environment`. The literal may be the only copy of the value.
fn reference(file: &SourceFile, layout: Layout<'_>, span: ByteSpan, name: &str) -> Option<Rendered> {
    let source = text::same_length(&file.bytes);
    if source.len() > groovy::MAX_BYTES {
        return None;
    }
    let tree = groovy::read(&source);
    let mut found = None;
    each_statement(&tree.body, &mut |statement| {
        let Statement::Value(value) = statement else { return };
        let variables = value.calls().first().filter(|call| call.name.text == "environment");
        for variable in variables
            .and_then(|call| call.block.as_ref())
            .map(|b| b.statements.as_slice())
            .unwrap_or_default()
        {
            if let Statement::Set { value, .. } = variable
                && value.content() == span
                && value.literal().is_some()
            {
                found = Some(value.at);
            }
        }
    });
    let title = format!("read it from the credential {name}");
    found.map(|at| edit(title, Safety::Unsafe, vec![layout.edit(at, format!("credentials('{name}')"))]))
}

/// What a pipeline looks like that uses the platform's federation.
fn federate(platform: &str) -> Rendered {
    let body = match platform {
        "aws" => {
            "// an agent with a role of its own takes the role of the deploy, for an hour\n\
             withAWS(role: '<role>', roleAccount: '<account>', duration: 3600) {\n  sh '…'\n}\n\
             // or with the plugin oidc-provider: a token that says which build asks\n\
             withCredentials([file(credentialsId: '<id token>', variable: 'AWS_WEB_IDENTITY_TOKEN_FILE')]) {\n  \
             withEnv(['AWS_ROLE_ARN=arn:aws:iam::<account>:role/<role>']) { sh '…' }\n}\n"
        }
        "gcp" => {
            "// with the plugin oidc-provider: a token that says which build asks\n\
             withCredentials([file(credentialsId: '<id token>', variable: 'ID_TOKEN_FILE')]) {\n  \
             sh '''\n    gcloud iam workload-identity-pools create-cred-config <provider> --service-account <account> \\\n      \
             --credential-source-file \"$ID_TOKEN_FILE\" --output-file gcp.json\n    \
             gcloud auth login --cred-file gcp.json\n  '''\n}\n"
        }
        "azure" => {
            "// with the plugin oidc-provider: a token that says which build asks\n\
             withCredentials([string(credentialsId: '<id token>', variable: 'ID_TOKEN')]) {\n  \
             sh 'az login --service-principal -u <application id> -t <tenant id> --federated-token \"$ID_TOKEN\"'\n}\n"
        }
        _ => {
            return match logins::federation_from(platform, "jenkins") {
                Some(text) => {
                    Rendered::Snippet(format!("use {text}: the plugin oidc-provider makes the token"))
                }
                None => Rendered::NotHere("no federation is known for this platform".to_owned()),
            };
        }
    };
    Rendered::Snippet(body.to_owned())
}
