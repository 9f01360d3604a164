import { DEREGISTER_MINIMUM_MS, durationMs, type CheckDefinition, type ServiceDefinition } from './words.ts';

interface Service {
  readonly definition: ServiceDefinition;
  readonly createIndex: number;
  readonly modifyIndex: number;
  readonly check: Check | undefined;
}

interface Check {
  readonly definition: CheckDefinition;
  status: 'passing' | 'warning' | 'critical';
  ttl: NodeJS.Timeout | undefined;
  reaping: NodeJS.Timeout | undefined;
}

interface Value {
  readonly value: string;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/**
 * What one agent of Consul knows, as its API documents it: services with at most one TTL check, keys with values, an
 * index that grows with each change, and one index per service and key. It is a test's server and keeps all in memory.
 */
export function createAgent({ minDeregisterMs = DEREGISTER_MINIMUM_MS } = {}) {
  const services = new Map<string, Service>();
  const values = new Map<string, Value>();
  const indexes = new Map<string, number>();
  const waiting = new Set<() => void>();
  let index = 10;
  /** What a query of something that was never there is answered with. */
  let extinction = 1;

  const changed = (thing: string) => {
    index += 1;
    indexes.set(thing, index);
    for (const wake of [...waiting]) wake();
    return index;
  };
  const stop = (check: Check | undefined) => {
    clearTimeout(check?.ttl);
    clearTimeout(check?.reaping);
  };
  const remove = (id: string): boolean => {
    const service = services.get(id);
    if (service === undefined) return false;
    stop(service.check);
    services.delete(id);
    extinction = changed(`service/${service.definition.Name}`);
    return true;
  };

  const setStatus = (id: string, status: Check['status']) => {
    const service = services.get(id);
    const check = service?.check;
    if (service === undefined || check === undefined) return;
    stop(check);
    const wasSame = check.status === status;
    check.status = status;
    if (status !== 'critical') {
      check.ttl = setTimeout(() => setStatus(id, 'critical'), durationMs(check.definition.TTL));
    } else {
      const after = durationMs(check.definition.DeregisterCriticalServiceAfter ?? '');
      if (after > 0) check.reaping = setTimeout(() => remove(id), Math.max(after, minDeregisterMs));
    }
    if (!wasSame) changed(`service/${service.definition.Name}`);
  };

  return {
    register(definition: ServiceDefinition) {
      const id = definition.ID || definition.Name;
      const before = services.get(id);
      stop(before?.check);
      if (before !== undefined && before.definition.Name !== definition.Name) remove(id);
      const modifyIndex = changed(`service/${definition.Name}`);
      const check: Check | undefined = definition.Check && {
        definition: definition.Check,
        status: 'critical', // Consul's, unless the check says otherwise
        ttl: undefined,
        reaping: undefined,
      };
      services.set(id, { definition, createIndex: before?.createIndex ?? modifyIndex, modifyIndex, check });
      setStatus(id, definition.Check?.Status ?? 'critical');
    },
    remove,
    /** False: there is no such check. */
    pass(checkId: string): boolean {
      const id = checkId.replace(/^service:/, '');
      if (services.get(id)?.check === undefined) return false;
      setStatus(id, 'passing');
      return true;
    },
    healthy: (name: string, passing: boolean) => ({
      index: indexes.get(`service/${name}`) ?? extinction,
      entries: [...services]
        .filter(([, { definition, check }]) => {
          return definition.Name === name && (!passing || check === undefined || check.status === 'passing');
        })
        .map(([id, service]) => toEntry(id, service)),
    }),
    checks: (status: string) => ({
      index,
      checks: [...services]
        .filter(([, { check }]) => check !== undefined && (status === 'any' || check.status === status))
        .map(([id, service]) => toCheck(id, service)),
    }),
    value(key: string) {
      const found = values.get(key);
      return {
        index: indexes.get(`value/${key}`) ?? extinction,
        entry: found && {
          ...{ Key: key, LockIndex: 0, Flags: 0, CreateIndex: found.createIndex, ModifyIndex: found.modifyIndex },
          Value: found.value === '' ? null : Buffer.from(found.value).toString('base64'),
        },
      };
    },
    put(key: string, value: string) {
      const modifyIndex = changed(`value/${key}`);
      values.set(key, { value, createIndex: values.get(key)?.createIndex ?? modifyIndex, modifyIndex });
    },
    delete(key: string) {
      if (values.delete(key)) changed(`value/${key}`);
    },
    /** Everything is lost and the index starts again, as after a restore of an old snapshot; queries that hang are answered. */
    wipe() {
      for (const { check } of services.values()) stop(check);
      services.clear();
      values.clear();
      indexes.clear();
      [index, extinction] = [2, 1];
      for (const wake of [...waiting]) wake();
    },
    /** Calls back at each change until the returned function is called. */
    onChange(listener: () => void) {
      waiting.add(listener);
      return () => waiting.delete(listener);
    },
  };
}

function toEntry(id: string, service: Service) {
  const { definition, createIndex, modifyIndex, check } = service;
  return {
    Node: { ID: '40e4a748-2192-161a-0510-9bf59fe950b5', Node: 'test', Address: '127.0.0.1', Datacenter: 'dc1' },
    Service: {
      ...{ ID: id, Service: definition.Name, Tags: definition.Tags ?? [], Address: definition.Address ?? '' },
      ...{ Meta: definition.Meta ?? null, Port: definition.Port ?? 0, EnableTagOverride: false },
      Weights: definition.Weights ?? { Passing: 1, Warning: 1 },
      ...{ CreateIndex: createIndex, ModifyIndex: modifyIndex },
    },
    Checks: check === undefined ? [] : [toCheck(id, service)],
  };
}

function toCheck(id: string, { definition, check }: Service) {
  return {
    ...{ Node: 'test', CheckID: `service:${id}`, Name: check?.definition.Name ?? '', Status: check?.status, Notes: '' },
    ...{ ServiceID: id, ServiceName: definition.Name, ServiceTags: definition.Tags ?? [], Type: 'ttl' },
  };
}
