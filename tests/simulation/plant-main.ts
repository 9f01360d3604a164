// `node --import tests/simulation/plant-main.ts ...` with PLANTED_FAULT=<name>: the program then runs with that fault, and no file is changed.
import { registerHooks } from 'node:module';

import { PLANTED_FAULTS } from './planted-faults.ts';

const fault = PLANTED_FAULTS.find(({ name }) => name === process.env['PLANTED_FAULT']);
if (fault === undefined)
  throw new Error(`PLANTED_FAULT is none of ${PLANTED_FAULTS.map(({ name }) => name).join(', ')}`);
const { name, changes } = fault;
const urlOf = (file: string) => new URL(`../../${file}`, import.meta.url).href;

registerHooks({
  load(asked, context, next) {
    const loaded = next(asked, context);
    const own = changes.filter(({ file }) => urlOf(file) === asked);
    if (own.length === 0) return loaded;
    const source = own.reduce((text, { file, find, put }) => {
      if (text.split(find).length !== 2) throw new Error(`${name}: ${file} does not hold exactly once: ${find}`);
      return text.replace(find, () => put);
    }, String(loaded.source));
    return { ...loaded, source };
  },
});
