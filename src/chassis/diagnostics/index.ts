export { backlogsRoute, type Backlog, type BacklogStatus, type Waiting } from './backlogs.ts';
export { clientViews } from './client-views.ts';
export { policyRoutes, type PolicySources } from './policy-routes.ts';
export { configurationRoute } from './configuration-route.ts';
export type { LoopFacts } from './measure-loop.ts';
export {
  processRoute,
  type DatabaseView,
  type ProcessFacts,
  type ProcessRouteOptions,
  type RegistrationFacts,
} from './process-route.ts';
export { createProfileRecorder, type ProfileKind, type ProfileRecorder } from './profile.ts';
export { PROFILE_SECONDS, profileRoutes } from './profile-routes.ts';
