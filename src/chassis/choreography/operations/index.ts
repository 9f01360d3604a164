export { partRoutes } from './part-routes.ts';
export { createPartHandlers, createPartService, type PartHandlers, type PartServiceOptions } from './part-service.ts';
