export { checkoutBacklog } from './checkout-backlog.ts';
export { createCheckoutStore, type CheckoutStore } from './checkout-store.ts';
export { giveUpByRequest } from './give-up-by-request.ts';
export { giveUpLate } from './give-up-late.ts';
export { participantConsumers, type CheckoutMoves } from './hear-participants.ts';
