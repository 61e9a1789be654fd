// Addresses of documents, and paths in trees. Editors write the same address in several ways: compared is what they mean.

/** What an address means, however it is written. */
export function plainly(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

/** The address of a path below a folder. */
export function below(folder: string, path: string): string {
  return `${folder.replace(/\/$/, "")}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** The path of an address below a folder, if it is there. */
export function inside(folder: string, uri: string): string | undefined {
  const root = `${plainly(folder).replace(/\/$/, "")}/`;
  const whole = plainly(uri);
  return whole.startsWith(root) && whole.length > root.length ? whole.slice(root.length) : undefined;
}

/** How files in a language end, where the name of a text does not say it. */
const ENDINGS: Record<string, string> = {
  yaml: ".yml",
  "github-actions-workflow": ".yml",
  json: ".json",
  jsonc: ".jsonc",
  terraform: ".tf",
  bicep: ".bicep",
  shellscript: ".sh",
  toml: ".toml",
  dockerfile: ".Dockerfile",
};

/** The path under which a document outside of all folders is checked: from a dotted folder on, which says what it is. */
export function alone(uri: string, language: string): string {
  const path = plainly(uri).replace(/^[^:]*:/, "");
  const parts = path.split(/[/\\]/).filter((part) => part !== "" && part !== "." && part !== "..");
  const dotted = parts.slice(0, -1).findLastIndex((part) => part.startsWith("."));
  const name = (dotted < 0 ? parts.slice(-1) : parts.slice(dotted)).join("/") || "Untitled";
  return /\.[^/]*$/.test(name) ? name : `${name}${ENDINGS[language] ?? ""}`;
}
