// One line that says what was found in what, in words.
import type { Severity } from "hallpass";
import type { Checked } from "./protocol";

/** The gravest first. */
export const SEVERITIES: Severity[] = ["critical", "high", "medium", "low", "info"];

export function summary({ answer: { findings, coverage }, milliseconds }: Checked): string {
  const counts = SEVERITIES.map((severity) => [findings.filter((one) => one.severity === severity).length, severity] as const);
  const told = counts.filter(([count]) => count).map(([count, severity]) => `${count} ${severity}`).join(", ");
  const files = coverage.filter(({ status }) => status === "checked").length;
  const parts = [findings.length ? `${counted(findings.length, "finding")} (${told})` : "No findings", `${counted(files, "file")} checked in ${Math.ceil(milliseconds)} ms`];
  const failed = coverage.filter(({ status }) => status === "failed").length;
  if (failed) parts.push(`${counted(failed, "file")} not readable`);
  return parts.join(" · ");
}

/** What is waited for. */
export function awaited(files: number, patience: number): string {
  return `Checking ${counted(files, "file")}, for ${patience / 1000} seconds at most…`;
}

function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}
