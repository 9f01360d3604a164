export { SANDBOX_CONFIGURATIONS } from './configuration.ts';
export { loadSandboxes, runCarrier, runPaymentProvider, runSmtpSink } from './run.ts';
