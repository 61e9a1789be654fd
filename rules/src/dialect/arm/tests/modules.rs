//! Templates inside templates.

use super::*;

const MODULE: &str = "param open bool = false\n@secure()\nparam pw string\nresource s 'Microsoft.Storage/storageAccounts@1' = {\n  name: 'n'\n  properties: {\n    allowBlobPublicAccess: open\n  }\n}\n\
                      resource v 'Microsoft.Compute/virtualMachines@1' = {\n  name: 'v'\n  properties: { osProfile: { adminPassword: pw } }\n}\n";

#[test]
fn a_module_is_read_with_what_it_is_given() {
    let main = "module m './m/store.bicep' = {\n  name: 'm'\n  params: {\n    open: true\n    pw: 'kiwi-Sommer-77'\n  }\n}\n";
    let found = facts_of(&[("a/main.bicep", main), ("a/m/store.bicep", MODULE)]);
    assert_eq!(
        found,
        [
            "1 component ./m/store.bicep Local",
            "a/m/store.bicep:4 credential the storage account's own access key, which works beside Microsoft Entra ID, unbounded",
            "4 endpoint storage account container n open lesser",
            "5 credential password ?",
        ]
    );
    let asks = DIALECT.outline(&unit(&[("a/main.bicep", main)]).files[0]).asks;
    assert!(asks.contains(&crate::dialect::Ask::File("a/m/store.bicep".to_owned())), "{asks:?}");
}

#[test]
fn a_module_from_elsewhere_is_a_component_and_unknown() {
    for (path, pin) in [
        ("br/public:avm/res/storage/storage-account:0.9.0", "Tag(Text([Literal(\"0.9.0\")]))"),
        ("br:acme.azurecr.io/bicep/x@sha256:0a", "Digest(\"sha256:0a\")"),
        ("ts:00000000-0000-0000-0000-000000000000/rg/spec:1.0", "Tag(Text([Literal(\"1.0\")]))"),
    ] {
        let text = format!("module m '{path}' = {{\n  name: 'm'\n}}\n");
        let found = bicep(&text);
        assert!(found.len() == 1 && found[0].ends_with(pin), "{found:?}");
        assert_eq!(unknowns_of(&[("main.bicep", &text)]), [format!("1 `{path}` is not in the tree")]);
    }
    let lost = "module m './lost.bicep' = {\n  name: 'm'\n}\n";
    assert_eq!(unknowns_of(&[("main.bicep", lost)]), ["1 `./lost.bicep` is not in the tree"]);
}

#[test]
fn a_nested_template_sees_its_own_parameters_or_those_around_it() {
    let nested = |scope: &str| {
        format!(
            "\"parameters\": {{\"open\": {{\"type\": \"bool\", \"defaultValue\": true}}}},\n\"resources\": [{{\"type\": \"Microsoft.Resources/deployments\", \"name\": \"d\", \"properties\": {{{scope}\n\"template\": {{\"parameters\": {{\"open\": {{\"type\": \"bool\", \"defaultValue\": false}}}}, \"resources\": [{{\"type\": \"Microsoft.Storage/storageAccounts\", \"name\": \"n\", \"properties\": {{\n\"allowSharedKeyAccess\": false, \"allowBlobPublicAccess\": \"[parameters('open')]\"}}}}]}}}}}}]"
        )
    };
    assert_eq!(json(&nested("")), ["2 endpoint storage account container n one of 1 lesser"]);
    let inner = nested("\"expressionEvaluationOptions\": {\"scope\": \"inner\"},");
    assert_eq!(json(&inner), ["4 endpoint storage account container n asks lesser"]);
}

#[test]
fn a_linked_template_in_the_tree_is_read() {
    let main = template(
        "\"resources\": [{\"type\": \"Microsoft.Resources/deployments\", \"name\": \"d\", \"properties\": {\"templateLink\": {\"relativePath\": \"nested/store.json\"}, \"parameters\": {\"open\": {\"value\": true}}}}]",
    );
    let store = template(
        "\"parameters\": {\"open\": {\"type\": \"bool\"}}, \"resources\": [{\"type\": \"Microsoft.Storage/storageAccounts\", \"name\": \"n\", \"properties\": {\"allowSharedKeyAccess\": false, \"allowBlobPublicAccess\": \"[parameters('open')]\"}}]",
    );
    let found = facts_of(&[("azuredeploy.json", &main), ("nested/store.json", &store)]);
    assert_eq!(found, ["2 endpoint storage account container n open lesser"]);
    assert_eq!(unknowns_of(&[("azuredeploy.json", &main)]), ["2 `nested/store.json` is not in the tree"]);
}

#[test]
fn a_template_in_a_blueprint_is_read() {
    let inner = template(
        "\"resources\": [{\"type\": \"Microsoft.Storage/storageAccounts\", \"name\": \"n\", \"properties\": {\"allowBlobPublicAccess\": true, \"allowSharedKeyAccess\": false}}]",
    );
    let text = format!(
        "{{\"kind\": \"template\", \"properties\": {{\"template\": {inner}}}, \"type\": \"Microsoft.Blueprint/blueprints/artifacts\"}}"
    );
    assert_eq!(facts_of(&[("artifact.json", &text)]), ["2 endpoint storage account container n open lesser"]);
    assert_eq!(
        facts_of(&[("other.json", "{\"resources\": [{\"type\": \"Microsoft.A/b\"}]}")]),
        Vec::<String>::new()
    );
}
