import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import type { JsonValue } from '@bufbuild/protobuf';

import { UsageError } from '../usage-error.ts';

/**
 * The request messages: the JSON given, of `@file`, or one JSON value a line from standard input where it is "-".
 * Standard input is read as the call goes on, so that a stream can be written by hand. Throws a UsageError that names the
 * place of what is no JSON.
 */
export async function* readMessages(given: string, stdin: Readable): AsyncGenerator<JsonValue> {
  if (given === '-') {
    let number = 0;
    for await (const line of createInterface({ input: stdin })) {
      number += 1;
      if (line.trim() !== '') yield parse(line, `line ${number} of standard input`);
    }
    return;
  }
  if (!given.startsWith('@')) return yield parse(given, 'the request');
  const path = given.slice(1);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`the request cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  yield parse(text, path);
}

function parse(text: string, where: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue; // that is what it returns
  } catch (error) {
    throw new UsageError(`${where} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
