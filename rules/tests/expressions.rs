//! Secrets that stand in expressions of a workflow, through the engine: found where they are written, and masked.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

use hallpass_rules::fact::{Body, Selection, Sink};
use hallpass_rules::{Answer, Engine, Input, Settings};

const WORKFLOW: &str = ".github/workflows/w.yml";

fn check(text: &str) -> Answer {
    check_with(text, &[])
}

/// The answer about a workflow, with the files that it asks for.
fn check_with(text: &str, asked: &[(&str, &str)]) -> Answer {
    let settings =
        Settings { trace: true, key: b"tests".to_vec(), ..Settings::on(jiff::civil::date(2026, 11, 24)) };
    let asked = asked.iter().map(|(path, text)| Input {
        path: (*path).to_owned(),
        bytes: text.as_bytes().into(),
        member: false,
    });
    let own = Input { path: WORKFLOW.to_owned(), bytes: text.as_bytes().into(), member: true };
    Engine::configure(settings)
        .unwrap()
        .check(WORKFLOW, &std::iter::once(own).chain(asked).collect::<Vec<_>>())
}

/// Digits that look random and are the same in every run, of an alphabet.
fn drawn(alphabet: &[u8], length: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut digit = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        alphabet.get((state >> 33) as usize % alphabet.len()).copied().map(char::from)
    };
    (0..length).filter_map(|_| digit()).collect()
}

fn hex(seed: u64) -> String {
    drawn(b"0123456789abcdef", 32, seed)
}

fn letters(length: usize, seed: u64) -> String {
    drawn(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length, seed)
}

/// The literals that were reported.
fn reported(text: &str) -> Vec<String> {
    let findings = check(text).findings;
    let findings = findings.iter().filter(|f| f.rule.starts_with("secret/"));
    findings.map(|f| text[f.at.span.range()].to_owned()).collect()
}

/// The text as it is displayed: what is masked is left out.
fn displayed(text: &str, answer: &Answer) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for mask in &answer.masks {
        bytes[mask.span.range()].fill(b'*');
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_literal_that_an_expression_can_become_is_found_and_masked() {
    let (one, two, key, word) = (hex(1), hex(2), letters(40, 3), letters(12, 4));
    let cases = [
        ("with", "datadog_api_key", format!("secrets.A || '{one}'"), vec![&one]),
        ("with", "datadog_api_key", format!("'{one}'"), vec![&one]),
        ("with", "datadog_api_key", format!("format('{{0}}','{one}')"), vec![&one]),
        (
            "with",
            "datadog_api_key",
            format!("github.ref == 'refs/heads/x' && '{one}' || '{two}'"),
            vec![&one, &two],
        ),
        ("with", "datadog_api_key", format!("inputs.k || '{one}'"), vec![&one]),
        (
            "with",
            "token",
            format!("fromJSON('{{\"prod\":\"{one}\",\"dev\":\"{two}\"}}')[inputs.to]"),
            vec![&one, &two],
        ),
        ("env", "AWS_SECRET_ACCESS_KEY", format!("secrets.A || '{key}'"), vec![&key]),
        ("env", "AWS_SECRET_ACCESS_KEY", format!("'{key}'"), vec![&key]),
        ("env", "DB_PASSWORD", format!("secrets.A || '{word}'"), vec![&word]),
        // The words that say why a value is not known are cut at a length, but not inside the secret.
        (
            "env",
            "DB_PASSWORD",
            format!("inputs.{}[0] || format('{{0}}', '{key}')", "a".repeat(40)),
            vec![&key],
        ),
    ];
    for (map, name, expression, secrets) in cases {
        let text = format!(
            "on: push\npermissions: {{}}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: some-org/report@v1\n        \
             {map}:\n          {name}: \"${{{{ {} }}}}\"\n",
            expression.replace('"', "\\\"")
        );
        let mut found = reported(&text);
        found.sort_by_key(|secret| text.find(secret.as_str()));
        assert_eq!(found, secrets.iter().map(|s| s.as_str()).collect::<Vec<_>>(), "{text}");
        let answer = check(&text);
        let said = format!(
            "{}{}{}{}{}",
            displayed(&text, &answer),
            serde_json::to_string(&answer.findings).unwrap(),
            serde_json::to_string(&answer.facts).unwrap(),
            serde_json::to_string(&answer.coverage).unwrap(),
            serde_json::to_string(&answer.passes).unwrap(),
        );
        for secret in secrets {
            assert!(!said.contains(&secret[..8.min(secret.len())]), "{text}\n{said}");
        }
    }
}

#[test]
fn a_literal_that_is_compared_or_names_a_secret_is_none() {
    let one = hex(1);
    for expression in [
        format!("inputs.key == '{one}' && secrets.A || secrets.B"),
        format!("secrets['{one}']"),
        format!("contains('{one}', inputs.key)"),
        "secrets.A || ''".to_owned(),
    ] {
        let text = format!("on: push\njobs:\n  a:\n    env:\n      API_KEY: ${{{{ {expression} }}}}\n");
        assert!(reported(&text).is_empty(), "{text}");
    }
}

/// Which secrets go where, and the lines of what stayed unknown.
fn passed_on(text: &str, asked: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let answer = check_with(text, asked);
    let flows = answer.facts.facts.iter().filter_map(|fact| match &fact.body {
        Body::Flow(flow) => {
            let what = match &flow.what {
                Selection::One(is) => is.name.to_string(),
                Selection::All(_) => "all".to_owned(),
            };
            match &flow.to {
                Sink::Recipient(is) => Some(format!("{what} -> {}", is.name)),
                Sink::Env(name) => Some(format!("{what} -> env {name}")),
                _ => None,
            }
        }
        _ => None,
    });
    let unknown = answer.coverage.iter().flat_map(|entry| &entry.unknown);
    let line = |at: usize| text[..at].matches('\n').count();
    let unknown = unknown.map(|u| text.lines().nth(line(u.span.start as usize)).unwrap().trim().to_owned());
    (flows.collect(), unknown.collect())
}

fn job(steps: &str) -> String {
    format!("on: push\npermissions: {{}}\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}")
}

const READING: &str = "
      - {id: l, uses: ./act, with: {t: '${{ secrets.KEY }}'}}
      - uses: some-org/use@v1
        with:
          k: ${{ steps.l.outputs.o }}
      - uses: some-org/use@v1
        env:
          AWS_SECRET_ACCESS_KEY: ${{ Steps['l'].outputs.O || inputs.x }}
";

#[test]
fn an_output_of_a_local_action_is_what_its_inputs_are() {
    for value in ["${{ inputs.t }}", "${{ format('{0}', inputs.t) }}", "${{ steps.s.outputs.o }}"] {
        let action = format!(
            "inputs: {{t: {{}}}}\noutputs: {{o: {{value: \"{value}\"}}}}\nruns:\n  using: composite\n  steps:\n    \
             - {{id: s, shell: bash, run: 'echo \"o=$T\" >> $GITHUB_OUTPUT', env: {{T: '${{{{ inputs.t }}}}'}}}}\n"
        );
        let (flows, unknown) = passed_on(&job(READING), &[("act/action.yml", &action)]);
        assert_eq!(
            flows,
            ["KEY -> ./act", "KEY -> env T", "KEY -> some-org/use", "KEY -> env AWS_SECRET_ACCESS_KEY"],
            "{value}"
        );
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

#[test]
fn an_output_that_code_makes_of_a_secret_is_unknown_where_it_is_read() {
    let composite = |step: &str| {
        format!(
            "inputs: {{t: {{}}}}\noutputs: {{o: {{value: '${{{{ steps.s.outputs.o }}}}'}}}}\nruns:\n  using: composite\n  \
             steps:\n    - {{id: s, shell: bash, {step}}}\n"
        )
    };
    let actions = [
        composite("run: 'X=$(echo ${{ inputs.t }}); echo \"o=$X\" >> $GITHUB_OUTPUT'"),
        composite("run: ./make.sh, env: {T: '${{ inputs.t }}'}"),
        composite("run: 'echo \"o=${T#x}\" >> $GITHUB_OUTPUT', env: {T: '${{ inputs.t }}'}"),
        "inputs: {t: {}}\noutputs: {o: {}}\nruns: {using: node20, main: a.js}\n".to_owned(),
    ];
    for action in actions {
        let (flows, unknown) = passed_on(&job(READING), &[("act/action.yml", &action)]);
        assert!(!flows.iter().any(|flow| flow.ends_with("some-org/use")), "{flows:?}");
        for line in READING.lines().map(str::trim).filter(|line| line.contains("outputs.")) {
            assert!(unknown.iter().any(|at| at == line), "{action}: {line} of {unknown:?}");
        }
    }
    // What an action makes of nothing secret is not counted.
    let harmless = READING.replace("secrets.KEY", "github.sha");
    let action = composite("run: ./make.sh, env: {T: '${{ inputs.t }}'}");
    assert_eq!(passed_on(&job(&harmless), &[("act/action.yml", &action)]).1, Vec::<String>::new());
}

#[test]
fn an_output_of_a_job_is_handed_to_the_jobs_that_need_it() {
    let user = "
  b:
    needs: a
    runs-on: x
    steps:
      - uses: evil/x@v1
        with: {k: '${{ needs.a.outputs.k }}'}
";
    let direct = "
  a:
    runs-on: x
    outputs: {k: '${{ secrets.DEPLOY }}'}
    steps: []
";
    let through_a_step = "
  a:
    runs-on: x
    outputs: {k: '${{ steps.s.outputs.k }}'}
    steps:
      - {id: s, run: 'echo k=${{ secrets.DEPLOY }} >> $GITHUB_OUTPUT'}
";
    let called = "
  a:
    uses: some-org/shared/.github/workflows/w.yml@v1
    secrets: inherit
";
    for maker in [direct, through_a_step] {
        // The order in the file is not the order in which they run.
        for jobs in [format!("{maker}{user}"), format!("{user}{maker}")] {
            let (flows, _) = passed_on(&format!("on: push\npermissions: {{}}\njobs:{jobs}"), &[]);
            assert!(flows.contains(&"DEPLOY -> evil/x".to_owned()), "{jobs}: {flows:?}");
        }
    }
    let whole = user.replace("needs.a.outputs.k", "toJSON(needs)");
    let (flows, _) = passed_on(&format!("on: push\njobs:{whole}{direct}"), &[]);
    assert!(flows.contains(&"DEPLOY -> evil/x".to_owned()), "{flows:?}");
    let (_, unknown) = passed_on(&format!("on: push\npermissions: {{}}\njobs:{called}{user}"), &[]);
    assert_eq!(unknown, ["with: {k: '${{ needs.a.outputs.k }}'}"]);
}

#[test]
fn circles_and_long_chains_of_needs_end() {
    let circle =
        "on: push\npermissions: {}\njobs:\n  a: {needs: b, runs-on: x}\n  b: {needs: [a, b], runs-on: x}\n";
    assert_eq!(passed_on(circle, &[]).1, ["b: {needs: [a, b], runs-on: x}"]);
    let mut text = "on: push\npermissions: {}\njobs:\n".to_owned();
    for job in 0..300 {
        let (before, next) = (job, job + 1);
        text.push_str(&format!(
            "  j{job}:\n    needs: j{next}\n    outputs: {{k: '${{{{ needs.j{next}.outputs.k || needs.j{before}.outputs.k }}}}'}}\n"
        ));
    }
    text.push_str("  j300:\n    outputs: {k: '${{ secrets.DEPLOY }}'}\n");
    text.push_str("  z:\n    needs: j290\n    env: {K: '${{ needs.j290.outputs.k }}'}\n");
    assert_eq!(passed_on(&text, &[]).0, ["DEPLOY -> env K"]);
}
