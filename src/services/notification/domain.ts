export { formatAmount } from './domain/amount.ts';
export { addressOn, type Addressee, type Draft, type NewDraft } from './domain/draft.ts';
export { messageIdOf, settle, type Delivery, type RetryPolicy, type Settlement } from './domain/delivery.ts';
export {
  parseNotificationId,
  parseOrderId,
  parseProductId,
  parseUserId,
  type NotificationId,
  type OrderId,
  type ProductId,
  type UserId,
} from './domain/ids.ts';
export {
  notificationNotFound,
  type Category,
  type Channel,
  type Notification,
  type NotificationState,
} from './domain/notification.ts';
export { isMuted, silentPreferences, type Preferences } from './domain/preferences.ts';
export { assertRecipient } from './domain/recipient.ts';
export { assertParameters, findTemplate, render, type Template, type TemplateText } from './domain/template.ts';
export { TEMPLATES } from './domain/templates.ts';
