import { readFileSync, writeFileSync } from 'node:fs';

import { expect } from '@jest/globals';

const ROOT = new URL('../../', import.meta.url);

/**
 * Checks that a page quotes the regions of an example's file as they are: a page says `<!-- docs/examples/x.ts#region -->`
 * above the code, the file `// region region` and `// endregion` around it. UPDATE_DOCS=1 writes the page anew instead.
 */
export function expectQuoted(page: string, example: string): void {
  const code = readFileSync(new URL(example, ROOT), 'utf8');
  const file = new URL(page, ROOT);
  const written = readFileSync(file, 'utf8');
  const quotes = new RegExp(`(<!-- ${example.replaceAll('.', '\\.')}#([a-z0-9-]+) -->\\n\`\`\`ts\\n)[^]*?\`\`\``, 'g');
  const expected = written.replace(quotes, (_all, head: string, region: string) => {
    const [, quoted = ''] = new RegExp(`// region ${region}\\n([^]*?)// endregion`).exec(code) ?? [];
    return `${head}${quoted}\`\`\``;
  });
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, expected);
  else expect(written).toBe(expected);
  expect(expected.match(/```ts\n\n?```/g)).toBeNull();
}
