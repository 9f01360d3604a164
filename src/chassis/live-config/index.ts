export {
  followConfig,
  type LiveConfig,
  type LiveConfigEvents,
  type LiveConfigOptions,
  type LiveConfigStatus,
} from './follow-config.ts';
export { readJson } from './read-json.ts';
export {
  byKind,
  checked,
  either,
  list,
  number,
  object,
  orFalse,
  record,
  text,
  throwing,
  type Reader,
} from './readers.ts';
