// GitHub's OpenAPI as JSON schemas: which operation a request is, and whether request and response fit it.
import { createRequire } from "node:module";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const require = createRequire(import.meta.url);

// The endpoints of the fake. The document describes a thousand; Prism and Ajv read these only.
export const ENDPOINTS = {
  "/repos/{owner}/{repo}": ["get"],
  "/repos/{owner}/{repo}/pulls": ["get"],
  "/repos/{owner}/{repo}/pulls/{pull_number}": ["get"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/files": ["get"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/comments": ["get", "post"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies": ["post"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/reviews": ["get", "post"],
  "/repos/{owner}/{repo}/pulls/comments/{comment_id}": ["get", "patch"],
  "/repos/{owner}/{repo}/compare/{basehead}": ["get"],
  "/repos/{owner}/{repo}/git/commits/{commit_sha}": ["get"],
  "/repos/{owner}/{repo}/git/trees/{tree_sha}": ["get"],
  "/repos/{owner}/{repo}/git/blobs/{file_sha}": ["get"],
  "/repos/{owner}/{repo}/issues/{issue_number}/comments": ["get", "post"],
  "/repos/{owner}/{repo}/issues/comments/{comment_id}": ["get", "patch"],
  "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions": ["post"],
  "/repos/{owner}/{repo}/commits/{ref}/check-runs": ["get"],
  "/repos/{owner}/{repo}/commits/{commit_sha}/pulls": ["get"],
  "/repos/{owner}/{repo}/check-runs": ["post"],
  "/repos/{owner}/{repo}/check-runs/{check_run_id}": ["patch"],
  "/repos/{owner}/{repo}/statuses/{sha}": ["post"],
  "/repos/{owner}/{repo}/collaborators/{username}/permission": ["get"],
  "/repos/{owner}/{repo}/installation": ["get"],
  "/repos/{owner}/{repo}/actions/runs/{run_id}": ["get"],
  "/app": ["get"],
  "/app/installations/{installation_id}/access_tokens": ["post"],
  "/user": ["get"],
  "/rate_limit": ["get"],
};

// Where GitHub's description is narrower than what github.com answers. Each entry widens one schema, and says why.
const EXCEPTIONS = [
  // An outdated comment, and one on a file, has no line and no position: the description says integer, the documentation
  // of `line` and every client know null.
  ...["position", "original_position", "line", "original_line"].map((name) => ({
    at: ["components", "schemas", "pull-request-review-comment", "properties", name],
    widen: (schema) => ({ ...schema, nullable: true }),
  })),
  // A 422 repeats its status in the body, as every other refusal does.
  ...["validation-error", "validation-error-simple"].map((name) => ({
    at: ["components", "schemas", name, "properties"],
    widen: (properties) => ({ ...properties, status: { type: "string" } }),
  })),
  // A fork may be deleted while its pull request is open; then `head.repo` is null.
  ...["pull-request", "pull-request-simple"].map((name) => ({
    at: ["components", "schemas", name, "properties", "head", "properties", "repo"],
    widen: (schema) => ({ nullable: true, anyOf: [schema] }),
  })),
];

// A document with the endpoints, and of the components what they refer to.
export function subset(whole) {
  const chosen = { openapi: whole.openapi, info: whole.info, paths: {}, components: {} };
  for (const [path, methods] of Object.entries(ENDPOINTS)) {
    chosen.paths[path] = {};
    for (const method of methods) {
      if (!whole.paths[path]?.[method]) throw new Error(`GitHub describes no ${method} ${path}`);
      chosen.paths[path][method] = whole.paths[path][method];
    }
  }
  const open = [chosen.paths];
  const take = (kind, name) => {
    chosen.components[kind] ??= {};
    if (chosen.components[kind][name]) return;
    chosen.components[kind][name] = whole.components[kind][name];
    open.push(whole.components[kind][name]);
  };
  ["basic-error", "validation-error", "validation-error-simple"].forEach((name) => take("schemas", name));
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    for (const [name, inner] of Object.entries(value)) {
      if (name === "$ref" && typeof inner === "string") take(...inner.replace("#/components/", "").split("/"));
      else if (name === "mapping") Object.values(inner).forEach((ref) => take(...ref.replace("#/components/", "").split("/")));
      else open.push(inner);
    }
  }
  return structuredClone(chosen);
}

// A schema of OpenAPI 3.0 as one of JSON schema: `nullable` is a type there, examples and discriminators say nothing.
function translated(schema) {
  if (Array.isArray(schema)) return schema.map(translated);
  if (typeof schema !== "object" || schema === null) return schema;
  const { nullable, example, examples, discriminator, xml, externalDocs, deprecated, ...rest } = schema;
  const result = {};
  for (const [name, value] of Object.entries(rest)) {
    if (name === "properties") {
      result[name] = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, translated(inner)]));
    } else if (name === "enum" || name === "required" || name === "default") {
      result[name] = value;
    } else if (!name.startsWith("x-")) {
      result[name] = translated(value);
    }
  }
  return nullable === true ? { anyOf: [{ type: "null" }, result] } : result;
}

export class Description {
  constructor(whole = require("@octokit/openapi/generated/api.github.com.json")) {
    this.document = subset(whole);
    const wide = structuredClone(this.document);
    for (const { at, widen } of EXCEPTIONS) {
      const parent = at.slice(0, -1).reduce((value, name) => value[name], wide);
      parent[at.at(-1)] = widen(parent[at.at(-1)]);
    }
    this.wide = wide;
    const schemas = Object.fromEntries(
      Object.entries(wide.components.schemas).map(([name, schema]) => [name, translated(schema)]),
    );
    this.ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: "github", components: { schemas } });
    this.query = new Ajv({ strict: false, coerceTypes: true });
    addFormats(this.query);
    this.compiled = new Map();
    this.operations = Object.entries(wide.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation, pattern: pattern(path, operation, wide) })),
    );
    // `/pulls/comments/{id}` before `/pulls/{number}/comments`.
    this.operations.sort((a, b) => variables(a.path) - variables(b.path));
  }

  // Of a method and an encoded path.
  find(method, path) {
    for (const candidate of this.operations) {
      if (candidate.method !== method.toLowerCase()) continue;
      const match = candidate.pattern.exec(path);
      if (match) return { ...candidate, values: match.groups ?? {} };
    }
    return undefined;
  }

  resolve(value) {
    while (value?.$ref) value = value.$ref.slice(2).split("/").reduce((inner, name) => inner[name], this.wide);
    return value;
  }

  // What is wrong with a value under a schema of the document, unknown members included.
  misfits(key, schema, value, where) {
    if (!this.compiled.has(key)) {
      const external = JSON.parse(JSON.stringify(translated(schema)).replaceAll('"#/components', '"github#/components'));
      this.compiled.set(key, this.ajv.compile(external));
    }
    const check = this.compiled.get(key);
    if (check(value)) return this.unknown(schema, value, where);
    const told = check.errors.slice(0, 5).map((e) => `${where}${e.instancePath}: ${e.message} ${JSON.stringify(e.params)}`);
    return [...new Set(told)];
  }

  // Members that the schema does not name: the description leaves objects open, and a fake that invents a member, or a
  // client that sends one, would not be noticed.
  unknown(schema, value, where) {
    if (typeof value !== "object" || value === null) return [];
    const parts = this.parts(schema);
    if (Array.isArray(value)) {
      const items = parts.map((part) => part.items).filter(Boolean);
      if (items.length === 0) return [];
      return value.flatMap((item, index) => this.unknown({ anyOf: items }, item, `${where}/${index}`));
    }
    if (parts.some((part) => part.additionalProperties)) return [];
    const known = {};
    for (const part of parts) {
      for (const [name, inner] of Object.entries(part.properties ?? {})) (known[name] ??= []).push(inner);
    }
    if (Object.keys(known).length === 0) return [];
    return Object.entries(value).flatMap(([name, inner]) =>
      known[name]
        ? this.unknown({ anyOf: known[name] }, inner, `${where}/${name}`)
        : [`${where}/${name}: no such member`],
    );
  }

  // A schema and all it is made of.
  parts(schema) {
    const resolved = this.resolve(schema) ?? {};
    const inner = ["allOf", "anyOf", "oneOf"].flatMap((name) => resolved[name] ?? []);
    return [resolved, ...inner.flatMap((part) => this.parts(part))];
  }

  request({ path, method, operation, values }, exchange) {
    const problems = [];
    const known = new Set();
    const given = new URLSearchParams(exchange.query);
    for (const reference of operation.parameters ?? []) {
      const parameter = this.resolve(reference);
      const schema = translated(this.resolve(parameter.schema));
      let value;
      if (parameter.in === "query") {
        known.add(parameter.name);
        value = given.get(parameter.name) ?? undefined;
      } else if (parameter.in === "path") {
        value = decodeURIComponent(values[parameter.name.replaceAll(/\W/g, "_")]);
      } else {
        continue;
      }
      if (value === undefined) {
        if (parameter.required) problems.push(`${parameter.name} is missing`);
        continue;
      }
      if (!this.query.validate({ type: "object", properties: { value: schema } }, { value })) {
        problems.push(`${parameter.in} parameter ${parameter.name}=${value}: ${this.query.errorsText()}`);
      }
    }
    for (const name of given.keys()) if (!known.has(name)) problems.push(`no query parameter ${name}`);
    const body = this.resolve(operation.requestBody);
    const schema = body?.content?.["application/json"]?.schema;
    if (exchange.request_body === null) {
      if (body?.required) problems.push("the body is missing");
    } else if (!schema) {
      problems.push("no body is described");
    } else {
      problems.push(...this.misfits(`${method} ${path}`, schema, exchange.request_body, "body"));
    }
    return problems.map((problem) => `request: ${problem}`);
  }

  response({ path, method, operation }, exchange) {
    const { status } = exchange;
    if (status === 304) return [];
    // A file's own bytes.
    if (exchange.response_headers["content-type"]?.includes("raw") || /\.raw/.test(exchange.request_headers.accept ?? "")) {
      if (path.endsWith("/git/blobs/{file_sha}") && status === 200) return [];
    }
    const described = this.resolve(operation.responses[String(status)]);
    const schema = described?.content?.["application/json"]?.schema;
    if (status < 300) {
      if (!schema) return [`response: ${status} is not described`];
      return this.misfits(`${method} ${path} ${status}`, schema, exchange.response_body, "response");
    }
    // Refusals that hold for every endpoint are described at few. 422 comes in three forms, of which an endpoint is
    // described with one at most: a message, rows, plain sentences.
    const names = ["basic-error", ...(status === 422 ? ["validation-error", "validation-error-simple"] : [])];
    const tried = names.map((name) =>
      this.misfits(`error ${name}`, { $ref: `#/components/schemas/${name}` }, exchange.response_body, "response"),
    );
    if (tried.some((problems) => problems.length === 0)) return [];
    return schema ? this.misfits(`${method} ${path} ${status}`, schema, exchange.response_body, "response") : tried[0];
  }
}

function variables(path) {
  return path.split("{").length;
}

function pattern(path, operation, document) {
  const many = (name) =>
    (operation.parameters ?? []).some((reference) => {
      const parameter = reference.$ref
        ? reference.$ref.slice(2).split("/").reduce((inner, part) => inner[part], document)
        : reference;
      return parameter.name === name && parameter["x-multi-segment"];
    });
  const source = path.replaceAll(/\{([^}]+)\}/g, (_, name) => `(?<${name.replaceAll(/\W/g, "_")}>${many(name) ? ".+" : "[^/]+"})`);
  return new RegExp(`^${source}$`);
}
