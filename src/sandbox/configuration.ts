import { z } from 'zod';

import { milliseconds, port, text } from '../chassis/config/index.ts';

const common = z.object({
  HOST: text('The address to listen on.').prefault('127.0.0.1'),
  PORT: port('The port of its main protocol; 0 takes a free one.').prefault('0'),
  DATA_DIR: text('The folder where its record is kept.'),
});

const LATE_MS = milliseconds('How late the answers of the late test cases are.').prefault('8000');
const HOUR_MS = milliseconds("How long an hour of a parcel's journey takes; 48 bring it to the door.").prefault('2500');
const RECEIPT_MS = milliseconds('How long it takes until an SMS or push message has its receipt.').prefault('2000');
const HTTP_PORT = port('The port where mail is read; 0 takes a free one.').prefault('0');

/** The keys that each stand-in reads from its environment, by the name of its process. */
export const SANDBOX_CONFIGURATIONS = {
  'payment-provider': common.extend({ LATE_MS }),
  'smtp-sink': common.extend({ HTTP_PORT }),
  carrier: common.extend({ LATE_MS, HOUR_MS }),
  messenger: common.extend({ LATE_MS, RECEIPT_MS }),
};
