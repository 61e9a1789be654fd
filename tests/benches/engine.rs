//! The engine, natively: `cargo bench -p hallpass-tests`. Whole processes are measured by `tests/bench.sh`.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write as _;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hallpass_rules::fact::UnitFacts;
use hallpass_rules::ledger::Tree;
use hallpass_rules::{Engine, Input, Settings};

fn engine() -> Engine {
    Engine::configure(Settings { key: b"bench".to_vec(), ..Settings::on(jiff::civil::date(2026, 11, 24)) })
        .unwrap()
}

fn input(path: &str, text: &str) -> Input {
    Input { path: path.to_owned(), bytes: Arc::from(text.as_bytes()), member: true }
}

/// A workflow of about a thousand lines.
fn workflow() -> String {
    let mut text = String::from("on: push\npermissions: {contents: read}\njobs:\n");
    for job in 0..20 {
        let _ = write!(text, "  job{job}:\n    runs-on: ubuntu-latest\n    steps:\n");
        for step in 0..15 {
            let _ = write!(
                text,
                "      - name: step {step}\n        uses: owner/action@v{step}\n        with:\n          key: ${{{{ secrets.KEY_{step} }}}}\n"
            );
        }
    }
    text
}

fn terraform() -> String {
    let mut text = String::new();
    for role in 0..100 {
        let _ = write!(
            text,
            "resource \"aws_iam_role\" \"r{role}\" {{\n  name = \"r{role}\"\n  max_session_duration = 7200\n  \
             assume_role_policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"ec2.amazonaws.com\" }} }}] }})\n}}\n"
        );
    }
    text
}

fn bench(criterion: &mut Criterion) {
    hallpass_rules::warm();
    let engine = engine();
    let clean =
        "    let value = compute(input, 42) + other.field; // nothing to see in this line\n".repeat(50_000);
    let cases = [
        ("workflow, 1,200 lines", ".github/workflows/a.yml", workflow()),
        ("terraform, 100 roles", "main.tf", terraform()),
        ("clean text, 4 MB", "src/lib.rs", clean),
    ];
    let mut group = criterion.benchmark_group("check");
    for (name, path, text) in &cases {
        group.throughput(Throughput::Bytes(text.len() as u64));
        let inputs = [input(path, text)];
        group.bench_function(*name, |bencher| bencher.iter(|| engine.check(path, &inputs)));
    }
    group.finish();
}

/// A tree of so many identities: each is made, may do something, has a row, and is used in five jobs.
struct Organisation {
    engine: Engine,
    facts: Vec<UnitFacts>,
}

impl Organisation {
    fn of(identities: usize, registry: bool) -> Self {
        let mut rows = String::new();
        let mut inputs = Vec::new();
        for file in 0..identities / 10 {
            let (mut terraform, mut jobs) =
                (String::new(), String::from("on: push\npermissions: {id-token: write}\njobs:\n"));
            for number in file * 10..file * 10 + 10 {
                let _ = write!(
                    terraform,
                    "resource \"aws_iam_role\" \"r{number}\" {{\n  name = \"r{number}\"\n  assume_role_policy = jsonencode({{ Statement = [{{ \
                     Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"ec2.amazonaws.com\" }} }}] }})\n}}\n\
                     resource \"aws_iam_role_policy\" \"p{number}\" {{\n  role = aws_iam_role.r{number}.name\n  policy = jsonencode({{ \
                     Statement = [{{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::b{number}/*\" }}] }})\n}}\n"
                );
                let _ = write!(
                    rows,
                    "[[identity]]\nid = \"aws/role/*/r{number}\"\nowner = \"team\"\npurpose = \"reads b{number}\"\nexpires = \
                     2027-01-31\nrevocation = \"delete it\"\nscopes = [{{scope = \"s3:GetObject\", why = \"the report\"}}]\nused-in = [\".github/workflows/*\"]\n"
                );
            }
            // Each is used five times: in five jobs that use all of the file's.
            for job in 0..5 {
                let _ = write!(jobs, "  j{job}:\n    runs-on: x\n    steps:\n");
                for number in file * 10..file * 10 + 10 {
                    let _ = write!(
                        jobs,
                        "      - uses: aws-actions/configure-aws-credentials@v4\n        with: {{role-to-assume: \
                         'arn:aws:iam::111122223333:role/r{number}', aws-region: x}}\n"
                    );
                }
            }
            inputs.push(input(&format!("infra/{file}/main.tf"), &terraform));
            inputs.push(input(&format!(".github/workflows/w{file}.yml"), &jobs));
        }
        let config = registry.then(|| ("hallpass.toml".to_owned(), rows.into_bytes()));
        let settings = Settings { config, ..Settings::on(jiff::civil::date(2026, 11, 24)) };
        let engine = Engine::configure(settings).unwrap();
        let facts =
            inputs.iter().map(|input| engine.check(&input.path, std::slice::from_ref(input)).facts).collect();
        Self { engine, facts }
    }

    fn tree(&self) -> Tree {
        Tree { units: self.facts.clone(), whole: true, ..Tree::default() }
    }
}

fn registry(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("registry");
    for identities in [1_000, 10_000] {
        let (with, without) = (Organisation::of(identities, true), Organisation::of(identities, false));
        group.throughput(Throughput::Elements(identities as u64));
        group.bench_function(format!("review without rows, {identities} identities"), |bencher| {
            bencher.iter_batched(
                || without.tree(),
                |tree| without.engine.review(tree),
                BatchSize::PerIteration,
            );
        });
        group.bench_function(format!("review with rows, {identities} identities"), |bencher| {
            bencher.iter_batched(|| with.tree(), |tree| with.engine.review(tree), BatchSize::PerIteration);
        });
        group.bench_function(format!("inventory and graph, {identities} identities"), |bencher| {
            let facts = || with.facts.clone();
            bencher.iter_batched(
                facts,
                |facts| with.engine.inventory(facts, None, &[]),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = bench, registry }
criterion_main!(benches);
