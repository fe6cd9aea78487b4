/** What is wrong with a JSON file that somebody wrote: which field, what was expected there, what was found. */
import { z } from "zod";
import { nearest } from "./options.ts";

export interface FileProblem {
  /** Names and positions from the top, joined by dots: `marketplaces.0.tradeGoods.3.supply`. */
  readonly path: string;
  readonly expected: string;
  /** The value as JSON, shortened, or `nothing`. */
  readonly found: string;
}

/** Every problem of a file that did not fit its schema, in the file's order. */
export function problemsOf(error: z.ZodError, schema: z.ZodType, json: unknown): FileProblem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      const known = fieldsAt(schema, path);
      return issue.keys.map((key) => problemAt([...path, key], json, `no such field; did you mean ${nearest(key, known)}?`));
    }
    return [problemAt(path, json, expectedBy(issue))];
  });
}

export function problemAt(path: readonly (string | number)[], json: unknown, expected: string): FileProblem {
  return { path: path.join(".") || "(top)", expected, found: foundAt(path.map(String), json) };
}

export function problemText({ path, expected, found }: FileProblem): string {
  return `${path}: expected ${expected}, found ${found}`;
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return NOUNS[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `at least ${issue.minimum}${UNITS[issue.origin] ?? ""}`;
    case "too_big":
      return `at most ${issue.maximum}${UNITS[issue.origin] ?? ""}`;
    case "invalid_format":
      return issue.pattern === undefined ? `a text of the form ${issue.format}` : `a text that fits ${issue.pattern}`;
    case "custom":
    case "invalid_element":
    case "invalid_key":
    case "invalid_union":
    case "not_multiple_of":
    case "unrecognized_keys":
      return issue.message;
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};
const UNITS: Readonly<Record<string, string>> = { string: " characters", array: " entries" };
const SHOWN_CHARACTERS = 60;

function foundAt(path: readonly string[], json: unknown): string {
  let at = json;
  for (const step of path) at = typeof at === "object" && at !== null ? Reflect.get(at, step) : undefined;
  if (at === undefined) return "nothing";
  const text = JSON.stringify(at);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** The names an object of the schema may have at a path. */
function fieldsAt(schema: unknown, path: readonly string[]): readonly string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return fieldsAt(schema.unwrap(), path);
  const [step, ...rest] = path;
  if (schema instanceof z.ZodArray) return fieldsAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  return step === undefined ? Object.keys(schema.shape) : fieldsAt(schema.shape[step], rest);
}
