export { SANDBOX_CONFIGURATIONS } from './configuration.ts';
export { loadSandboxes, runCarrier, runMessenger, runPaymentProvider, runSmtpSink } from './run.ts';
