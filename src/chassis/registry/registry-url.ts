import { DEFAULT_WEIGHT, type Instance } from './instance.ts';

/** Which registry, as one line of configuration says it. */
export type RegistryUrl =
  | { readonly kind: 'etcd'; readonly endpoints: readonly string[] }
  | { readonly kind: 'consul'; readonly address: string }
  | { readonly kind: 'dns'; readonly pattern: string }
  | { readonly kind: 'static'; readonly instances: readonly Instance[] };

/** How a registry may be written, for messages and documentation. */
export const REGISTRY_URL_FORMS =
  'etcd://host:port,host:port; consul://host:port; dns:///_grpc._tcp.{process}.zone or dns:///{process}.zone:port; ' +
  'static:///process=host:port,process=host:port';

const ADDRESS = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/,=]+):\d{1,5}$/;

/** Reads one of REGISTRY_URL_FORMS. Throws an Error that says what is wrong with anything else. */
export function parseRegistryUrl(text: string): RegistryUrl {
  const [, scheme, rest = ''] = /^([a-z]+):\/\/(.+)$/.exec(text) ?? [];
  switch (scheme) {
    case 'etcd':
      return { kind: 'etcd', endpoints: addresses(rest) };
    case 'consul': {
      const [address = '', ...more] = addresses(rest);
      if (more.length > 0) throw new Error('Consul is asked at one address, that of the agent of this machine');
      return { kind: 'consul', address };
    }
    case 'dns':
      if (!rest.startsWith('/') || !rest.includes('{process}'))
        throw new Error('it must look like dns:///{process}.zone:port');
      return { kind: 'dns', pattern: rest.slice(1) };
    case 'static':
      if (!rest.startsWith('/')) throw new Error('it must look like static:///process=host:port');
      return { kind: 'static', instances: rest.slice(1).split(',').map(toInstance) };
    default:
      throw new Error(`it must be one of ${REGISTRY_URL_FORMS}`);
  }
}

function addresses(text: string): readonly string[] {
  const all = text.split(',').map((part) => part.trim().replace(/\/$/, ''));
  for (const address of all) if (!ADDRESS.test(address)) throw new Error(`"${address}" is not host:port`);
  return all;
}

function toInstance(text: string): Instance {
  const [, process, address = ''] = /^([a-z][a-z0-9-]*)=(.*)$/.exec(text.trim()) ?? [];
  if (process === undefined || !ADDRESS.test(address)) throw new Error(`"${text.trim()}" is not process=host:port`);
  const unknown = { zone: '', version: '', startedAt: '', metadata: {} };
  return { process, id: `${process}@${address}`, address, weight: DEFAULT_WEIGHT, ...unknown };
}
