// Validates recordings of the fake forge: `node validate.mjs FOLDER`, where FOLDER is what HALLPASS_EXCHANGES named.
// Exit: 0 all fit · 1 some do not · 2 there is nothing to validate.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Graph } from "./graphql.mjs";
import { Description } from "./openapi.mjs";
import { Prism } from "./prism.mjs";
import { Hooks } from "./webhooks.mjs";

// The exchanges of a folder, with where they stand.
export function recorded(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl")).sort();
  return files.flatMap((name) =>
    readFileSync(join(folder, name), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line, index) => ({ ...JSON.parse(line), at: `${name}:${index + 1}` })),
  );
}

export class Validator {
  constructor(prism) {
    this.description = new Description();
    this.graph = new Graph();
    this.hooks = new Hooks();
    this.prism = prism;
  }

  static async start() {
    const validator = new Validator();
    validator.prism = await Prism.start(validator.description.document);
    return validator;
  }

  async stop() {
    await this.prism.stop();
  }

  // What is wrong with an exchange of the fake GitHub.
  async problems(exchange) {
    if (exchange.forge === "github-webhook") return this.hooks.problems(exchange);
    // A planted answer is the test's, and a connection that was closed has none.
    const unanswered = exchange.status === null;
    if (exchange.fault && !unanswered) return [];
    if (exchange.path === "/graphql") return unanswered ? [] : this.graph.problems(exchange);
    const operation = this.description.find(exchange.method, exchange.path);
    if (!operation) return exchange.status < 300 && !unanswered ? ["GitHub has no such endpoint"] : [];
    const found = unanswered ? [] : this.description.response(operation, exchange);
    // What the fake refused may be wrong in any way; what it took may not.
    if (exchange.wrote || exchange.status < 300 && !unanswered) {
      found.push(...this.description.request(operation, exchange));
      found.push(...(await this.prism.problems(exchange)));
    }
    return found;
  }
}

async function main(folder) {
  const all = recorded(folder);
  const github = all.filter((exchange) => exchange.forge.startsWith("github"));
  if (github.length === 0) {
    console.error(`${folder} holds no exchange with the fake GitHub`);
    return 2;
  }
  const validator = await Validator.start();
  const kinds = new Map();
  let wrong = 0;
  try {
    for (const exchange of github) {
      const problems = await validator.problems(exchange);
      const endpoint = validator.description.find(exchange.method ?? "", exchange.path ?? "")?.path;
      const kind = exchange.event ? `webhook ${exchange.event}` : `${exchange.method} ${endpoint ?? exchange.path}`;
      if (exchange.status < 300 || exchange.event) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      for (const problem of problems) console.error(`${exchange.at}: ${kind} (${exchange.status ?? "-"}): ${problem}`);
      wrong += problems.length > 0 ? 1 : 0;
    }
  } finally {
    await validator.stop();
  }
  const other = all.length - github.length;
  console.log(`${github.length} exchanges, ${kinds.size} kinds that succeeded, ${wrong} wrong`);
  if (other > 0) console.log(`${other} exchanges of other forges are not validated: no package carries their descriptions`);
  return wrong > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv[2] ?? ".");
}
