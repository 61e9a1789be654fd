//! Scripts of shells, and what Groovy fills in.

use super::{facts, stage};

fn bound(steps: &str) -> String {
    stage(&format!("withCredentials([string(credentialsId: 'c', variable: 'T')]) {{\n{steps}\n}}"))
}

fn flows(steps: &str) -> Vec<String> {
    facts(&bound(steps), "flow").into_iter().filter(|line| !line.contains("env T")).collect()
}

#[test]
fn what_groovy_fills_in_stands_on_the_command_line() {
    let said = flows("sh \"up --token ${T}\"");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("argument") && said[0].ends_with("@ T"), "{said:?}");
    for steps in ["sh 'up --token $T'", "sh \"up --token \\$T\"", "sh '''up ${T}'''", "sh \"up ${OTHER}\""] {
        assert!(flows(steps).is_empty(), "{steps}");
    }
    assert!(flows("sh 'a ' + env.T")[0].contains("argument"));
}

#[test]
fn leaks_of_scripts_and_of_groovy() {
    for (steps, to) in [
        ("sh 'echo $T'", "log"),
        ("sh(script: '''\n  echo ${T}\n''', returnStdout: true).trim()", "log"),
        ("echo \"with ${T}\"", "log"),
        ("sh 'git clone https://u:$T@git.acme.example/a.git'", "url"),
        ("sh 'docker build --build-arg X=$T .'", "imagelayer"),
        ("docker.build('a', \"--build-arg X=${T} .\")", "imagelayer"),
        ("sh 'echo X=$T > a.env'\n archiveArtifacts 'a.env'", "artifact"),
        ("writeFile file: 'a.env', text: \"X=${T}\"\n stash name: 's'", "artifact"),
        ("build job: 'b', parameters: [string(name: 'N', value: \"${T}\")]", "output N"),
    ] {
        let said = flows(steps);
        assert!(said.iter().any(|line| line.contains(&format!("c -> {to}"))), "{steps}: {said:?}");
    }
    assert!(flows("build job: 'b', parameters: [password(name: 'N', value: \"${T}\")]").is_empty());
}

#[test]
fn a_variable_of_groovy_that_is_set_once_is_followed() {
    let said = facts(&format!("def s = 'echo $T'\n{}", bound("sh s")), "flow");
    assert!(said.iter().any(|line| line.contains("c -> log")), "{said:?}");
}

#[test]
fn checks_that_cannot_fail() {
    let gate = |steps: &str| facts(&stage(steps), "safeguard").join("; ");
    for steps in [
        "sh 'gitleaks detect || true'",
        "sh script: 'gitleaks detect', returnStatus: true",
        "catchError(buildResult: 'SUCCESS', stageResult: 'UNSTABLE') { sh 'gitleaks detect' }",
        "warnError('x') { sh 'gitleaks detect' }",
        "script { try { sh 'gitleaks detect' } catch (e) { echo 'x' } }",
    ] {
        assert!(gate(steps).contains("CheckGate off"), "{steps}: {}", gate(steps));
    }
    for steps in [
        "sh 'gitleaks detect'",
        "catchError { sh 'gitleaks detect' }",
        "script { try { sh 'gitleaks detect' } catch (e) { throw e } }",
        "script { try { sh 'gitleaks detect' } catch (e) { error 'x' } }",
        "script { try { sh 'gitleaks detect' } finally { cleanWs() } }",
    ] {
        assert!(gate(steps).contains("CheckGate on"), "{steps}: {}", gate(steps));
    }
    let used = gate(
        "script { def rc = sh(script: 'gitleaks detect', returnStatus: true)\n if (rc != 0) { error 'x' } }",
    );
    assert!(used.contains("CheckGate ?"), "{used}");
}

#[test]
fn files_that_keep_credentials() {
    let said = facts(&bound("writeFile file: '.npmrc', text: \"//r/:_authToken=${T}\""), "safeguard");
    assert!(said[0].contains("PersistedCredential on"), "{said:?}");
}

#[test]
fn text_of_a_proposed_change_is_code_where_groovy_fills_it_in() {
    let apart = |steps: &str| {
        let said = facts(&stage(steps), "safeguard");
        said.iter().any(|safeguard| safeguard.contains("ProposedCodeIsolation off"))
    };
    for steps in
        ["sh \"a '${env.CHANGE_TITLE}'\"", "sh \"a ${CHANGE_BRANCH}\"", "sh('a ' + env.CHANGE_TITLE)"]
    {
        assert!(apart(steps), "{steps}");
    }
    for steps in ["sh 'a \"$CHANGE_TITLE\"'", "sh \"a ${env.CHANGE_ID}\"", "echo \"${env.CHANGE_TITLE}\""] {
        assert!(!apart(steps), "{steps}");
    }
}
