//! The other half of a federation: what the cloud has to be told before it takes a pipeline's tokens. It asks for one
//! repository and one environment, since a trust that asks for less lets in every pipeline of the issuer.

/// A pipeline system as an issuer of tokens.
pub(crate) struct Issuer {
    /// Its address without the scheme.
    pub(crate) host: &'static str,
    /// What a job of one repository presents as its subject.
    pub(crate) subject: &'static str,
    /// The audience that the snippets ask a token for, where a cloud does not fix it.
    pub(crate) audience: Option<&'static str>,
}

/// Source: <https://docs.github.com/en/actions/reference/security/oidc>.
pub(crate) const GITHUB: Issuer = Issuer {
    host: "token.actions.githubusercontent.com",
    subject: "repo:<owner>/<repository>:environment:<environment>",
    audience: None,
};

/// Source: <https://docs.gitlab.com/ci/secrets/id_token_authentication/>.
pub(crate) const GITLAB: Issuer = Issuer {
    host: "gitlab.com",
    subject: "project_path:<group>/<project>:ref_type:branch:ref:<protected branch>",
    audience: Some("https://gitlab.com"),
};

/// What to write on the cloud's side; empty for a platform without such a policy.
pub(crate) fn of(platform: &str, issuer: &Issuer) -> String {
    let Issuer { host, subject, audience } = issuer;
    match platform {
        // Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>.
        "aws" => format!(
            "\ntrust policy of the role:\n{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{{\n    \
             \"Effect\": \"Allow\",\n    \"Action\": \"sts:AssumeRoleWithWebIdentity\",\n    \
             \"Principal\": {{ \"Federated\": \"arn:aws:iam::<account>:oidc-provider/{host}\" }},\n    \
             \"Condition\": {{ \"StringEquals\": {{\n      \"{host}:aud\": \"sts.amazonaws.com\",\n      \
             \"{host}:sub\": \"{subject}\"\n    }} }}\n  }}]\n}}\n"
        ),
        // Source: <https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines>.
        "gcp" => format!(
            "\nprovider and who may act as the account:\ngcloud iam workload-identity-pools providers create-oidc \
             <provider> --workload-identity-pool <pool> --location global --issuer-uri https://{host} \
             --attribute-mapping google.subject=assertion.sub --attribute-condition \"assertion.sub == '{subject}'\"{}\n\
             gcloud iam service-accounts add-iam-policy-binding <account> --role roles/iam.workloadIdentityUser \
             --member \"principal://iam.googleapis.com/projects/<number>/locations/global/workloadIdentityPools/\
             <pool>/subject/{subject}\"\n",
            audience.map(|a| format!(" --allowed-audiences {a}")).unwrap_or_default()
        ),
        // Source: <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust>.
        "azure" => format!(
            "\nfederated credential of the application:\n{{\n  \"name\": \"<name>\",\n  \
             \"issuer\": \"https://{host}\",\n  \"subject\": \"{subject}\",\n  \
             \"audiences\": [\"{}\"]\n}}\n",
            audience.unwrap_or("api://AzureADTokenExchange")
        ),
        _ => String::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{GITHUB, GITLAB, of};

    #[test]
    fn a_policy_asks_for_one_repository() {
        for issuer in [GITHUB, GITLAB] {
            for platform in ["aws", "gcp", "azure"] {
                let text = of(platform, &issuer);
                assert!(text.contains(issuer.host) && text.contains(issuer.subject), "{text}");
                // What is written in JSON reads as JSON.
                if let Some(json) = text.find('{').filter(|_| platform != "gcp") {
                    serde_json::from_str::<serde_json::Value>(text.get(json..).unwrap()).unwrap();
                }
            }
            assert_eq!(of("vault", &issuer), "");
        }
    }
}
