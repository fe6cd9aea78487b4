/** Table types for Kysely, by qualified name. */
export interface DatabaseSchema {
  readonly bosun_migration: { readonly name: string; readonly timestamp: string };
}
