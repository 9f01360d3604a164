/** What a stand-in tells whoever started it; it logs nothing itself. */
export type SandboxEvent =
  /** Opening the record cut off a torn last line of so many bytes: the process was killed in the middle of a write. */
  | { readonly kind: 'journal-repaired'; readonly file: string; readonly bytes: number }
  /** A request ended in 500 INTERNAL for a reason nobody planned. */
  | { readonly kind: 'request-failed'; readonly method: string; readonly path: string; readonly error: unknown }
  /** The SMTP side met an error outside any command: a broken connection, for one. */
  | { readonly kind: 'smtp-failed'; readonly error: unknown };
