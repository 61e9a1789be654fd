//! Resources to facts; every fault beside a look-alike that is none.

use super::*;

fn with(lines: Vec<String>, word: &str) -> Vec<String> {
    lines.into_iter().filter(|line| line.contains(word)).collect()
}

fn resource(kind: &str, body: &str) -> Vec<String> {
    bicep(&format!("resource r '{kind}@2023-01-01' = {{\n  name: 'n'\n{body}\n}}\n"))
}

#[test]
fn roles_are_told_by_their_ids() {
    let owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    let assignment = |scope: &str, role: &str| {
        bicep(&format!(
            "targetScope = '{scope}'\nresource a 'Microsoft.Authorization/roleAssignments@2022-04-01' = {{\n  name: guid('x')\n  properties: {{\n    roleDefinitionId: {role}\n    principalId: 'p'\n  }}\n}}\n"
        ))
    };
    let by_id = format!("subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{owner}')");
    assert_eq!(
        assignment("subscription", &by_id),
        ["5 grant azure:role:Owner on /subscriptions/${subscription} to azure/principal/p"]
    );
    assert_eq!(
        assignment("resourceGroup", &format!("'/providers/Microsoft.Authorization/roleDefinitions/{owner}'")),
        [
            "5 grant azure:role:Owner on /subscriptions/${subscription}/resourceGroups/${resource group} to azure/principal/p"
        ]
    );
    assert!(
        assignment("managementGroup", &by_id)[0]
            .contains("on /providers/Microsoft.Management/managementGroups/${management group}")
    );
    let text = format!(
        "resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = {{\n  scope: subscription()\n  name: '{owner}'\n}}\nresource st 'Microsoft.Storage/storageAccounts@1' existing = {{\n  name: 's'\n}}\n\
         resource a 'Microsoft.Authorization/roleAssignments@1' = {{\n  name: 'x'\n  scope: st\n  properties: {{ roleDefinitionId: role.id, principalId: 'p' }}\n}}\n"
    );
    assert_eq!(
        bicep(&text),
        [
            "11 grant azure:role:Owner on /subscriptions/${subscription}/resourceGroups/${resource group}/providers/Microsoft.Storage/storageAccounts/s to azure/principal/p"
        ]
    );
    let unknown = "resource a 'Microsoft.Authorization/roleAssignments@1' = {\n  name: 'x'\n  properties: { roleDefinitionId: role, principalId: 'p' }\n}\nparam role string\n";
    assert_eq!(unknowns_of(&[("main.bicep", unknown)]), ["3 `role` has no value in the tree"]);
}

#[test]
fn a_role_that_is_chosen_is_one_of_those_allowed() {
    let text = "\"parameters\": {\"role\": {\"type\": \"string\", \"allowedValues\": [\"Owner\", \"Reader\"]}},\n\"variables\": {\n\"Owner\": \"[concat('/subscriptions/', subscription().subscriptionId, '/providers/Microsoft.Authorization/roleDefinitions/', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635')]\",\n\"Reader\": \"[concat('/subscriptions/', subscription().subscriptionId, '/providers/Microsoft.Authorization/roleDefinitions/', 'acdd72a7-3385-48ef-bd42-f606fba81ae7')]\"},\n\"resources\": [{\"type\": \"Microsoft.Authorization/roleAssignments\", \"name\": \"x\", \"properties\": {\"roleDefinitionId\": \"[variables(parameters('role'))]\", \"principalId\": \"p\"}}]";
    let group = "/subscriptions/${subscription}/resourceGroups/${resource group}";
    assert_eq!(
        json(text),
        [
            format!("4 grant azure:role:Owner on {group} to azure/principal/p lesser if role=Owner"),
            format!("5 grant azure:role:Reader on {group} to azure/principal/p lesser if role=Reader"),
        ]
    );
}

#[test]
fn custom_roles_say_what_they_allow() {
    let text = "\"resources\": [{\"type\": \"Microsoft.Authorization/roleDefinitions\", \"name\": \"x\", \"properties\": {\"roleName\": \"deployer\",\n\"permissions\": [{\"actions\": [\n\"*\"], \"notActions\": [], \"dataActions\": [\n\"Microsoft.Storage/*\", \"Microsoft.KeyVault/x\"]}]}}]";
    assert_eq!(
        json(text),
        [
            "4 grant azure:* on * to azure/role-definition/deployer",
            "4 grant azure:Microsoft.Storage/* azure:Microsoft.KeyVault/x on * to azure/role-definition/deployer",
        ]
    );
}

#[test]
fn federated_credentials_are_trust() {
    let text = "resource id 'Microsoft.ManagedIdentity/userAssignedIdentities@1' = {\n  name: 'deploy'\n  tags: { owner: 'team-a' }\n}\n\
                resource f 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@1' = {\n  parent: id\n  name: 'gh'\n  properties: {\n    issuer: 'https://token.actions.githubusercontent.com/'\n    subject: 'repo:acme/shop:ref:refs/heads/main'\n    audiences: ['api://AzureADTokenExchange']\n  }\n}\n\
                resource g 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@1' = {\n  parent: id\n  name: 'flex'\n  properties: {\n    issuer: 'https://token.actions.githubusercontent.com'\n    claimsMatchingExpression: { value: 'claims[\\'sub\\'] matches \\'repo:acme/*\\'', languageVersion: 1 }\n    audiences: ['a']\n  }\n}\n";
    assert_eq!(
        with(bicep(text), "trust"),
        [
            "10 trust token.actions.githubusercontent.com subject=repo:acme/shop:ref:refs/heads/main audience=api://AzureADTokenExchange in deploy",
            "19 trust token.actions.githubusercontent.com subject~repo:acme/* audience=a in deploy",
        ]
    );
    assert_eq!(with(bicep(text), "identity"), ["1 identity managed identity deploy"]);
    let json_text = "\"resources\": [{\"type\": \"Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials\", \"name\": \"[concat('deploy', '/gh')]\", \"properties\": {\"issuer\": \"https://gitlab.com\", \"subject\": \"*\", \"audiences\": []}}]";
    assert_eq!(json(json_text), ["2 trust gitlab.com subject=* in deploy"]);
}

#[test]
fn keys_that_never_end_and_keys_that_do() {
    let secret = |attributes: &str| {
        resource("Microsoft.KeyVault/vaults/secrets", &format!("  properties: {{ {attributes} }}"))
    };
    assert_eq!(secret(""), ["1 credential Key Vault secret unbounded"]);
    assert_eq!(secret("attributes: { exp: 1798761600 }"), ["3 credential Key Vault secret 2027-01-01"]);
    assert_eq!(
        secret("attributes: { exp: dateTimeToEpoch(dateTimeAdd(utcNow(), 'P90D')) }"),
        ["3 credential Key Vault secret 90 d"]
    );
    let app =
        "  displayName: 'x'\n  passwordCredentials: [\n    { endDateTime: '2030-01-01T00:00:00Z' }\n  ]";
    assert_eq!(
        with(resource("Microsoft.Graph/applications", app), "credential"),
        ["5 credential Azure client secret 2030-01-01"]
    );
    let sas = "\"resources\": [], \"outputs\": {\"s\": {\"type\": \"string\", \"value\": \"[listAccountSas('s', '2021', variables('sas')).accountSasToken]\"}}, \"variables\": {\"sas\": {\"signedPermission\": \"rwdl\",\n\"signedExpiry\": \"2099-01-01T00:00:00Z\"}}";
    assert_eq!(with(json(sas), "Azure storage SAS"), ["3 credential Azure storage SAS 2099-01-01"]);
}

#[test]
fn keys_that_work_beside_identities() {
    for (kind, off) in [
        ("Microsoft.Storage/storageAccounts", "allowSharedKeyAccess: false"),
        ("Microsoft.ServiceBus/namespaces", "disableLocalAuth: true"),
        ("Microsoft.DocumentDB/databaseAccounts", "disableLocalAuth: true"),
        ("Microsoft.ContainerService/managedClusters", "disableLocalAccounts: true"),
    ] {
        assert_eq!(with(resource(kind, ""), "credential").len(), 1, "{kind}");
        assert_eq!(
            with(resource(kind, &format!("  properties: {{ {off} }}")), "credential").len(),
            0,
            "{kind}"
        );
    }
    for (kind, on) in [
        ("Microsoft.ContainerRegistry/registries", "adminUserEnabled: true"),
        ("Microsoft.Cache/redis", "disableAccessKeyAuthentication: false"),
        ("Microsoft.NewService/things", "disableLocalAuth: false"),
        ("Microsoft.Sql/servers", "administrators: { azureADOnlyAuthentication: false }"),
    ] {
        assert_eq!(with(resource(kind, ""), "credential").len(), 0, "{kind}");
        assert_eq!(
            with(resource(kind, &format!("  properties: {{ {on} }}")), "credential").len(),
            1,
            "{kind}"
        );
    }
}

#[test]
fn secrets_written_out_are_found_where_they_are_written() {
    let vm = "  properties: { osProfile: { adminPassword: 'kiwi-Sommer-77' } }";
    assert_eq!(resource("Microsoft.Compute/virtualMachines", vm), ["3 credential password ?"]);
    assert_eq!(
        resource("Microsoft.Compute/virtualMachines", "  properties: { osProfile: { adminPassword: pw } }"),
        Vec::<String>::new()
    );
    let variable = "\"variables\": {\n\"pw\": \"kiwi-Sommer-77\"},\n\"resources\": [{\"type\": \"Microsoft.Sql/servers\", \"name\": \"s\", \"properties\": {\"administratorLoginPassword\": \"[variables('pw')]\"}}]";
    assert_eq!(json(variable), ["3 credential password ?"]);
    let inline = "\"resources\": [{\"type\": \"Microsoft.Sql/servers\", \"name\": \"s\", \"properties\": {\"administratorLoginPassword\": \"[concat('kiwi-Sommer-77')]\"}}]";
    assert_eq!(
        slots_of(&[("azuredeploy.json", &template(inline))]),
        ["administratorLoginPassword=kiwi-Sommer-77"]
    );
    let secure = "@secure()\nparam pw string = 'kiwi-Sommer-77'\n@secure()\nparam made string = newGuid()\nparam plain string = 'eastus'\n";
    assert_eq!(slots_of(&[("main.bicep", secure)]), ["pw=kiwi-Sommer-77"]);
    let secure = "\"parameters\": {\"pw\": {\"type\": \"secureString\", \"defaultValue\": \"kiwi-Sommer-77\"}, \"made\": {\"type\": \"securestring\", \"defaultValue\": \"[newGuid()]\"}}, \"resources\": []";
    assert_eq!(slots_of(&[("azuredeploy.json", &template(secure))]), ["pw=kiwi-Sommer-77"]);
    let settings =
        "  properties: { siteConfig: { appSettings: [\n    { name: 'API_TOKEN', value: token }\n  ] } }";
    let text =
        format!("var token = 'kiwi'\nresource r 'Microsoft.Web/sites@1' = {{\n  name: 'n'\n{settings}\n}}\n");
    assert_eq!(slots_of(&[("main.bicep", &text)]), ["API_TOKEN=kiwi"]);
}

#[test]
fn outputs_that_give_secrets_out() {
    let text = "@secure()\nparam pw string\nparam plain string\nresource s 'Microsoft.Storage/storageAccounts@1' existing = {\n  name: 's'\n}\nvar key = s.listKeys().keys[0].value\n\
                output a string = 'x${key}'\noutput b string = pw\noutput c string = plain\noutput d string = s.id\n@secure()\noutput e string = pw\n";
    assert_eq!(
        with(bicep(text), "flow"),
        ["8 flow microsoft.storage/storageaccounts.listkeys to output a", "9 flow pw to output b"]
    );
    assert_eq!(with(bicep(text), "credential"), ["8 credential Azure storage account key ?"]);
}

#[test]
fn interfaces_that_ask_nobody() {
    let open = |kind: &str, body: &str| with(resource(kind, body), "endpoint");
    let container = "Microsoft.Storage/storageAccounts/blobServices/containers";
    assert_eq!(
        open(container, "  properties: { publicAccess: 'Blob' }"),
        ["3 endpoint storage container n open"]
    );
    assert_eq!(
        open(container, "  properties: { publicAccess: 'None' }"),
        ["3 endpoint storage container n asks"]
    );
    assert_eq!(open(container, ""), Vec::<String>::new());
    assert_eq!(open("Microsoft.Web/sites", ""), ["1 endpoint web app n open lesser"]);
    assert_eq!(
        open("Microsoft.Web/sites", "  kind: 'functionapp,linux'"),
        ["1 endpoint function app n open lesser"]
    );
    let text = "resource app 'Microsoft.Web/sites@1' = {\n  name: 'n'\n  resource auth 'config' = {\n    name: 'authsettingsV2'\n    properties: { platform: { enabled: true }, globalValidation: { unauthenticatedClientAction: 'Return401' } }\n  }\n}\n";
    assert!(with(bicep(text), "endpoint").iter().all(|line| line.contains("asks")), "{:?}", bicep(text));
    let cluster = "  properties: { enableRBAC: false, disableLocalAccounts: true }";
    assert_eq!(
        resource("Microsoft.ContainerService/managedClusters", cluster),
        ["3 grant kubernetes:*/*:* on * to azure/kubernetes-cluster/r"]
    );
}

#[test]
fn what_is_never_deployed_says_nothing() {
    let text = |condition: &str| {
        format!(
            "param on bool = false\nresource r 'Microsoft.Storage/storageAccounts@1' = if ({condition}) {{\n  name: 'n'\n  properties: {{ allowSharedKeyAccess: false, allowBlobPublicAccess: true }}\n}}\n"
        )
    };
    assert_eq!(bicep(&text("false")), Vec::<String>::new());
    assert_eq!(bicep(&text("on")), ["4 endpoint storage account container n open lesser if on=true"]);
}

#[test]
fn scripts_are_handed_over_decoded_and_what_is_filled_in_is_no_secret() {
    let data = "  properties: { osProfile: { customData: base64('export A=b') } }";
    let text = format!("resource r 'Microsoft.Compute/virtualMachines@1' = {{\n  name: 'n'\n{data}\n}}\n");
    assert_eq!(slots_of(&[("main.bicep", &text)]), ["customData=export A=b"]);
    let inline = "\"resources\": [{\"type\": \"Microsoft.Compute/virtualMachines\", \"name\": \"s\", \"properties\": {\"osProfile\": {\"customData\": \"[base64('export A=b')]\"}}}]";
    assert_eq!(slots_of(&[("azuredeploy.json", &template(inline))]), ["customData=export A=b"]);
    let filled = |value: &str| {
        let main = "@secure()\nparam pw string\nresource r 'Microsoft.Sql/servers@1' = {\n  name: 'n'\n  properties: { administratorLoginPassword: pw }\n}\n";
        let json = format!(
            "{{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#\", \"parameters\": {{\"pw\": {{\"value\": \"{value}\"}}}}}}"
        );
        facts_of(&[("main.bicep", main), ("main.parameters.json", &json)]).len()
    };
    assert_eq!((filled("GEN-PASSWORD"), filled("kiwi-Sommer-77")), (0, 1));
}

#[test]
fn identities_of_one_name_are_one() {
    let text = "resource id 'Microsoft.ManagedIdentity/userAssignedIdentities@1' = {\n  name: 'deploy'\n}\n";
    let unit = unit(&[("main.bicep", text)]);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let Body::Identity(identity) = &out.facts.facts[0].body else { panic!("no identity") };
    assert_eq!(identity.is.to_string(), "azure/managed-identity/deploy");
}

#[test]
fn rights_that_a_property_names_are_grants() {
    let granted = |kind: &str, body: &str| with(resource(kind, body), "grant");
    let policy = |right: &str| {
        format!(
            "  properties: {{\n    accessPolicies: [\n      {{ objectId: 'o', permissions: {{ secrets: [ 'get', '{right}' ], keys: [ 'list' ] }} }}\n    ]\n  }}"
        )
    };
    for kind in ["Microsoft.KeyVault/vaults", "Microsoft.KeyVault/vaults/accessPolicies"] {
        assert_eq!(granted(kind, &policy("all")), ["5 grant azure:key-vault:all on * to azure/principal/r"]);
        assert_eq!(
            granted(kind, &policy("Purge")),
            ["5 grant azure:key-vault:purge on * to azure/principal/r"]
        );
        assert!(granted(kind, &policy("list")).is_empty());
    }
    let rule = |right: &str| format!("  properties: {{ rights: [ 'Listen', '{right}' ] }}");
    let manage = granted("Microsoft.EventHub/namespaces/authorizationRules", &rule("Manage"));
    assert_eq!(
        manage,
        ["3 grant azure:authorization-rule:manage-namespace on * to azure/authorization-rule/r"]
    );
    let entity = granted("Microsoft.ServiceBus/namespaces/queues/authorizationRules", &rule("Manage"));
    assert_eq!(entity, ["3 grant azure:authorization-rule:manage-entity on * to azure/authorization-rule/r"]);
    assert!(granted("Microsoft.ServiceBus/namespaces/authorizationRules", &rule("Send")).is_empty());
    let app =
        |audience: &str| granted("Microsoft.Graph/applications", &format!("  signInAudience: '{audience}'"));
    assert_eq!(app("AzureADMultipleOrgs").len(), 1);
    assert!(app("AzureADMyOrg").is_empty());
}
