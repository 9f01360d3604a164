import { fromBinary, toBinary, create } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';

import type { ClientFactory } from '../chassis/client/index.ts';
import { AppError } from '../chassis/core/index.ts';
import {
  REFLECTION_VERSIONS,
  reflectionDefinition,
  type ReflectionAnswer,
  type ReflectionQuestion,
} from './reflection-protocol.ts';

const TIMEOUT_MS = 10_000;
const NO_SUCH_SYMBOL = 5;

/** What a running server says of itself. */
export interface Reflection {
  /** Full names of its services. */
  services(): Promise<readonly string[]>;
  /** A FileDescriptorSet with the service's file and everything it imports. Throws NOT_FOUND for an unknown service. */
  descriptors(service: string): Promise<Uint8Array>;
}

/**
 * Asks the servers of a target, found and balanced like every call, through grpc.reflection.v1, or v1alpha where that is
 * all they have. Each method throws UNIMPLEMENTED (NO_REFLECTION) for a server without either.
 */
export function createReflection(clients: ClientFactory, target: string): Reflection {
  const ask = async (questions: readonly ReflectionQuestion[]): Promise<readonly ReflectionAnswer[]> => {
    for (const version of REFLECTION_VERSIONS) {
      const client = clients.client(reflectionDefinition(version), target);
      try {
        const answers: ReflectionAnswer[] = [];
        const stream = client.serverReflectionInfo(each(questions), { timeoutMs: TIMEOUT_MS });
        for await (const answer of stream) answers.push(answer as ReflectionAnswer); // decoded with the same definition
        return answers;
      } catch (error) {
        if (!(error instanceof AppError) || error.status !== 'UNIMPLEMENTED') throw error;
      }
    }
    throw new AppError({
      status: 'UNIMPLEMENTED',
      reason: 'NO_REFLECTION',
      message: `the servers of ${target} do not offer reflection; pass their contracts with --proto`,
    });
  };

  return {
    async services() {
      const [answer] = await ask([{ listServices: '' }]);
      return (answer?.listServicesResponse?.service ?? []).map(({ name }) => name);
    },
    async descriptors(service) {
      const files = new Map<string, FileDescriptorProto>();
      const take = (answer: ReflectionAnswer) => {
        for (const bytes of answer.fileDescriptorResponse?.fileDescriptorProto ?? []) {
          const file = fromBinary(FileDescriptorProtoSchema, bytes);
          files.set(file.name, file);
        }
      };
      const [first] = await ask([{ fileContainingSymbol: service }]);
      if (first?.errorResponse !== undefined) throw refused(service, first.errorResponse);
      if (first !== undefined) take(first);
      for (let missing = missingImports(files); missing.length > 0; missing = missingImports(files)) {
        const answers = await ask(missing.map((fileByFilename) => ({ fileByFilename })));
        const error = answers.find(({ errorResponse }) => errorResponse !== undefined)?.errorResponse;
        if (error !== undefined) throw refused(missing.join(', '), error);
        const known = files.size;
        answers.forEach(take);
        if (files.size === known) throw refused(missing.join(', '), { errorCode: NO_SUCH_SYMBOL, errorMessage: '' });
      }
      return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: inOrder(files) }));
    },
  };
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

function missingImports(files: ReadonlyMap<string, FileDescriptorProto>): readonly string[] {
  const imported = [...files.values()].flatMap((file) => file.dependency);
  return [...new Set(imported)].filter((name) => !files.has(name));
}

/** Imports before their importers: that is how a FileDescriptorSet is read. */
function inOrder(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const add = (name: string) => {
    const file = files.get(name);
    if (file === undefined || ordered.has(file)) return;
    file.dependency.forEach(add);
    ordered.add(file);
  };
  [...files.keys()].forEach(add);
  return [...ordered];
}

function refused(what: string, error: { readonly errorCode: number; readonly errorMessage: string }): AppError {
  const isUnknown = error.errorCode === NO_SUCH_SYMBOL;
  return new AppError({
    status: isUnknown ? 'NOT_FOUND' : 'UNKNOWN',
    reason: isUnknown ? 'SYMBOL_UNKNOWN' : 'REFLECTION_FAILED',
    message: `the server has no description of ${what}${error.errorMessage === '' ? '' : ` (${error.errorMessage})`}`,
  });
}
