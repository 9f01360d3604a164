export { applySettings, type AdjustableParts } from './apply-settings.ts';
export { followSettings, methodsOf, type FollowedSettings } from './follow-settings.ts';
export { parseSettings, type KnowsMethod } from './parse-settings.ts';
export { settingsRoute } from './settings-route.ts';
export { settingsKey, type GivenSettings, type LogLevel, type Settings } from './settings.ts';
