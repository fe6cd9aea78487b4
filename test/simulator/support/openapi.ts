/** Checks answers against an OpenAPI description on disk: as much of JSON Schema as that description uses. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Schema {
  $ref?: string;
  type?: string;
  enum?: readonly unknown[];
  required?: readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  oneOf?: readonly Schema[];
  anyOf?: readonly Schema[];
  allOf?: readonly Schema[];
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
}

interface Description {
  paths: Readonly<Record<string, Readonly<Record<string, { responses?: Readonly<Record<string, Response>> }>>>>;
}

interface Response {
  content?: Readonly<Record<string, { schema: Schema }>>;
}

export class OpenApi {
  readonly #file: string;
  readonly #paths: Description["paths"];
  readonly #files = new Map<string, Schema>();

  constructor(file: string) {
    this.#file = file;
    this.#paths = (JSON.parse(readFileSync(file, "utf8")) as Description).paths;
  }

  /** What is wrong with an answer to an operation of path `/my/ships/:ship`; nothing when it is as described. */
  faults(method: string, path: string, status: number, body: unknown): string[] {
    const found = Object.entries(this.#paths).find(([described]) => isSamePath(described, path));
    const responses = found?.[1][method.toLowerCase()]?.responses;
    const response = responses?.[String(status)];
    if (response === undefined) return [`${method} ${path} is not described with status ${status}`];
    const schema = response.content?.["application/json"]?.schema;
    return schema === undefined ? [] : this.#check(schema, body, "", this.#file);
  }

  #check(schema: Schema, value: unknown, at: string, file: string): string[] {
    if (schema.$ref !== undefined) {
      const target = join(dirname(file), schema.$ref);
      return this.#check(this.#read(target), value, at, target);
    }
    const parts = [...(schema.allOf ?? [])].flatMap((part) => this.#check(part, value, at, file));
    const choices = schema.oneOf ?? schema.anyOf;
    const fits = choices?.some((choice) => this.#check(choice, value, at, file).length === 0) ?? true;
    return [
      ...parts,
      ...(fits ? [] : [`${at}: fits none of the alternatives`]),
      ...checkSimple(schema, value, at),
      ...this.#checkObject(schema, value, at, file),
      ...this.#checkArray(schema, value, at, file),
    ];
  }

  #checkObject(schema: Schema, value: unknown, at: string, file: string): string[] {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    const fields = value as Readonly<Record<string, unknown>>;
    const missing = (schema.required ?? []).filter((name) => fields[name] === undefined).map((name) => `${at}.${name}: missing`);
    const others = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
    const wrong = Object.entries(fields).flatMap(([name, child]) => {
      const part = schema.properties?.[name] ?? others;
      return part === undefined ? [] : this.#check(part, child, `${at}.${name}`, file);
    });
    return [...missing, ...wrong];
  }

  #checkArray({ items }: Schema, value: unknown, at: string, file: string): string[] {
    if (!Array.isArray(value) || items === undefined) return [];
    return value.flatMap((item, i) => this.#check(items, item, `${at}[${i}]`, file));
  }

  #read(file: string): Schema {
    const known = this.#files.get(file);
    if (known) return known;
    const schema = JSON.parse(readFileSync(file, "utf8")) as Schema;
    this.#files.set(file, schema);
    return schema;
  }
}

function checkSimple(schema: Schema, value: unknown, at: string): string[] {
  const faults: string[] = [];
  if (schema.type !== undefined && !isOfType(schema.type, value))
    faults.push(`${at}: ${JSON.stringify(value)} is no ${schema.type}`);
  if (schema.enum && !schema.enum.includes(value)) faults.push(`${at}: ${JSON.stringify(value)} is none of the values`);
  if (typeof value === "number" && value < (schema.minimum ?? value)) faults.push(`${at}: ${value} is too small`);
  if (typeof value === "number" && value > (schema.maximum ?? value)) faults.push(`${at}: ${value} is too large`);
  if (typeof value === "string" && value.length < (schema.minLength ?? 0)) faults.push(`${at}: too short`);
  if (typeof value === "string" && value.length > (schema.maxLength ?? value.length)) faults.push(`${at}: too long`);
  if (schema.format === "date-time" && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(value)))
    faults.push(`${at}: no instant`);
  return faults;
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

function isSamePath(described: string, served: string): boolean {
  const [a, b] = [described.split("/"), served.split("/")];
  return a.length === b.length && a.every((part, i) => (part.startsWith("{") ? b[i]?.startsWith(":") : part === b[i]));
}
