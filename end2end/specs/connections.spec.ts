// A credential's own page: connected at a real OAuth2 server, tried, limited to nodes, and listed where it is used; and a
// webhook's secret that is replaced while the old one still counts.
import { Page } from '@playwright/test';
import { expect, open, test } from '../support/fixtures';
import { expectAccessible, screenshots } from '../support/looks';
import { Provider } from '../support/provider';

async function fill(page: Page, values: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
}

/** Creates over REST with the page's session; answers the workflow's id. */
async function publish(page: Page, workflow: unknown): Promise<string> {
  return page.evaluate(async workflow => {
    const post = async (path: string, body: unknown) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    };
    const { id } = await post('/workflows', workflow);
    await post(`/workflows/${id}/publish`, {});
    return id;
  }, workflow);
}

test('a credential is connected at the service, tried and found where it is used', async ({ owner: page }) => {
  const provider = await Provider.start();
  await open(page, '/credentials');
  await page.getByRole('button', { name: 'New credential' }).click();
  await page.getByLabel('Kind').selectOption('oauth2_code');
  await fill(page, {
    'Name *': 'Calendar',
    'Authorization page *': `${provider.url}/authorize?prompt=consent`,
    'Token endpoint *': `${provider.url}/token`,
    'Client ID *': Provider.client.id,
    'Client secret': Provider.client.secret,
    'Scopes': 'calendar.read',
    'Allowed hosts': '127.0.0.1',
  });
  await page.getByLabel('HTTP request').check();
  await screenshots(page, 'credential-oauth-form');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save credential' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'Calendar' });
  await expect(row).toContainText('for 127.0.0.1 · in HTTP request');

  const call = { id: 'call', name: 'Read the calendar', kind: 'http_request', parameters: { method: 'GET', url: `${provider.url}/api`, credential: 'Calendar' } };
  const start = { id: 'start', name: 'Start', kind: 'manual' };
  const edge = { from: { node: 'start', port: 'out' }, to: { node: 'call', port: 'in' } };
  await publish(page, { name: 'Morning report', nodes: [start, call], edges: [edge] });

  await row.getByRole('link', { name: 'Calendar' }).click();
  await expect(page.getByText('Not connected')).toBeVisible();
  await expect(page.getByTestId('callback-url')).toContainText('/oauth/callback');
  await expect(page.getByRole('listitem').filter({ hasText: 'Morning report' })).toContainText('Read the calendar');
  await expectAccessible(page);
  await screenshots(page, 'credential');

  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(page.getByRole('heading', { name: 'FlowPilot wants to act for you' })).toBeVisible();
  await page.getByRole('link', { name: 'Allow' }).click();
  await expect(page.getByText('Connected', { exact: true })).toBeVisible();
  await expect(page).toHaveURL(/\/credentials\/[0-9a-f-]+$/);

  await page.getByLabel('Address to call').fill(`${provider.url}/api`);
  await page.getByRole('button', { name: 'Test' }).click();
  await expect(page.getByText('127.0.0.1 answered 200 OK.')).toBeVisible();
  await screenshots(page, 'credential-connected');
  await page.getByLabel('Address to call').fill('http://localhost:1/');
  await page.getByRole('button', { name: 'Test' }).click();
  await expect(page.getByText('may be sent to 127.0.0.1 only')).toBeVisible();
  await expectAccessible(page);
  expect(await page.content()).not.toContain('canary');

  await page.getByRole('button', { name: 'Delete Calendar' }).click();
  await expect(page.getByText('These use it')).toBeVisible();
  await expect(page.getByRole('dialog')).toContainText('Read the calendar');
  await page.getByRole('button', { name: 'Keep it' }).click();
  provider.stop();
});

test('the people who may use a credential are chosen on its page', async ({ owner: page }) => {
  await open(page, '/credentials');
  await page.getByRole('button', { name: 'New credential' }).click();
  await page.getByLabel('Kind').selectOption('bearer');
  await fill(page, { 'Name *': 'Payroll', 'Token *': 'canary-payroll' });
  await page.getByLabel('People who may use it').selectOption('chosen');
  await page.getByRole('button', { name: 'Save credential' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'Payroll' });
  await expect(row).toContainText('Chosen people');
  await row.getByRole('link', { name: 'Payroll' }).click();
  const people = page.getByRole('list', { name: 'People' });
  await expect(people.getByRole('checkbox')).toBeChecked();
  await expect(people.getByRole('checkbox')).toBeDisabled();
  await expectAccessible(page);
  await screenshots(page, 'credential-people');
  await page.getByLabel('In workflows that they publish').selectOption('everybody');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('It counts from the next task on.')).toBeVisible();
  await open(page, '/credentials');
  await expect(row).not.toContainText('Chosen people');
});

test('an answer that belongs to no connection is said to be lost', async ({ owner: page }) => {
  await open(page, '/oauth/callback?state=guess&code=guess');
  await expect(page.getByText('belongs to no connection that you began')).toBeVisible();
});

test('a replaced webhook secret is shown once, and the old one can be ended', async ({ owner: page }) => {
  await open(page, '/credentials');
  await page.getByRole('button', { name: 'New credential' }).click();
  await page.getByLabel('Kind').selectOption('secret');
  await fill(page, { 'Name *': 'signing', 'Value *': 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
  await page.getByRole('button', { name: 'Save credential' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'signing' })).toBeVisible();
  const hook = { id: 'hook', name: 'Sign-up form', kind: 'webhook', parameters: { auth: 'standard_webhooks', secret: 'signing', max_body_mib: '5' } };
  const check = { id: 'check', name: 'Check', kind: 'condition', parameters: { if: 'true' } };
  const edge = { from: { node: 'hook', port: 'out' }, to: { node: 'check', port: 'in' } };
  const id = await publish(page, { name: 'User signed up', nodes: [hook, check], edges: [edge] });

  await open(page, `/workflows/${id}/triggers`);
  const card = page.getByRole('article', { name: 'Sign-up form' });
  await expect(card).toContainText('Bodies up to 5 MiB');
  await card.getByRole('button', { name: 'Replace secret' }).click();
  await screenshots(page, 'webhook-secret');
  await page.getByRole('dialog').getByRole('button', { name: 'Replace secret' }).click();
  await expect(page.getByTestId('new-secret')).toContainText('whsec_');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(card.getByTestId('old-secret')).toContainText('Old secret taken until');
  await screenshots(page, 'webhook-old-secret');
  await expectAccessible(page);
  await card.getByRole('button', { name: 'End it now' }).click();
  await expect(card.getByTestId('old-secret')).toHaveCount(0);
});
