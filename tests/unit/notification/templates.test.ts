import { describe, expect, it } from '@jest/globals';

import {
  assertParameters,
  findTemplate,
  render,
  TEMPLATES,
  type Template,
} from '../../../src/services/notification/domain.ts';

const template: Template = {
  category: 'ORDER',
  parameters: ['name', 'text'],
  texts: {
    en: {
      EMAIL: { subject: 'For {{name}}', body: 'Hello {{name}},\n{{text}}' },
      SMS: { subject: '', body: '{{text}}' },
    },
    de: {
      EMAIL: { subject: 'Für {{name}}', body: 'Hallo {{name}},\n{{text}}' },
      SMS: { subject: '', body: '{{text}}' },
    },
  },
};
const write = (parameters: Record<string, string>, locale = '', channel: 'EMAIL' | 'SMS' = 'EMAIL') =>
  render(template, { channel, locale, parameters: { name: 'Ada', text: '', ...parameters } });

describe('render', () => {
  it.each([
    ['', 'For Ada'],
    ['en', 'For Ada'],
    ['de', 'Für Ada'],
    ['de-AT', 'Für Ada'],
    ['DE-at', 'Für Ada'],
    ['fr-CA', 'For Ada'],
  ])('writes to the locale "%s" in the nearest language', (locale, subject) => {
    expect(write({}, locale).subject).toBe(subject);
  });

  it('lets no value start another header line', () => {
    expect(write({ name: 'Ada\r\nBcc: all@example.com' }).subject).toBe('For Ada Bcc: all@example.com');
  });

  it('keeps the lines of plain text, on one line in an SMS, and no other control characters', () => {
    expect(write({ text: 'a\r\nb\u0007c' }).body).toBe('Hello Ada,\na\nb c');
    expect(write({ text: 'a\r\nb' }, '', 'SMS').body).toBe('a b');
  });

  it('fills places only once', () => {
    expect(write({ name: '{{text}}', text: 'no' }).subject).toBe('For {{text}}');
  });
});

describe('assertParameters', () => {
  it('names each parameter that is missing or unknown', () => {
    expect(() => assertParameters(template, { name: '', other: '' })).toThrow(
      expect.objectContaining({
        status: 'INVALID_ARGUMENT',
        reason: 'TEMPLATE_PARAMETERS_INVALID',
        details: [
          {
            kind: 'badRequest',
            violations: [
              { field: 'parameters["text"]', description: 'is missing' },
              { field: 'parameters["other"]', description: 'is not known to the template' },
            ],
          },
        ],
      }),
    );
    expect(() => assertParameters(template, { name: '', text: '' })).not.toThrow();
  });

  it('does not take what every object has for a parameter', () => {
    const odd = { ...template, parameters: ['constructor'] };
    expect(() => assertParameters(odd, {})).toThrow('parameters["constructor"]: is missing');
  });
});

describe('findTemplate', () => {
  it('knows no other names, and no other channels than it has texts for', () => {
    const unknown = expect.objectContaining({ status: 'INVALID_ARGUMENT', reason: 'TEMPLATE_UNKNOWN' });
    expect(() => findTemplate(TEMPLATES, 'no-such', 'EMAIL')).toThrow(unknown);
    expect(() => findTemplate(TEMPLATES, 'account-welcome', 'SMS')).toThrow(unknown);
    expect(findTemplate(TEMPLATES, 'account-welcome', 'EMAIL').category).toBe('ACCOUNT');
  });
});

describe('TEMPLATES', () => {
  it.each([...TEMPLATES])(
    '%s says the same on the same channels in each language, with parameters it declares',
    (_n, t) => {
      const channels = Object.keys(t.texts['en'] ?? {});
      expect(channels.length).toBeGreaterThan(0);
      const used = new Set<string>();
      for (const texts of Object.values(t.texts)) {
        expect(Object.keys(texts)).toEqual(channels);
        for (const { subject, body } of Object.values(texts)) {
          for (const [, name] of `${subject}${body}`.matchAll(/\{\{([^}]*)\}\}/g)) used.add(name!);
        }
      }
      expect([...used].sort()).toEqual([...t.parameters].sort());
    },
  );
});
