// Checks a folder with the JavaScript package and prints its answer as JSON.
// usage: JS_PACKAGE=plugin/pkg node compare.cjs FOLDER TODAY
const fs = require("node:fs");
const path = require("node:path");

const [, , folder, today] = process.argv;
const hallpass = require(path.resolve(process.env.JS_PACKAGE, "node/hallpass.js"));

function files(root, inner = "") {
  const found = {};
  for (const entry of fs.readdirSync(path.join(root, inner), { withFileTypes: true })) {
    const name = inner ? `${inner}/${entry.name}` : entry.name;
    if (entry.isDirectory()) Object.assign(found, files(root, name));
    else found[name] = new Uint8Array(fs.readFileSync(path.join(root, name)));
  }
  return found;
}

const answer = hallpass.checkTree(files(folder), { today });
if (hallpass.rules().length === 0) throw new Error("no rules");
if (!hallpass.explain(hallpass.rules()[0].id)) throw new Error("no page");
const { entries } = hallpass.inventory(files(folder), { today });
if (!Array.isArray(entries)) throw new Error("no inventory");
// Whatever a finding of an identity speaks of is in the list.
if (answer.findings.some((f) => f.rule.startsWith("identity/")) && entries.length === 0) throw new Error("an empty inventory");
process.stdout.write(JSON.stringify(answer));
