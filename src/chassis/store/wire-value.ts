/**
 * A parameter as the server reads it: text, or bytes for a bytea; null for undefined too. An array becomes an array literal, any other object
 * JSON.
 */
export function toWireValue(value: unknown): string | Buffer | null {
  switch (typeof value) {
    case 'string':
      return value;
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : objectToWire(value);
    default:
      return String(value);
  }
}

function objectToWire(value: object): string | Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `{${value.map(toElement).join(',')}}`;
  return JSON.stringify(value);
}

function toElement(item: unknown): string {
  if (Array.isArray(item)) return `{${item.map(toElement).join(',')}}`;
  const value = toWireValue(item);
  if (value === null) return 'NULL';
  if (typeof value !== 'string') return `"\\\\x${value.toString('hex')}"`;
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
