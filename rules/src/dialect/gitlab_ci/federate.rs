//! A stored key of a cloud given up for a token of the job: `id_tokens`, and the variables or the command that log in. What
//! only the cloud's side knows is left as a gap, and its trust policy is said besides.

use crate::dialect::pipeline::layout::{Layout, Step};
use crate::dialect::{logins, trust_policy};
use crate::document::{Entry, Node, Style};
use crate::remedy::{Edit, Rendered};
use crate::span::ByteSpan;

/// Variables that hold a key of AWS.
const AWS_KEY: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
/// What its tools read instead: <https://docs.aws.amazon.com/sdkref/latest/guide/access-assume-role-web.html>.
const AWS_ROLE: [(&str, &str); 2] = [
    ("AWS_ROLE_ARN", "arn:aws:iam::<account>:role/<role>"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/tmp/aws-token"),
];
const AWS_FILE: &str = "printenv AWS_TOKEN > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"";
/// How a command of Azure logs in with a secret, and with a token.
const AZURE_SECRET: [&str; 2] = ["-p", "--password"];
const AZURE_TOKEN: &str = "--federated-token \"$AZURE_TOKEN\"";
/// How a command of Google Cloud logs in with a key.
const GCP_KEY: [&str; 2] =
    ["gcloud auth activate-service-account --key-file ", "gcloud auth activate-service-account --key-file="];
const GCP_LOGIN: &str = "gcloud auth login --cred-file /tmp/gcp.json";
/// What makes the file that it reads then:
/// <https://cloud.google.com/sdk/gcloud/reference/iam/workload-identity-pools/create-cred-config>.
const GCP_FILE: [&str; 2] = [
    "printenv GCP_TOKEN > /tmp/gcp-token",
    "gcloud iam workload-identity-pools create-cred-config \
     \"projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>\" \
     --service-account \"<account>@<project>.iam.gserviceaccount.com\" \
     --credential-source-file /tmp/gcp-token --output-file /tmp/gcp.json",
];

/// The edits where the login is written in the plain way, else what the job looks like afterwards.
pub(super) fn render(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, platform: &str) -> Rendered {
    let done = match platform {
        "aws" => variables(layout, path),
        "azure" => password(layout, path, span),
        "gcp" => key_file(layout, path, span),
        _ => None,
    };
    match done {
        Some((title, edits)) => {
            let rest = trust_policy::of(platform, &trust_policy::GITLAB).trim_start().to_owned();
            Rendered::Draft { title: title.to_owned(), edits, rest }
        }
        None => snippet(platform),
    }
}

/// Variables of a job that hold a key give way to a role and the file of the job's token.
fn variables(layout: Layout<'_>, path: &[Step<'_>]) -> Option<(&'static str, Vec<Edit>)> {
    let [job, variables, _] = path else { return None };
    if variables.entry.name() != "variables" || layout.is_flow(&variables.entry.value) {
        return None;
    }
    let given = variables.entry.value.entries();
    let stored: Vec<&Entry> = given.iter().filter(|entry| AWS_KEY.contains(&entry.name())).collect();
    let (first, others) = stored.split_first()?;
    let taken = |entry: &Entry| AWS_ROLE.iter().any(|(name, _)| *name == entry.name());
    if given.iter().any(taken) || !stored.iter().all(|entry| layout.is_plain(entry)) {
        return None;
    }
    let indent = " ".repeat(layout.column(first.key.span.start as usize)?);
    let written: Vec<String> = AWS_ROLE.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let written = written.join(&format!("{}{indent}", layout.newline()));
    let mut edits = vec![layout.edit(layout.whole(first), written)];
    edits.extend(others.iter().map(|entry| layout.edit(layout.lines_of(entry), "")));
    let job = &job.entry.value;
    edits.push(begin_with(layout, job, AWS_FILE)?);
    edits.extend(token(layout, job, variables.entry, "AWS_TOKEN", "sts.amazonaws.com")?);
    Some(("log in with a token of the job; fill in AWS_ROLE_ARN", edits))
}

/// The password of `az login` gives way to the job's token.
fn password(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan) -> Option<(&'static str, Vec<Edit>)> {
    let (job, script, item) = command(layout, path, span)?;
    let secret = layout.quoted(span);
    let before = layout.text(ByteSpan::new(item.span.start as usize, secret.start as usize));
    let option = AZURE_SECRET.iter().find(|option| {
        before.strip_suffix([' ', '=']).is_some_and(|before| before.ends_with(&format!(" {option}")))
    })?;
    let command = before.rsplit(['&', ';', '|']).next().unwrap_or_default().trim_start();
    if !command.starts_with("az login ") || !command.contains("--service-principal") {
        return None;
    }
    let start = (secret.start as usize).checked_sub(option.len() + 1)?;
    let mut edits = vec![layout.edit(ByteSpan::new(start, secret.end as usize), AZURE_TOKEN)];
    edits.extend(token(layout, job, script, "AZURE_TOKEN", trust_policy::GITLAB.audience?)?);
    Some(("log in with a token of the job in place of the password", edits))
}

/// The key file of `gcloud` gives way to one that names the job's token.
fn key_file(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan) -> Option<(&'static str, Vec<Edit>)> {
    let (job, script, item) = command(layout, path, span)?;
    let key = layout.quoted(span);
    let before = layout.text(ByteSpan::new(item.span.start as usize, key.start as usize));
    let command = GCP_KEY.iter().find(|command| before.ends_with(**command))?;
    let start = (key.start as usize).checked_sub(command.len())?;
    let line = layout.line_start(item.span.start as usize);
    let lead = layout.text(ByteSpan::new(line, item.span.start as usize));
    if lead.trim() != "-" {
        return None;
    }
    let lines: String =
        GCP_FILE.iter().map(|command| format!("{lead}{command}{}", layout.newline())).collect();
    let mut edits =
        vec![layout.insert(line, lines), layout.edit(ByteSpan::new(start, key.end as usize), GCP_LOGIN)];
    edits.extend(token(layout, job, script, "GCP_TOKEN", trust_policy::GITLAB.audience?)?);
    Some(("log in with a token of the job; fill in the provider and the service account", edits))
}

/// The job, the entry and the item of a script that a word stands in, if the item is one line without quotes of YAML.
fn command<'n>(
    layout: Layout<'_>,
    path: &[Step<'n>],
    span: ByteSpan,
) -> Option<(&'n Node, &'n Entry, &'n Node)> {
    let [job, script] = path else { return None };
    let is_script = matches!(script.entry.name(), "script" | "before_script" | "after_script");
    let item = script.entry.value.items().iter().find(|item| item.span.contains(span))?;
    let is_plain = item.scalar()?.style == Style::Plain && item.used_at.is_none();
    let one_line = !layout.text(item.span).contains('\n');
    (is_script && is_plain && one_line).then_some((&job.entry.value, script.entry, item))
}

/// A command before all others of a job.
fn begin_with(layout: Layout<'_>, job: &Node, command: &str) -> Option<Edit> {
    let entry = job.entry("before_script").or_else(|| job.entry("script"))?;
    if entry.merged || entry.value.used_at.is_some() {
        return None;
    }
    if let Some(first) = entry.value.items().first() {
        let line = layout.line_start(first.span.start as usize);
        let lead = layout.text(ByteSpan::new(line, first.span.start as usize));
        let lead = lead.trim_end_matches(['"', '\'']);
        return (lead.trim() == "-")
            .then(|| layout.insert(line, format!("{lead}{command}{}", layout.newline())));
    }
    // One command becomes the second of two.
    let only = entry.value.scalar().filter(|scalar| scalar.style != Style::Block)?;
    let value = layout.quoted(entry.value.span);
    let text = layout.text(value);
    if only.text.is_empty() || text.contains('\n') {
        return None;
    }
    let indent = " ".repeat(layout.column(entry.key.span.start as usize)? + 2);
    let newline = layout.newline();
    let from = layout.after_colon(entry.key.span)?;
    let list = format!("{newline}{indent}- {command}{newline}{indent}- {text}");
    Some(layout.edit(ByteSpan::new(from, value.end as usize), list))
}

/// The token of a job, before one of its entries; nothing where the job has it.
fn token(layout: Layout<'_>, job: &Node, before: &Entry, name: &str, audience: &str) -> Option<Vec<Edit>> {
    let newline = layout.newline();
    let row = format!("{name}: {{ aud: {audience} }}");
    if let Some(tokens) = job.entry("id_tokens") {
        if tokens.value.entry(name).is_some() {
            return Some(Vec::new());
        }
        let first = tokens.value.entries().first().filter(|_| !tokens.merged)?;
        let at = layout.quoted(first.key.span).start as usize;
        if layout.is_flow(&tokens.value) {
            return Some(vec![layout.insert(at, format!("{row}, "))]);
        }
        let indent = " ".repeat(layout.leads_line(at).then(|| layout.column(at))??);
        return Some(vec![layout.insert(layout.line_start(at), format!("{indent}{row}{newline}"))]);
    }
    let at = layout.quoted(before.key.span).start as usize;
    let indent = " ".repeat(layout.leads_line(at).then(|| layout.column(at))??);
    let block = format!("{indent}id_tokens:{newline}{indent}  {row}{newline}");
    Some(vec![layout.insert(layout.line_start(at), block)])
}

/// What the job looks like when it uses the platform's federation.
fn snippet(platform: &str) -> Rendered {
    let body = match platform {
        "aws" => {
            "  id_tokens:\n    AWS_TOKEN: { aud: sts.amazonaws.com }\n  variables:\n    \
             AWS_ROLE_ARN: arn:aws:iam::<account>:role/<role>\n    \
             AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/aws-token\n  before_script:\n    \
             - printenv AWS_TOKEN > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"\n"
        }
        "gcp" => {
            "  id_tokens:\n    GCP_TOKEN: { aud: https://gitlab.com }\n  before_script:\n    \
             - printenv GCP_TOKEN > /tmp/gcp-token\n    \
             - gcloud iam workload-identity-pools create-cred-config <provider> --service-account <account> \
             --credential-source-file /tmp/gcp-token --output-file /tmp/gcp.json\n    \
             - gcloud auth login --cred-file /tmp/gcp.json\n"
        }
        "azure" => {
            "  id_tokens:\n    AZURE_TOKEN: { aud: https://gitlab.com }\n  before_script:\n    \
             - az login --service-principal -u <application id> -t <tenant id> --federated-token \"$AZURE_TOKEN\"\n"
        }
        "vault" => {
            "  id_tokens:\n    VAULT_ID_TOKEN: { aud: https://vault.example.com }\n  secrets:\n    \
             PASSWORD: { vault: <path>/<field>@<engine> }\n"
        }
        _ => {
            return match logins::federation(platform) {
                Some(text) => Rendered::Snippet(format!("use {text}, from `id_tokens` of the job")),
                None => Rendered::NotHere("no federation is known for this platform".to_owned()),
            };
        }
    };
    let trust = trust_policy::of(platform, &trust_policy::GITLAB);
    Rendered::Snippet(format!("<job>:\n{body}{trust}"))
}
