//! Remedies as edits that keep the file's layout.

use super::*;
use crate::fact::SafeguardKind;
use crate::remedy::{Remedy, Rendered, Safety};

/// The file after the remedy for the first fact whose line holds the word.
fn mended(text: &str, word: &str, remedy: &Remedy) -> String {
    let unit = unit(&[("main.tf", text)]);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let fact = out.facts.facts.iter().find(|f| line(&unit, f).contains(word)).unwrap();
    match DIALECT.render(&unit, &fact.at, remedy) {
        Rendered::Edit { edits, .. } => {
            let mut mended = text.to_owned();
            for edit in edits.iter().rev() {
                mended.replace_range(edit.at.span.range(), &edit.replacement);
            }
            mended
        }
        Rendered::Snippet(text) | Rendered::NotHere(text) | Rendered::Draft { rest: text, .. } => text,
    }
}

#[test]
fn a_session_is_shortened_in_place() {
    let text = "resource \"aws_iam_role\" \"r\" {\n  name                 = \"r\"\n  max_session_duration = 43200 # half a day\n}\n";
    assert_eq!(
        mended(text, "credential", &Remedy::SetLifetime { seconds: 3600 }),
        text.replace("43200", "3600")
    );
}

#[test]
fn a_value_that_others_read_as_well_is_not_shortened_by_itself() {
    let safety = |others: &str| {
        let text = format!(
            "locals {{\n  ttl = 43200\n}}\nresource \"aws_iam_role\" \"r\" {{\n  max_session_duration = local.ttl\n}}\n{others}"
        );
        let unit = unit(&[("main.tf", text.as_str())]);
        let at = text.find("43200").unwrap();
        let span = crate::span::ByteSpan::new(at, at + 5);
        let place = Lowering::new(&unit).place(crate::span::Source::new(crate::span::FileId(0), span));
        match DIALECT.render(&unit, &place, &Remedy::SetLifetime { seconds: 3600 }) {
            Rendered::Edit { safety, title, .. } => (safety, title),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(safety(""), (Safety::Safe, "set the lifetime to 3600 seconds".to_owned()));
    assert_eq!(safety("output \"o\" {\n  value = local.ttl_other\n}\n").0, Safety::Safe);
    let (shared, title) =
        safety("resource \"aws_sqs_queue\" \"q\" {\n  message_retention_seconds = local.ttl\n}\n");
    assert_eq!(shared, Safety::Unsafe);
    assert!(title.ends_with("wherever local.ttl is used"), "{title}");
}

#[test]
fn an_output_is_masked_under_its_first_line() {
    let mask = Remedy::Switch { safeguard: SafeguardKind::Masking, on: true };
    let text = "resource \"random_password\" \"p\" {}\noutput \"p\" {\n  value       = random_password.p.result\n  description = \"x\"\n}\n";
    assert_eq!(
        mended(text, "safeguard", &mask),
        text.replace("output \"p\" {\n", "output \"p\" {\n  sensitive   = true\n")
    );
    let off = text.replace("description = \"x\"", "sensitive   = false");
    assert_eq!(mended(&off, "safeguard", &mask), off.replace("false", "true"));
    let short = "resource \"random_password\" \"p\" {}\noutput \"p\" { value = random_password.p.result }\n";
    assert_eq!(
        mended(short, "safeguard", &mask),
        "resource \"random_password\" \"p\" {}\noutput \"p\" {\n  value = random_password.p.result\n  sensitive = true\n}\n"
    );
}

#[test]
fn an_owner_is_declared_as_the_resource_can_carry_it() {
    let declare = Remedy::Declare { what: "owner".to_owned() };
    let role = "resource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n}\n";
    assert_eq!(mended(role, "identity", &declare), "tags = {\n  Owner = \"team-name\"\n}");
    let account = "resource \"google_service_account\" \"r\" {\n  account_id = \"r\"\n}\n";
    assert_eq!(mended(account, "identity", &declare), "description = \"Owner: team-name\"");
}
