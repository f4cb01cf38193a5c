// The first minute: the server starts, its link creates the owner, pages wake up, and show without JavaScript too.
import { OWNER, awake, expect, open, test } from '../support/fixtures';
import { expectAccessible, screenshots } from '../support/looks';

test('a new server sends everybody to the setup page, which says where the link is', async ({ page }) => {
  await open(page, '/');
  expect(new URL(page.url()).pathname).toBe('/setup');
  await expect(page.getByRole('heading', { name: 'no owner yet' })).toBeVisible();
});

test('without JavaScript the page is there, too', async ({ browser, server }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url });
  const page = await context.newPage();
  await page.goto(server.setupLink!);
  await expect(page.getByRole('heading', { name: 'Welcome to FlowPilot' })).toBeVisible();
  await expect(page.getByLabel('Email')).toBeVisible();
  await context.close();
});

test('the link creates the owner, once', async ({ owner, server }) => {
  await expect(owner).toHaveTitle(/FlowPilot/);
  const other = await owner.context().browser()!.newContext();
  const late = await other.newPage();
  await late.goto(server.setupLink!);
  await expect(late).toHaveURL(/\/login/);
  await other.close();
});

test('the owner logs in', async ({ page, server }) => {
  await open(page, '/login');
  await expectAccessible(page);
  await screenshots(page, 'login');
  await page.getByLabel('Email').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(`${server.url}/`);
  await awake(page);
});

test('files carry their hash and stay in the browser; the page itself does not', async ({ page, request, server }) => {
  await page.goto('/login');
  const script = await page.locator('link[rel=modulepreload]').getAttribute('href');
  expect(script).toMatch(/^\/pkg\/flowpilot\.[0-9a-f]{16}\.js$/);
  const file = await request.get(`${server.url}${script}`);
  expect(file.headers()['cache-control']).toContain('immutable');
  expect(file.headers()['content-encoding']).toMatch(/br|gzip/);
});
