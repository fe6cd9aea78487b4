/** What a request says, checked before anybody acts on it; one that does not fit is answered with 400 and why. */
import type { Context } from "hono";
import { z } from "zod";

export async function withBody<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
  answer: (body: z.output<Schema>) => Promise<Response>,
): Promise<Response> {
  const text = await context.req.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return context.json({ error: "the body is not JSON" }, 400);
  }
  return await checked(context, schema, json, answer);
}

export async function withQuery<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
  answer: (query: z.output<Schema>) => Promise<Response>,
): Promise<Response> {
  return await checked(context, schema, context.req.query(), answer);
}

async function checked<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
  said: unknown,
  answer: (value: z.output<Schema>) => Promise<Response>,
): Promise<Response> {
  const parsed = schema.safeParse(said);
  return parsed.success ? await answer(parsed.data) : context.json({ error: z.prettifyError(parsed.error) }, 400);
}
