import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';

import { configurationView, secret, text, url } from '../../../../src/chassis/config/index.ts';

const schema = z.object({
  NAME: text('A name.').prefault('nobody'),
  NOTHING: text('Not given.').optional(),
  PASSWORD: secret('A password.').optional(),
  MAIL_URL: url('Where mail goes.', ['smtp']).optional(),
});

const valueOf = (key: string, environment: Record<string, string>) =>
  configurationView(schema, environment).find((one) => one.key === key);

describe('configurationView', () => {
  it('tells each key with its value and where that came from', () => {
    expect(configurationView(schema, { NAME: 'ada', OTHER: 'x' })).toEqual([
      { key: 'NAME', description: 'A name.', value: 'ada', source: 'environment' },
      { key: 'NOTHING', description: 'Not given.', value: undefined, source: 'not set' },
      { key: 'PASSWORD', description: 'A password.', value: undefined, source: 'not set' },
      { key: 'MAIL_URL', description: 'Where mail goes.', value: undefined, source: 'not set' },
    ]);
    expect(valueOf('NAME', { NAME: '' })).toMatchObject({ value: 'nobody', source: 'default' });
  });

  it('masks a secret as a whole', () => {
    expect(valueOf('PASSWORD', { PASSWORD: 'hunter2' })).toMatchObject({ value: '[secret]', source: 'environment' });
  });

  it.each([
    ['smtp://ada:hunter2@mail:25', 'smtp://[secret]@mail:25'],
    ['http://token@one:1,https://a:b@two:2', 'http://[secret]@one:1,https://[secret]@two:2'],
    ['smtp://a:p@ss@mail:25/x?y=1', 'smtp://[secret]@mail:25/x?y=1'],
    ['https://x/y?api_key=1234&z=2&access_token=56', 'https://x/y?api_key=[secret]&z=2&access_token=[secret]'],
    ['smtp://mail:25', 'smtp://mail:25'],
    ['mailto:ada@example.org', 'mailto:ada@example.org'],
  ])('masks what %s carries to prove who asks', (given, shown) => {
    expect(valueOf('MAIL_URL', { MAIL_URL: given })?.value).toBe(shown);
  });

  it('never shows the password of a URL, whatever it is', () => {
    const password = fc.string({ minLength: 8 }).map((text) => `planted${text}`);
    fc.assert(
      fc.property(password, fc.webUrl(), (planted, base) => {
        const given = new URL(base);
        given.username = 'user';
        given.password = planted;
        return !(valueOf('MAIL_URL', { MAIL_URL: given.href })?.value ?? '').includes('planted');
      }),
    );
  });
});
