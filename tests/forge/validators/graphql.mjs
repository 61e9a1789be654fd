// GraphQL documents and answers against GitHub's schema.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { buildSchema, execute, getOperationAST, getVariableValues, parse, validate } from "graphql";

export class Graph {
  constructor(text = readFileSync(new URL("node_modules/@octokit/graphql-schema/schema.graphql", import.meta.url), "utf8")) {
    this.schema = buildSchema(text, { assumeValidSDL: true });
  }

  // What is wrong with an exchange at `/graphql`.
  problems(exchange) {
    const { query, variables, operationName } = exchange.request_body ?? {};
    const answer = exchange.response_body;
    if (exchange.status !== 200) return [];
    const refused = answer.data === undefined;
    let document;
    try {
      document = parse(query);
    } catch (error) {
      return refused ? [] : [`document: ${error.message}`];
    }
    const found = validate(this.schema, document).map((error) => `document: ${error.message}`);
    if (refused) return [];
    const operation = getOperationAST(document, operationName);
    const values = getVariableValues(this.schema, operation?.variableDefinitions ?? [], variables ?? {});
    found.push(...(values.errors ?? []).map((error) => `variables: ${error.message}`));
    if (found.length > 0) return found;
    return this.answer(document, variables, operationName, answer);
  }

  // The answer's data is executed as if it were the source: what comes out is the same if types, nullability and names
  // of enums are those of the schema. Where the answer tells an error, null stands for what could not be had.
  answer(document, variableValues, operationName, answer) {
    const told = new Set((answer.errors ?? []).map((error) => JSON.stringify(error.path)));
    const result = execute({
      schema: this.schema,
      document,
      variableValues,
      operationName,
      rootValue: answer.data,
      fieldResolver: (source, _arguments, _context, info) => source?.[info.path.key],
      typeResolver: (value) => value.__typename ?? "User",
    });
    const errors = (result.errors ?? []).filter((error) => !told.has(JSON.stringify(error.path)));
    if (errors.length > 0) return errors.map((error) => `answer: ${error.message} at ${error.path?.join("/")}`);
    const same = isDeepStrictEqual(JSON.parse(JSON.stringify(result.data)), answer.data);
    return same || told.size > 0 ? [] : ["answer: is not what the schema makes of it"];
  }
}
