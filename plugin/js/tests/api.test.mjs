// The JavaScript package, function by function. usage: JS_PACKAGE=plugin/pkg node --test plugin/js/tests
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";

const pkg = path.resolve(process.env.JS_PACKAGE ?? "plugin/pkg");
const hallpass = createRequire(import.meta.url)(path.join(pkg, "node/hallpass.js"));

const today = "2026-11-24";
const PATH = ".github/workflows/a.yml";
const WORKFLOW = `name: "é 😀"
on: push
permissions: { contents: read }
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - name: "€ 😀"
        run: make
        env: { X: "é😀", ACTIONS_STEP_DEBUG: true }
      - { name: "é😀", uses: some/action@v1 }
`;
const MAIN = `module "a" {
  source = "./a"
  role   = "roles/owner"
}
`;
const WITHIN = `variable "role" {}
resource "google_project_iam_member" "m" {
  project = "p"
  role    = var.role
  member  = "user:é@example.com"
}
`;
const rulesOf = (answer) => answer.findings.map((finding) => finding.rule).sort();

test("offsets index strings where that is asked for, and bytes otherwise", () => {
  const words = ["some/action@v1", "true"];
  const strings = hallpass.check(PATH, WORKFLOW, { today, offsets: "utf-16" });
  assert.deepEqual(strings.findings.map(({ span }) => WORKFLOW.slice(span.start, span.end)).sort(), words);
  const bytes = Buffer.from(WORKFLOW);
  const answer = hallpass.check(PATH, WORKFLOW, { today });
  assert.deepEqual(answer.findings.map(({ span }) => bytes.subarray(span.start, span.end).toString()).sort(), words);
  const [fixed] = strings.findings.flatMap((finding) => finding.fixes ?? []);
  assert.equal(WORKFLOW.slice(fixed.edits[0].span.start, fixed.edits[0].span.end), "true");
  assert.throws(() => hallpass.check(PATH, WORKFLOW, { offsets: "utf-32" }), /utf-32/);
});

test("texts and bytes are the same file", () => {
  const text = hallpass.checkTree({ [PATH]: WORKFLOW }, { today });
  assert.deepEqual(hallpass.checkTree({ [PATH]: new TextEncoder().encode(WORKFLOW) }, { today }), text);
  assert.equal(text.coverage[0].status, "checked");
});

test("one file is not held to be the whole tree, several are", () => {
  const waiver = "# hallpass: allow(scope) until=2026-12-20 owner=team-x reason=\"long gone\"\non: push\n";
  assert.deepEqual(rulesOf(hallpass.checkTree({ [PATH]: waiver }, { today })), ["governance/waiver-unused"]);
  const alone = hallpass.check(PATH, waiver, { today });
  assert.deepEqual(rulesOf(alone), []);
  assert.ok(alone.notJudged.includes("governance/waiver-unused"));
});

test("what is wrong with options is told with its place", () => {
  const config = "# é\nfail-on = \"x\"\nno-such-key = 1\n";
  assert.throws(() => hallpass.checkTree({}, { config }), /hallpass\.toml:2:11: .*fail-on/);
  const problems = hallpass.problems({ config, offsets: "utf-16" });
  assert.equal(config.slice(problems[0].span.start, problems[0].span.end), "\"x\"");
  assert.deepEqual(hallpass.problems({ today, config: "fail-on = \"low\"\n" }), []);
  assert.match(hallpass.problems({ today: "soon" })[0].message, /YYYY-MM-DD/);
  assert.match(hallpass.problems({ config: "extends = [\"a.toml\"]\n" })[0].message, /a\.toml/);
  assert.throws(() => hallpass.checkTree({}, { tody: today }), /tody/);
  assert.throws(() => hallpass.checkTree({}, "low"), Error);
  assert.throws(() => hallpass.fix({}, {}, { safe: true }), /safe/);
  assert.throws(() => hallpass.checkTree({ a: 7 }, {}), Error);
});

test("arguments of another type are told by their names, and the instance goes on", () => {
  const tree = new hallpass.Tree({ today });
  tree.set(PATH, WORKFLOW);
  const before = tree.check();
  const circle = {};
  circle.self = circle;
  const odd = [undefined, null, 7, 7n, true, Symbol("x"), () => "x", [], {}, new Date(0), circle, Object.create(null)];
  const but = (...fine) => odd.filter((value) => !fine.includes(value));
  const plain = odd.filter((value) => value == null || (typeof value === "object" && !Array.isArray(value) && value !== circle));
  const calls = [
    ["path", odd, (value) => hallpass.check(value, WORKFLOW, { today })],
    ["text", odd, (value) => hallpass.check(PATH, value, { today })],
    ["options", but(...plain), (value) => hallpass.check(PATH, WORKFLOW, value)],
    ["files", but(...plain.slice(2)), (value) => hallpass.checkTree(value, { today })],
    ["files", but(...plain.slice(2)), (value) => hallpass.facts(value, { today })],
    ["files", but(...plain.slice(2)), (value) => hallpass.inventory(value, { today })],
    ["files", but(...plain.slice(2)), (value) => hallpass.fix(value, { today })],
    [`files["a.yml"]`, odd, (value) => hallpass.checkTree({ "a.yml": value }, { today })],
    ["wanted", but(...plain), (value) => hallpass.fix({}, { today }, value)],
    ["options", but(...plain), (value) => hallpass.problems(value)],
    ["path", odd, (value) => hallpass.prove(value, WORKFLOW, [])],
    ["text", odd, (value) => hallpass.prove(PATH, value, [])],
    ["edits", odd.filter((value) => !Array.isArray(value)), (value) => hallpass.prove(PATH, WORKFLOW, value)],
    ["edits", odd, (value) => hallpass.prove(PATH, WORKFLOW, [value])],
    ["offsets", odd.filter((value) => value != null), (value) => hallpass.prove(PATH, WORKFLOW, [], value)],
    ["rule", odd, (value) => hallpass.explain(value)],
    ["name", odd, (value) => hallpass.schema(value)],
    ["path", odd, (value) => hallpass.recognise(value)],
    ["options", but(...plain), (value) => new hallpass.Tree(value)],
    ["options", but(...plain), (value) => tree.configure(value)],
    ["path", odd, (value) => tree.set(value, "")],
    ["content", odd, (value) => tree.set("a", value)],
    ["path", odd, (value) => tree.delete(value)],
    ["wanted", but(...plain), (value) => tree.fix(value)],
    ["fingerprint", odd, (value) => tree.waive(value, {})],
    ["terms", odd, (value) => tree.waive("00", value)],
    ["options.today", [7, true, {}, []], (value) => hallpass.check(PATH, WORKFLOW, { today: value })],
    ["options.select[1]", [7, {}], (value) => hallpass.check(PATH, WORKFLOW, { select: ["scope", value] })],
  ];
  for (const [name, values, call] of calls) {
    for (const value of values) {
      let thrown;
      try {
        call(value);
      } catch (error) {
        thrown = error;
      }
      const told = `${name}, ${String(call)}, ${typeof value}: ${thrown}`;
      assert.ok(thrown instanceof TypeError, told);
      assert.ok(thrown.message.startsWith(name) && /wanted|expected|plain|missing/.test(thrown.message), told);
    }
  }
  assert.throws(() => hallpass.prove(PATH, WORKFLOW, [], "utf-32"), /offsets: .*`utf-8` or `utf-16`/);
  assert.deepEqual(tree.check(), before);
  assert.deepEqual(hallpass.checkTree(new Map([[PATH, WORKFLOW]]), { today }).findings, before.findings);
});

test("objects that throw when they are read are the caller's, not ours", () => {
  const trap = { get today() { throw new RangeError("not now"); } };
  assert.throws(() => hallpass.check(PATH, WORKFLOW, trap), TypeError);
  assert.throws(() => hallpass.checkTree({ get "a.yml"() { throw new RangeError("not now"); } }), /not now/);
  assert.throws(() => hallpass.checkTree(new Proxy({}, { ownKeys() { throw new RangeError("no keys"); } })), /no keys/);
  const gone = new Uint8Array(8);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  assert.deepEqual(hallpass.checkTree({ "a.yml": gone }, { today }).findings, []);
  assert.equal(hallpass.check(PATH, WORKFLOW, { today }).findings.length, 2);
});

test("paths are from the root of the tree", () => {
  const tree = new hallpass.Tree({ today });
  for (const wrong of ["", "/etc/a.yml", "../a.yml", "a/../../b.yml", "./a.yml", "a//b.yml", "a/", "C:\\a.yml", "\\\\host\\a.yml", "a\ud800.yml"]) {
    for (const call of [
      () => hallpass.check(wrong, WORKFLOW, { today }),
      () => hallpass.checkTree({ [wrong]: WORKFLOW }, { today }),
      () => hallpass.prove(wrong, WORKFLOW, []),
      () => hallpass.recognise(wrong),
      () => tree.set(wrong, WORKFLOW),
      () => tree.delete(wrong),
    ]) {
      assert.throws(call, /from the root of the tree, .* is wanted|half of a surrogate pair/, wrong);
    }
  }
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const answer = hallpass.checkTree(Object.fromEntries([[`.github/workflows/${name}.yml`, WORKFLOW], [name, "x"]]), { today });
    assert.equal(answer.findings.length, 2, name);
    assert.deepEqual(answer.coverage.map((entry) => entry.path), [`.github/workflows/${name}.yml`, name]);
  }
});

test("halves of surrogate pairs are replaced, as by TextEncoder", () => {
  const half = WORKFLOW.replaceAll("😀", "\ud83d");
  const told = hallpass.check(PATH, half, { today, offsets: "utf-16" });
  assert.deepEqual(told.findings.map(({ span }) => half.slice(span.start, span.end)).sort(), ["some/action@v1", "true"]);
  assert.deepEqual(told, hallpass.check(PATH, WORKFLOW.replaceAll("😀", "\ufffd"), { today, offsets: "utf-16" }));
  assert.deepEqual(hallpass.problems({ today, config: "# \udc00\n", key: "\ud800" }), []);
  assert.match(hallpass.problems({ today, config: "x\ud83d = 1" })[0].message, /./);
  const [edit] = hallpass.fix({ [PATH]: half }, { today, offsets: "utf-16" }).edits;
  assert.equal(typeof hallpass.prove(PATH, half, [{ ...edit, replacement: "a: b\ud800 }, {" }], "utf-16"), "string");
});

test("a waiver ends its line as the file does", () => {
  const windows = WORKFLOW.replaceAll("\n", "\r\n");
  const tree = new hallpass.Tree({ today, offsets: "utf-16", config: "fail-on = \"low\"\r\n" });
  tree.set(PATH, windows);
  tree.set("iam-policy.json", JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }));
  const paths = new Set();
  for (const { fingerprint } of tree.check().findings) {
    for (const edit of tree.waive(fingerprint, { owner: "team-x", reason: "moves soon", until: "2026-12-20" })) {
      paths.add(edit.path);
      assert.match(edit.replacement, /\r\n$/);
      assert.doesNotMatch(edit.replacement, /[^\r]\n/);
    }
  }
  assert.deepEqual([...paths].sort(), [PATH, "hallpass.toml"].sort());
});

test("today is today unless it is said", () => {
  const waiver = (until) => `on: push # hallpass: allow(scope) until=${until} owner=team-x reason="still there"\n`;
  assert.ok(rulesOf(hallpass.check(PATH, waiver("2020-01-01"))).includes("governance/waiver-expired"));
  assert.ok(!rulesOf(hallpass.check(PATH, waiver("2020-01-01"), { today: "2019-12-20" })).includes("governance/waiver-expired"));
});

test("a kept tree says what a fresh one says, whatever is edited", () => {
  const tree = new hallpass.Tree({ today, offsets: "utf-16" });
  const files = { [PATH]: WORKFLOW, "main.tf": MAIN, "a/main.tf": WITHIN };
  for (const [name, text] of Object.entries(files)) tree.set(name, text);
  const names = Object.keys(files);
  let seed = 7;
  const dice = (sides) => (seed = (seed * 48271) % 2147483647) % sides;
  const words = ["é", "😀", "owner", "\n", "\"", "true", "  ", "# x", "}", "a: b\n"];
  const counts = new Set();
  for (let step = 0; step < 300; step += 1) {
    const name = names[dice(names.length)];
    const original = { [PATH]: WORKFLOW, "main.tf": MAIN, "a/main.tf": WITHIN }[name];
    if (dice(8) === 0) {
      assert.equal(tree.delete(name), name in files);
      delete files[name];
    } else {
      // Close to the text that it began as, so that there is something to find.
      const chars = [...(dice(3) === 0 ? original : (files[name] ?? original))];
      chars.splice(dice(chars.length + 1), dice(3), words[dice(words.length)]);
      files[name] = chars.join("");
      tree.set(name, files[name]);
    }
    if (step % 5 !== 0) continue;
    const kept = tree.check();
    assert.deepEqual(kept, hallpass.checkTree(files, { today, offsets: "utf-16" }));
    counts.add(kept.findings.length);
    for (const { path: at, span } of kept.findings) assert.ok(span.start <= span.end && span.end <= files[at].length);
  }
  assert.ok(counts.size > 1, "nothing was ever found");
  tree.free();
});

test("safe fixes are made, in memory, and nothing else is", () => {
  const files = { [PATH]: WORKFLOW };
  const mended = hallpass.fix(files, { today });
  assert.equal(mended.files[PATH], WORKFLOW.replace("DEBUG: true", "DEBUG: false"));
  assert.equal(mended.mended.length, 1);
  assert.deepEqual(mended.left, []);
  assert.equal(files[PATH], WORKFLOW);
  assert.deepEqual(hallpass.fix({ [PATH]: mended.files[PATH] }, { today }).files, {});
  assert.deepEqual(hallpass.fix(files, { today }, { only: ["0"] }).files, {});
  const [edit] = hallpass.fix(files, { today, offsets: "utf-16" }).edits;
  const made = WORKFLOW.slice(0, edit.span.start) + edit.replacement + WORKFLOW.slice(edit.span.end);
  assert.equal(made, mended.files[PATH]);
});

test("edits that change what they do not touch are told", () => {
  const [edit] = hallpass.fix({ [PATH]: WORKFLOW }, { today, offsets: "utf-16" }).edits;
  const why = (replacement) => hallpass.prove(PATH, WORKFLOW, [{ ...edit, replacement }], "utf-16");
  assert.equal(why("false"), undefined);
  assert.match(why("\""), /^with the edits, the file would not read/);
  const beyond = { ...edit, span: { start: WORKFLOW.length, end: WORKFLOW.length + 1 } };
  assert.match(hallpass.prove(PATH, WORKFLOW, [beyond], "utf-16"), /fit/);
  const bytes = hallpass.fix({ [PATH]: WORKFLOW }, { today }).edits;
  assert.equal(hallpass.prove(PATH, WORKFLOW, bytes), undefined);
  assert.throws(() => hallpass.prove(PATH, WORKFLOW, [{ span: 1 }]), Error);
});

const applied = (text, edits) =>
  edits.reduceRight((out, { span, replacement }) => out.slice(0, span.start) + replacement + out.slice(span.end), text);

test("a waiver is a comment where one holds", () => {
  const tree = new hallpass.Tree({ today, offsets: "utf-16" });
  tree.set(PATH, WORKFLOW);
  // Nothing holds for so long.
  for (const { fingerprint } of tree.check().findings) {
    assert.equal(tree.waive(fingerprint, { owner: "x", reason: "it is needed", until: "2036-12-20" }), undefined);
  }
  const terms = { owner: "team é", reason: "moves \"soon\"\nenough", until: "2026-12-20" };
  let text = WORKFLOW;
  for (const { fingerprint } of tree.check().findings) {
    const edits = tree.waive(fingerprint, terms);
    assert.deepEqual(edits.map((edit) => edit.path), [PATH]);
    text = applied(text, edits);
    tree.set(PATH, text);
  }
  const answer = tree.check();
  assert.deepEqual(answer.findings, []);
  assert.equal(answer.waived.length, 2);
  assert.throws(() => tree.waive(answer.waived[0].fingerprint, terms), /fingerprint/);
  assert.throws(() => tree.waive("00", terms), /fingerprint/);
});

test("a waiver is a row of the policy where no comment holds", () => {
  const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  const config = "fail-on = \"low\" # é\n";
  const options = { today, offsets: "utf-16", config };
  const tree = new hallpass.Tree(options);
  tree.set("iam-policy.json", JSON.stringify(policy));
  const [finding] = tree.check().findings;
  const edits = tree.waive(finding.fingerprint, { owner: "team-x", reason: "the \"break\" glass", until: "2026-12-20" });
  assert.deepEqual(edits.map((edit) => edit.path), ["hallpass.toml"]);
  tree.configure({ ...options, config: applied(config, edits) });
  assert.deepEqual(tree.check().waived.map((waived) => waived.fingerprint), [finding.fingerprint]);
});

test("options that have problems leave a tree as it was", () => {
  const tree = new hallpass.Tree({ today });
  tree.set(PATH, WORKFLOW);
  const before = tree.check();
  assert.throws(() => tree.configure({ today, config: "no-such-key = 1\n" }), /no-such-key/);
  assert.deepEqual(tree.check(), before);
  tree.configure({ today, ignore: ["third-party"] });
  assert.deepEqual(rulesOf(tree.check()), ["governance/debug-trace"]);
});

test("facts and inventory are of their schemas' shape", () => {
  const [unit] = hallpass.facts({ [PATH]: WORKFLOW }, { today });
  assert.deepEqual(unit.files, [PATH]);
  const required = hallpass.schema("inventory").required;
  const inventory = hallpass.inventory({ "main.tf": MAIN, "a/main.tf": WITHIN }, { today });
  for (const key of required) assert.ok(key in inventory, key);
  assert.throws(() => hallpass.schema("nothing"), /nothing/);
});

test("rules have pages, by whichever of their names", () => {
  const rules = hallpass.rules();
  assert.ok(rules.length > 50);
  for (const rule of rules) {
    assert.ok(rule.page.includes("## "), rule.id);
    for (const name of [rule.id, ...rule.aliases]) assert.equal(hallpass.explain(name), rule.page);
  }
  assert.equal(hallpass.explain("no/such-rule"), undefined);
});

test("paths say whether their files are wanted", () => {
  assert.deepEqual(hallpass.recognise("x/.github/workflows/a.yml"), { mustCheck: true, grouped: true });
  assert.equal(hallpass.recognise("src/main.rs").mustCheck, false);
});

test("what quotes a secret hides it", () => {
  const token = `ghp_${[..."AbCdEfGhIjKlMnOpQrStUvWxYz0123"].reverse().join("")}`;
  // The last six digits of a token of GitHub are a checksum: whatever they are, the text is no ordinary word.
  const text = WORKFLOW.replace("run: make", `run: curl -H "Authorization: Bearer ${token}XXXXXX" https://api.github.com`);
  const answer = hallpass.checkTree({ [PATH]: text }, { today });
  const said = JSON.stringify([answer, hallpass.facts({ [PATH]: text }, { today }), hallpass.inventory({ [PATH]: text }, { today })]);
  assert.ok(rulesOf(answer).some((rule) => rule.startsWith("secret/")), said);
  assert.ok(!said.includes(token));
});

test("the build for browsers is the same module", async () => {
  const web = await import(pathToFileURL(path.join(pkg, "web/hallpass.js")).href);
  web.initSync({ module: readFileSync(path.join(pkg, "web/hallpass_bg.wasm")) });
  assert.deepEqual(web.check(PATH, WORKFLOW, { today }), hallpass.check(PATH, WORKFLOW, { today }));
  const named = Object.keys(hallpass).filter((name) => !name.startsWith("__"));
  for (const name of named) assert.equal(typeof web[name], typeof hallpass[name], name);
});
