// Whoever may not draw looks: nothing moves, nothing is added, fields are closed. An operator runs what is published.
import { Browser, Page } from '@playwright/test';
import { Console, awake, expect, open, test } from '../support/fixtures';
import { Designer, centre } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

const WORKFLOW = JSON.stringify({
  name: 'To look at',
  nodes: [
    { id: 'manual_1', name: 'Start', kind: 'manual', position: { x: 0, y: 0 } },
    { id: 'transform_1', name: 'Shape', kind: 'transform', parameters: { output: '{ n: 1 }' }, position: { x: 320, y: 0 } },
  ],
  edges: [{ from: { node: 'manual_1', port: 'out' }, to: { node: 'transform_1', port: 'in' } }],
});

/** Somebody with this role, who joined by a link, at the workflow. */
async function joined(owner: Page, browser: Browser, console: Console, role: string, path: string): Promise<Page> {
  await open(owner, '/settings/members');
  await owner.getByRole('button', { name: 'Invite' }).click();
  const dialog = owner.getByRole('dialog');
  await dialog.getByLabel('Email').fill(`${role}@example.com`);
  await dialog.getByLabel('Role').selectOption(role);
  await dialog.getByRole('button', { name: 'Create link' }).click();
  const link = (await dialog.getByTestId('link').textContent())!;
  const context = await browser.newContext({ baseURL: new URL(owner.url()).origin, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  console.watch(page);
  await open(page, link);
  await page.getByLabel('Your name').fill(`The ${role}`);
  await page.getByLabel('Choose a password').fill('seven yellow trams ride north');
  await page.getByRole('button', { name: 'Join' }).click();
  await page.waitForURL(url => url.pathname === '/');
  await awake(page);
  await open(page, path);
  return page;
}

test('a viewer looks and changes nothing', async ({ owner, browser, console }) => {
  const drawn = await Designer.fromNothing(owner);
  await drawn.paste(WORKFLOW);
  await drawn.saved();
  const path = new URL(owner.url()).pathname;
  const page = await joined(owner, browser, console, 'viewer', path);
  const designer = new Designer(page);
  await expect(designer.nodes).toHaveCount(2);
  await expect(page.getByRole('complementary', { name: 'Palette' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toHaveCount(0);
  await expect(page.getByText('Read only')).toBeVisible();
  const before = await designer.node('transform_1').evaluate(card => card.style.transform);
  const from = await centre(designer.node('transform_1'));
  await designer.mouseDrag(from, { x: from.x + 120, y: from.y + 90 });
  expect(await designer.node('transform_1').evaluate(card => card.style.transform)).toBe(before);
  await designer.node('transform_1').click();
  await expect(designer.field('Output')).toBeDisabled();
  for (const key of ['Delete', 'd', 'Control+d', 'Control+z', 'Shift+S']) await page.keyboard.press(key);
  await expect(designer.nodes).toHaveCount(2);
  await expect(page.locator('[data-note]')).toHaveCount(0);
  await expect(designer.node('transform_1')).not.toHaveAttribute('data-disabled', 'true');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('dialog', { name: 'Run' })).toBeHidden();
  await expectAccessible(page);
  await screenshots(page, 'viewer');
  await page.context().close();
});

test('an operator runs what is published and draws nothing', async ({ owner, browser, console }) => {
  const drawn = await Designer.fromNothing(owner);
  await drawn.paste(WORKFLOW);
  await drawn.saved();
  await drawn.publish();
  const path = new URL(owner.url()).pathname;
  const page = await joined(owner, browser, console, 'operator', path);
  await expect(page.getByRole('complementary', { name: 'Palette' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Run' });
  await expect(dialog).toContainText('Runs the published version.');
  await dialog.getByRole('button', { name: 'Start' }).click();
  await page.waitForURL(/\/executions\/[0-9a-f-]{36}/);
  await expect(page.locator('header').getByRole('status')).toHaveText(/Succeeded/);
  await page.context().close();
});
