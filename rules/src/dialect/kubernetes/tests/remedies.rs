//! Remedies: the manifest before and after.

use super::super::DIALECT;
use super::unit;
use crate::dialect::{Dialect, Lowering};
use crate::fact::SafeguardKind;
use crate::remedy::{Remedy, Rendered};
use crate::span::{ByteSpan, FileId, Source};

/// Renders a remedy for the first occurrence of `at`, and applies it.
fn mended(path: &str, text: &str, at: &str, remedy: &Remedy) -> Result<String, String> {
    let unit = unit(path, text);
    let start = text.find(at).unwrap();
    let span = ByteSpan::new(start, start + at.len());
    let place = Lowering::new(&unit).place(Source::new(FileId(0), span));
    match DIALECT.render(&unit, &place, remedy) {
        Rendered::Edit { mut edits, .. } => {
            edits.sort_by_key(|e| std::cmp::Reverse(e.at));
            let mut mended = text.to_owned();
            for edit in edits {
                mended.replace_range(edit.at.span.range(), &edit.replacement);
            }
            Ok(mended)
        }
        Rendered::Snippet(text) | Rendered::Draft { rest: text, .. } => Err(text),
        Rendered::NotHere(why) => Err(why),
    }
}

const SWITCH: Remedy = Remedy::Switch { safeguard: SafeguardKind::TokenAutomount, on: false };

#[test]
fn a_lifetime_is_a_number_at_its_place() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  volumes:\n  - projected:\n      sources:\n      - serviceAccountToken:\n          expirationSeconds: 86400 # a day\n          path: t\n";
    let after = mended("p.yaml", text, "86400", &Remedy::SetLifetime { seconds: 3600 }).unwrap();
    assert_eq!(after, text.replace("86400", "3600"));
    let shortest = mended("p.yaml", text, "86400", &Remedy::SetLifetime { seconds: 60 }).unwrap();
    assert_eq!(shortest, text.replace("86400", "600"));
    assert!(mended("p.yaml", text, "path", &Remedy::SetLifetime { seconds: 60 }).is_err());
    // An alias elsewhere would change with it.
    let shared = text.replace("86400 # a day", "&day 86400") + "  activeDeadlineSeconds: *day\n";
    let refused = mended("p.yaml", &shared, "86400", &Remedy::SetLifetime { seconds: 3600 }).unwrap_err();
    assert!(refused.contains("anchor"), "{refused}");
}

#[test]
fn automount_is_switched_off_in_place() {
    let text =
        "apiVersion: v1\nkind: Pod\nspec:\n  automountServiceAccountToken: yes # asked\n  containers: []\n";
    assert_eq!(mended("p.yaml", text, "yes", &SWITCH).unwrap(), text.replace("yes", "false"));
}

#[test]
fn automount_is_added_to_a_pod_specification() {
    let text = "kind: Deployment\napiVersion: apps/v1\nspec:\n  template:\n    spec: # pods\n      # the app\n      containers:\n      - name: a\n";
    let after = mended("p.yaml", text, "spec: # pods", &SWITCH);
    assert!(after.is_err(), "a place must be a node or key: {after:?}");
    let at = "spec";
    let inner = text.find("spec: # pods").unwrap();
    let unit = unit("p.yaml", text);
    let place = Lowering::new(&unit).place(Source::new(FileId(0), ByteSpan::new(inner, inner + at.len())));
    let Rendered::Edit { edits, .. } = DIALECT.render(&unit, &place, &SWITCH) else { panic!("no edit") };
    let mut after = text.to_owned();
    after.replace_range(edits[0].at.span.range(), &edits[0].replacement);
    assert_eq!(
        after,
        text.replace("      containers:", "      automountServiceAccountToken: false\n      containers:")
    );
}

#[test]
fn automount_is_added_to_a_service_account() {
    let text = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web # the web\n# end\n---\napiVersion: v1\nkind: X\n";
    assert_eq!(
        mended("p.yaml", text, "web", &SWITCH).unwrap(),
        text.replace("# the web\n", "# the web\nautomountServiceAccountToken: false\n")
    );
}

#[test]
fn automount_is_added_in_json_and_flow_style() {
    let json = "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"ServiceAccount\",\n  \"metadata\": {\"name\": \"web\"}\n}\n";
    assert_eq!(
        mended("p.json", json, "web", &SWITCH).unwrap(),
        json.replace("\"apiVersion\"", "\"automountServiceAccountToken\": false,\n  \"apiVersion\"")
    );
    let flow = "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a}]}}\n";
    assert_eq!(
        mended("p.yaml", flow, "spec", &SWITCH).unwrap(),
        flow.replace("{containers", "{automountServiceAccountToken: false, containers")
    );
}

fn narrow(actions: &[&str]) -> Remedy {
    Remedy::Narrow { remove: actions.iter().map(|a| (*a).to_owned()).collect() }
}

#[test]
fn verbs_are_taken_out_in_flow_and_block_style() {
    let flow = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nrules:\n- apiGroups: [\"\"]\n  resources: [\"pods\"]\n  verbs: [\"get\", \"delete\", \"*\"] # all\n";
    let remedy = narrow(&["kubernetes:core/pods:*"]);
    assert_eq!(mended("r.yaml", flow, "verbs", &remedy).unwrap(), flow.replace(", \"*\"]", "]"));
    let remedy = narrow(&["kubernetes:core/pods:get", "kubernetes:core/pods:delete"]);
    assert_eq!(mended("r.yaml", flow, "verbs", &remedy).unwrap(), flow.replace("\"get\", \"delete\", ", ""));
    let block = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nrules:\n  - apiGroups:\n      - apps\n    resources:\n      - deployments\n    verbs:\n      # reading\n      - get\n      - delete # why?\n      - list";
    let remedy = narrow(&["kubernetes:apps/deployments:delete"]);
    assert_eq!(
        mended("r.yaml", block, "verbs", &remedy).unwrap(),
        block.replace("      - delete # why?\n", "")
    );
    let remedy = narrow(&["kubernetes:apps/deployments:list"]);
    assert_eq!(mended("r.yaml", block, "verbs", &remedy).unwrap(), block.replace("\n      - list", ""));
}

#[test]
fn a_resource_is_taken_out_with_all_its_verbs() {
    let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nrules:\n- apiGroups: ['']\n  resources: [pods, secrets]\n  verbs: [get, list]\n";
    let remedy = narrow(&["kubernetes:core/secrets:get", "kubernetes:core/secrets:list"]);
    assert_eq!(mended("r.yaml", text, "verbs", &remedy).unwrap(), text.replace("pods, secrets", "pods"));
    let half = narrow(&["kubernetes:core/secrets:get"]);
    assert!(mended("r.yaml", text, "verbs", &half).is_err());
}

#[test]
fn the_last_verb_stays() {
    let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nrules:\n- apiGroups: ['*']\n  resources: ['*']\n  verbs: ['*']\n";
    assert!(mended("r.yaml", text, "verbs", &narrow(&["kubernetes:*/*:*"])).is_err());
}

#[test]
fn verbs_are_taken_out_of_json() {
    let text = "{\"apiVersion\": \"rbac.authorization.k8s.io/v1\", \"kind\": \"Role\", \"rules\": [{\n  \"apiGroups\": [\"\"], \"resources\": [\"pods\"],\n  \"verbs\": [\n    \"get\",\n    \"*\"\n  ]}]}\n";
    assert_eq!(
        mended("r.json", text, "verbs", &narrow(&["kubernetes:core/pods:*"])).unwrap(),
        text.replace(",\n    \"*\"", "")
    );
}

#[test]
fn an_image_is_pinned() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: \"nginx:1.25\"\n";
    let remedy = Remedy::PinTo { digest: "sha256:00ff".to_owned() };
    assert_eq!(
        mended("p.yaml", text, "nginx:1.25", &remedy).unwrap(),
        text.replace("1.25", "1.25@sha256:00ff")
    );
}

#[test]
fn what_needs_a_name_is_a_snippet() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {namespace: shop}\nspec:\n  containers: []\n";
    let snippet =
        mended("p.yaml", text, "spec", &Remedy::NameIdentity { name: "Pod/web".to_owned() }).unwrap_err();
    assert!(snippet.contains("  name: web\n  namespace: shop\n"), "{snippet}");
    assert!(snippet.ends_with("serviceAccountName: web\n"), "{snippet}");
    let owner = mended("p.yaml", text, "spec", &Remedy::Declare { what: "owner".to_owned() }).unwrap_err();
    assert!(owner.contains("owner: <team or mail address>"), "{owner}");
}

/// Bytes read to try an edit for each container list of a file, and how many edits were offered.
fn tried(text: &str) -> (usize, usize) {
    let unit = unit("p.yaml", text);
    let lowering = Lowering::new(&unit);
    let offered = text.match_indices("containers").filter(|(at, key)| {
        let span = ByteSpan::new(*at, at + key.len());
        let place = lowering.place(Source::new(FileId(0), span));
        matches!(DIALECT.render(&unit, &place, &SWITCH), Rendered::Edit { .. })
    });
    let offered = offered.count();
    (unit.trials.spent(), offered)
}

#[test]
fn edits_of_a_stream_read_their_own_document() {
    let pod = "---\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n";
    let (once, offered) = tried(&pod.repeat(200));
    assert_eq!((once, offered), (2 * 200 * pod.len(), 200));
}

#[test]
fn edits_of_one_long_document_are_tried_up_to_a_limit() {
    let item = "- apiVersion: v1\n  kind: Pod\n  spec:\n    containers:\n    - name: a\n";
    let list = |count: usize| format!("apiVersion: v1\nkind: List\nitems:\n{}", item.repeat(count));
    let (few, offered) = tried(&list(50));
    assert_eq!((few, offered), (100 * list(50).len(), 50));
    let (many, offered) = tried(&list(400));
    assert!(many <= 8 << 20 && offered < 400, "{many} bytes for {offered} edits");
}

#[test]
fn a_certificate_is_shortened_in_hours() {
    let shorter = Remedy::SetLifetime { seconds: 7_776_000 };
    let text = "apiVersion: cert-manager.io/v1\nkind: Certificate\nspec:\n  secretName: a\n  duration: 87600h # ten years\n";
    assert_eq!(mended("c.yaml", text, "87600h", &shorter).unwrap(), text.replace("87600h", "2160h"));
    for other in [
        text.replace("87600h", "87600h0m"),
        text.replace("87600h", "24h"),
        format!("{text}  renewBefore: 3000h\n"),
    ] {
        let at = if other.contains("24h") { "24h" } else { "87600h" };
        assert!(mended("c.yaml", &other, at, &shorter).is_err(), "{other}");
    }
}
