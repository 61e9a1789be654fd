//! Cloud identities that a pipeline names, in the ways in which platforms write them.

use crate::dialect::logins::IdentityForm;
use crate::fact::{Piece, Ref, Text, Why};

/// The identity that a text names.
pub(crate) fn named(form: IdentityForm, text: &Text) -> Ref {
    match form {
        IdentityForm::AwsRoleArn => aws_role(text),
        IdentityForm::GcpEmail => gcp_account(text),
    }
}

/// Splits a text at a character of its known pieces, into at most `most` parts.
fn parts(text: &Text, separator: char, most: usize) -> Vec<Text> {
    let mut parts = vec![Text::default()];
    for piece in &text.0 {
        match piece {
            Piece::Literal(literal) => {
                let room = most.saturating_sub(parts.len()) + 1;
                for (index, part) in literal.splitn(room, separator).enumerate() {
                    if index > 0 {
                        parts.push(Text::default());
                    }
                    if let Some(last) = parts.last_mut() {
                        last.push(part);
                    }
                }
            }
            Piece::Hole(why) => {
                if let Some(last) = parts.last_mut() {
                    last.push_hole(why.clone());
                }
            }
        }
    }
    parts
}

/// `arn:aws:iam::<account>:role/<path>/<name>`, or a bare name in the caller's account.
fn aws_role(text: &Text) -> Ref {
    let mut fields = parts(text, ':', 6);
    let unknown = || Text::hole(Why::Variable("account".to_owned()));
    let account = match fields.len() {
        6 => Some(fields.swap_remove(4)).filter(|a| a.known() != Some("")),
        _ => None,
    };
    // swap_remove moved the resource into the account's place.
    let resource = fields.pop().unwrap_or_default();
    let name = parts(&resource, '/', usize::MAX).pop().unwrap_or_default();
    Ref::new("aws", "role", [account.unwrap_or_else(unknown)], name)
}

/// `<account id>@<project>.iam.gserviceaccount.com`.
fn gcp_account(text: &Text) -> Ref {
    let mut sides = parts(text, '@', 2);
    let unknown = || Text::hole(Why::Variable("project".to_owned()));
    let project = match sides.len() {
        2 => sides.pop().and_then(|host| parts(&host, '.', 2).into_iter().next()),
        _ => None,
    };
    let name = sides.pop().unwrap_or_default();
    Ref::new("gcp", "service-account", [project.unwrap_or_else(unknown)], name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_named_by_account_and_last_part() {
        assert_eq!(
            aws_role(&"arn:aws:iam::123456789012:role/ci/deploy".into()).to_string(),
            "aws/role/123456789012/deploy"
        );
        assert_eq!(aws_role(&"deploy".into()).to_string(), "aws/role/${account}/deploy");
        let mut text = Text::literal("arn:aws:iam::");
        text.push_hole(Why::Variable("vars.ACCOUNT".to_owned()));
        text.push(":role/deploy");
        assert_eq!(aws_role(&text).to_string(), "aws/role/${vars.ACCOUNT}/deploy");
        let hole = Text::hole(Why::Variable("secrets.ROLE".to_owned()));
        assert_eq!(aws_role(&hole).to_string(), "aws/role/${account}/${secrets.ROLE}");
    }

    #[test]
    fn accounts_of_google_are_named_by_project() {
        assert_eq!(
            gcp_account(&"ci@acme-prod.iam.gserviceaccount.com".into()).to_string(),
            "gcp/service-account/acme-prod/ci"
        );
    }
}
