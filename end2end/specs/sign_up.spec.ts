// The first use case as people live it: template → addresses → publish → a signed call → email, CRM, Slack, live.
import { createHmac } from 'node:crypto';
import { APIRequestContext, Page } from '@playwright/test';
import { awake, expect, open, test } from '../support/fixtures';
import { Mailbox } from '../support/mailbox';
import { Receiver } from '../support/receiver';
import { expectAccessible, screenshots } from '../support/looks';
import { Designer } from '../support/designer';

const SECRET = 'a signing secret of this test';

test.describe.configure({ mode: 'serial' });

test('the empty start page offers the template one click away', async ({ owner }) => {
  await open(owner, '/');
  await expectAccessible(owner);
  await screenshots(owner, 'start');
  await owner.getByRole('button', { name: 'Use “User signed up”' }).click();
  await owner.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
  await expect(owner.locator('[data-node]')).toHaveCount(4);
});

test('it runs once its three addresses are filled in', async ({ owner, mailbox, receiver, request }) => {
  const hook = await setUp(owner, mailbox, receiver);
  const execution = await signUp(request, hook, { email: 'grace@example.com', name: 'Grace' });

  await open(owner, `/executions/${execution}`);
  const mail = await mailbox.mails.take();
  expect(mail.subject).toBe('Welcome, Grace!');
  expect(mail.text).toContain('Hi Grace,');
  expect(mail.html).toContain('<p>Hi Grace,</p>');
  const crm = await receiver.requests.take();
  expect([crm.method, crm.path]).toEqual(['POST', '/crm']);
  expect(JSON.parse(crm.body)).toEqual({ email: 'grace@example.com', name: 'Grace', source: 'sign-up' });
  const slack = await receiver.requests.take();
  expect(slack.path).toBe('/slack');
  expect(JSON.parse(slack.body).text).toContain('New sign-up: Grace (grace@example.com)');
  await expect(status(owner)).toHaveText(/Succeeded/);
  await expectAccessible(owner);
  await screenshots(owner, 'execution');
});

test('nodes turn green one by one, without a reload', async ({ owner, mailbox, receiver, request }) => {
  const hook = await setUp(owner, mailbox, receiver);
  let answerCrm = (): void => {};
  const crmMayAnswer = new Promise<void>(resolve => (answerCrm = resolve));
  receiver.hold('/crm', crmMayAnswer);
  const execution = await signUp(request, hook, { email: 'grace@example.com', name: 'Grace' });
  await open(owner, `/executions/${execution}`);
  await owner.evaluate(() => ((window as unknown as { sameDocument: boolean }).sameDocument = true));
  await expect(node(owner, 'send_email_1')).toHaveAttribute('data-status', 'succeeded');
  await expect(node(owner, 'http_request_1')).toHaveAttribute('data-status', 'running');
  await expect(node(owner, 'slack_message_1')).toHaveAttribute('data-unreached', 'true');
  answerCrm();
  await expect(node(owner, 'slack_message_1')).toHaveAttribute('data-status', 'succeeded');
  await expect(status(owner)).toHaveText(/Succeeded/);
  expect(await owner.evaluate(() => (window as unknown as { sameDocument?: boolean }).sameDocument)).toBe(true);
});

test('a CRM that answers 500 twice is asked three times', async ({ owner, mailbox, receiver, request }) => {
  const hook = await setUp(owner, mailbox, receiver);
  receiver.next({ status: 500 }, { status: 500 });
  const execution = await signUp(request, hook, { email: 'grace@example.com', name: 'Grace' });
  await open(owner, `/executions/${execution}`);
  await expect(status(owner)).toHaveText(/Succeeded/, { timeout: 30_000 });
  await node(owner, 'http_request_1').click();
  const attempts = owner.getByRole('region', { name: 'Attempts' });
  await expect(attempts.getByRole('listitem')).toHaveCount(3);
  await expect(attempts).toContainText('500');
  const paths = receiver.requests.all.map(request => request.path);
  expect(paths).toEqual(['/crm', '/crm', '/crm', '/slack']);
});

test('a CRM that answers 400 sends the execution down the error port', async ({ owner, mailbox, receiver, request }) => {
  const hook = await setUp(owner, mailbox, receiver);
  const designer = new Designer(owner);
  await designer.add('Transform', { x: 860, y: 620 });
  await designer.fill('Output', '{ gave_up: input.error.message }');
  await designer.connect('http_request_1', 'error', 'transform_1');
  await designer.publish();
  receiver.next({ status: 400, body: { reason: 'no such field' } });
  const execution = await signUp(request, hook, { email: 'grace@example.com', name: 'Grace' });
  await open(owner, `/executions/${execution}`);
  await expect(status(owner)).toHaveText(/Succeeded/);
  await expect(node(owner, 'http_request_1')).toHaveAttribute('data-status', 'failed');
  await expect(node(owner, 'transform_1')).toHaveAttribute('data-status', 'succeeded');
  await expect(node(owner, 'slack_message_1')).toHaveAttribute('data-status', 'skipped');
  expect(receiver.requests.all.map(request => request.path)).toEqual(['/crm']);
});

test('a mail server that refuses fails the execution with its words', async ({ owner, mailbox, receiver, request }) => {
  const hook = await setUp(owner, mailbox, receiver);
  mailbox.refusal = 'This mailbox is full';
  const execution = await signUp(request, hook, { email: 'grace@example.com', name: 'Grace' });
  await open(owner, `/executions/${execution}`);
  await expect(status(owner)).toHaveText(/Failed/, { timeout: 30_000 });
  await expect(owner.getByText(/This mailbox is full/).first()).toBeVisible();
  expect(receiver.requests.all).toEqual([]);
});

test('a call with a wrong signature starts nothing', async ({ owner, mailbox, receiver, request }) => {
  const hook = await setUp(owner, mailbox, receiver);
  const body = JSON.stringify({ email: 'mallory@example.com' });
  const headers = { 'content-type': 'application/json' };
  for (const signature of [undefined, 'sha256=00', sign(`${body} `), sign(body, 'another secret')]) {
    const answer = await request.post(hook, { data: body, headers: signature ? { ...headers, 'x-signature-256': signature } : headers });
    expect(answer.status()).toBe(401);
  }
  expect(mailbox.mails.all).toEqual([]);
});

const status = (page: Page) => page.locator('header').getByRole('status');
const node = (page: Page, id: string) => page.locator(`[data-node="${id}"]`);
const sign = (body: string, secret = SECRET) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** Posts as an outside service does; gives the execution's id. */
async function signUp(request: APIRequestContext, hook: string, payload: object): Promise<string> {
  const body = JSON.stringify(payload);
  const headers = { 'content-type': 'application/json', 'x-signature-256': sign(body) };
  const answer = await request.post(hook, { data: body, headers });
  expect(answer.status()).toBe(202);
  return (await answer.json()).execution;
}

/** A fresh workflow from the template with this test's addresses and a signed webhook, published. Gives the hook's address. */
async function setUp(page: Page, mailbox: Mailbox, receiver: Receiver): Promise<string> {
  await credential(page, 'Signing secret', SECRET);
  await open(page, '/');
  await page.getByRole('button', { name: 'New workflow' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /User signed up/ }).click();
  await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
  await awake(page);
  const designer = new Designer(page);
  await designer.open('send_email_1');
  await designer.fill('Mail server', `smtp://${mailbox.host}:${mailbox.port}`);
  await designer.open('http_request_1');
  await designer.fill('URL', `${receiver.url}/crm`);
  await designer.open('slack_message_1');
  await designer.fill('Webhook URL', `${receiver.url}/slack`);
  await designer.open('webhook_1');
  await designer.choose('Authentication', 'Signature (HMAC-SHA256)');
  await designer.choose('Secret', 'Signing secret');
  await designer.publish();
  return designer.hookAddress();
}

/** Creates it where it is not there yet. */
async function credential(page: Page, name: string, value: string): Promise<void> {
  await open(page, '/credentials');
  if (await page.getByText(name, { exact: true }).isVisible()) return;
  await page.getByRole('button', { name: 'New credential' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Kind').selectOption({ label: 'Secret text' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Value').fill(value);
  await dialog.getByRole('button', { name: /^(Create|Save)/ }).click();
  await expect(page.getByText(name, { exact: true })).toBeVisible();
}
