import type { Template } from './template.ts';

const GREETING = 'Hello {{name}},';
const GREETING_DE = 'Hallo {{name}},';

/** Everything the suite can say, by name. A new text is an entry here; a new parameter is one that all callers must give. */
export const TEMPLATES: ReadonlyMap<string, Template> = new Map<string, Template>([
  [
    'account-welcome',
    {
      category: 'ACCOUNT',
      parameters: ['name'],
      texts: {
        en: { EMAIL: { subject: 'Welcome, {{name}}', body: `${GREETING}\n\nyour account is ready.\n` } },
        de: { EMAIL: { subject: 'Willkommen, {{name}}', body: `${GREETING_DE}\n\ndein Konto ist bereit.\n` } },
      },
    },
  ],
  [
    'order-confirmed',
    {
      category: 'ORDER',
      parameters: ['name', 'order_id', 'order_total'],
      texts: {
        en: {
          EMAIL: {
            subject: 'Your order is confirmed',
            body: `${GREETING}\n\nthank you for your order {{order_id}} over {{order_total}}. It is paid, and on its way soon.\n`,
          },
          SMS: { subject: '', body: 'Your order over {{order_total}} is confirmed. {{order_id}}' },
          PUSH: { subject: 'Order confirmed', body: 'Your order over {{order_total}} is on its way soon.' },
        },
        de: {
          EMAIL: {
            subject: 'Deine Bestellung ist bestätigt',
            body: `${GREETING_DE}\n\ndanke für deine Bestellung {{order_id}} über {{order_total}}. Sie ist bezahlt und bald unterwegs.\n`,
          },
          SMS: { subject: '', body: 'Deine Bestellung über {{order_total}} ist bestätigt. {{order_id}}' },
          PUSH: { subject: 'Bestellung bestätigt', body: 'Deine Bestellung über {{order_total}} ist bald unterwegs.' },
        },
      },
    },
  ],
  [
    'order-cancelled',
    {
      category: 'ORDER',
      parameters: ['name', 'order_id', 'order_total'],
      texts: {
        en: {
          EMAIL: {
            subject: 'Your order is cancelled',
            body: `${GREETING}\n\nyour order {{order_id}} over {{order_total}} is cancelled. What you paid comes back to your card.\n`,
          },
          SMS: { subject: '', body: 'Your order over {{order_total}} is cancelled. {{order_id}}' },
          PUSH: { subject: 'Order cancelled', body: 'Your order over {{order_total}} is cancelled.' },
        },
        de: {
          EMAIL: {
            subject: 'Deine Bestellung ist storniert',
            body: `${GREETING_DE}\n\ndeine Bestellung {{order_id}} über {{order_total}} ist storniert. Was du bezahlt hast, kommt auf deine Karte zurück.\n`,
          },
          SMS: { subject: '', body: 'Deine Bestellung über {{order_total}} ist storniert. {{order_id}}' },
          PUSH: { subject: 'Bestellung storniert', body: 'Deine Bestellung über {{order_total}} ist storniert.' },
        },
      },
    },
  ],
  [
    'order-lines-cancelled',
    {
      category: 'ORDER',
      parameters: ['name', 'order_id', 'refund', 'order_total'],
      texts: {
        en: {
          EMAIL: {
            subject: 'A part of your order is cancelled',
            body: `${GREETING}\n\nwe took what you no longer want out of your order {{order_id}}. {{refund}} come back to your card; the rest, over {{order_total}}, is on its way soon.\n`,
          },
          SMS: {
            subject: '',
            body: '{{refund}} of your order come back; the rest is over {{order_total}}. {{order_id}}',
          },
          PUSH: { subject: 'Order changed', body: '{{refund}} come back; the rest is over {{order_total}}.' },
        },
        de: {
          EMAIL: {
            subject: 'Ein Teil deiner Bestellung ist storniert',
            body: `${GREETING_DE}\n\nwas du nicht mehr möchtest, ist nicht mehr in deiner Bestellung {{order_id}}. {{refund}} kommen auf deine Karte zurück; der Rest über {{order_total}} ist bald unterwegs.\n`,
          },
          SMS: {
            subject: '',
            body: '{{refund}} deiner Bestellung kommen zurück; der Rest ist über {{order_total}}. {{order_id}}',
          },
          PUSH: {
            subject: 'Bestellung geändert',
            body: '{{refund}} kommen zurück; der Rest ist über {{order_total}}.',
          },
        },
      },
    },
  ],
  [
    'order-shipped',
    {
      category: 'ORDER',
      parameters: ['name', 'order_id', 'tracking_number'],
      texts: {
        en: {
          EMAIL: {
            subject: 'Your order is on its way',
            body: `${GREETING}\n\nyour order {{order_id}} is on its way. Its tracking number is {{tracking_number}}.\n`,
          },
          SMS: { subject: '', body: 'Your order is on its way: {{tracking_number}}' },
          PUSH: { subject: 'On its way', body: 'Your order is on its way: {{tracking_number}}' },
        },
        de: {
          EMAIL: {
            subject: 'Deine Bestellung ist unterwegs',
            body: `${GREETING_DE}\n\ndeine Bestellung {{order_id}} ist unterwegs. Die Sendungsnummer ist {{tracking_number}}.\n`,
          },
          SMS: { subject: '', body: 'Deine Bestellung ist unterwegs: {{tracking_number}}' },
          PUSH: { subject: 'Unterwegs', body: 'Deine Bestellung ist unterwegs: {{tracking_number}}' },
        },
      },
    },
  ],
  [
    'stock-available',
    {
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
  ],
  [
    'offer',
    {
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
  ],
]);
