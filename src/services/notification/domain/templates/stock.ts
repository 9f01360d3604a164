import type { Template } from '../template.ts';
import { GREETING, GREETING_DE } from './greeting.ts';

/** What there is to buy; `stock-low` goes to operators. */
export const STOCK_TEMPLATES: Readonly<Record<string, Template>> = {
  'stock-available': {
    category: 'STOCK',
    parameters: ['name', 'product_name'],
    texts: {
      en: {
        EMAIL: { subject: '{{product_name}} is there again', body: `${GREETING}\n\n{{product_name}} is in stock.\n` },
        PUSH: { subject: 'There again', body: '{{product_name}} is in stock.' },
      },
      de: {
        EMAIL: {
          subject: '{{product_name}} ist wieder da',
          body: `${GREETING_DE}\n\n{{product_name}} ist auf Lager.\n`,
        },
        PUSH: { subject: 'Wieder da', body: '{{product_name}} ist auf Lager.' },
      },
    },
  },
  'stock-low': {
    category: 'STOCK',
    parameters: ['product_id', 'product_name', 'sku', 'available', 'threshold'],
    texts: {
      en: {
        EMAIL: {
          subject: 'Low stock: {{product_name}}',
          body: 'Of {{product_name}} (SKU {{sku}}, product {{product_id}}) {{available}} are left; the threshold is {{threshold}}.\n',
        },
      },
    },
  },
};
