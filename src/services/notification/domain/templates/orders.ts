import type { Template } from '../template.ts';
import { GREETING, GREETING_DE } from './greeting.ts';

/** What becomes of an order. */
export const ORDER_TEMPLATES: Readonly<Record<string, Template>> = {
  'order-confirmed': {
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
  'order-cancelled': {
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
  'order-lines-cancelled': {
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
  'order-given-up': {
    category: 'ORDER',
    parameters: ['name', 'order_id', 'order_total'],
    texts: {
      en: {
        EMAIL: {
          subject: 'Your order did not go through',
          body: `${GREETING}\n\nyour order {{order_id}} over {{order_total}} was not carried out. Nothing is charged, and nothing is sent.\n`,
        },
      },
      de: {
        EMAIL: {
          subject: 'Deine Bestellung kam nicht zustande',
          body: `${GREETING_DE}\n\ndeine Bestellung {{order_id}} über {{order_total}} wurde nicht ausgeführt. Es wird nichts berechnet und nichts verschickt.\n`,
        },
      },
    },
  },
};
