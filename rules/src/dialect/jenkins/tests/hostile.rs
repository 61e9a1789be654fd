//! Input that wants to take for ever, or the stack.

use super::{facts, unknown};

#[test]
fn endless_signs_are_read_in_linear_time() {
    for part in
        ["{", "\"", "$(", "/", "'", "(", "stage('a') {", "sh \"${", "withCredentials([", "x.y().", "a ? b : "]
    {
        let text = part.repeat((1 << 20) / part.len());
        facts(&text, "identity");
    }
}

#[test]
fn many_steps_have_a_limit() {
    let text = format!("node {{\n{}}}\n", "sh 'x'\n".repeat(60_000));
    assert!(unknown(&text).iter().any(|why| why.contains("limit reached")));
}

#[test]
fn many_blocks_and_images_stay_linear() {
    let stages: String = (0..2_000)
        .map(|i| format!("stage('s{i}') {{ steps {{ withCredentials([string(credentialsId: 'c{i}', variable: 'T')]) {{ sh \"x ${{T}}\" }} }} }}\n"))
        .collect();
    let text = format!("pipeline {{ agent {{ docker {{ image 'a:1' }} }}\nstages {{\n{stages}}} }}");
    assert!(!facts(&text, "component").is_empty());
}

#[test]
fn odd_shapes_are_passed_over() {
    for text in [
        "pipeline { agent; agent { docker }; environment; stages { stage; stage('a'); stage('b') { steps } } }",
        "withCredentials() { }\nwithCredentials([1, [a: 2], x()]) { }\nwithEnv([]) { }\nwithEnv(['=a', 'b', c]) { }",
        "withAWS() { }\nwithAWS(role: '', duration: 'x') { }\ndocker.image()\ndocker.image(a).inside\nsh\nsh()\nsh script: a",
        "library\n@Library\n@Library([])\nlibrary identifier: x\nload\nbuild job: 'a', parameters: [1, [b: 2]]",
        "podTemplate() { }\npodTemplate(yaml: 'a: [', containers: [1]) { }\nagent { kubernetes { yaml '' } }",
        "archiveArtifacts\nstash\npublishHTML([a: 1])\nparallel a: 1, b: { }\ninput\nwriteFile file: 'a'",
        "}{)(][",
        "sh \"\"\"",
    ] {
        facts(text, "identity");
    }
}
