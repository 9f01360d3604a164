export { jsonAnswer, type AdminAnswer, type AdminRequest, type AdminRoute } from './admin-route.ts';
export { contractRoutes, type ContractRoutesOptions } from './contract-routes.ts';
export { createAdminServer, type AdminServer, type AdminServerOptions } from './admin-server.ts';
export { readinessJson, type ReadinessJson } from './readiness-json.ts';
