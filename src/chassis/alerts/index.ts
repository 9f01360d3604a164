export type { Alert, AlertData, AlertEvents, AlertType } from './alert.ts';
export { createAlerts, type Alerts, type AlertsOptions } from './alerts.ts';
export { watchProcess, type AlertSources } from './watch-process.ts';
