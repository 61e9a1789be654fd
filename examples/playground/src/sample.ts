// What the page begins with: a small made-up shop whose findings are of several classes, one of them across two files.
import main from "./sample/main.tf.txt";
import policy from "./sample/policy.toml.txt";
import service from "./sample/service.yaml.txt";
import sizes from "./sample/sizes.tfvars.txt";
import workflow from "./sample/workflow.yml.txt";

export const SAMPLE: [path: string, text: string][] = [
  [".github/workflows/deploy.yml", workflow],
  ["infra/main.tf", main],
  ["infra/terraform.tfvars", sizes],
  ["k8s/shop.yaml", service],
  ["hallpass.toml", policy],
];
