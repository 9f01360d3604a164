import { NotificationServiceDefinition } from '../../../gen/tradewind/notification/v1/notification.ts';
import { UserServiceDefinition } from '../../../gen/tradewind/user/v1/user.ts';
import { logSteps, PARTS_MIGRATIONS, playPart } from '../../chassis/choreography/index.ts';
import { emails, integer, milliseconds, secret, text, url } from '../../chassis/config/index.ts';
import { createBell } from '../../chassis/core/index.ts';
import { EVENTS_MIGRATIONS } from '../../chassis/events/index.ts';
import { defineService } from '../../chassis/lifecycle/index.ts';
import { guardKeys } from '../../chassis/outbound/index.ts';
import { bind } from '../../chassis/server/index.ts';
import { addressDrafts } from './address-drafts.ts';
import { collectReceipts } from './collect-receipts.ts';
import { keepUpWithUsers } from './consumers/keep-up-with-users.ts';
import { tellOfOrders } from './consumers/tell-of-orders.ts';
import { tellOfParcels } from './consumers/tell-of-parcels.ts';
import { tellOfStock } from './consumers/tell-of-stock.ts';
import { letterPart } from './checkout-part.ts';
import { draftBacklog } from './draft-backlog.ts';
import { forgetOld } from './forget.ts';
import { createNotificationHandlers } from './handlers.ts';
import { messageBacklog } from './message-backlog.ts';
import { openChannels } from './open-channels.ts';
import { placeChanges } from './positions.ts';
import { sendQueued } from './sender.ts';

/** A lease outlives the longest delivery, which is four steps. */
const LEASE_STEPS = 6;

const GUARD = guardKeys('the messenger');

/** The notification process: messages accepted at once, and delivered in the background. */
export const notificationService = defineService({
  name: 'notification',
  configuration: {
    SMTP_URL: secret('smtp:// or smtps:// URL of the mail server, with user and password where it wants them.').refine(
      (url) => /^smtps?:$/.test(URL.parse(url.reveal())?.protocol ?? ''),
      'must be a URL that starts with smtp:// or smtps://',
    ),
    SMTP_TIMEOUT_MS: milliseconds('The longest wait for the mail server at each step of a conversation.', {
      min: 50,
      max: 300_000,
    }).prefault('10000'),
    MAIL_FROM: text("The sender's address of every e-mail; its domain names their Message-IDs.")
      .regex(/^[^\s@<>]+@[^\s@<>]+$/, 'must be an e-mail address')
      .prefault('hello@tradewind.example'),
    MESSENGER_URL: url(
      'The base of the HTTP API of who carries SMS and push messages; without it these fail.',
    ).optional(),
    MESSENGER_TIMEOUT_MS: milliseconds('The longest wait for one answer of the messenger.', {
      min: 50,
      max: 60_000,
    }).prefault('4000'),
    MESSENGER_MAX_CONCURRENT: GUARD.maxConcurrent,
    MESSENGER_MAX_QUEUED: GUARD.maxQueued,
    MESSENGER_FAILURE_PERCENT: GUARD.failurePercent,
    MESSENGER_OPEN_MS: GUARD.openMs,
    RECEIPT_INTERVAL_MS: milliseconds(
      'The shortest wait between two looks for the receipt of an SMS or push message; doubled with each look in vain.',
      { min: 10, max: 3_600_000 },
    ).prefault('1000'),
    OPERATOR_EMAILS: emails('Who is told that stock is low: e-mail addresses, separated by commas.').prefault(''),
    NOTIFICATION_MAX_ATTEMPTS: integer('A message is given up after this many attempts.', {
      min: 1,
      max: 1_000,
    }).prefault('24'),
    NOTIFICATION_RETRY_BASE_MS: milliseconds('The bound of the wait after the first attempt; doubled each time.', {
      min: 1,
      max: 3_600_000,
    }).prefault('1000'),
    NOTIFICATION_RETRY_MAX_MS: milliseconds('No wait between two attempts is longer.', {
      min: 1,
      max: 86_400_000,
    }).prefault('1800000'),
    NOTIFICATION_LOOK_MS: milliseconds('Between two looks for messages whose next attempt is due.', {
      min: 10,
      max: 60_000,
    }).prefault('250'),
    NOTIFICATION_RETENTION_DAYS: integer('Messages that ended are kept this long.', {
      min: 1,
      max: 3_650,
    }).prefault('90'),
  },
  neighbours: { user: 'optional', order: 'optional', shipping: 'optional', product: 'optional' },
  migrations: [EVENTS_MIGRATIONS, PARTS_MIGRATIONS, new URL('./migrations/', import.meta.url)],
  async wire({ config, database, clock, random, newId, pageTokens, logger, client }) {
    const bells = { queued: createBell(clock), changed: createBell(clock), placed: createBell(clock) };
    const { channels, messenger, close } = openChannels(config, clock);
    const retry = {
      maxAttempts: config.NOTIFICATION_MAX_ATTEMPTS,
      baseMs: config.NOTIFICATION_RETRY_BASE_MS,
      maxMs: config.NOTIFICATION_RETRY_MAX_MS,
    };
    const leaseMs = Math.max(config.SMTP_TIMEOUT_MS * LEASE_STEPS, config.MESSENGER_TIMEOUT_MS * 2);
    const intervalMs = config.RECEIPT_INTERVAL_MS;
    const lookMs = config.NOTIFICATION_LOOK_MS;
    const sender = sendQueued({ database, bells, channels, retry, clock, random, logger, lookMs, leaseMs });
    const dependencies = { database, pageTokens, clock, newId, bells };
    const users = client(UserServiceDefinition, 'user');
    const part = letterPart(dependencies, users);
    const playing = playPart(part, { database, clock, random, newId });
    logSteps(playing.events, logger);
    return {
      grpc: [bind(NotificationServiceDefinition, createNotificationHandlers(dependencies))],
      background: [
        sender,
        addressDrafts({ database, bells, newId, users, clock, logger, lookMs }),
        ...(messenger
          ? [collectReceipts({ database, bells, messenger: messenger.client, clock, logger, intervalMs })]
          : []),
        placeChanges({ database, clock, bells }),
        forgetOld({ database, clock, retentionDays: config.NOTIFICATION_RETENTION_DAYS }),
        playing.background,
      ],
      consumers: [
        keepUpWithUsers(clock),
        tellOfOrders(clock),
        tellOfParcels(clock),
        tellOfStock({ clock, newId, operators: config.OPERATOR_EMAILS }),
        ...playing.consumers,
      ],
      parts: [playing.name],
      backlogs: [draftBacklog(database), messageBacklog(database), ...playing.backlogs],
      inProcess: [sender.work],
      events: { parts: playing.events, ...(messenger && { exchanges: messenger.client.events }) },
      ...(messenger && { policies: { messenger: messenger.guard } }),
      close: async () => close(),
    };
  },
});
