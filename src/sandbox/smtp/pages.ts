import type { Message, MessageSummary } from './message.ts';

/** The most that the list page shows. */
export const MAX_LISTED = 200;

/**
 * Sent with every page: mail is written by strangers, so nothing of it runs or loads. Frames are srcdoc, which inherits
 * this policy.
 */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'";

const STYLE = `
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.3rem; }
  table { width: 100%; border-collapse: collapse; }
  th, td { text-align: left; padding: .45rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
  th { font-weight: 600; white-space: nowrap; }
  time { font-variant-numeric: tabular-nums; white-space: nowrap; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid #8884; border-radius: 6px; }
  iframe { width: 100%; height: 32rem; border: 1px solid #8884; border-radius: 6px; background: #fff; }
  .quiet { opacity: .7; }`;

/** All messages, newest first; it renews itself every five seconds. */
export function listPage(messages: readonly MessageSummary[]): string {
  const rows = messages
    .slice(-MAX_LISTED)
    .reverse()
    .map(
      (message) => `
      <tr>
        <td><time datetime="${escape(message.receivedAt)}">${escape(readableTime(message.receivedAt))}</time></td>
        <td>${escape(message.envelopeTo.join(', '))}</td>
        <td><a href="/view/${encodeURIComponent(message.id)}">${escape(message.subject || '(no subject)')}</a></td>
        <td class="quiet">${escape(message.from)}</td>
      </tr>`,
    )
    .join('');
  const body =
    messages.length === 0
      ? '<p class="quiet">No mail yet. It appears here as it arrives.</p>'
      : `<table><thead><tr><th>Received (UTC)</th><th>To</th><th>Subject</th><th>From</th></tr></thead><tbody>${rows}
    </tbody></table>`;
  return page(`Mail (${messages.length})`, `<h1>Mail <span class="quiet">${messages.length}</span></h1>${body}`, 5);
}

/** One message: its plain text, and its HTML in a frame that can do nothing. */
export function messagePage(message: Message): string {
  const facts: readonly (readonly [string, string])[] = [
    ['Received', readableTime(message.receivedAt)],
    ['From', message.from],
    ['To', message.envelopeTo.join(', ')],
    ['Message-ID', message.messageId],
    ['Attachments', message.attachments.map(({ filename, size }) => `${filename} (${size} bytes)`).join(', ')],
  ];
  const table = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<tr><th>${name}</th><td>${escape(value)}</td></tr>`)
    .join('');
  const html = message.html === '' ? '' : `<iframe sandbox="" title="HTML" srcdoc="${escape(message.html)}"></iframe>`;
  const text = message.text === '' ? '' : `<pre>${escape(message.text)}</pre>`;
  return page(
    message.subject,
    `<p><a href="/">All mail</a> · <a href="/messages/${encodeURIComponent(message.id)}/raw">Source</a></p>
    <h1>${escape(message.subject || '(no subject)')}</h1><table>${table}</table>${html}${text}`,
  );
}

function page(title: string, body: string, renewSeconds?: number): string {
  const renew = renewSeconds === undefined ? '' : `<meta http-equiv="refresh" content="${renewSeconds}">`;
  return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${renew}
    <title>${escape(title)}</title><style>${STYLE}</style></head>
  <body>${body}</body>
</html>
`;
}

function readableTime(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
