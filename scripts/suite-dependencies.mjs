// Makes the suite's own libraries (package.json, "suiteDependencies") dependencies of production, for the container image:
// `npm prune --omit=dev` then keeps them. Only the image runs this. Everywhere else they are development dependencies, so that
// an app that installs the package for its client gets what the client needs and no more.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package.json', import.meta.url);
const manifest = JSON.parse(readFileSync(path, 'utf8'));
for (const name of manifest.suiteDependencies) {
  manifest.dependencies[name] = manifest.devDependencies[name];
  delete manifest.devDependencies[name];
}
writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
