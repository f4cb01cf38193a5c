// Nothing is lost: undo over a reload, the list of steps, saving by hand, a server that is away, Ctrl+K, versions.
import { expect, open, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

test('undo survives a reload, and any step can be gone to by name', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.drag('Webhook', { x: 400, y: 300 });
  await designer.drag('Delay', { x: 700, y: 300 });
  await designer.connect('webhook_1', 'out', 'delay_1');
  await designer.saved();
  await owner.reload();
  await expect(owner.locator('html')).toHaveAttribute('data-awake', '');
  await owner.keyboard.press('Control+z');
  await expect(designer.edges).toHaveCount(0);
  await owner.keyboard.press('Control+Shift+z');
  await expect(designer.edges).toHaveCount(1);
  await owner.keyboard.press('h');
  const history = owner.getByRole('complementary', { name: 'History' });
  await expect(history.getByRole('listitem')).toHaveText(['Connect', 'Add Delay', 'Add Webhook', 'As it was opened']);
  await history.getByRole('button', { name: 'Add Webhook' }).click();
  await expect(designer.nodes).toHaveCount(1);
  await expect(history.locator('[aria-current="step"]')).toHaveText('Add Webhook');
  await expectAccessible(owner);
  await screenshots(owner, 'history');
  await history.getByRole('button', { name: 'Connect' }).click();
  await expect(designer.edges).toHaveCount(1);
  await designer.saved();
});

test('saved by hand, a drawing waits; closing the tab loses nothing', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await owner.getByRole('button', { name: 'How it is saved' }).click();
  await owner.getByLabel('Save by itself').uncheck();
  await owner.keyboard.press('Escape');
  await owner.mouse.click(700, 500);
  await designer.drag('Webhook', { x: 400, y: 300 });
  await expect(owner.locator('header').getByRole('status')).toHaveText('Not saved yet');
  await owner.waitForFunction(() => Object.keys(localStorage).some(key => key.startsWith('flowpilot.draft.')));
  const tab = await owner.context().newPage();
  await open(tab, new URL(owner.url()).pathname);
  await expect(tab.locator('[data-node="webhook_1"]')).toBeVisible();
  await expect(tab.locator('header').getByRole('status')).toHaveText('Not saved yet');
  await tab.keyboard.press('Control+s');
  await expect(tab.locator('header').getByRole('status')).toHaveText('Saved');
  await tab.getByRole('button', { name: 'How it is saved' }).click();
  await tab.getByLabel('Save by itself').check();
});

test('what is drawn while the server is away is kept and saved once it is back', async ({ owner, server, console }) => {
  console.allow(/Failed to load resource|ERR_CONNECTION|WebSocket|EventSource|502|503/);
  const designer = await Designer.fromNothing(owner);
  await designer.drag('Webhook', { x: 400, y: 300 });
  await designer.saved();
  await server.stop();
  await designer.drag('Delay', { x: 700, y: 300 });
  await expect(owner.locator('header').getByRole('status')).toHaveText(/Unsaved, retrying/);
  await server.restart();
  await expect(owner.locator('header').getByRole('status')).toHaveText('Saved', { timeout: 30_000 });
  await open(owner, new URL(owner.url()).pathname);
  await expect(designer.nodes).toHaveCount(2);
});

test('Ctrl+K finds nodes by any field, actions and other workflows', async ({ owner }) => {
  const designer = await Designer.fromTemplate(owner);
  await owner.keyboard.press('Control+k');
  const dialog = owner.getByRole('dialog', { name: 'Find anything' });
  const search = dialog.getByRole('combobox');
  await search.fill('sign-up source');
  await expect(dialog.getByRole('option').first()).toContainText('Create CRM entry');
  await search.press('Enter');
  await expect(designer.node('http_request_1')).toBeFocused();
  await owner.keyboard.press('Control+k');
  await expectAccessible(owner);
  await screenshots(owner, 'commands');
  await search.fill('select everything');
  await search.press('Enter');
  await expect(owner.locator('[data-node][data-selected="true"]')).toHaveCount(4);
  await owner.keyboard.press('?');
  await expect(owner.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Walk the graph');
});

test('a version has a name and a note; two are compared on the canvas, field by field', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.drag('Manual start', { x: 400, y: 300 });
  await designer.drag('Delay', { x: 700, y: 300 });
  await designer.connect('manual_1', 'out', 'delay_1');
  await designer.saved();
  await designer.publish();
  await designer.open('delay_1');
  await designer.fill('Wait for', '5');
  await designer.drag('No operation', { x: 700, y: 500 });
  await designer.saved();
  await owner.getByRole('button', { name: 'Publish' }).click();
  const dialog = owner.getByRole('dialog', { name: 'Publish' });
  await expect(dialog.getByRole('list', { name: 'Checklist' })).toContainText('A trigger leads to every task: not everywhere');
  await expectAccessible(owner);
  await screenshots(owner, 'publish');
  await dialog.getByLabel('Name (optional)').fill('Slower');
  await dialog.getByLabel('What changed (optional)').fill('Waits longer.');
  await dialog.getByRole('button', { name: 'Publish' }).click();
  await expect(owner.getByText('Version 2 is live.')).toBeVisible();
  await owner.getByRole('link', { name: 'Versions' }).click();
  const versions = owner.getByRole('list', { name: 'Versions' });
  await expect(versions.getByRole('listitem').first()).toContainText('2 · Slower');
  await expect(versions.getByRole('listitem').first()).toContainText('Waits longer.');
  await owner.getByLabel('Show').selectOption('1');
  const changes = owner.getByRole('complementary', { name: 'Changes' });
  await expect(changes).toContainText('1 added, 1 changed, 0 removed');
  await expect(changes.locator('ins')).toContainText('5');
  await expect(owner.locator('[data-node="delay_1"]')).toHaveAttribute('data-change', 'changed');
  await expectAccessible(owner);
  await screenshots(owner, 'versions');
});

test('others at the same workflow are seen, and what they save appears by itself', async ({ owner }) => {
  const first = await Designer.fromTemplate(owner);
  const tab = await owner.context().newPage();
  await open(tab, new URL(owner.url()).pathname);
  const second = new Designer(tab);
  await second.open('http_request_1');
  await expect(owner.getByRole('list', { name: 'Also here' }).getByRole('img')).toHaveCount(1);
  await expect(owner.locator('[data-visitor="http_request_1"]')).toBeVisible();
  await expectAccessible(owner);
  await screenshots(owner, 'company');
  await second.drag('Delay', { x: 500, y: 640 });
  await second.saved();
  await expect(first.node('delay_1')).toBeVisible();
  await first.open('http_request_1');
  await first.fill('Name', 'Both drew');
  await first.saved();
  await expect(second.node('http_request_1')).toContainText('Both drew');
  await second.node('delay_1').focus();
  await tab.keyboard.press('Control+z');
  await expect(second.node('delay_1')).toHaveCount(0);
  await expect(second.node('http_request_1')).toContainText('Both drew');
});
