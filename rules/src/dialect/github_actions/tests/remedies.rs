//! Edits, before and after.

use super::super::DIALECT;
use super::unit;
use crate::dialect::{Dialect, Lowering};
use crate::document::{Document, Format};
use crate::fact::{Place, SafeguardKind};
use crate::remedy::{Remedy, Rendered, Safety};
use crate::span::{ByteSpan, FileId, Source};

/// Applies a remedy at the first occurrence of `target` and checks that the result still reads.
fn mended(text: &str, target: &str, remedy: &Remedy) -> (String, Safety) {
    let unit = unit(&[(".github/workflows/w.yml", text)]);
    let start = text.find(target).unwrap();
    let span = ByteSpan::new(start, start + target.len());
    let place: Place = Lowering::new(&unit).place(Source::new(FileId(0), span));
    match DIALECT.render(&unit, &place, remedy) {
        Rendered::Draft { mut edits, title, rest } => {
            edits.sort_by_key(|e| std::cmp::Reverse(e.at));
            let spans: Vec<_> = edits.iter().map(|e| (e.at.span, e.replacement.as_str())).collect();
            let proven = crate::remedy::proof::prove(".github/workflows/w.yml", text.as_bytes(), &spans);
            assert_eq!(proven, Ok(()), "{title}");
            assert!(
                title.starts_with("log in with the job's own token") && !rest.is_empty(),
                "{title} {rest}"
            );
            let mut after = text.to_owned();
            for edit in edits {
                after.replace_range(edit.at.span.range(), &edit.replacement);
            }
            (after, Safety::Unsafe)
        }
        Rendered::Edit { mut edits, safety, .. } => {
            edits.sort_by_key(|e| std::cmp::Reverse(e.at));
            let mut after = text.to_owned();
            for edit in edits {
                after.replace_range(edit.at.span.range(), &edit.replacement);
            }
            let document = Document::read(Format::Yaml, after.as_bytes());
            assert!(document.breaks.is_empty(), "{:?}\n{after}", document.breaks);
            (after, safety)
        }
        Rendered::Snippet(text) => (text, Safety::Unsafe),
        Rendered::NotHere(why) => (format!("not here: {why}"), Safety::Unsafe),
    }
}

fn after(text: &str, target: &str, remedy: &Remedy) -> String {
    mended(text, target, remedy).0
}

#[test]
fn a_lifetime_is_set_in_place() {
    let text = "jobs:\n  a:\n    steps:\n      - with:\n          role-duration-seconds: '43200' # why\n";
    let remedy = Remedy::SetLifetime { seconds: 3600 };
    assert_eq!(
        after(text, "43200", &remedy),
        "jobs:\n  a:\n    steps:\n      - with:\n          role-duration-seconds: '3600' # why\n"
    );
    assert_eq!(after("a: {t: 7200s}\n", "7200s", &remedy), "a: {t: 3600s}\n");
    assert!(after("a: ${{ inputs.t }}\n", "${{ inputs.t }}", &remedy).starts_with("not here"));
    // What an alias elsewhere takes over is not changed here.
    for written in ["&t 43200", "&t '43200'", "&t !!int 43200", "!!int &t 43200"] {
        let refused = after(&format!("a: {{t: {written}}}\nb: *t\n"), "43200", &remedy);
        assert!(refused.contains("anchor"), "{written}: {refused}");
    }
    assert_eq!(after("a: {t: 43200, u: &u 1}\n", "43200", &remedy), "a: {t: 3600, u: &u 1}\n");
}

fn narrow(action: &str) -> Remedy {
    Remedy::Narrow { remove: vec![action.to_owned()] }
}

#[test]
fn a_permission_goes_with_its_line() {
    let text = "on: push\npermissions: # least\n  contents: read\n  id-token: write # oidc\njobs: {}\n";
    assert_eq!(
        after(text, "write", &narrow("github:id-token:write")),
        "on: push\npermissions: # least\n  contents: read\njobs: {}\n"
    );
    assert!(after(text, "write", &narrow("github:packages:write")).starts_with("not here"));
}

#[test]
fn the_last_permission_leaves_an_empty_map() {
    let text = "jobs:\n  a:\n    permissions: # c\n      id-token: write\n    steps: []\n";
    assert_eq!(
        after(text, "write", &narrow("github:id-token:write")),
        "jobs:\n  a:\n    permissions: {} # c\n    steps: []\n"
    );
    let text = "permissions: { contents: read, \"id-token\": \"write\" }\njobs: {}\n";
    assert_eq!(
        after(text, "write", &narrow("github:id-token:write")),
        "permissions: { contents: read }\njobs: {}\n"
    );
    let text = "permissions: { id-token: write, contents: read }\njobs: {}\n";
    assert_eq!(
        after(text, "write", &narrow("github:id-token:write")),
        "permissions: { contents: read }\njobs: {}\n"
    );
    let text = "permissions: { id-token: write }\njobs: {}\n";
    assert_eq!(after(text, "write", &narrow("github:id-token:write")), "permissions: {  }\njobs: {}\n");
}

#[test]
fn write_all_becomes_the_least() {
    let text = "jobs:\n  a:\n    permissions: write-all # todo\n    steps: []\n";
    assert_eq!(
        mended(text, "write-all", &narrow("github:*:write")),
        (
            "jobs:\n  a:\n    permissions:\n      contents: read # todo\n    steps: []\n".to_owned(),
            Safety::Unsafe
        )
    );
}

#[test]
fn the_least_permissions_stand_before_the_jobs() {
    let text = "name: x\r\non: push\r\n\r\n# the jobs\r\njobs:\r\n  a: {}\r\n";
    let remedy = Remedy::StateLeast { keep: vec!["github:packages:write".to_owned()] };
    assert_eq!(
        after(text, "jobs:", &remedy),
        "name: x\r\non: push\r\n\r\npermissions:\r\n  contents: read\r\n  packages: write\r\n\r\n# the jobs\r\njobs:\r\n  a: {}\r\n"
    );
    let remedy = Remedy::StateLeast { keep: vec!["github:contents:write".to_owned()] };
    assert_eq!(
        after("on: push\njobs: {}\n", "jobs", &remedy),
        "on: push\npermissions:\n  contents: write\n\njobs: {}\n"
    );
    assert!(after("{on: push, jobs: {}}", "jobs", &remedy).starts_with("not here"));
}

#[test]
fn a_checkout_forgets_its_credential() {
    let remedy = Remedy::Switch { safeguard: SafeguardKind::PersistedCredential, on: false };
    let step = |lines: &str| format!("jobs:\n  a:\n    steps:\n{lines}      - run: x\n");
    let uses = "actions/checkout@v4";
    for (before, wanted) in [
        (
            "      - uses: actions/checkout@v4 # get it\n",
            "      - uses: actions/checkout@v4 # get it\n        with:\n          persist-credentials: false\n",
        ),
        (
            "      - name: get\n        uses: \"actions/checkout@v4\"\n        with:\n          # all of it\n          fetch-depth: 0\n",
            "      - name: get\n        uses: \"actions/checkout@v4\"\n        with:\n          # all of it\n          persist-credentials: false\n          fetch-depth: 0\n",
        ),
        (
            "      - {uses: actions/checkout@v4, with: {fetch-depth: 0}}\n",
            "      - {uses: actions/checkout@v4, with: {persist-credentials: false, fetch-depth: 0}}\n",
        ),
        (
            "      - { uses: actions/checkout@v4 }\n",
            "      - { uses: actions/checkout@v4, with: { persist-credentials: false } }\n",
        ),
    ] {
        assert_eq!(mended(&step(before), uses, &remedy), (step(wanted), Safety::Safe));
    }
    let text =
        step("      - uses: actions/checkout@v4\n        with:\n          persist-credentials: true\n");
    assert_eq!(after(&text, "true", &remedy), text.replace("true", "false"));
    assert!(after(&text, uses, &remedy).starts_with("not here"));
    let other = step("      - uses: acme/checkout@v4\n");
    assert!(after(&other, "acme/checkout@v4", &remedy).starts_with("not here"));
    let pushes = step("      - uses: actions/checkout@v4\n      - run: git push\n");
    assert_eq!(mended(&pushes, uses, &remedy).1, Safety::Unsafe);
    let end = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4";
    assert_eq!(
        after(end, uses, &remedy),
        format!("{end}\n        with:\n          persist-credentials: false")
    );
}

#[test]
fn a_version_is_pinned_and_kept_as_a_comment() {
    let digest = "0a".repeat(20);
    let remedy = Remedy::PinTo { digest: digest.clone() };
    let text = "jobs:\n  a:\n    steps:\n      - uses: acme/x@v4\n";
    assert_eq!(
        after(text, "acme/x@v4", &remedy),
        format!("jobs:\n  a:\n    steps:\n      - uses: acme/x@{digest} # v4\n")
    );
}

#[test]
fn a_literal_becomes_a_reference_but_not_without_thought() {
    let text = "env:\n  TOKEN: \"abc\"\njobs: {}\n";
    let remedy = Remedy::Reference { name: "TOKEN".to_owned() };
    assert_eq!(
        mended(text, "abc", &remedy),
        ("env:\n  TOKEN: ${{ secrets.TOKEN }}\njobs: {}\n".to_owned(), Safety::Unsafe)
    );
}

#[test]
fn federation_is_shown() {
    let text = after("on: push\njobs: {}\n", "jobs", &Remedy::Federate { platform: "aws".to_owned() });
    assert!(text.contains("id-token: write") && text.contains("role-to-assume"), "{text}");
}

#[test]
fn tracing_is_switched_off_where_it_is_written() {
    let off = Remedy::Switch { safeguard: SafeguardKind::DebugTrace, on: false };
    let text = "on: push\nenv:\n  ACTIONS_STEP_DEBUG: \"true\" # why\n  A: {B: true}\njobs: {}\n";
    let (mended, safety) = self::mended(text, "true", &off);
    assert_eq!(mended, text.replacen("true", "false", 1));
    assert_eq!(safety, Safety::Safe);
    let text = "env: { A: 1, ACTIONS_RUNNER_DEBUG: true }\njobs: {}\n";
    assert_eq!(after(text, "true", &off), "env: { A: 1, ACTIONS_RUNNER_DEBUG: false }\njobs: {}\n");
    let read = "env:\n  ACTIONS_STEP_DEBUG: true\njobs:\n  a:\n    if: env.ACTIONS_STEP_DEBUG == 'true'\n";
    assert_eq!(self::mended(read, "true", &off).1, Safety::Unsafe, "a job depends on it");
    for (text, target) in [
        ("env:\n  A: true\n", "true"),
        ("env:\n  ACTIONS_STEP_DEBUG: &on true\n  B: *on\n", "true"),
        ("env:\n  B: &on true\n  ACTIONS_STEP_DEBUG: *on\n", "true"),
        ("matrix:\n  debug: [true]\n", "true"),
    ] {
        assert!(after(text, target, &off).starts_with("not here"), "{text}");
    }
}

/// A job that logs in, with the inputs of its login and what stands before its steps.
fn login(around: &str, own: &str, uses: &str, with: &str) -> String {
    format!(
        "on: push\n{around}jobs:\n  a:\n    runs-on: x\n{own}    steps:\n      - uses: {uses}\n        with:\n{with}"
    )
}

#[test]
fn a_stored_key_gives_way_to_the_job_s_token() {
    let pin = "0a".repeat(20);
    let read = "permissions: {contents: read}\n";
    let own = "    permissions:\n      contents: read\n      id-token: write\n";
    for (platform, uses, before, wanted) in [
        (
            "aws",
            "aws-actions/configure-aws-credentials",
            "          aws-region: x\n          aws-access-key-id: ${{ secrets.ID }} # of the user\n          \
             aws-secret-access-key: \"${{ secrets.KEY }}\"\n          mask-aws-account-id: true\n",
            "          aws-region: x\n          role-to-assume: arn:aws:iam::<account>:role/<role> # of the user\n          \
             mask-aws-account-id: true\n",
        ),
        (
            "gcp",
            "google-github-actions/auth",
            "          credentials_json: ${{ secrets.KEY }}\n",
            "          workload_identity_provider: \
             projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>\n          \
             service_account: <account>@<project>.iam.gserviceaccount.com\n",
        ),
        (
            "azure",
            "Azure/login",
            "          creds: ${{ secrets.KEY }}\n          subscription-id: abc\n",
            "          client-id: <application id>\n          tenant-id: <tenant id>\n          subscription-id: abc\n",
        ),
    ] {
        let uses = format!("{uses}@{pin}");
        let remedy = Remedy::Federate { platform: platform.to_owned() };
        let target = if platform == "aws" { "${{ secrets.ID }}" } else { "${{ secrets.KEY }}" };
        assert_eq!(after(&login(read, "", &uses, before), target, &remedy), login(read, own, &uses, wanted));
    }
}

#[test]
fn the_job_may_ask_for_its_token_and_do_what_it_did() {
    let remedy = Remedy::Federate { platform: "azure".to_owned() };
    let (old, new) = (
        "          creds: ${{ secrets.KEY }}\n",
        "          client-id: <application id>\n          tenant-id: <tenant id>\n          \
         subscription-id: <subscription id>\n",
    );
    let block = |rows: &str| format!("    permissions:\n{rows}");
    for (around, own, wanted) in [
        ("", String::new(), block("      contents: read\n      id-token: write\n")),
        ("permissions: write-all\n", String::new(), String::new()),
        ("permissions: {id-token: write}\n", String::new(), String::new()),
        (
            "permissions:\n  packages: write\n  id-token: none\n",
            String::new(),
            block("      packages: write\n      id-token: write\n"),
        ),
        ("", block("      packages: write\n"), block("      id-token: write\n      packages: write\n")),
        (
            "",
            "    permissions: {contents: read}\n".into(),
            "    permissions: {id-token: write, contents: read}\n".into(),
        ),
        ("", "    permissions: {}\n".into(), "    permissions: { id-token: write }\n".into()),
        ("", block("      id-token: none\n"), block("      id-token: write\n")),
        ("", block("      id-token: write\n"), block("      id-token: write\n")),
    ] {
        let before = login(around, &own, "azure/login@v2", old);
        assert_eq!(
            after(&before, "${{ secrets.KEY }}", &remedy),
            login(around, &wanted, "azure/login@v2", new)
        );
    }
    // Where it cannot be told what the job may do, or what else would change, the job is shown.
    for text in [
        login("permissions: read-all\n", "", "azure/login@v2", old),
        login("", "", "acme/login@v2", old),
        login("", "", "azure/login@v2", "          creds: |\n            ${{ secrets.KEY }}\n"),
        "on: push\njobs:\n  a:\n    env:\n      ARM_CLIENT_SECRET: ${{ secrets.KEY }}\n    steps: []\n"
            .to_owned(),
    ] {
        assert!(
            after(&text, "${{ secrets.KEY }}", &remedy).starts_with("permissions:\n  contents: read"),
            "{text}"
        );
    }
}
