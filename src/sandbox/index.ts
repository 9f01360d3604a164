export { runCarrier, runPaymentProvider, runSmtpSink } from './run.ts';
