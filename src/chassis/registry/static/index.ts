export { createStaticRegistry, staticRegistration, staticValueWatcher } from './static-registry.ts';
