export { baseConfiguration, type BaseConfiguration } from './base.ts';
export { configurationView, type ConfigurationValue } from './configuration-view.ts';
export { describeConfiguration, type ConfigurationKey } from './describe.ts';
export {
  choice,
  databaseUrl,
  emails,
  flag,
  integer,
  addresses,
  milliseconds,
  port,
  registryUrl,
  secret,
  text,
  url,
} from './keys.ts';
export { ConfigurationError, parseConfiguration, type ConfigurationProblem } from './parse.ts';
export { Secret } from './secret.ts';
