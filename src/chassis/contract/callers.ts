import { getOption, hasOption, type DescMethod, type DescService, type FileRegistry } from '@bufbuild/protobuf';

/** What a process is to an RPC that it may call (tradewind.type.v1.Callers). */
export type CallerStanding =
  /** It calls for itself: without a token its call comes from inside the suite. */
  | 'inside'
  /** It calls for users: without a token its call comes from outside. */
  | 'for users';

/** Who may call an RPC, by the names in their certificates. */
export interface Callers {
  /** Undefined: it may not. */
  standingOf(process: string): CallerStanding | undefined;
  /** Every name in it; "*" is everybody with a certificate. */
  readonly names: ReadonlySet<string>;
}

const SERVICE_EXTENSION = 'tradewind.type.v1.callers';
const METHOD_EXTENSION = 'tradewind.type.v1.method_callers';
const EVERYBODY = '*';

/** What tradewind.type.v1.Callers looks like when it is read through its descriptor. */
interface CallersMessage {
  readonly inside: readonly string[];
  readonly forUsers: readonly string[];
}

/** Nobody, which is what a contract that says nothing means. */
export const NOBODY: Callers = toCallers({ inside: [], forUsers: [] });

/** Who may call the RPC: what it says itself, or else what its service says. */
export function callersOf(method: DescMethod, registry: FileRegistry): Callers {
  return optionOf(method, METHOD_EXTENSION, registry) ?? optionOf(method.parent, SERVICE_EXTENSION, registry) ?? NOBODY;
}

function optionOf(described: DescMethod | DescService, name: string, registry: FileRegistry): Callers | undefined {
  const extension = registry.getExtension(name);
  if (extension === undefined || !hasOption(described, extension)) return undefined;
  return toCallers(getOption(described, extension) as unknown as CallersMessage); // the extension's message type
}

function toCallers({ inside, forUsers }: CallersMessage): Callers {
  const standings = new Map<string, CallerStanding>([
    ...forUsers.map((name) => [name, 'for users'] as const),
    ...inside.map((name) => [name, 'inside'] as const),
  ]);
  return {
    standingOf: (process) => standings.get(process) ?? standings.get(EVERYBODY),
    names: new Set(standings.keys()),
  };
}
