import type { Template } from '../template.ts';
import { GREETING, GREETING_DE } from './greeting.ts';

/** Where the parcel of an order is. */
export const PARCEL_TEMPLATES: Readonly<Record<string, Template>> = {
  'order-shipped': {
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
  'order-out-for-delivery': {
    category: 'ORDER',
    parameters: ['name', 'order_id', 'tracking_number'],
    texts: {
      en: {
        EMAIL: {
          subject: 'Your order comes today',
          body: `${GREETING}\n\nyour order {{order_id}} is on the van and comes today (parcel {{tracking_number}}).\n`,
        },
        SMS: { subject: '', body: 'Your order comes today: {{tracking_number}}' },
        PUSH: { subject: 'Today', body: 'Your order comes today: {{tracking_number}}' },
      },
      de: {
        EMAIL: {
          subject: 'Deine Bestellung kommt heute',
          body: `${GREETING_DE}\n\ndeine Bestellung {{order_id}} ist im Auto und kommt heute (Sendung {{tracking_number}}).\n`,
        },
        SMS: { subject: '', body: 'Deine Bestellung kommt heute: {{tracking_number}}' },
        PUSH: { subject: 'Heute', body: 'Deine Bestellung kommt heute: {{tracking_number}}' },
      },
    },
  },
  'order-delivered': {
    category: 'ORDER',
    parameters: ['name', 'order_id', 'tracking_number'],
    texts: {
      en: {
        EMAIL: {
          subject: 'Your order is delivered',
          body: `${GREETING}\n\nyour order {{order_id}} has arrived (parcel {{tracking_number}}).\n`,
        },
      },
      de: {
        EMAIL: {
          subject: 'Deine Bestellung ist da',
          body: `${GREETING_DE}\n\ndeine Bestellung {{order_id}} ist angekommen (Sendung {{tracking_number}}).\n`,
        },
      },
    },
  },
  'order-not-delivered': {
    category: 'ORDER',
    parameters: ['name', 'order_id', 'tracking_number'],
    texts: {
      en: {
        EMAIL: {
          subject: 'Your order could not be delivered',
          body: `${GREETING}\n\nthe parcel {{tracking_number}} of your order {{order_id}} did not reach you. We look after it and write to you.\n`,
        },
      },
      de: {
        EMAIL: {
          subject: 'Deine Bestellung kam nicht an',
          body: `${GREETING_DE}\n\ndie Sendung {{tracking_number}} deiner Bestellung {{order_id}} hat dich nicht erreicht. Wir kümmern uns darum und schreiben dir.\n`,
        },
      },
    },
  },
};
