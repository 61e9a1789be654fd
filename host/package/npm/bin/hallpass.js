#!/usr/bin/env node
// Finds the program in the package of this machine, which npm installed because this one names it, and becomes it.
// Nothing is downloaded and no script runs at installation.
"use strict";
const { spawnSync } = require("node:child_process");

// Where the C library is not glibc, Node's report names none.
function libc() {
  if (process.platform !== "linux") return "";
  const report = process.report.getReport();
  return report.header.glibcVersionRuntime ? "" : "-musl";
}

const name = `@hallpass-dev/cli-${process.platform}-${process.arch}${libc()}`;
let program;
try {
  program = require.resolve(`${name}/bin/hallpass${process.platform === "win32" ? ".exe" : ""}`);
} catch {
  console.error(
    `hallpass: the package ${name} is not installed. Either there is none for this machine, or npm was told to leave ` +
      "optional dependencies out; install again without `--omit=optional`.",
  );
  process.exit(2);
}
const run = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (run.error) {
  console.error(`hallpass: ${run.error.message}`);
  process.exit(2);
}
if (run.signal) process.kill(process.pid, run.signal);
process.exit(run.status ?? 2);
