// Drawing from nothing: by mouse, and by keyboard alone. And what happens when two tabs draw at once.
import { expect, open, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

test('five nodes are drawn by drag and drop', async ({ owner, receiver }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.drag('Webhook', { x: 340, y: 300 });
  await designer.drag('Transform', { x: 620, y: 300 });
  await designer.fill('Output', '{ email: input.email.toLowerCase(), plan: input.plan ?? "free" }');
  await designer.drag('Condition', { x: 900, y: 300 });
  await designer.fill('If', 'input.plan !== "free"');
  await designer.drag('HTTP request', { x: 620, y: 480 });
  await designer.fill('URL', `${receiver.url}/paying`);
  await designer.drag('Delay', { x: 620, y: 640 });
  await designer.connect('webhook_1', 'out', 'transform_1');
  await designer.connect('transform_1', 'out', 'condition_1');
  await designer.connect('condition_1', 'true', 'http_request_1');
  await designer.connect('condition_1', 'false', 'delay_1');
  await expect(owner.locator('[data-edge]')).toHaveCount(4);
  await designer.saved();

  await designer.tryToConnect('http_request_1', 'out', 'transform_1');
  await expect(owner.locator('[data-edge]')).toHaveCount(4);
  await expect(owner.getByText(/cycle|circle|each other/i).first()).toBeAttached();

  await owner.reload();
  await expect(owner.locator('[data-node]')).toHaveCount(5);
  await expect(owner.locator('[data-edge]')).toHaveCount(4);
  await designer.run({ email: 'ADA@example.com', plan: 'pro' });
  await expect(owner.locator('header').getByRole('status')).toHaveText(/Succeeded/);
  expect((await receiver.requests.take()).path).toBe('/paying');
});

test('five nodes are drawn by keyboard alone', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  const keyboard = owner.keyboard;
  for (const kind of ['manual', 'transform', 'delay', 'condition', 'fail']) {
    await owner.locator('body').press('n');
    await keyboard.type(kind);
    await keyboard.press('Enter');
    await keyboard.press('Escape');
  }
  await expect(owner.locator('[data-node]')).toHaveCount(5);
  await designer.connectByKeyboard('manual_1', 'Transform');
  await designer.connectByKeyboard('transform_1', 'Delay');
  await designer.connectByKeyboard('delay_1', 'Condition');
  await designer.connectByKeyboard('condition_1', 'Fail');
  await expect(owner.locator('[data-edge]')).toHaveCount(4);
  await owner.locator('[data-node="fail_1"]').focus();
  await keyboard.press('Delete');
  await expect(owner.locator('[data-node]')).toHaveCount(4);
  await keyboard.press('Control+z');
  await expect(owner.locator('[data-node]')).toHaveCount(5);
  await keyboard.press('Control+Shift+z');
  await expect(owner.locator('[data-node]')).toHaveCount(4);
});

test('the designer looks right and everybody can use it', async ({ owner }) => {
  await Designer.fromTemplate(owner);
  await expectAccessible(owner);
  await screenshots(owner, 'designer');
});

test('without JavaScript the graph is in the page', async ({ owner, browser, server }) => {
  await Designer.fromTemplate(owner);
  const state = await owner.context().storageState();
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url, storageState: state });
  const page = await context.newPage();
  await page.goto(owner.url());
  await expect(page.locator('[data-node]')).toHaveCount(4);
  await expect(page.locator('[data-edge]')).toHaveCount(3);
  await expect(page.locator('[data-node="http_request_1"]')).toContainText('Create CRM entry');
  await context.close();
});

test('two tabs that draw at once: both drawings are put together', async ({ owner, console }) => {
  console.allow(/409/);
  const first = await Designer.fromNothing(owner);
  const tab = await owner.context().newPage();
  await open(tab, new URL(owner.url()).pathname);
  const second = new Designer(tab);
  await first.drag('Webhook', { x: 400, y: 300 });
  await first.saved();
  await second.drag('Schedule', { x: 400, y: 450 });
  await expect(tab.locator('[data-node="webhook_1"]')).toBeVisible();
  await second.saved();
  await owner.reload();
  await expect(owner.locator('[data-node="webhook_1"]')).toBeVisible();
  await expect(owner.locator('[data-node="schedule_1"]')).toBeVisible();
});

test('two tabs that change the same: the second is asked, and nothing is lost', async ({ owner, console }) => {
  console.allow(/409/);
  const first = await Designer.fromNothing(owner);
  await first.drag('Webhook', { x: 400, y: 300 });
  await first.saved();
  const tab = await owner.context().newPage();
  // It hears of nothing until it saves, as if its connection were slow.
  await tab.route('**/keep_company*', route => route.fulfill({ json: { revision: 0, others: [] } }));
  await open(tab, new URL(owner.url()).pathname);
  const second = new Designer(tab);
  await first.open('webhook_1');
  await first.fill('Name', 'Mine');
  await first.saved();
  await second.open('webhook_1');
  await second.fill('Name', 'Theirs');
  const dialog = tab.getByRole('dialog');
  await expect(dialog).toContainText('Somebody else saved this workflow');
  await expect(dialog).toContainText('Both changed “name”');
  await dialog.getByRole('button', { name: 'Keep mine as a copy' }).click();
  await expect(tab).not.toHaveURL(owner.url());
  await expect(tab.locator('[data-node="webhook_1"]')).toContainText('Theirs');
  await owner.reload();
  await expect(owner.locator('[data-node="webhook_1"]')).toContainText('Mine');
});

test('the palette is searched, a field says what it lacks, and everything can be fitted into view', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  const palette = owner.getByRole('complementary', { name: 'Palette' });
  await palette.getByLabel('Search tasks').fill('http');
  await expect(palette.getByRole('button', { name: 'HTTP request', exact: true })).toBeVisible();
  await expect(palette.getByRole('button', { name: 'Delay', exact: true })).toHaveCount(0);
  await designer.drag('HTTP request', { x: 620, y: 300 });
  await expect(designer.field('URL')).toHaveAttribute('aria-invalid', 'true');
  await designer.fill('URL', 'https://api.example.com');
  await expect(designer.field('URL')).not.toHaveAttribute('aria-invalid', 'true');
  const view = owner.getByRole('toolbar', { name: 'View' });
  for (const _ of [1, 2, 3, 4, 5, 6]) await view.getByRole('button', { name: 'Zoom in' }).click();
  await view.getByRole('button', { name: 'Fit' }).click();
  await expect(designer.node('http_request_1')).toBeInViewport({ ratio: 1 });
});
