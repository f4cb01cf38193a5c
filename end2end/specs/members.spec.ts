// Members and tokens: somebody is invited, joins in a browser of their own, gets another role, is logged out; a token
// does what its scopes say. A person with two workspaces goes from one to the other.
import { Browser, BrowserContext, Page } from '@playwright/test';
import { OWNER, awake, expect, open, test } from '../support/fixtures';
import { expectAccessible, screenshots } from '../support/looks';

const GRACE = { email: 'grace@example.com', name: 'Grace Hopper', password: 'seven yellow trams ride north' };

/** The link of a new invitation, as the owner sees it. */
async function invite(owner: Page, email: string, role: string): Promise<string> {
  await open(owner, '/settings/members');
  await owner.getByRole('button', { name: 'Invite' }).click();
  const dialog = owner.getByRole('dialog');
  await dialog.getByLabel('Email').fill(email);
  await dialog.getByLabel('Role').selectOption(role);
  await dialog.getByRole('button', { name: 'Create link' }).click();
  const link = await dialog.getByTestId('link').textContent();
  await screenshots(owner, 'members-link');
  await dialog.getByRole('button', { name: 'Done' }).click();
  return link!;
}

async function another(browser: Browser, url: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 } });
  return { context, page: await context.newPage() };
}

test('somebody joins by a link, gets another role and is logged out', async ({ owner, server, browser }) => {
  await open(owner, '/settings/members');
  await expect(owner.getByRole('listitem').filter({ hasText: OWNER.name })).toContainText('owner');
  await owner.getByRole('button', { name: 'Invite' }).click();
  await expect(owner.getByRole('dialog').getByLabel('Email')).toBeFocused();
  await expectAccessible(owner);
  await screenshots(owner, 'members-invite');
  await owner.keyboard.press('Escape');

  const link = await invite(owner, GRACE.email, 'viewer');
  await expect(owner.getByRole('region', { name: 'Invited' })).toContainText(GRACE.email);

  const { context, page } = await another(browser, server.url);
  await open(page, link);
  await expect(page.getByText(OWNER.workspace)).toBeVisible();
  await expectAccessible(page);
  await screenshots(page, 'invitation');
  await page.getByLabel('Your name').fill(GRACE.name);
  await page.getByLabel('Choose a password').fill('password12345');
  await page.getByRole('button', { name: 'Join' }).click();
  await expect(page.getByText('among the first that anybody would try')).toBeVisible();
  await page.getByLabel('Choose a password').fill(GRACE.password);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.waitForURL(url => url.pathname === '/');
  await awake(page);
  await expect(page.getByRole('button', { name: 'Start from nothing' })).toHaveCount(0);

  await open(owner, '/settings/members');
  const row = owner.getByRole('listitem').filter({ hasText: GRACE.name });
  await expect(row).toContainText('viewer');
  await expectAccessible(owner);
  await screenshots(owner, 'members');
  await row.getByRole('button', { name: `Role of ${GRACE.name}` }).click();
  const dialog = owner.getByRole('dialog');
  await dialog.getByLabel('Role').selectOption('editor');
  await expect(dialog).toContainText('Draws, publishes and runs workflows');
  await screenshots(owner, 'members-role');
  await dialog.getByRole('button', { name: 'Change role' }).click();
  await expect(row).toContainText('editor');

  await page.reload();
  await awake(page);
  await expect(page.getByRole('button', { name: 'Start from nothing' })).toBeVisible();

  await row.getByRole('button', { name: `End all logins of ${GRACE.name}` }).click();
  await dialog.getByRole('button', { name: 'End logins' }).click();
  await expect(owner.getByText(`All logins of ${GRACE.name} have ended.`)).toBeVisible();
  await page.goto('/executions');
  await page.waitForURL(/\/login/);

  await row.getByRole('button', { name: `Remove ${GRACE.name}` }).click();
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(row).toHaveCount(0);
  await open(page, '/login');
  await page.getByLabel('Email').fill(GRACE.email);
  await page.getByLabel('Password').fill(GRACE.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByText('You are a member of no workspace')).toBeVisible();
  await context.close();
});

test('a link that was revoked says so', async ({ owner, server, browser }) => {
  const link = await invite(owner, 'eve@example.com', 'viewer');
  await owner.getByRole('button', { name: 'Revoke the invitation of eve@example.com' }).click();
  await expect(owner.getByText('The invitation is revoked.')).toBeVisible();
  const { context, page } = await another(browser, server.url);
  await page.goto(link);
  await expect(page.getByText('This link has been used or revoked')).toBeVisible();
  await context.close();
});

test('a token does what its scopes say', async ({ owner, server, request }) => {
  await open(owner, '/settings');
  await owner.getByRole('button', { name: 'Create token' }).click();
  const dialog = owner.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Dashboard');
  await expectAccessible(owner);
  await screenshots(owner, 'token');
  await dialog.getByText('Custom', { exact: true }).click();
  await dialog.getByText('Only for certain workflows').click();
  await expect(dialog.getByText('There are no workflows yet.')).toBeVisible();
  await screenshots(owner, 'token-custom');
  await dialog.getByText('Read', { exact: true }).click();
  await dialog.getByRole('button', { name: 'Create token' }).click();
  const token = (await dialog.getByTestId('token').textContent())!;
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(owner.getByRole('row').filter({ hasText: 'Dashboard' })).toContainText('read');
  await screenshots(owner, 'settings');

  const headers = { authorization: `Bearer ${token}` };
  const listed = await request.get(`${server.url}/api/v1/workflows`, { headers });
  expect(listed.status()).toBe(200);
  const made = await request.post(`${server.url}/api/v1/workflows`, { headers, data: { name: 'x' } });
  expect(made.status()).toBe(403);
  expect((await made.json()).detail).toContain('workflows:write');
});

test('an owner makes a second workspace and goes back', async ({ owner }) => {
  await open(owner, '/settings');
  await owner.getByRole('button', { name: 'New workspace' }).click();
  await owner.getByRole('dialog').getByLabel('Name').fill('Second');
  await owner.getByRole('dialog').getByRole('button', { name: 'Create workspace' }).click();
  await owner.waitForURL(url => url.pathname === '/');
  await open(owner, '/settings');
  await expect(owner.getByRole('listitem').filter({ hasText: 'Second' })).toContainText('You are here');
  await owner.getByRole('button', { name: `Switch to ${OWNER.workspace}` }).click();
  await owner.waitForURL(url => url.pathname === '/');
  await open(owner, '/settings');
  await expect(owner.getByRole('listitem').filter({ hasText: OWNER.workspace })).toContainText('You are here');
});
