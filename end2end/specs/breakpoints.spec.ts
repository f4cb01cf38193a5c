// Breakpoints: set on an edge, kept by the browser; the run is held there, looked at, edited, stepped and let go.
import { Page } from '@playwright/test';
import { awake, expect, open, test } from '../support/fixtures';
import { Designer, onEdge } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

const task = (id: string, name: string, x: number, output: string) =>
  ({ id, name, kind: 'transform', parameters: { output }, position: { x, y: 0 } });
const edge = (from: string, to: string) => ({ from: { node: from, port: 'out' }, to: { node: to, port: 'in' } });

/** Start → Add one → Times ten → Report. */
const CHAIN = JSON.stringify({
  name: 'Chain',
  nodes: [
    { id: 'manual_1', name: 'Start', kind: 'manual', position: { x: 0, y: 0 } },
    task('transform_1', 'Add one', 320, '{ n: input.n + 1 }'),
    task('transform_2', 'Times ten', 640, '{ n: input.n * 10 }'),
    task('transform_3', 'Report', 960, '{ total: input.n }'),
  ],
  edges: [edge('manual_1', 'transform_1'), edge('transform_1', 'transform_2'), edge('transform_2', 'transform_3')],
});

const dot = (page: Page, from: string, to: string) => page.locator(`[data-edge="${from}.out>${to}.in"] + .breakpoint`);

async function chain(page: Page): Promise<Designer> {
  const designer = await Designer.fromNothing(page);
  await designer.paste(CHAIN);
  await expect(designer.nodes).toHaveCount(4);
  await page.keyboard.press('Escape');
  await page.keyboard.press('1');
  await designer.saved();
  return designer;
}

test('a run is held at a breakpoint, edited, stepped and let go', async ({ owner }) => {
  const designer = await chain(owner);
  const line = await onEdge(owner.locator('[data-edge="transform_1.out>transform_2.in"]'));
  await owner.mouse.click(line.x, line.y, { button: 'right' });
  await owner.getByRole('menu').getByRole('menuitem', { name: 'Breakpoint' }).click();
  await expect(dot(owner, 'transform_1', 'transform_2')).toBeVisible();
  await screenshots(owner, 'breakpoint');
  await owner.reload();
  await awake(owner);
  await expect(dot(owner, 'transform_1', 'transform_2')).toBeVisible();

  await designer.run({ n: 1 });
  const status = owner.locator('header').getByRole('status');
  await expect(status).toHaveText(/Waiting/);
  await expect(dot(owner, 'transform_1', 'transform_2')).toHaveAttribute('data-held', 'true');
  await owner.getByRole('link', { name: 'Add one → Times ten' }).click();
  const panel = owner.getByRole('region', { name: 'Breakpoint' });
  await expect(panel).toContainText('Held between “Add one” and “Times ten”');
  const payload = panel.getByLabel('Payload (JSON)');
  await expect(payload).toHaveValue(/"n": 2/);
  await payload.fill('{ "n": ');
  await expect(panel.getByText('This is not JSON yet')).toBeVisible();
  await expect(panel.getByRole('button', { name: 'Step' })).toBeDisabled();
  await payload.fill('{ "n": 7 }');
  await expectAccessible(owner);
  await screenshots(owner, 'held');
  await panel.getByRole('button', { name: 'Step' }).click();

  await expect(owner.getByText('let Times ten go on with another payload, one step')).toBeVisible();
  await expect(dot(owner, 'transform_2', 'transform_3')).toHaveAttribute('data-held', 'true');
  await owner.getByRole('link', { name: 'Times ten → Report' }).click();
  await expect(panel.getByLabel('Payload (JSON)')).toHaveValue(/"n": 70/);
  await panel.getByRole('button', { name: 'Go on' }).click();
  await expect(status).toHaveText(/Succeeded/);
  await expect(panel).toHaveCount(0);
  await expect(owner.getByRole('complementary', { name: 'Details' })).toContainText('total: 70');
});

test('breakpoints are set by key on what is selected, and by the outline on a phone', async ({ owner }) => {
  const designer = await chain(owner);
  await designer.node('transform_2').focus();
  await owner.keyboard.press(' ');
  await owner.keyboard.press('b');
  await expect(dot(owner, 'transform_1', 'transform_2')).toBeVisible();
  await owner.keyboard.press('b');
  await expect(dot(owner, 'transform_1', 'transform_2')).toHaveCount(0);

  await owner.setViewportSize({ width: 390, height: 844 });
  await open(owner, new URL(owner.url()).pathname);
  const toggle = owner.getByRole('button', { name: 'Breakpoint before Report' });
  await expect(owner.getByRole('button', { name: 'Breakpoint before Start' })).toHaveCount(0);
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-pressed', 'true');
  await expectAccessible(owner);
  await owner.setViewportSize({ width: 1440, height: 900 });
  await expect(dot(owner, 'transform_2', 'transform_3')).toBeVisible();
  await owner.getByRole('button', { name: 'Run', exact: true }).click();
  const dialog = owner.getByRole('dialog', { name: 'Run' });
  await expect(dialog).toContainText('This run is held at 1 breakpoint.');
  await dialog.getByRole('button', { name: 'Clear all' }).click();
  await expect(dialog).not.toContainText('is held at');
  await expect(dot(owner, 'transform_2', 'transform_3')).toHaveCount(0);
});

test('what is tried up to a node is held, too', async ({ owner }) => {
  const designer = await chain(owner);
  await owner.evaluate(id => localStorage.setItem(`flowpilot.input.${id}`, '{"n": 1}'), owner.url().split('/').pop()!);
  await designer.node('transform_3').focus();
  await owner.keyboard.press(' ');
  await owner.keyboard.press('b');
  await expect(dot(owner, 'transform_2', 'transform_3')).toBeVisible();
  await designer.inspector.getByRole('button', { name: 'Run up to here' }).click();
  await expect(designer.inspector).toContainText('a breakpoint holds it');
  await designer.inspector.getByRole('link', { name: 'Open the execution' }).click();
  await owner.getByRole('link', { name: 'Times ten → Report' }).click();
  await owner.getByRole('region', { name: 'Breakpoint' }).getByRole('button', { name: 'Go on' }).click();
  await expect(owner.locator('header').getByRole('status')).toHaveText(/Succeeded/);
});
