// The validators find what is wrong: each test spoils an exchange that fits (sample.jsonl, recorded from the fake's own
// tests) in one way, and names who must notice.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Validator } from "./validate.mjs";

const require = createRequire(import.meta.url);
const lines = readFileSync(new URL("sample.jsonl", import.meta.url), "utf8").trim().split("\n");
const samples = Object.fromEntries(lines.map((line) => [JSON.parse(line).kind, line]));

let validator;
before(async () => (validator = await Validator.start()));
after(() => validator.stop());

const sample = (kind) => JSON.parse(samples[kind]);

// Spoils an exchange, and expects each of the words among the problems.
function spoiled(name, kind, spoil, ...words) {
  test(name, async () => {
    const exchange = sample(kind);
    assert.deepEqual(await validator.problems(exchange), []);
    spoil(exchange);
    const problems = (await validator.problems(exchange)).join("\n");
    for (const word of words) assert.match(problems, word);
  });
}

const annotation = (exchange) => exchange.request_body.output.annotations[0];

spoiled("a level that is none", "check", (e) => (annotation(e).annotation_level = "error"), /annotation_level/, /Prism: /);
spoiled(
  "51 annotations",
  "check",
  (e) => (e.request_body.output.annotations = Array(51).fill(annotation(e))),
  /50 items/,
  /Prism: /,
);
spoiled("a body without its name", "check", (e) => delete e.request_body.name, /request: body.*name/, /Prism: /);
spoiled("a member that is sent and not described", "check", (e) => (e.request_body.colour = "red"), /colour: no such member/);
spoiled("no body at all", "check", (e) => (e.request_body = null), /body is missing/, /Prism: /);
spoiled("a parameter that is no number", "files", (e) => (e.query = "per_page=all"), /per_page/, /Prism: /);
spoiled("a parameter that is not described", "files", (e) => (e.query = "pages=2"), /no query parameter pages/);
spoiled("a path that is not described", "files", (e) => (e.path += "/all"), /no such endpoint/);
spoiled("a number in the path that is none", "files", (e) => (e.path = e.path.replace("/1/", "/one/")), /pull_number/, /Prism: /);
spoiled("a status that is not described", "comment", (e) => (e.status = 202), /202 is not described/);
spoiled("an answer without its id", "comment", (e) => delete e.response_body.id, /response.*'id'/);
spoiled("an answer with a member of its own", "comment", (e) => (e.response_body.user.colour = 1), /user\/colour: no such member/);
spoiled("an answer of another type", "comment", (e) => (e.response_body.body = 1), /response\/body: must be string/);
spoiled("a null that is no exception", "comments", (e) => (e.response_body[0].path = null), /path: must be string/);
spoiled("a refusal that says nothing", "refused", (e) => (e.response_body = ["no"]), /response: must be object/);
spoiled("a write whose answer was lost", "check", (e) => {
  Object.assign(e, { status: null, fault: true });
  delete e.request_body.head_sha;
}, /head_sha/, /Prism: /);

spoiled("a field that GraphQL has not", "graphql", (e) => (e.request_body.query = e.request_body.query.replace("isResolved", "isSettled")), /isSettled/);
spoiled("a variable of another type", "graphql", (e) => (e.request_body.variables.number = "one"), /\$number/);
spoiled("a document that is none", "graphql", (e) => (e.request_body.query = "{"), /Syntax Error/);
const threads = (e) => Object.values(e.response_body.data)[0].pullRequest.reviewThreads;
spoiled("an answer without a field", "graphql", (e) => delete threads(e).nodes[0].isResolved, /isResolved/);
spoiled("an answer with another field", "graphql", (e) => (threads(e).nodes[0].colour = 1), /not what the schema makes/);

spoiled("a payload without its sender", "hook-issue_comment", (e) => delete e.payload.sender, /sender/);
spoiled("a payload with a member of its own", "hook-issue_comment", (e) => (e.payload.issue.colour = 1), /colour/);
spoiled("a payload of no known action", "hook-issue_comment", (e) => (e.payload.action = "sung"), /no schema/);

test("what the fake refused may be wrong in any way", async () => {
  const exchange = sample("refused");
  exchange.request_body = { nonsense: [1] };
  assert.deepEqual(await validator.problems(exchange), []);
});

test("an outdated comment's null is the exception it is written down as", async () => {
  const exchange = sample("comments");
  assert.ok(exchange.response_body.some((comment) => comment.line === null));
  assert.deepEqual(await validator.problems(exchange), []);
});

// Some published examples are older than the schemas; but no kind is without one that fits.
test("published examples of webhooks fit the published schemas", () => {
  const examples = require("@octokit/webhooks-examples/api.github.com/index.json");
  const wanted = {
    pull_request: ["opened", "synchronize", "reopened", "closed"],
    issue_comment: ["created"],
    // Those of `rerequested` bear times without a zone.
    check_run: ["requested_action"],
    check_suite: ["requested", "rerequested"],
    ping: [undefined],
  };
  for (const [event, actions] of Object.entries(wanted)) {
    const published = examples.find(({ name }) => name === event).examples;
    for (const action of actions) {
      const same = published.filter((payload) => payload.action === action);
      const fits = same.some((payload) => validator.hooks.problems({ event, payload }).length === 0);
      assert.ok(fits, `${event} ${action}`);
    }
  }
});

// Schemas may say less than the examples show: our payloads have no member that an example of the same kind lacks.
test("payloads look like the published examples", () => {
  const examples = require("@octokit/webhooks-examples/api.github.com/index.json");
  const { event, payload } = sample("hook-issue_comment");
  const published = examples.find(({ name }) => name === event).examples.filter((p) => p.action === payload.action);
  const members = new Set(published.flatMap((example) => Object.keys(example)));
  assert.deepEqual(Object.keys(payload).filter((name) => !members.has(name)), []);
});
