//! Where the configuration of other programs keeps a literal: directives, build scripts, units, HCL that is not
//! Terraform's, headers, maps of passwords. `@` is the value; beside each stands what looks like it and holds none.

use super::*;
use crate::detect::canary::random;

const FILES: &[(&str, &str)] = &[
    ("a.sh", "psql -c \"ALTER ROLE app PASSWORD '@'\"\n"),
    (
        "main.tf",
        "resource \"helm_release\" \"a\" {\n  name = \"a\"\n  set {\n    name  = \"auth.password\"\n    value = \"@\"\n  }\n}\n",
    ),
    (
        "main.tf",
        "resource \"helm_release\" \"a\" {\n  name = \"a\"\n  set_sensitive {\n    name  = \"auth.root\"\n    value = \"@\"\n  }\n}\n",
    ),
    (
        "main.tf",
        "resource \"aws_ssm_parameter\" \"a\" {\n  name = \"/db/password\"\n  type = \"SecureString\"\n  value = \"@\"\n}\n",
    ),
    (
        "main.tf",
        "resource \"aws_ssm_parameter\" \"a\" {\n  name = \"/db/password\"\n  type = \"String\"\n  value = \"@\"\n}\n",
    ),
    (
        "main.tf",
        "resource \"kubernetes_secret_v1\" \"a\" {\n  metadata { name = \"x\" }\n  data = {\n    db = \"@\"\n  }\n}\n",
    ),
    ("build.pkr.hcl", "source \"azure-arm\" \"a\" {\n  client_secret = \"@\"\n}\n"),
    (
        "build.pkr.hcl",
        "source \"vmware-iso\" \"a\" {\n  ssh_username = \"packer\"\n  ssh_password = \"@\"\n}\n",
    ),
    (
        "build.pkr.hcl",
        "build {\n  provisioner \"shell\" {\n    environment_vars = [\"DB_PASSWORD=@\"]\n    inline = [\"ls\"]\n  }\n}\n",
    ),
    (
        "build.pkr.hcl",
        "build {\n  provisioner \"shell\" {\n    inline = [\"mysql -u root -p@ -e x\"]\n  }\n}\n",
    ),
    ("vars.pkrvars.hcl", "db_password = \"@\"\n"),
    ("terragrunt.hcl", "inputs = {\n  db_password = \"@\"\n}\n"),
    ("terragrunt.hcl", "inputs = {\n  db = { password = \"@\" }\n}\n"),
    (
        "terragrunt.hcl",
        "terraform {\n  extra_arguments \"a\" {\n    commands = [\"plan\"]\n    env_vars = {\n      TF_VAR_db_password = \"@\"\n    }\n  }\n}\n",
    ),
    (
        "app.nomad",
        "job \"a\" {\n  group \"a\" {\n    task \"a\" {\n      env {\n        DB_PASSWORD = \"@\"\n      }\n    }\n  }\n}\n",
    ),
    (
        "app.nomad.hcl",
        "job \"a\" {\n  group \"a\" {\n    task \"a\" {\n      template {\n        data = <<EOF\nDB_PASSWORD=@\nEOF\n        env = true\n        destination = \"x\"\n      }\n    }\n  }\n}\n",
    ),
    ("vault.hcl", "seal \"transit\" {\n  address = \"https://v\"\n  token = \"@\"\n}\n"),
    ("consul.hcl", "acl {\n  tokens {\n    master = \"@\"\n  }\n}\n"),
    ("docker-bake.hcl", "target \"a\" {\n  args = {\n    NPM_TOKEN = \"@\"\n  }\n}\n"),
    (
        "build.gradle",
        "repositories {\n  maven {\n    url 'https://x'\n    credentials {\n      username 'u'\n      password '@'\n    }\n  }\n}\n",
    ),
    (
        "build.gradle",
        "repositories {\n  maven {\n    credentials {\n      username = 'u'\n      password = '@'\n    }\n  }\n}\n",
    ),
    (
        "build.gradle",
        "android {\n  signingConfigs {\n    release {\n      storePassword \"@\"\n      keyAlias 'a'\n    }\n  }\n}\n",
    ),
    (
        "build.gradle",
        "android {\n  defaultConfig {\n    buildConfigField \"String\", \"API_KEY\", \"\\\"@\\\"\"\n  }\n}\n",
    ),
    ("build.gradle", "ext {\n  dbPassword = '@'\n}\n"),
    ("build.gradle", "ext.set('nexusPassword', '@')\n"),
    (
        "build.gradle.kts",
        "repositories {\n  maven {\n    credentials {\n      username = \"u\"\n      password = \"@\"\n    }\n  }\n}\n",
    ),
    ("build.gradle.kts", "val apiToken = \"@\"\n"),
    ("build.gradle.kts", "extra[\"signing.password\"] = \"@\"\n"),
    (
        "build.sbt",
        "credentials += Credentials(\"Sonatype Nexus Repository Manager\", \"oss.sonatype.org\", \"user\", \"@\")\n",
    ),
    ("build.sbt", "pgpPassphrase := Some(\"@\".toArray)\n"),
    (".credentials", "realm=Sonatype\nhost=oss.sonatype.org\nuser=u\npassword=@\n"),
    ("redis.conf", "port 6379\nrequirepass @\n"),
    ("redis.conf", "masterauth @\n"),
    ("sentinel.conf", "sentinel auth-pass mymaster @\n"),
    ("nginx.conf", "location / {\n  proxy_set_header Authorization \"Bearer @\";\n}\n"),
    ("nginx.conf", "location / {\n  proxy_set_header X-Api-Key @;\n}\n"),
    ("haproxy.cfg", "backend a\n  http-request set-header Authorization \"Bearer @\"\n"),
    ("haproxy.cfg", "backend a\n  http-request set-header Authorization Bearer\\ @\n"),
    ("haproxy.cfg", "userlist a\n  user admin insecure-password @\n"),
    ("haproxy.cfg", "listen stats\n  stats auth admin:@\n"),
    ("httpd.conf", "RequestHeader set Authorization \"Bearer @\"\n"),
    ("a.yaml", "headers:\n  Authorization: Bearer @\n"),
    ("a.yaml", "headers:\n  Authorization: \"Bearer @\"\n"),
    ("a.yaml", "headers:\n- name: Authorization\n  value: Bearer @\n"),
    ("a.yaml", "headers:\n- Authorization: token @\n"),
    ("a.yaml", "headers:\n- \"Authorization: Bearer @\"\n"),
    ("a.json", "{\"headers\": {\"Authorization\": \"Bearer @\"}}\n"),
    ("a.json", "{\"headers\": [{\"key\": \"Authorization\", \"value\": \"Bearer @\"}]}\n"),
    ("a.toml", "[headers]\nAuthorization = \"Bearer @\"\n"),
    ("a.http", "GET https://api.acme.io\nAuthorization: Bearer @\n"),
    (
        "appsettings.json",
        "{\"ConnectionStrings\": {\"Redis\": \"cache.redis.cache.windows.net:6380,password=@=,ssl=True,abortConnect=False\"}}\n",
    ),
    (
        "appsettings.json",
        "{\"ConnectionStrings\": {\"Redis\": \"redis:6379,password=@,ssl=True,abortConnect=False\"}}\n",
    ),
    ("a.yaml", "redis: redis:6380,password=@,ssl=True\n"),
    (".env", "REDIS=acme.redis.cache.windows.net:6380,password=@,ssl=True,abortConnect=False\n"),
    ("main.tf", "locals {\n  redis = \"acme.redis.cache.windows.net:6380,password=@,ssl=True\"\n}\n"),
    ("a.service", "[Service]\nEnvironment=\"A=b\" \"DB_PASSWORD=@\"\n"),
    ("a.service", "[Service]\nEnvironment=A=b \"DB_PASSWORD=@\"\n"),
    ("a.service", "[Service]\nEnvironment=\"A=b c\" DB_PASSWORD=@\n"),
    ("a.service", "[Service]\nEnvironment='A=b' 'DB_PASSWORD=@'\n"),
    ("a.service", "[Service]\nExecStart=/usr/bin/docker run \\\n  -e DB_PASSWORD=@ \\\n  app\n"),
    ("user-data", "#cloud-config\npassword: @\nchpasswd: {expire: false}\n"),
    ("user-data", "#cloud-config\nruncmd:\n- mysql -u root -p@ -e x\n"),
    ("user-data.tpl", "#cloud-config\nwrite_files:\n- path: /etc/app.env\n  content: |\n    DB_PASSWORD=@\n"),
    ("kubeconfig", "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    token: @\n"),
    (
        "kubeconfig",
        "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    username: a\n    password: @\n",
    ),
    ("prod.kubeconfig", "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    password: @\n"),
    (
        "docker-compose.yml",
        "services:\n  db:\n    image: x\n    healthcheck:\n      test: [\"CMD\", \"mysqladmin\", \"ping\", \"-u\", \"root\", \"-p@\"]\n",
    ),
    (
        "docker-compose.yml",
        "services:\n  db:\n    image: x\n    healthcheck:\n      test: [\"CMD-SHELL\", \"mysqladmin ping -u root -p@\"]\n",
    ),
    (
        "docker-compose.yml",
        "services:\n  db:\n    image: x\n    healthcheck:\n      test: mysqladmin ping -u root -p@\n",
    ),
    (
        "docker-compose.yml",
        "services:\n  db:\n    image: x\n    healthcheck:\n      test: [\"CMD\", \"redis-cli\", \"-a\", \"@\", \"ping\"]\n",
    ),
    (
        "docker-compose.yml",
        "services:\n  db:\n    image: x\n    healthcheck:\n      test: [\"CMD\", \"redis-cli\", \"--pass\", \"@\", \"ping\"]\n",
    ),
    (
        "docker-compose.yml",
        "services:\n  db:\n    image: x\n    labels:\n      - traefik.http.middlewares.a.headers.customrequestheaders.Authorization=Bearer @\n",
    ),
    ("database.yml", "production:\n  password: <%= ENV.fetch('DB_PASSWORD', '@') %>\n"),
    ("database.yml", "production:\n  password: <%= ENV['DB_PASSWORD'] || '@' %>\n"),
    ("database.yml", "production:\n  password: <%= ENV.fetch(\"DB_PASSWORD\") { \"@\" } %>\n"),
    ("config/puma.rb", "password = ENV.fetch('DB_PASSWORD', '@')\n"),
    ("settings.py", "PASSWORD = os.environ.get('DB_PASSWORD', '@')\n"),
    ("config.js", "password: process.env.DB_PASSWORD || '@',\n"),
    ("values.yaml", "passwords: {alice: @}\n"),
    ("values.yaml", "passwords:\n  alice: @\n  bob: x\n"),
    ("values.yaml", "secrets:\n  dbadmin: @\n"),
    ("values.yaml", "tokens:\n  alice: @\n"),
    ("values.yaml", "apiKeys:\n  alice: @\n"),
    ("wpa_supplicant.conf", "network={\n  ssid=\"x\"\n  psk=\"@\"\n}\n"),
    ("wifi.nmconnection", "[wifi-security]\nkey-mgmt=wpa-psk\npsk=@\n"),
    (
        "logstash.conf",
        "output {\n  elasticsearch {\n    user => \"elastic\"\n    password => \"@\"\n  }\n}\n",
    ),
    ("puppet.pp", "class { 'mysql::server':\n  root_password => '@',\n}\n"),
    ("attributes/default.rb", "default['mysql']['password'] = '@'\n"),
    ("config.php", "<?php\ndefine('DB_PASSWORD', '@');\n"),
    ("wp-config.php", "<?php\ndefine( 'DB_PASSWORD', '@' );\n"),
    ("Vagrantfile", "Vagrant.configure('2') do |c|\n  c.ssh.password = '@'\nend\n"),
    ("slapd.conf", "rootpw @\n"),
    ("smb.cred", "username=u\npassword=@\n"),
];

#[test]
fn a_literal_is_found_where_other_programs_keep_it() {
    let mut missed = Vec::new();
    for (seed, (path, text)) in FILES.iter().enumerate() {
        let value = random(24, seed as u64);
        let text = text.replace('@', &value);
        let answer = check(path, &text);
        let spans = credentials(&answer).into_iter().flat_map(|c| c.secret.clone());
        let found = spans.filter(|s| text.get(s.span.range()).is_some_and(|t| t.contains(&value))).count();
        if found == 0 {
            missed.push(format!("{path}: {text}"));
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn names_paths_and_sentences_in_such_places_are_silent() {
    for (path, text) in [
        (
            "esphome.yaml",
            "wifi:\n  password: !secret wifi_password2g\napi:\n  encryption:\n    key: !secret k3y1\n",
        ),
        (
            "ha.yaml",
            "recorder:\n  db_password: !secret mariadb10_pw\nhttp:\n  api_password: !env_var PASSWORD1\n",
        ),
        ("values.yaml", "password: prod/eu1/db2/pass01\n"),
        ("values.yaml", "password: \\\\server\\share1\\x2.dat\n"),
        ("values.yaml", "privateKey: C:\\certs\\prod2.pfx1\n"),
        ("build.json", "{\"commitToken\": \"3f7a9c0de41b85f26a7c9d0e1f2b3c4d5e6f7a8b\"}\n"),
        (
            "en.json",
            "{\"password\": \"Enter your password\", \"token\": \"API-Token (v2) required\", \"apiKey\": \"Key2Value\"}\n",
        ),
        (
            "locales/en.yml",
            "en:\n  password: Password\n  wrong_password: \"Wrong_password!\"\n  token: \"Invalid token\"\n  forgot_password: \"Forgot?\"\n",
        ),
        (
            "locales/fr.json",
            "{\"password\": \"Mot2passe?\", \"forgotPassword\": \"Oublié?\", \"newPassword\": \"NouveauMotDePasse*\"}\n",
        ),
        (
            "settings.xml",
            "<settings><servers><server><id>a</id><username>u</username><password>{grcO7n8aUDm+8H7CNH8GbtCPXcdRJEfjQEMAAmtuVFWUoGVoXWTEmAu41FRKhyGp}</password></server></servers></settings>\n",
        ),
        ("config.yaml", "credentials: io.acme.v1beta1.CredentialsV2\n"),
        ("config.json", "{\"token\": \"req.headers.x1Token\", \"secretKey\": \"config.get2\"}\n"),
        ("config.yaml", "credential: github-app-k3s-2\n"),
        (
            "a.service",
            "[Service]\nEnvironment=\"A=b\" \"PASSWORD_FILE=/run/x1\"\nEnvironment=TOKEN=%d/token1\n",
        ),
        ("a.nu", "let token = $env.GITHUB_TOKEN\n"),
        (
            "main.tf",
            "resource \"helm_release\" \"a\" {\n  set {\n    name  = \"auth.existingSecret\"\n    value = \"pg-prod-app1-creds\"\n  }\n  set {\n    name = \"auth.password\"\n    value = var.pw\n  }\n set {\n    name = \"image.tag\"\n value = \"v1.2.3-Ab3dEf9\"\n }\n}\n",
        ),
        (
            "main.tf",
            "resource \"aws_ssm_parameter\" \"a\" {\n  name = \"/db/host\"\n  type = \"String\"\n  value = \"db1.acme.io\"\n}\n",
        ),
        (
            "main.tf",
            "resource \"aws_ssm_parameter\" \"a\" {\n  name = \"/db/password\"\n  type = \"SecureString\"\n  value = \"changeme\"\n  lifecycle { ignore_changes = [value] }\n}\n",
        ),
        (
            "terragrunt.hcl",
            "inputs = {\n  db_password = get_env(\"DB_PASSWORD\")\n  token_name = \"x1Y2z3A4b5\"\n secret_arn = \"arn:aws:x\"\n}\n",
        ),
        (
            "build.gradle",
            "credentials {\n  username = project.findProperty('u')\n  password = System.getenv('P')\n}\n",
        ),
        (
            "build.gradle",
            "credentials {\n  password project.nexusPassword\n password \"$nexusPassword2\"\n  password \"${props['x1']}\"\n password findProperty(\"gpr.key\") ?: System.getenv(\"TOKEN\")\n}\n",
        ),
        (
            "build.gradle.kts",
            "val tokenFile = \"x\"\nval apiToken: String by project\nval token = providers.gradleProperty(\"gpr.key2\").get()\n",
        ),
        (
            "redis.conf",
            "# requirepass foobared\n# masterauth <master-password>\nrename-command CONFIG \"\"\n",
        ),
        ("redis.conf", "requirepass ${REDIS_PASSWORD}\n"),
        (
            "nginx.conf",
            "proxy_set_header Authorization $http_authorization;\nproxy_set_header Authorization \"\";\nproxy_set_header X-Api-Key $key;\nproxy_set_header Authorization \"Bearer $token\";\nssl_certificate_key /etc/ssl/x1.key;\n",
        ),
        (
            "haproxy.cfg",
            "http-request set-header Authorization \"Bearer %[var(txn.tok)]\"\nhttp-request set-header X-Y %[src]\n",
        ),
        (
            "database.yml",
            "production:\n  password: <%= ENV.fetch('DB_PASSWORD', '') %>\n  token: <%= ENV['TOKEN'] %>\n",
        ),
        (
            "values.yaml",
            "secrets:\n  db: shop-db-creds1\n  enabled: true\npasswords:\n  secretName: x1-y2\n  key: db-pass1\n  length: 24\n",
        ),
        (
            "values.yaml",
            "tokens:\n  accent: \"#3f7a9c\"\n  font: Inter4Var\n  maxTokens: 4096\n  primary: blue500\n",
        ),
        (
            "tokens.json",
            "{\"tokens\": {\"color-blue\": \"hsl(210deg,40%,50%)\", \"spacing\": \"0.25rem\", \"ease\": \"cubic-bezier(0.4,0,0.2,1)\"}}\n",
        ),
        (
            "wpa_supplicant.conf",
            "network={\n  ssid=\"x\"\n  key_mgmt=WPA-PSK\n  #psk=\"...\"\n  psk=ext:pw1\n}\n",
        ),
    ] {
        let answer = check(path, text);
        let loud = answer
            .findings
            .iter()
            .filter(|f| f.rule.starts_with("secret/") && f.severity >= Severity::Medium);
        assert_eq!(loud.count(), 0, "{path}: {text}");
    }
}
