//! What expressions are worth, in both ways of writing.

use super::*;

/// The variable `v` of both ways of writing; they are worth the same.
fn both(json: &str, bicep: &str) -> String {
    let parameters = "\"parameters\": {\"p\": {\"type\": \"string\", \"defaultValue\": \"abc\"}, \"n\": {\"type\": \"string\"}, \
                      \"e\": {\"type\": \"string\", \"defaultValue\": \"dev\", \"allowedValues\": [\"dev\", \"prod\"]}}";
    let one = template(&format!(
        "{parameters},\n\"variables\": {{\"m\": {{\"dev\": 1, \"prod\": 2}}, \"l\": [\"a\", \"b\"], \"v\": {json}}}, \"resources\": []"
    ));
    let two = format!(
        "param p string = 'abc'\nparam n string\n@allowed(['dev', 'prod'])\nparam e string = 'dev'\nvar m = {{\n  dev: 1\n  prod: 2\n}}\nvar l = ['a', 'b']\nvar v = {bicep}\n"
    );
    let one = worth(&[("azuredeploy.json", &one)], "v");
    let two = worth(&[("main.bicep", &two)], "v");
    assert_eq!(one, two, "{json} {bicep}");
    one
}

#[test]
fn both_ways_of_writing_are_worth_the_same() {
    for (json, bicep, expected) in [
        ("\"[concat('a', parameters('p'), 'd')]\"", "'a${p}d'", "'aabcd'"),
        ("\"[format('{0}-{1}', parameters('p'), 1)]\"", "format('{0}-{1}', p, 1)", "'abc-1'"),
        ("\"[if(equals(parameters('p'), 'x'), 1, 2)]\"", "p == 'x' ? 1 : 2", "2: 1 2"),
        ("\"[if(not(false()), 1, 2)]\"", "!false ? 1 : 2", "1"),
        ("\"[variables('m')[parameters('e')]]\"", "m[e]", "1: 1 2"),
        ("\"[variables('m')[parameters('n')]]\"", "m[n]", "1: 1 2"),
        ("\"[variables('l')[1]]\"", "l[1]", "'b'"),
        ("\"[union(variables('m'), createObject('dev', 3)).dev]\"", "union(m, { dev: 3 }).dev", "3"),
        ("\"[concat(variables('l'), createArray('c'))]\"", "concat(l, ['c'])", "['a' 'b' 'c']"),
        ("\"[toLower('AbC')]\"", "toLower('AbC')", "'abc'"),
        ("\"[or(true(), equals(parameters('n'), 'x'))]\"", "true || n == 'x'", "true"),
        (
            "\"[replace(join(split('a,b', ','), '-'), 'a', 'x')]\"",
            "replace(join(split('a,b', ','), '-'), 'a', 'x')",
            "'x-b'",
        ),
        ("\"[json('{\\\"a\\\": [true]}').a[0]]\"", "json('{\"a\": [true]}').a[0]", "true"),
        ("\"[coalesce(null(), 'x')]\"", "null ?? 'x'", "'x'"),
        (
            "\"[map(variables('l'), lambda('i', concat(lambdaVariables('i'), '!')))]\"",
            "map(l, i => '${i}!')",
            "['a!' 'b!']",
        ),
        ("\"[add(1, mul(2, 3))]\"", "1 + 2 * 3", "7"),
        ("\"[[not an expression]\"", "'[not an expression]'", "'[not an expression]'"),
        (
            "\"[subscriptionResourceId('Microsoft.A/b', 'x')]\"",
            "subscriptionResourceId('Microsoft.A/b', 'x')",
            "'/subscriptions/${subscription}/providers/Microsoft.A/b/x'",
        ),
        (
            "\"[resourceId('Microsoft.A/b/c', 'x', 'y')]\"",
            "resourceId('Microsoft.A/b/c', 'x', 'y')",
            "'/subscriptions/${subscription}/resourceGroups/${resource group}/providers/Microsoft.A/b/x/c/y'",
        ),
    ] {
        assert_eq!(both(json, bicep), expected, "{json}");
    }
}

#[test]
fn what_is_made_several_times_is_written_out() {
    let text = template(
        "\"variables\": {\"copy\": [{\"name\": \"v\", \"count\": 2, \"input\": \"[concat('n', copyIndex('v', 1))]\"}]}, \"resources\": []",
    );
    assert_eq!(worth(&[("azuredeploy.json", &text)], "v"), "['n1' 'n2']");
    assert_eq!(
        worth(&[("main.bicep", "var v = [for (x, i) in ['a', 'b']: '${x}${i}']\n")], "v"),
        "['a0' 'b1']"
    );
    let body = "name: 'n${i}'\n  properties: { allowBlobPublicAccess: i == 1 }\n";
    let text = format!(
        "resource s 'Microsoft.Storage/storageAccounts@1' = [for i in range(0, 2): {{\n  {body}}}]\n"
    );
    let open: Vec<String> = bicep(&text).into_iter().filter(|l| l.contains("endpoint")).collect();
    assert_eq!(
        open,
        [
            "3 endpoint storage account container n0 asks lesser",
            "3 endpoint storage account container n1 open lesser"
        ]
    );
}

#[test]
fn what_is_not_known_says_why() {
    for (text, expected) in [
        ("guid('a')", "<`guid` is evaluated by the platform>"),
        ("utcNow()", "<`utcNow` is evaluated by the platform>"),
        ("nowhere", "<`nowhere` is not in the tree>"),
        ("v", "<a value that refers to itself is not evaluated>"),
        ("loadTextContent('a.txt')", "<`a.txt` is not in the tree>"),
        ("unheardOf(1)", "<the function `unheardof` is not evaluated>"),
    ] {
        assert_eq!(worth(&[("main.bicep", &format!("var v = {text}\n"))], "v"), expected);
    }
    let unknown = unknowns_of(&[(
        "main.bicep",
        "import { a } from 'b.bicep'\nresource r 'Microsoft.A/b@1' = {\n  name: unheardOf(1)\n}\nvar broken = [\n",
    )]);
    assert_eq!(unknown, ["1 `b.bicep` is not in the tree", "3 the function `unheardof` is not evaluated"]);
    let broken = template(
        "\"resources\": [{\"type\": \"Microsoft.A/b\", \"name\": \"[concat('a'\"}, {\"type\": \"Microsoft.A/b\", \"name\": \"[concat('a']\"}]",
    );
    assert_eq!(
        unknowns_of(&[("azuredeploy.json", &broken)]),
        ["2 an expression that cannot be read is not evaluated"]
    );
}

#[test]
fn files_of_parameters_give_values() {
    let main = "param open bool\nresource s 'Microsoft.Storage/storageAccounts@1' = {\n  name: 'n'\n  properties: { allowBlobPublicAccess: open }\n}\n";
    let given = "using './main.bicep'\nparam open = true\n";
    let found = facts_of(&[("a/main.bicep", main), ("a/prod.bicepparam", given)]);
    assert!(
        found
            .contains(&"a/prod.bicepparam:2 endpoint storage account container n one of 1 lesser".to_owned()),
        "{found:?}"
    );
    let json = "{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#\", \"parameters\": {\"open\": {\"value\": true}}}";
    let found = facts_of(&[("a/main.bicep", main), ("a/main.parameters.json", json)]);
    assert!(found.iter().any(|line| line.starts_with("a/main.parameters.json:1 endpoint")), "{found:?}");
    let other = facts_of(&[
        ("a/main.bicep", main),
        ("a/other.bicepparam", "using './other.bicep'\nparam open = true\n"),
    ]);
    assert!(other.iter().any(|line| line.starts_with("1 endpoint") || line.contains("n ?")), "{other:?}");
}

#[test]
fn what_an_empty_default_leaves_open_is_not_known() {
    let role = "roleDefinitionId: a.role\n    principalId: 'p'\n";
    let assigned = |list: &str, role: &str| {
        format!(
            "{list}\nresource ra 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for a in all: {{\n  name: 'x'\n  properties: {{\n    {role}  }}\n}}]\n"
        )
    };
    let unknown = |text: &str| crate::dialect::told::unknown(&[("main.bicep", text)]);
    assert_eq!(unknown(&assigned("param all array = []", role)), ["`all` has no value in the tree"]);
    assert!(unknown(&assigned("var all = []", role)).is_empty());
    let owner = "roleDefinitionId: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'\n    principalId: 'p'\n";
    let said = |list: &str| crate::dialect::told::findings(&[("main.bicep", &assigned(list, owner))]);
    assert_eq!(said("param all array = []"), ["5 scope/admin-grant"]);
    assert!(said("var all = []").is_empty());
}

#[test]
fn files_of_parameters_name_what_they_take_from_elsewhere() {
    let unknown = |files: &[(&str, &str)]| crate::dialect::told::unknown(files);
    let open = "using './main.bicep'\nparam id = someFunction('x')\n";
    let main = ("a/main.bicep", "param id string\n");
    assert_eq!(unknown(&[main, ("a/main.bicepparam", open)]).len(), 1);
    assert_eq!(
        unknown(&[("a/main.bicepparam", "using './gone.bicep'\nparam id = 'x'\n")]),
        ["`./gone.bicep` is not in the tree"]
    );
    assert!(unknown(&[main, ("a/main.bicepparam", "using './main.bicep'\nparam id = 'x'\n")]).is_empty());
}
