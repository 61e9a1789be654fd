//! Remedies as edits.

use super::*;
use crate::fact::SafeguardKind;
use crate::remedy::{Remedy, Rendered, Safety};

/// The file with the remedy of the first fact that fits applied to it.
fn mended(text: &str, fits: impl Fn(&Body) -> bool, remedy: &Remedy) -> Option<(String, Safety)> {
    let unit = unit(&[("azure-pipelines.yml", text)]);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let fact = out.facts.facts.iter().find(|f| fits(&f.body)).unwrap();
    let Rendered::Edit { edits, safety, .. } = DIALECT.render(&unit, &fact.at, remedy) else { return None };
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.at.span.range(), &edit.replacement);
    }
    Some((text, safety))
}

fn of(kind: SafeguardKind) -> impl Fn(&Body) -> bool {
    move |body| matches!(body, Body::Safeguard(s) if s.kind == kind)
}

#[test]
fn a_kept_credential_is_forgotten() {
    let kind = SafeguardKind::PersistedCredential;
    let remedy = Remedy::Switch { safeguard: kind, on: false };
    let text = "steps:\n- checkout: self\n  persistCredentials: true # why\n";
    let (done, safety) = mended(text, of(kind), &remedy).unwrap();
    assert_eq!(done, text.replace("true", "false"));
    assert_eq!(safety, Safety::Safe);
    let pushes = format!("{text}- bash: git push\n");
    assert_eq!(mended(&pushes, of(kind), &remedy).unwrap().1, Safety::Unsafe);
}

#[test]
fn tracing_is_switched_off_in_both_writings() {
    let kind = SafeguardKind::DebugTrace;
    let remedy = Remedy::Switch { safeguard: kind, on: false };
    for text in [
        "variables:\n  System.Debug: true\nsteps:\n- script: a\n",
        "variables:\n- name: system.debug\n  value: true\nsteps:\n- script: a\n",
    ] {
        assert_eq!(mended(text, of(kind), &remedy).unwrap().0, text.replace("true", "false"));
    }
}

#[test]
fn a_secret_that_is_set_is_set_as_one() {
    let kind = SafeguardKind::Masking;
    let remedy = Remedy::Switch { safeguard: kind, on: true };
    let line = |command: &str| {
        format!("steps:\n- bash: |\n    make\n    echo \"##vso[task.setvariable {command}]$(TOKEN)\"\n")
    };
    let (done, safety) = mended(&line("variable=A;isOutput=true"), of(kind), &remedy).unwrap();
    assert_eq!(done, line("variable=A;isOutput=true;issecret=true"));
    assert_eq!(safety, Safety::Unsafe);
    let (done, _) = mended(&line("variable=A;issecret=false"), of(kind), &remedy).unwrap();
    assert_eq!(done, line("variable=A;issecret=true"));
}

#[test]
fn an_image_is_pinned_and_a_task_is_not() {
    let remedy = Remedy::PinTo { digest: "sha256:00".to_owned() };
    let image = |body: &Body| matches!(body, Body::Component(c) if c.is.kind == "image");
    let text = "container: acme/tools:1\nsteps:\n- script: make\n";
    assert_eq!(mended(text, image, &remedy).unwrap().0, text.replace("tools:1", "tools:1@sha256:00"));
    let task = |body: &Body| matches!(body, Body::Component(c) if c.is.kind == "task");
    assert!(mended("steps:\n- task: Acme@1\n", task, &remedy).is_none());
}

#[test]
fn a_template_is_pinned_where_its_repository_is_named() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let remedy = Remedy::PinTo { digest: commit.to_owned() };
    let template = |body: &Body| matches!(body, Body::Component(c) if c.is.kind == "template");
    let file = |version: &str| {
        format!(
            "resources:\n  repositories:\n  - repository: shared\n{version}    type: github\n    name: a/b\n\
             steps:\n- template: build.yml@shared\n"
        )
    };
    let done = |version: &str| mended(&file(version), template, &remedy).map(|(text, _)| text);
    assert_eq!(
        done("    ref: 'refs/tags/v1'\n"),
        Some(file(&format!("    ref: {commit} # refs/tags/v1\n").replace("# refs/tags/", "# ")))
    );
    assert_eq!(done(""), Some(file(&format!("    ref: {commit}\n"))));
    assert_eq!(done("    ref: ${{ parameters.x }}\n"), None);
}

#[test]
fn a_session_is_shortened_where_its_length_is_written() {
    let text = "variables:\n  seconds: 43200 # half a day\nsteps:\n- bash: >-\n    aws sts assume-role --role-arn r --duration-seconds $(seconds)\n";
    let session = |body: &Body| matches!(body, Body::Credential(c) if c.kind == "cloud-session");
    let (done, safety) = mended(text, session, &Remedy::SetLifetime { seconds: 3600 }).unwrap();
    assert_eq!(done, text.replace("43200", "3600"));
    assert_eq!(safety, Safety::Safe);
    // What is no larger counts something else.
    assert!(mended(text, session, &Remedy::SetLifetime { seconds: 43_200 }).is_none());
}
