// Reads a log as Azure's agent does, with Microsoft's own parser, and compares what it understood with the JSON report of
// the same run: each issue at its file, line and column, with its rule.
// usage: node azure.cjs LOG REPORT.json
"use strict";
const fs = require("node:fs");
const { commandFromString } = require("azure-pipelines-task-lib/taskcommand");

const [log, report] = process.argv.slice(2);
const found = [];
for (const line of fs.readFileSync(log, "utf8").split("\n")) {
  if (!line.includes("##vso[")) {
    if (line !== "") throw new Error(`a line that is no command: ${line}`);
    continue;
  }
  const command = commandFromString(line);
  if (command.command !== "task.logissue") continue;
  if (!["error", "warning"].includes(command.properties.type)) throw new Error(`no type of Azure's: ${line}`);
  const { sourcepath, linenumber, columnnumber, code } = command.properties;
  if (command.message === "") throw new Error(`no message: ${line}`);
  found.push(JSON.stringify([sourcepath, linenumber ?? "", columnnumber ?? "", code]));
}
const meant = JSON.parse(fs.readFileSync(report, "utf8")).findings.map(({ rule, place }) =>
  // What looks like a command of the log is broken, in names too.
  JSON.stringify([place.path.replaceAll("##vso[", "\\u{23}#vso["), String(place.line), String(place.column), rule]),
);
found.sort();
meant.sort();
if (JSON.stringify(found) !== JSON.stringify(meant)) {
  console.error("Azure understood:\n" + found.join("\n") + "\nmeant was:\n" + meant.join("\n"));
  process.exit(1);
}
console.log(`azure: ${found.length} issues understood as meant`);
