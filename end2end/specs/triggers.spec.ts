// Webhooks and schedules as people see them: addresses to copy, calls to try, times in two zones, what came of them.
import { execFileSync } from 'node:child_process';
import type { Locator, Page } from '@playwright/test';
import { expect, open, test } from '../support/fixtures';
import { expectAccessible, screenshots } from '../support/looks';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

interface Trigger { id: string; name: string; kind: string; parameters: Record<string, string> }

/** Creates a workflow of these triggers and a condition after them, over REST with the page's session; answers its id. */
async function create(page: Page, name: string, triggers: Trigger[], publish: boolean): Promise<string> {
  await open(page, '/triggers');
  const node = (trigger: Trigger) => ({ ...trigger, position: { x: 0, y: 0 } });
  const check = node({ id: 'check', name: 'Check', kind: 'condition', parameters: { if: 'true' } });
  const edges = triggers.map(({ id }) => ({ from: { node: id, port: 'out' }, to: { node: 'check', port: 'in' } }));
  const workflow = { name, nodes: [...triggers.map(node), check], edges };
  return page.evaluate(async ({ workflow, publish }) => {
    const post = async (path: string, body: unknown) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    };
    const { id } = await post('/workflows', workflow);
    if (publish) await post(`/workflows/${id}/publish`, {});
    return id;
  }, { workflow, publish });
}

const hook = (parameters: Record<string, string>): Trigger => ({ id: 'hook', name: 'Sign-up form', kind: 'webhook', parameters });
const clock = (cron: string, time_zone: string): Trigger =>
  ({ id: 'clock', name: 'The clock', kind: 'schedule', parameters: { cron, time_zone } });
const card = (page: Page, name: string): Locator => page.getByRole('article', { name });

test('without triggers the page says what they are and where to begin', async ({ owner }) => {
  await open(owner, '/triggers');
  await expect(owner.getByRole('heading', { name: 'No webhooks or schedules yet' })).toBeVisible();
  await expectAccessible(owner);
});

test('a webhook shows its address and a call that works when pasted into a terminal', async ({ owner }) => {
  const id = await create(owner, 'User signed up', [hook({ auth: 'none' })], true);
  await open(owner, `/workflows/${id}/triggers`);
  const webhook = card(owner, 'Sign-up form');
  await expect(webhook).toContainText('Live');
  await expect(webhook).toContainText('No authentication');
  await webhook.getByRole('button', { name: 'Copy the address' }).click();
  const address = await owner.evaluate(() => navigator.clipboard.readText());
  expect(address).toMatch(/\/hooks\/[a-z2-9]{32}$/);
  await expect(webhook.getByTestId('webhook-url')).toHaveText(address);

  await webhook.getByText('Try it from a terminal').click();
  const call = await webhook.getByTestId('curl').innerText();
  const answer = JSON.parse(execFileSync('sh', ['-c', call], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  await open(owner, new URL(answer.url).pathname);
  await expect(owner.locator('body')).toContainText('Succeeded');
});

test('each way of authentication comes with a call that gets in, and one with another secret does not', async ({ owner }) => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  await open(owner, '/credentials');
  await owner.getByRole('button', { name: 'New credential' }).click();
  await owner.getByLabel('Kind').selectOption('secret');
  await owner.getByLabel('Name').fill('signing');
  await owner.getByLabel('Value').fill(secret);
  await owner.getByRole('button', { name: 'Save credential' }).click();
  await expect(owner.getByRole('listitem').filter({ hasText: 'signing' })).toBeVisible();

  for (const auth of ['header_token', 'bearer', 'basic', 'hmac_sha256', 'github', 'standard_webhooks', 'stripe', 'slack']) {
    const id = await create(owner, auth, [hook({ auth, username: 'ada', secret: 'signing', sources: '127.0.0.0/8' })], true);
    await open(owner, `/workflows/${id}/triggers`);
    const webhook = card(owner, 'Sign-up form');
    await expect(webhook).toContainText('Only from 127.0.0.0/8');
    await webhook.getByText('Try it from a terminal').click();
    if (auth === 'standard_webhooks') {
      await screenshots(owner, 'webhook');
      await expectAccessible(owner);
    }
    const call = await webhook.getByTestId('curl').innerText();
    const status = (secret: string): string =>
      execFileSync('sh', ['-c', call.replace('your secret', secret).replace('curl ', "curl -s -o /dev/null -w '%{http_code}' ")]).toString();
    expect(status(secret), auth).toBe('202');
    expect(status('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'), auth).toBe('401');
    await owner.evaluate(id => fetch(`/api/v1/workflows/${id}`, { method: 'DELETE' }), id);
  }
});

test('an address can be replaced, after a question', async ({ owner }) => {
  const id = await create(owner, 'Replaced', [hook({ auth: 'none' })], true);
  await open(owner, `/workflows/${id}/triggers`);
  const address = card(owner, 'Sign-up form').getByTestId('webhook-url');
  const before = await address.innerText();
  const ask = card(owner, 'Sign-up form').getByRole('button', { name: 'Replace address' });
  const question = owner.getByRole('dialog');
  await ask.click();
  await question.getByRole('button', { name: 'Keep it' }).click();
  await expect(question).toBeHidden();
  await expect(address).toHaveText(before);
  await ask.click();
  await owner.keyboard.press('Escape');
  await expect(question).toBeHidden();

  await ask.click();
  await question.getByRole('button', { name: 'Replace address' }).click();
  await expect(address).not.toHaveText(before);
  await expect(question).toBeHidden();
});

test('a schedule shows its next times in its own zone and the viewer’s, and what came of the last ones', async ({ owner }) => {
  const id = await create(owner, 'Every second', [clock('* * * * * *', 'America/New_York')], true);
  await open(owner, `/workflows/${id}/triggers`);
  const schedule = card(owner, 'The clock');
  await expect(schedule).toContainText('Every second');
  await expect(schedule.getByRole('row')).toHaveCount(6);
  await expect(schedule).toContainText('Next times (America/New_York)');
  await expect(schedule).toContainText('Your time (Europe/Berlin)');
  await schedule.getByRole('link', { name: 'Open the execution' }).first().click({ timeout: 30_000 });
  await expect(owner).toHaveURL(/\/executions\/[0-9a-f-]{36}$/);
  await expect(owner.locator('body')).toContainText('Succeeded');
});

test('all triggers, live and drawn, fit every screen and serve everybody', async ({ owner }) => {
  await create(owner, 'A draft whose name is so long that it has to be cut somewhere on a small screen', [
    hook({ auth: 'hmac_sha256', signature_header: 'X-Shop-Signature', secret: 'shop' }),
    clock('0 9 * * 1-5', 'Europe/London'),
  ], false);
  await open(owner, '/triggers');
  await expect(owner.getByRole('article')).toHaveCount(5);
  await expect(owner.getByText('Not live')).toHaveCount(2);
  await screenshots(owner, 'triggers');
  await expectAccessible(owner);
});

test('a workflow that is not there says so', async ({ owner, console }) => {
  console.allow(/404/);
  await open(owner, '/workflows/00000000-0000-0000-0000-000000000000/triggers');
  await expect(owner.getByRole('heading', { name: 'There is no such workflow' })).toBeVisible();
});

test('without JavaScript the triggers are there, too', async ({ owner, browser, server }) => {
  const storageState = await owner.context().storageState();
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url, storageState });
  const page = await context.newPage();
  await page.goto('/triggers');
  await expect(page.getByRole('article')).toHaveCount(5);
  await context.close();
});
