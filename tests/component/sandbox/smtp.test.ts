import { readdir } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import nodemailer from 'nodemailer';

import { createSmtpSink } from '../../../src/sandbox/smtp/index.ts';
import { createApi, createFolder } from './support.ts';

describe('createSmtpSink', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  let sink: Awaited<ReturnType<typeof createSmtpSink>>;
  const { get, send: call } = createApi(() => sink.url);

  const start = (maxMessages = 5) => createSmtpSink({ directory: folder.path, maxMessages, maxMessageBytes: 10_000 });
  const mail = async (message: object = {}) => {
    const transport = nodemailer.createTransport(sink.smtpUrl);
    try {
      return await transport.sendMail({
        from: 'Shop <shop@example.com>',
        to: 'ada@example.com',
        subject: 'Hello',
        text: 'Hi',
        ...message,
      });
    } finally {
      transport.close();
    }
  };

  beforeEach(async () => {
    folder = await createFolder();
    sink = await start();
  });
  afterEach(async () => {
    await sink.close();
    await folder.remove();
  });

  it('keeps what was sent: envelope, headers, text, HTML, attachments', async () => {
    await mail({
      messageId: '<n-1@tradewind.example>',
      subject: 'Grüße ✓',
      html: '<p>Hi</p>',
      bcc: 'eve@example.com',
      headers: { 'X-Envelope-To': 'mallory@example.com' },
      attachments: [{ filename: 'a.txt', content: 'abc' }],
    });
    const { messages } = (await get('/messages')).body;
    expect(messages).toHaveLength(1);
    const message = (await get(`/messages/${messages[0].id}`)).body;
    expect(message).toMatchObject({
      messageId: '<n-1@tradewind.example>',
      envelopeFrom: 'shop@example.com',
      envelopeTo: ['ada@example.com', 'eve@example.com'],
      from: 'Shop <shop@example.com>',
      subject: 'Grüße ✓',
      attachments: [{ filename: 'a.txt', type: 'text/plain', size: 3 }],
    });
    expect(message.text.trim()).toBe('Hi');
    expect(message.html.trim()).toBe('<p>Hi</p>');
    const raw = await (await fetch(`${sink.url}/messages/${message.id}/raw`)).text();
    expect(raw).toContain('Message-ID: <n-1@tradewind.example>');
  });

  it('finds by recipient and Message-ID, page by page, and deletes all', async () => {
    for (const name of ['ada', 'Bob', 'ada']) await mail({ to: `${name}@example.com`, messageId: `<${name}@x>` });
    expect((await get('/messages?to=bob@EXAMPLE.com')).body.total).toBe(1);
    expect((await get(`/messages?messageId=${encodeURIComponent('<ada@x>')}`)).body.total).toBe(2);
    const first = (await get('/messages?limit=2')).body;
    expect(first).toMatchObject({ hasMore: true, total: 3 });
    expect((await get(`/messages?limit=2&after=${first.nextAfter}`)).body).toMatchObject({
      messages: [{}],
      hasMore: false,
    });
    expect((await call('DELETE', '/messages')).body).toEqual({ deleted: 3 });
    expect((await get('/messages')).body.total).toBe(0);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('refuses the refused for good and the busy once', async () => {
    await expect(mail({ to: 'refuse@example.com' })).rejects.toMatchObject({ responseCode: 550 });
    await expect(mail({ to: 'busy+1@example.com' })).rejects.toMatchObject({ responseCode: 451 });
    await mail({ to: 'busy+1@example.com' });
    await expect(mail({ to: 'busy+1@example.com' })).rejects.toMatchObject({ responseCode: 451 });
    expect((await get('/messages')).body.total).toBe(1);
  });

  it('refuses what is too large and lives', async () => {
    await expect(mail({ text: 'x'.repeat(20_000) })).rejects.toMatchObject({ responseCode: 552 });
    await mail();
    expect((await get('/messages')).body.total).toBe(1);
  });

  it('keeps the newest when full, also over a restart', async () => {
    for (let index = 1; index <= 7; index += 1) await mail({ subject: `mail ${index}` });
    const before = (await get('/messages')).body.messages;
    expect(before.map(({ subject }: { subject: string }) => subject)).toEqual([3, 4, 5, 6, 7].map((n) => `mail ${n}`));
    await sink.close();
    sink = await start();
    expect((await get('/messages')).body.messages).toEqual(before);
  });

  it('takes 50 at once and gives each a place of its own', async () => {
    await sink.close();
    sink = await start(100);
    await Promise.all(Array.from({ length: 50 }, (_, index) => mail({ to: `u${index}@example.com` })));
    const { messages } = (await get('/messages')).body;
    const ids = messages.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(50);
    expect(ids).toEqual([...ids].sort());
  });

  it('shows pages on which nothing of a stranger runs', async () => {
    await mail({ subject: '<script>alert(1)</script>', html: '<img src=x onerror="alert(1)">' });
    const list = await fetch(`${sink.url}/`);
    expect(list.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await list.text();
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain('<script>');
    const link = /href="(\/view\/[^"]+)"/.exec(page)?.[1];
    const view = await (await fetch(`${sink.url}${link}`)).text();
    expect(view).toContain('<iframe sandbox=""');
    expect(view).not.toContain('<img');
  });
});
