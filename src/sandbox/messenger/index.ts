export { createMessenger, type Messenger, type MessengerOptions } from './messenger.ts';
export type { MessageStatus } from './message.ts';
export { TEST_RECIPIENTS, type MessengerChannel, type RefusalCode, type TestRecipient } from './test-recipients.ts';
