import type { Template } from '../template.ts';
import { GREETING, GREETING_DE } from './greeting.ts';

/** About accounts, and what is written to all of them. */
export const ACCOUNT_TEMPLATES: Readonly<Record<string, Template>> = {
  'account-welcome': {
    category: 'ACCOUNT',
    parameters: ['name'],
    texts: {
      en: { EMAIL: { subject: 'Welcome, {{name}}', body: `${GREETING}\n\nyour account is ready.\n` } },
      de: { EMAIL: { subject: 'Willkommen, {{name}}', body: `${GREETING_DE}\n\ndein Konto ist bereit.\n` } },
    },
  },
  offer: {
    category: 'MARKETING',
    parameters: ['name', 'headline', 'text'],
    texts: {
      en: {
        EMAIL: { subject: '{{headline}}', body: `${GREETING}\n\n{{text}}\n` },
        SMS: { subject: '', body: '{{headline}}: {{text}}' },
        PUSH: { subject: '{{headline}}', body: '{{text}}' },
      },
      de: {
        EMAIL: { subject: '{{headline}}', body: `${GREETING_DE}\n\n{{text}}\n` },
        SMS: { subject: '', body: '{{headline}}: {{text}}' },
        PUSH: { subject: '{{headline}}', body: '{{text}}' },
      },
    },
  },
};
