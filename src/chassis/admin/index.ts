export { jsonAnswer, type AdminAnswer, type AdminRequest, type AdminRoute } from './admin-route.ts';
export { createAdminServer, type AdminServer, type AdminServerOptions } from './admin-server.ts';
export { readinessOf, type Check, type ComponentState, type Readiness } from './readiness.ts';
