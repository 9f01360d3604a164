/**
 * The server's settings: full durability, little memory. Every other setting is PostgreSQL's default.
 * Source: https://www.postgresql.org/docs/18/runtime-config.html
 */
export const SERVER_SETTINGS = {
  // Money and stock: a commit that was answered survives the power going.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // One machine, shared with the processes that use it.
  shared_buffers: '32MB',
  max_connections: '200',
  max_wal_size: '256MB',
  // After a crash one call has the system write what is left, not one for each of thousands of files; only Linux has it.
  ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
  // No replicas: no sender processes, and the WAL only carries what recovery needs.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  // Short statements gain nothing from helpers and compiled plans, and each helper is a process.
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  autovacuum_max_workers: '2',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // TCP only: a socket file's path is limited to 107 bytes, and the password guards this one.
  unix_socket_directories: '',
} as const;
