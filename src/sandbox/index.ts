export { SANDBOX_CONFIGURATIONS } from './configuration.ts';
export { runCarrier, runPaymentProvider, runSmtpSink } from './run.ts';
