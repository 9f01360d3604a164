export {
  createEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type EmbeddedPostgresProgress,
  type ServerExit,
} from './embedded-postgres.ts';
