//! Secrets, connections, tokens, and where they go.

use super::*;

#[test]
fn a_variable_that_no_file_sets_is_a_secret_by_its_name_or_its_place() {
    let text = "
steps:
- script: deploy --host $(Host) --token $(DEPLOY_TOKEN)
  env:
    ARM_CLIENT_SECRET: $(spnValue)
    ARM_CLIENT_ID: 00000000-0000-0000-0000-000000000000
    HOST: $(Host)
    DIR: $(Build.SourcesDirectory)
";
    assert_eq!(
        facts(text, "flow"),
        [
            "spnValue -> login azure by ARM_CLIENT_SECRET @ $(spnValue)",
            "DEPLOY_TOKEN -> argv @ deploy --host $(Host) --token $(DEPLOY_TOKEN)",
        ]
    );
    assert_eq!(
        facts(text, "credential"),
        [
            "secret-reference spnValue @ $(spnValue)",
            "cloud-key spnValue @ $(spnValue)",
            "secret-reference DEPLOY_TOKEN @ deploy --host $(Host) --token $(DEPLOY_TOKEN)",
        ]
    );
}

#[test]
fn a_secret_under_another_name_is_one_still() {
    let text = "
variables:
- name: value
  value: $(API_TOKEN)
- group: shop
steps:
- script: use it
  env:
    X: $(value)
";
    assert_eq!(
        facts(text, "flow"),
        ["API_TOKEN -> env value @ $(API_TOKEN)", "API_TOKEN -> env X @ $(API_TOKEN)"]
    );
    assert!(facts(text, "credential").contains(&"variable-group shop @ shop".to_owned()));
}

#[test]
fn tasks_are_handed_secrets_tokens_and_connections() {
    let text = "
jobs:
- job: ship
  steps:
  - task: AcmeShip@1
    inputs:
      apiKey: $(ACME_API_KEY)
      system: $(System.AccessToken)
      azureSubscription: shop-prod
      path: $(Build.ArtifactStagingDirectory)
";
    assert_eq!(
        facts(text, "flow"),
        [
            "ACME_API_KEY -> AcmeShip @ $(ACME_API_KEY)",
            "ship -> AcmeShip @ $(System.AccessToken)",
            "shop-prod -> login azure by AcmeShip @ shop-prod",
        ]
    );
    assert_eq!(facts(text, "link"), ["ship as shop-prod @ shop-prod"]);
}

#[test]
fn a_connections_credential_may_be_put_into_the_environment() {
    let script = |add: &str| {
        format!(
            "
jobs:
- job: ship
  steps:
  - task: AzureCLI@2
    inputs:
      azureSubscription: shop
      scriptType: bash
      addSpnToEnvironment: {add}
      inlineScript: |
        echo \"##vso[task.setvariable variable=KEY]$servicePrincipalKey\"
        echo \"##vso[task.setvariable variable=SAFE;issecret=true]$servicePrincipalKey\"
"
        )
    };
    let found = facts(&script("true"), "flow");
    assert!(found.contains(&"shop -> env servicePrincipalKey @ true".to_owned()), "{found:?}");
    let output = "shop -> output KEY @ ##vso[task.setvariable variable=KEY]";
    assert!(found.contains(&output.to_owned()), "{found:?}");
    assert_eq!(facts(&script("true"), "safeguard"), ["Masking off @ ##vso[task.setvariable variable=KEY]"]);
    assert_eq!(facts(&script("false"), "flow"), ["shop -> login azure by AzureCLI @ shop"]);
}

#[test]
fn variables_that_scripts_set_from_secrets_are_secrets() {
    let text = "
steps:
- bash: |
    echo \"##vso[task.setvariable variable=plain]$(DB_PASSWORD)\"
    echo \"##vso[task.setvariable variable=other;issecret=true]$(make thing)\"
- script: run $(plain) $(other)
";
    assert_eq!(
        facts(text, "flow"),
        [
            "DB_PASSWORD -> argv @ $(DB_PASSWORD)",
            "DB_PASSWORD -> output plain @ ##vso[task.setvariable variable=plain]",
            "DB_PASSWORD -> argv @ ##vso[task.setvariable variable=plain]",
            "other -> argv @ run $(plain) $(other)",
        ]
    );
}

#[test]
fn a_vaults_secrets_are_named_by_its_task() {
    let text = "
steps:
- task: AzureKeyVault@2
  inputs:
    azureSubscription: shop
    KeyVaultName: shop
    SecretsFilter: 'banner, motd'
- script: print $(banner)
";
    assert!(facts(text, "flow").contains(&"banner -> argv @ print $(banner)".to_owned()));
}

#[test]
fn a_checkout_forgets_its_token_unless_told_to_keep_it() {
    let text = "
steps:
- checkout: self
- checkout: none
- checkout: self
  persistCredentials: true
- task: PublishBuildArtifacts@1
  inputs:
    PathtoPublish: $(Build.SourcesDirectory)
";
    assert_eq!(
        facts(text, "safeguard"),
        ["PersistedCredential off by default @ self", "PersistedCredential on @ true"]
    );
    assert_eq!(facts(text, "flow"), ["System.AccessToken -> artifact @ $(Build.SourcesDirectory)"]);
}

#[test]
fn tracing_may_depend_on_a_condition() {
    let text = "
variables:
- name: System.Debug
  ${{ if eq(parameters.x, 'y') }}:
    value: true
  ${{ else }}:
    value: false
steps:
- script: make
";
    assert_eq!(facts(text, "safeguard"), ["DebugTrace on @ true", "DebugTrace off @ false"]);
    assert_eq!(
        facts("variables:\n  system.debug: 'false'\nsteps:\n- script: a\n", "safeguard"),
        ["DebugTrace off @ false"]
    );
}

#[test]
fn literals_with_telling_names_go_to_the_detectors() {
    let text = "
parameters:
- name: adminPassword
  default: changeit
variables:
  DB_PASSWORD: abc
  region: west
steps:
- bash: mysql -psecretword
  env:
    API_TOKEN: xyz
    OTHER_TOKEN: $(x)
- task: Acme@1
  inputs:
    password: pw
";
    let found = slots(&[("azure-pipelines.yml", text)]);
    for slot in [
        "adminPassword = changeit",
        "DB_PASSWORD = abc",
        "API_TOKEN = xyz",
        "password = pw",
        "password = secretword",
    ] {
        assert!(found.contains(&slot.to_owned()), "{slot} in {found:?}");
    }
    assert!(!found.iter().any(|slot| slot.starts_with("region") || slot.starts_with("OTHER")), "{found:?}");
}

#[test]
fn a_path_of_a_safe_file_is_a_key_and_another_is_not() {
    let key = |value: &str| {
        let text = format!("steps:\n- script: gcloud\n  env:\n    GOOGLE_APPLICATION_CREDENTIALS: {value}\n");
        facts(&text, "credential").len()
    };
    assert_eq!(key("$(gcpKey.secureFilePath)"), 2);
    assert_eq!(key("$(Agent.TempDirectory)/key.json"), 0);
    assert_eq!(key("$(dir)/key.json"), 0);
}

#[test]
fn commands_log_in_and_take_sessions() {
    let text = "
variables:
  hours12: 43200
steps:
- bash: |
    az login --service-principal -u $(spnId) -p $(spnValue) --tenant $(tenantId)
    aws sts assume-role --role-arn R --role-session-name S --duration-seconds $(hours12)
- bash: az login --service-principal -u a -p \"$SPN\" --tenant b
  env:
    SPN: $(other)
- bash: az login --identity
";
    let found = facts(text, "credential");
    for credential in [
        "cloud-key spnValue @ $(spnValue)",
        "cloud-session aws sts assume-role @ 43200",
        "cloud-key other @ $(other)",
    ] {
        assert!(found.contains(&credential.to_owned()), "{credential} in {found:?}");
    }
    assert_eq!(found.iter().filter(|c| c.starts_with("cloud-")).count(), 3, "{found:?}");
}

#[test]
fn the_name_of_a_connection_is_no_literal_secret() {
    let text = "steps:\n- task: NuGetCommand@2\n  inputs:\n    publishFeedCredentials: ShopNuGetPush\n    password: x\n";
    assert_eq!(slots(&[("azure-pipelines.yml", text)]), ["password = x"]);
}

#[test]
fn what_only_sounds_like_a_secret_is_none() {
    let text = "
variables:
- name: cacheKey
  value: node | $(Agent.OS)
steps:
- bash: docker run -v $(pwd):/work -w /work node:22 make $(cacheKey) $(keyVaultName) $(tokenizerPath) $(passwordPolicyDays)
- task: Cache@2
  inputs:
    key: $(cacheKey)
    path: node_modules
- bash: echo $(authorName) $(secretary) $(Build.SourceVersion) $(monkey)
";
    assert!(facts(text, "flow").is_empty(), "{:?}", facts(text, "flow"));
    assert!(unknowns(&[("azure-pipelines.yml", text)]).is_empty());
}

#[test]
fn a_script_sets_keys_and_leaves_logins_behind() {
    let steps = |script: &str| {
        format!("variables:\n- group: deploy\nsteps:\n- bash: |\n    {}\n", script.replace('\n', "\n    "))
    };
    let key = facts(&steps("export AWS_SECRET_ACCESS_KEY=$(awsSecretKey)\naws s3 ls"), "flow");
    assert!(key.iter().any(|flow| flow.contains("login aws")), "{key:?}");
    assert!(facts(&steps("export AWS_REGION=$(awsRegion)\naws s3 ls"), "flow").is_empty());
    let left = facts(&steps("echo \"machine a password $(gitPassword)\" > ~/.netrc"), "safeguard");
    assert!(left.iter().any(|safeguard| safeguard.contains("PersistedCredential on")), "{left:?}");
    let other = facts(&steps("echo \"machine a password $(gitUser)\" > ~/.netrc"), "safeguard");
    assert!(!other.iter().any(|safeguard| safeguard.contains("PersistedCredential on")), "{other:?}");
}
