export type { Message, MessageSummary } from './message.ts';
export { createSmtpSink, type SmtpSink, type SmtpSinkOptions } from './smtp-sink.ts';
export { TEST_RECIPIENTS, type TestRecipient } from './test-addresses.ts';
