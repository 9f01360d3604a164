export { createStaticRegistry } from './static-registry.ts';
