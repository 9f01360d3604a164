// `npm run compose-secrets`: writes .env for docker-compose.yml with fresh random secrets; what is there already stays.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(new URL('../.env', import.meta.url));
const names = [
  'POSTGRES_PASSWORD',
  'DATABASE_PASSWORD',
  'PAGE_TOKEN_SECRET',
  'SIGNING_KEY_SECRET',
  'ADMIN_PASSWORD',
  'RABBITMQ_PASSWORD',
];

const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
const missing = names.filter((name) => !new RegExp(`^${name}=`, 'm').test(before));
const lines = missing.map((name) => `${name}=${randomBytes(24).toString('base64url')}\n`);
writeFileSync(path, before + lines.join(''), { mode: 0o600 });
process.stdout.write(missing.length === 0 ? '.env has every secret already\n' : `.env: added ${missing.join(', ')}\n`);
