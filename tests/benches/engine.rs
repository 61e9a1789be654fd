//! The engine, natively: `cargo bench -p hallpass-tests`. Whole processes are measured by `tests/bench.sh`.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write as _;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
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

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = bench }
criterion_main!(benches);
