// Payloads of webhooks against the published schemas. The published examples are held against them in the test.
import { createRequire } from "node:module";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const require = createRequire(import.meta.url);

export class Hooks {
  constructor(schema = require("@octokit/webhooks-schemas/schema.json")) {
    this.ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema(schema, "hooks");
  }

  problems({ event, payload }) {
    const name = payload.action ? `${event}$${payload.action}` : `${event}$event`;
    const check = this.ajv.getSchema(`hooks#/definitions/${name.replaceAll("$", "%24")}`);
    if (!check) return [`no schema of ${name}`];
    if (check(payload)) return [];
    return check.errors.slice(0, 5).map((e) => `${name}${e.instancePath}: ${e.message} ${JSON.stringify(e.params)}`);
  }
}
