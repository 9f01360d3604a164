import { runCarrier, runPaymentProvider, runSmtpSink } from '../../../src/sandbox/index.ts';

/** Runs one stand-in as a process of its own: argv names it, the environment configures it. */
const RUN = { carrier: runCarrier, 'payment-provider': runPaymentProvider, 'smtp-sink': runSmtpSink };

await RUN[process.argv[2] as keyof typeof RUN](process.env); // the test wrote argv
