//! Where a literal stands in real files: inside scripts, command lines, lists, documents in values. `@` is the value.

use super::*;
use crate::detect::canary::random;

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    image: x\n";

/// What stands behind the beginning of a pod.
const PODS: &[&str] = &[
    "    livenessProbe:\n      exec:\n        command: [\"sh\", \"-c\", \"curl -u admin:@ http://localhost/health\"]\n",
    "    lifecycle:\n      postStart:\n        exec:\n          command: [\"mysql\", \"-u\", \"root\", \"-p@\"]\n",
    "    readinessProbe:\n      httpGet:\n        port: 80\n        httpHeaders:\n        - name: Authorization\n          value: Bearer @\n",
];

const FILES: &[(&str, &str)] = &[
    (
        "cm.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  app.properties: |\n    a=b\n    db.password=@\n",
    ),
    (
        "cm.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  config.yaml: |\n    db:\n      password: \"@\"\n",
    ),
    (
        "cm.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  config.json: |\n    {\"db\": {\"password\": \"@\"}}\n",
    ),
    (
        "hr.yaml",
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: c}\nspec:\n  values:\n    db:\n      password: @\n",
    ),
    (".kube/config", "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    token: @\n"),
    (
        "main.tf",
        "resource \"aws_instance\" \"a\" {\n  user_data = <<-EOF\n    #!/bin/bash\n    export DB_PASSWORD=@\n    EOF\n}\n",
    ),
    (
        "main.tf",
        "resource \"null_resource\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"mysql -u root -p@ -e x\"\n  }\n}\n",
    ),
    (
        "main.tf",
        "resource \"null_resource\" \"a\" {\n  provisioner \"remote-exec\" {\n    inline = [\"export DB_PASSWORD=@\", \"ls\"]\n  }\n}\n",
    ),
    (
        "main.tf",
        "resource \"x\" \"a\" {\n  defs = jsonencode([{ name = \"a\", environment = [{ name = \"DB_PASSWORD\", value = \"@\" }] }])\n}\n",
    ),
    (
        "main.tf",
        "resource \"x\" \"a\" {\n  defs = <<EOF\n[{\"name\":\"a\",\"environment\":[{\"name\":\"DB_PASSWORD\",\"value\":\"@\"}]}]\nEOF\n}\n",
    ),
    ("x.auto.tfvars.json", "{\"db_password\": \"@\"}\n"),
    ("Dockerfile", "FROM x\nHEALTHCHECK --interval=5s CMD curl -u admin:@ http://localhost\n"),
    ("Dockerfile", "FROM x\nENTRYPOINT [\"mysqld\", \"--password=@\"]\n"),
    ("Dockerfile", "FROM x\nCOPY <<EOF /app/.env\nDB_PASSWORD=@\nEOF\n"),
    ("Dockerfile", "FROM x\nONBUILD ENV DB_PASSWORD=@\n"),
    ("Dockerfile", "FROM x\nLABEL password=@\n"),
    (
        ".github/workflows/a.yml",
        "on:\n  workflow_call:\n    inputs:\n      db_password:\n        type: string\n        default: @\njobs:\n  a:\n    runs-on: x\n    steps: [{run: ls}]\n",
    ),
    ("docker-compose.yml", "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=@\n"),
    ("docker-compose.yml", "services:\n  db:\n    command: [\"--requirepass\", \"@\"]\n"),
    ("compose.yaml", "services:\n  db:\n    command: redis-server --requirepass @\n"),
    (".travis.yml", "env:\n  global:\n    - DB_PASSWORD=@\n"),
    (".gitlab-ci.yml", "a:\n  script:\n    - mysql -u root -p@ -e x\n"),
    ("play.yml", "- hosts: all\n  tasks:\n  - shell: mysql -u root -p@ -e x\n"),
    ("user-data.yaml", "#cloud-config\nruncmd:\n- mysql -u root -p@ -e x\n"),
    (
        "cloud-init.yaml",
        "#cloud-config\nwrite_files:\n- path: /etc/app.env\n  content: |\n    DB_PASSWORD=@\n",
    ),
    ("package.json", "{\"scripts\": {\"deploy\": \"DB_PASSWORD=@ node x\"}}\n"),
    (".mcp.json", "{\"mcpServers\": {\"a\": {\"command\": \"x\", \"args\": [\"--api-key\", \"@\"]}}}\n"),
    ("a.service", "[Service]\nEnvironment=\"DB_PASSWORD=@\"\n"),
    ("b.service", "[Service]\nEnvironment=A=b DB_PASSWORD=@\n"),
    ("hosts.ini", "[web]\nweb1 ansible_host=10.0.0.1 ansible_password=@\n"),
    (".bashrc", "export DB_PASSWORD=@\n"),
    ("Makefile", "DB_PASSWORD := @ # note\nall:\n\tls\n"),
    ("Makefile", "all:\n\t@mysql -u root -p@ -e x\n"),
    ("beans.xml", "<beans><bean><property name=\"password\"><value>@</value></property></bean></beans>\n"),
    (".env", "DB_PASSWORD: @\n"),
    (".env", "#DB_PASSWORD=@\n"),
    ("deploy.bat", "set DB_PASSWORD=@\n"),
    ("Jenkinsfile", "pipeline {\n  environment {\n    DB_PASSWORD = \"@\"\n  }\n}\n"),
    ("a.sh", "curl -d \"client_secret=@&grant_type=client_credentials\" https://id.acme.io/token\n"),
    ("b.sh", "psql \"host=db user=a password=@ dbname=x\"\n"),
    ("c.sh", "ssh host \"mysql -u root -p@ -e x\"\n"),
    ("d.sh", "curl -d '{\"user\": \"a\", \"password\": \"@\"}' https://api.acme.io\n"),
    (
        "e.sh",
        "curl --data-raw \"{\\\"user\\\": \\\"$U\\\", \\\"client_secret\\\": \\\"@\\\"}\" https://api.acme.io\n",
    ),
    ("f.sh", "cat > app.yml <<EOF\ndb:\n  host: $HOST\n  password: @\nEOF\n"),
    (
        "g.sh",
        "cat <<EOF | docker stack deploy -c - shop\nservices:\n  db:\n    environment:\n      DB_PASSWORD: @\nEOF\n",
    ),
    ("h.sh", "cat <<'EOF' | sudo tee /etc/app/config.json\n{\"db\": {\"password\": \"@\"}}\nEOF\n"),
    ("i.sh", "echo \"machine api.acme.io login a password @\" > \"$HOME/.netrc\"\n"),
    ("j.sh", "chpasswd <<EOF\nroot:@\nEOF\n"),
    ("k.sh", "kubectl apply -f - <<EOF\nkind: Secret\nstringData:\n  password: @\nEOF\n"),
    (
        ".github/workflows/b.yml",
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n    - run: |\n        cat > app.yml <<EOF\n        db:\n          password: @\n        EOF\n",
    ),
    (
        "play.yml",
        "- hosts: all\n  tasks:\n  - shell: |\n      cat > app.yml <<EOF\n      password: @\n      EOF\n",
    ),
    ("Dockerfile", "FROM x\nRUN echo '{\"password\": \"@\"}' > /app/config.json\n"),
    ("a.fish", "set -gx API_TOKEN @\n"),
    ("ci.yaml", "#cloud-config\nchpasswd:\n  list: |\n    root:@\n"),
    (
        "nuget.config",
        "<configuration><apikeys><add key=\"https://nuget.acme.io\" value=\"@\"/></apikeys></configuration>\n",
    ),
    ("appsettings.json", "{\"Jwt\": {\"Key\": \"@\"}}\n"),
    ("l.sh", "tee /etc/app.json > /dev/null <<EOF\n{\"password\": \"@\"}\nEOF\n"),
    ("m.sh", "curl --json '{\"password\": \"@\"}' https://api.acme.io\n"),
    ("application.yml", "spring:\n  datasource:\n    password: ${DB_PASSWORD:@}\n"),
    (".env", "DB_PASSWORD=${X:-@}\n"),
    ("app.conf.yml", "password: \"{{ lookup | default('@') }}\"\n"),
    ("a.json", "{\"DbPassWord\": \"@\"}\n"),
    ("b.yaml", "passwords:\n- @\n"),
    ("c.yaml", "encrypted:\n  db_password: @\n"),
    ("buildspec.yml", "env:\n  secrets-manager:\n    DB_PASSWORD: @\n"),
];

#[test]
fn a_literal_is_found_where_real_files_keep_it() {
    let pods = PODS.iter().map(|rest| ("pod.yaml", format!("{POD}{rest}")));
    let files = FILES.iter().map(|(path, text)| (*path, (*text).to_owned()));
    let mut missed = Vec::new();
    for (seed, (path, text)) in pods.chain(files).enumerate() {
        let value = random(24, seed as u64);
        // The `@` of a quiet recipe is none.
        let text = text.replace("\t@", "\t\u{1}").replace('@', &value).replace('\u{1}', "@");
        let answer = check(path, &text);
        let spans = credentials(&answer).into_iter().flat_map(|c| c.secret.clone());
        let found = spans.filter(|s| text.get(s.span.range()) == Some(value.as_str())).count();
        if found == 0 {
            missed.push(format!("{path}: {text}"));
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn what_stands_there_without_a_secret_is_silent() {
    for (path, text) in [
        (
            "docker-compose.yml",
            "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=${DB_PASSWORD}\n      - PASSWORD_FILE=/run/secrets/db\n",
        ),
        (
            "package.json",
            "{\"scripts\": {\"test\": \"jest --token-file t --max 3\", \"auth\": \"npm login\"}}\n",
        ),
        (
            "Makefile",
            "TOKEN ?= $(shell cat token)\nPASSWORD := $(DB_PASSWORD)\nall:\n\tmysql -p$(DB_PASSWORD)\n",
        ),
        (
            "a.service",
            "[Service]\nEnvironment=HOME=/root\nExecStart=/usr/bin/app --password-file /etc/app/password\n",
        ),
        (
            "hr.yaml",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: c}\nspec:\n  values:\n    existingSecret: my-database-credentials\n    token: null\n",
        ),
        (
            "cloudbuild.yaml",
            "secrets:\n- kmsKeyName: k\n  secretEnv:\n    DB_PASSWORD: CiQAAk3b9vQz1XyLw8Jt5RnPq2Hs7UdCiQAAk3b9vQz1XyLw8Jt5RnPq2Hs7UdCiQAAk3b9vQz1XyLw8Jt5RnPq2Hs7UdCiQAAk3b9vQz1XyLw8Jt5RnPq2Hs7Ud\n",
        ),
        (
            "renovate.json",
            "{\"encrypted\": {\"npmToken\": \"wcFMA9vQz1XyLw8Jt5RnPq2Hs7UdwcFMA9vQz1XyLw8Jt5RnPq2Hs7UdwcFMA9vQz1XyLw8Jt5RnPq2Hs7UdwcFMA9vQz1XyLw8Jt5RnPq2Hs7Ud\"}}\n",
        ),
        ("buildspec.yml", "env:\n  secrets-manager:\n    DB_PASSWORD: prod/db:password\n"),
        (
            "a.sh",
            "export API_KEY=REPLACE_WITH_YOUR_API_KEY_2024\nexport API_KEY=YOUR_API_KEY_HERE_123456\nexport TOKEN=fake-token-for-testing-1234\n",
        ),
        (
            "b.sh",
            "cvs -d cvs://:pserver:anoncvs@cvs.acme.io/x co y\nprintf 'https://bot:%s@git.acme.io' \"$T\"\n",
        ),
        ("c.sh", "cat > app.yml <<EOF\npassword: $DB_PASSWORD\ntoken: ${TOKEN}\nEOF\n"),
        (
            "k.txt",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAvQz1XyLw8Jt5RnPq2Hs7UdMIIEowIBAAKCAQEAvQz1XyLw8Jt5RnPq2Hs7Ud\n...\nq2Hs7Ud==\n-----END RSA PRIVATE KEY-----\n",
        ),
        (
            "appsettings.json",
            "{\"Cache\": {\"Key\": \"shop-prod-cache-v2\"}, \"secretRef\": {\"key\": \"password\"}}\n",
        ),
        ("hosts.ini", "[web]\nweb1 ansible_host=10.0.0.1 ansible_password=\"{{ vault_password }}\"\n"),
    ] {
        assert_eq!(credentials(&check(path, text)).len(), 0, "{path}: {text}");
    }
}
