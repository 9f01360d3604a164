import { ask } from './ask.ts';
import type { ProviderAccount, WorldMail, WorldParcel } from './world.ts';

const PAGE = 1_000;

/** What the payment provider's ledger says, by order. Processes are given as base URLs, "http://127.0.0.1:4000". */
export async function readProvider(provider: string): Promise<readonly ProviderAccount[]> {
  interface Account extends Omit<ProviderAccount, 'orderId'> {
    readonly reference: string;
  }
  const { references } = await getJson<{ references: Account[] }>(`${provider}/v1/summary`);
  return references.map(({ reference, ...account }) => ({ orderId: reference, ...account }));
}

/** Every parcel of the carrier's record. */
export async function readParcels(carrier: string): Promise<readonly WorldParcel[]> {
  interface Page {
    readonly operations: readonly { readonly type: 'CREATED' | 'CANCELLED'; readonly shipmentId: string }[];
    readonly nextAfter: number;
    readonly hasMore: boolean;
  }
  const parcels = new Map<string, WorldParcel>();
  let page: Page = { operations: [], nextAfter: 0, hasMore: true };
  while (page.hasMore) {
    page = await getJson<Page>(`${carrier}/v1/operations?limit=${PAGE}&after=${page.nextAfter}`);
    for (const { type, shipmentId: id } of page.operations) parcels.set(id, { id, cancelled: type === 'CANCELLED' });
  }
  return [...parcels.values()];
}

/** Every mail of ours that the mail server has; it names the notification before the @ of its Message-ID. */
export async function readMails(mailServer: string): Promise<readonly WorldMail[]> {
  interface Page {
    readonly messages: readonly { readonly messageId: string }[];
    readonly nextAfter: string;
    readonly hasMore: boolean;
  }
  const mails: WorldMail[] = [];
  let page: Page = { messages: [], nextAfter: '', hasMore: true };
  while (page.hasMore) {
    page = await getJson<Page>(`${mailServer}/messages?limit=${PAGE}&after=${page.nextAfter}`);
    for (const { messageId } of page.messages) mails.push({ notificationId: messageId.slice(1).split('@')[0] ?? '' });
  }
  return mails;
}

async function getJson<Answer>(url: string): Promise<Answer> {
  const response = await ask(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer; // the sandboxes are ours
}
