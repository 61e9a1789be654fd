//! Texts in other languages: start scripts, values of charts, YAML that is decoded.

use super::*;

/// Names and values that the detectors are handed, and those of data.
fn handed(text: &str) -> Vec<String> {
    let unit = unit(&[("main.tf", text)]);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let slots = out.slots.iter().map(|slot| format!("{}={}", slot.name, slot.scalar.text.trim()));
    let mut found: Vec<String> = slots.collect();
    for (_, node) in &out.data {
        pairs(node, &mut found);
    }
    found
}

fn pairs(node: &crate::document::Node, found: &mut Vec<String>) {
    if let crate::document::Data::Map(entries) = &node.data {
        for entry in entries.iter() {
            if let crate::document::Data::Scalar(scalar) = &entry.value.data {
                found.push(format!("{}={}", entry.name(), scalar.text));
            }
            pairs(&entry.value, found);
        }
    }
}

#[test]
fn start_scripts_hand_over_what_their_commands_are_handed() {
    for text in [
        "resource \"aws_instance\" \"a\" {\n  user_data = <<-EOT\n    #!/bin/bash\n    export DB_PASSWORD=Tr0ub4dor-9\n  EOT\n}\n",
        "resource \"azurerm_linux_virtual_machine\" \"a\" {\n  custom_data = base64encode(<<EOT\n#!/bin/bash\nexport DB_PASSWORD=Tr0ub4dor-9\necho ${var.x}\nEOT\n  )\n}\n",
        "resource \"google_compute_instance\" \"a\" {\n  metadata = {\n    startup-script = \"export DB_PASSWORD=Tr0ub4dor-9\"\n  }\n}\n",
        "resource \"aws_launch_template\" \"a\" {\n  user_data = \"#!/bin/sh\\nexport DB_PASSWORD=Tr0ub4dor-9\\n\"\n}\n",
        "resource \"null_resource\" \"a\" {\n  provisioner \"remote-exec\" {\n    inline = [\"export DB_PASSWORD=Tr0ub4dor-9\"]\n  }\n}\n",
    ] {
        let found = handed(text);
        assert!(found.contains(&"DB_PASSWORD=Tr0ub4dor-9".to_owned()), "{text}: {found:?}");
    }
    let text = "resource \"aws_instance\" \"a\" {\n  user_data = \"export DB_PASSWORD=$(cat /run/secret) REGION=eu-west-1\"\n}\n";
    assert!(handed(text).iter().all(|line| !line.starts_with("DB_PASSWORD") && !line.starts_with("REGION")));
}

#[test]
fn values_of_a_chart_have_their_names() {
    let text = "resource \"helm_release\" \"a\" {\n  values = [<<-EOT\n    auth:\n      adminPassword: Tr0ub4dor-9\n  EOT\n  ]\n}\n";
    assert!(handed(text).contains(&"adminPassword=Tr0ub4dor-9".to_owned()), "{:?}", handed(text));
}

#[test]
fn decoded_yaml_is_a_value_with_its_places() {
    let text = "locals {\n  n = \"owner\"\n  conf = yamldecode(<<-EOT\n    roles:\n      - role: roles/${local.n}\n        member: user:a@b.example\n  EOT\n  )\n}\n\
                resource \"google_project_iam_member\" \"m\" {\n  for_each = { for r in local.conf.roles : r.member => r }\n  project = \"p\"\n  role = each.value.role\n  member = each.value.member\n}\n";
    let found = facts_with(&[("main.tf", text)], "allow");
    assert!(found[0].starts_with("main.tf:6 allow gcp:role:roles/owner"), "{found:?}");
}

#[test]
fn units_of_tokens_are_no_tokens() {
    let text = "resource \"aws_cognito_user_pool_client\" \"c\" {\n  token_validity_units {\n    access_token = \"minutes\"\n  }\n}\n";
    assert!(handed(text).is_empty(), "{:?}", handed(text));
}
