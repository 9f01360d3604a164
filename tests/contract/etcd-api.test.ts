import { describe } from '@jest/globals';

import { createEmbeddedEtcd } from '../../src/embedded/etcd/index.ts';
import { describeIf } from '../support/optional.ts';
import { hasRealEtcd, realEtcd } from '../support/real-etcd.ts';
import { describeEtcdApi } from './etcd-api.suite.ts';

describe('etcd API, embedded', () => {
  describeEtcdApi(async () => {
    const etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
    return { endpoint: etcd.address, close: () => etcd.close() };
  });
});

describeIf(hasRealEtcd(), 'etcd API, real', 'an etcd server (Debian: etcd-server)', () => {
  describeEtcdApi(async () => {
    const etcd = await realEtcd();
    const endpoint = etcd?.endpoints[0];
    if (etcd === undefined || endpoint === undefined) throw new Error('etcd was there a moment ago');
    return { endpoint, close: () => etcd.close() };
  });
});
