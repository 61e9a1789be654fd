//! Input that wants to hang, overflow or mislead.

use super::*;

fn try_all(path: &str, text: &str) {
    let _ = facts_of(&[(path, text)]);
    let _ = unknowns_of(&[(path, text)]);
}

#[test]
fn values_that_double_end_at_the_budget() {
    let mut text = "var v0 = ['abcdefgh', 'abcdefgh']\n".to_owned();
    for n in 1..60 {
        text.push_str(&format!("var v{n} = concat(v{}, v{})\n", n - 1, n - 1));
    }
    text.push_str("resource r 'Microsoft.A/b@1' = {\n  name: 'n'\n  properties: { x: v59 }\n}\n");
    try_all("main.bicep", &text);
    let mut text = "var v0 = 'abcdefgh'\n".to_owned();
    for n in 1..60 {
        text.push_str(&format!("var v{n} = '${{v{}}}${{v{}}}'\n", n - 1, n - 1));
    }
    text.push_str("resource r 'Microsoft.A/b@1' = {\n  name: v59\n}\n");
    try_all("main.bicep", &text);
}

#[test]
fn loops_in_loops_end() {
    let inner = "[for i in range(0, 16): ".repeat(20);
    let text =
        format!("resource r 'Microsoft.A/b@1' = {{\n  name: 'n'\n  x: {inner}'a'{}\n}}\n", "]".repeat(20));
    try_all("main.bicep", &text);
}

#[test]
fn templates_that_deploy_themselves_end() {
    let text = "module a './main.bicep' = {\n  name: 'a'\n}\nmodule b 'main.bicep' = [for i in range(0, 16): {\n  name: 'b'\n}]\n";
    try_all("main.bicep", text);
    let nested = "{\"type\": \"Microsoft.Resources/deployments\", \"name\": \"n\", \"properties\": {\"template\": {\"resources\": [";
    let text = template(&format!("\"resources\": [{}{}]", nested.repeat(20), "]}}}".repeat(20)));
    try_all("azuredeploy.json", &text);
}

#[test]
fn deep_nesting_ends() {
    for open in ["{\"a\":", "[", "{\"resources\": [{\"type\": \"a\", "] {
        try_all("azuredeploy.json", &template(&format!("\"resources\": {}", open.repeat(5_000))));
    }
    let call = format!(
        "\"resources\": [{{\"type\": \"Microsoft.A/b\", \"name\": \"[{}1{}]\"}}]",
        "concat(".repeat(5_000),
        ")".repeat(5_000)
    );
    try_all("azuredeploy.json", &template(&call));
    try_all(
        "main.bicep",
        &format!("resource r 'Microsoft.A/b@1' = {{\n  name: {}\n}}\n", "concat(".repeat(5_000)),
    );
}

#[test]
fn shapes_that_are_none_are_let_pass() {
    for sections in [
        "\"resources\": 5",
        "\"resources\": [1, [], {\"type\": 5}, {\"type\": \"Microsoft.A/b\", \"name\": []}]",
        "\"resources\": {\"a\": {\"type\": \"Microsoft.A/b\"}, \"b\": 1}, \"parameters\": [], \"variables\": {\"copy\": [{}, 1]}",
        "\"resources\": [{\"type\": \"Microsoft.A/b\", \"copy\": {\"name\": 1, \"count\": \"[parameters('x')]\"}, \"properties\": []}]",
        "\"resources\": [{\"type\": \"Microsoft.Resources/deployments\", \"properties\": {\"template\": 1, \"parameters\": []}}]",
        "\"resources\": [{\"type\": \"Microsoft.Authorization/roleAssignments\", \"properties\": {\"roleDefinitionId\": {}}}]",
        "\"resources\": [], \"outputs\": {\"a\": 1, \"b\": {\"value\": \"[listKeys()]\"}}, \"functions\": [{\"members\": 1}]",
    ] {
        try_all("azuredeploy.json", &template(sections));
    }
    for text in [
        "",
        "\u{feff}",
        "param",
        "resource r",
        "output o string =",
        "module m '' = {}",
        "resource r '' = {}",
        "@secure(",
    ] {
        try_all("main.bicep", text);
    }
}

#[test]
fn every_beginning_of_a_template_and_bytes_at_random_are_read() {
    let text = "@secure()\nparam p string = 'q'\nresource s 'Microsoft.Storage/storageAccounts@1' = if (p == 'x') {\n  name: 'n${p}'\n  properties: { allowBlobPublicAccess: true }\n}\noutput o string = s.listKeys().keys[0].value\n";
    let json = template(
        "\"resources\": [{\"type\": \"Microsoft.Storage/storageAccounts\", \"name\": \"[concat('a', copyIndex())]\", \"copy\": {\"name\": \"c\", \"count\": 2}}]",
    );
    for end in 0..text.len() {
        try_all("main.bicep", &text[..end]);
    }
    for end in 0..json.len() {
        try_all("azuredeploy.json", &json[..end]);
    }
    // A generator of its own: the module knows no randomness.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let signs = b"{}[]()'\"$:,.@?!=+ \nabparam resource=\\";
    for _ in 0..300 {
        let mut bytes = Vec::new();
        for _ in 0..200 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.push(signs[usize::try_from(state % signs.len() as u64).unwrap()]);
        }
        let text = String::from_utf8(bytes).unwrap();
        try_all("main.bicep", &text);
        try_all("azuredeploy.json", &text);
    }
}
