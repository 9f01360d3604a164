import { Writable } from 'node:stream';

/** Where a log goes that nobody reads. */
export const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
