// What hands do on the canvas: inserting, splicing, healing, replacing, grouping, notes, arranging, walking.
import { expect, open, test } from '../support/fixtures';
import { Designer, centre, onEdge } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

/** Webhook → Transform → Delay, left to right. */
const CHAIN = JSON.stringify({
  name: 'Chain',
  nodes: [
    { id: 'webhook_1', name: 'Webhook', kind: 'webhook', position: { x: 0, y: 0 } },
    { id: 'transform_1', name: 'Transform', kind: 'transform', parameters: { output: 'input' }, position: { x: 320, y: 0 } },
    { id: 'delay_1', name: 'Delay', kind: 'delay', position: { x: 640, y: 0 } },
  ],
  edges: [
    { from: { node: 'webhook_1', port: 'out' }, to: { node: 'transform_1', port: 'in' } },
    { from: { node: 'transform_1', port: 'out' }, to: { node: 'delay_1', port: 'in' } },
  ],
});

async function chain(page: import('@playwright/test').Page): Promise<Designer> {
  const designer = await Designer.fromNothing(page);
  await designer.paste(CHAIN);
  await expect(designer.nodes).toHaveCount(3);
  await page.keyboard.press('Escape');
  await page.keyboard.press('1');
  return designer;
}

const key = (from: string, to: string, port = 'out') => `[data-edge="${from}.${port}>${to}.in"]`;

test('a node is inserted on an edge by its plus, and what follows makes room', async ({ owner }) => {
  const designer = await chain(owner);
  const edge = owner.locator(key('transform_1', 'delay_1'));
  const there = await onEdge(edge);
  await owner.mouse.move(there.x, there.y + 4);
  await owner.getByRole('button', { name: 'Insert a node on this edge' }).click();
  const search = owner.getByRole('dialog', { name: 'Add what comes next' });
  await search.getByRole('textbox').fill('condition');
  await search.getByRole('textbox').press('Enter');
  await expect(owner.locator(key('transform_1', 'condition_1'))).toBeAttached();
  await expect(owner.locator(key('condition_1', 'delay_1', 'true'))).toBeAttached();
  const [condition, delay] = [await centre(designer.node('condition_1')), await centre(designer.node('delay_1'))];
  expect(delay.x).toBeGreaterThan(condition.x);
  await owner.keyboard.press('Control+z');
  await expect(edge).toBeAttached();
  await expect(designer.nodes).toHaveCount(3);
});

test('a node that is dropped on an edge is spliced in, and deleting it heals the edge', async ({ owner }) => {
  const designer = await chain(owner);
  await designer.drag('HTTP request', { x: 620, y: 700 });
  await owner.keyboard.press('Escape');
  const [from, to] = [await centre(designer.node('transform_1')), await centre(designer.node('delay_1'))];
  await designer.mouseDrag(await centre(designer.node('http_request_1')), { x: (from.x + to.x) / 2, y: from.y });
  await expect(owner.locator(key('transform_1', 'http_request_1'))).toBeAttached();
  await expect(owner.locator(key('http_request_1', 'delay_1'))).toBeAttached();
  await expect(designer.edges).toHaveCount(3);
  await designer.node('http_request_1').focus();
  await owner.keyboard.press('Delete');
  await expect(owner.locator(key('transform_1', 'delay_1'))).toBeAttached();
  await expect(designer.edges).toHaveCount(2);
  await owner.keyboard.press('Control+z');
  await expect(designer.edges).toHaveCount(3);
  await designer.node('http_request_1').focus();
  await owner.keyboard.press('Shift+Delete');
  await expect(designer.edges).toHaveCount(1);
});

test('a node is renamed in place, replaced and disabled, each one step', async ({ owner }) => {
  const designer = await chain(owner);
  await designer.node('transform_1').focus();
  await owner.keyboard.press('F2');
  await owner.getByLabel('Name', { exact: true }).first().fill('Shape it');
  await owner.keyboard.press('Enter');
  await expect(designer.node('transform_1')).toContainText('Shape it');
  await owner.keyboard.press('r');
  const search = owner.getByRole('dialog', { name: 'Add what comes next' }).getByRole('textbox');
  await search.fill('http');
  await search.press('Enter');
  await expect(designer.node('http_request_1')).toContainText('Shape it');
  await expect(designer.edges).toHaveCount(2);
  await designer.choosesFromMenu(designer.node('http_request_1'), 'Disable or enable');
  await expect(designer.node('http_request_1')).toHaveAttribute('data-disabled', 'true');
  await expect(owner.getByText(/to solve before publishing/)).toBeHidden();
  for (let step = 0; step < 3; step++) await owner.keyboard.press('Control+z');
  await expect(designer.node('transform_1')).toContainText('Transform');
  await expect(designer.node('transform_1')).not.toHaveAttribute('data-disabled', 'true');
});

test('a disabled task hands its input on when the draft runs', async ({ owner, receiver }) => {
  const designer = await chain(owner);
  await designer.open('delay_1');
  await owner.keyboard.press('Escape');
  await designer.node('delay_1').focus();
  await owner.keyboard.press('d');
  await designer.saved();
  await designer.run({ email: 'ada@example.com' });
  await expect(owner.locator('header').getByRole('status')).toHaveText(/Succeeded/);
  expect(receiver.requests.all).toHaveLength(0);
});

test('notes are written in Markdown, moved, resized and coloured', async ({ owner }) => {
  const designer = await chain(owner);
  await owner.keyboard.press('Shift+S');
  const text = owner.getByLabel('Text of the note, in Markdown');
  await text.fill('# Why\n\n- **first** <img src=x>\n- [docs](https://example.com)');
  await text.press('Control+Enter');
  const note = owner.locator('[data-note]');
  await expect(note.locator('strong')).toHaveText('first');
  await expect(note.locator('img')).toHaveCount(0);
  await expect(note.getByRole('link')).toHaveAttribute('href', 'https://example.com');
  const before = (await note.boundingBox())!;
  const corner = { x: before.x + before.width - 5, y: before.y + before.height - 5 };
  await designer.mouseDrag(corner, { x: corner.x + 64, y: corner.y + 48 });
  await expect.poll(async () => (await note.boundingBox())!.width).toBeGreaterThan(before.width + 40);
  await designer.mouseDrag({ x: before.x + 40, y: before.y + before.height - 12 }, { x: before.x + 40, y: before.y + before.height - 90 });
  await expect.poll(async () => (await note.boundingBox())!.y).toBeLessThan(before.y - 40);
  await note.click({ button: 'right', position: { x: 100, y: 8 } });
  await owner.getByRole('menuitem', { name: 'Colour violet' }).click();
  await expect(note).toHaveAttribute('data-tint', 'violet');
  await designer.saved();
  await owner.reload();
  await expect(note.locator('strong')).toHaveText('first');
});

test('nodes are grouped, the group is moved and collapsed, its edges lead to it', async ({ owner }) => {
  const designer = await chain(owner);
  await designer.node('transform_1').click();
  await designer.node('delay_1').click({ modifiers: ['Shift'] });
  await owner.keyboard.press('Control+g');
  await owner.keyboard.type('Shaping');
  await owner.keyboard.press('Enter');
  const name = owner.locator('.group-name');
  await expect(name).toContainText('Shaping');
  const before = await centre(designer.node('delay_1'));
  const from = await centre(name);
  await designer.mouseDrag(from, { x: from.x, y: from.y + 96 });
  await expect.poll(async () => (await centre(designer.node('delay_1'))).y).toBeGreaterThan(before.y + 40);
  await owner.getByRole('button', { name: 'Collapse the group' }).click();
  await expect(designer.node('delay_1')).toHaveCount(0);
  await expect(owner.locator('.node.stack')).toContainText('2 nodes');
  await expect(designer.edges).toHaveCount(1);
  await owner.getByRole('button', { name: 'Expand the group' }).click();
  await expect(designer.edges).toHaveCount(2);
});

test('what is selected becomes a workflow of its own, with a node that runs it in its place', async ({ owner }) => {
  const designer = await chain(owner);
  await designer.node('webhook_1').click();
  await owner.keyboard.press('Alt+x');
  await expect(owner.getByText('“Webhook” starts executions')).toBeVisible();
  await designer.node('transform_1').click();
  await designer.node('delay_1').click({ modifiers: ['Shift'] });
  await owner.keyboard.press('Alt+x');
  await expect(owner.getByText('“Part of Untitled workflow” is a workflow of its own now.')).toBeVisible();
  await expect(designer.nodes).toHaveCount(2);
  await expect(owner.locator(key('webhook_1', 'sub_workflow_1'))).toBeAttached();
  await designer.saved();
  const whole = owner.url();
  await owner.keyboard.press('Control+Shift+o');
  await owner.waitForURL(url => url.href !== whole && url.pathname.startsWith('/workflows/'));
  await expect(designer.nodes).toHaveCount(3);
  await open(owner, new URL(whole).pathname);
  await expect(designer.nodes).toHaveCount(2);
  await owner.keyboard.press('Control+z');
  await expect(designer.nodes).toHaveCount(3);
  await designer.saved();
  await open(owner, '/');
  await expect(owner.getByText('Part of Untitled workflow').first()).toBeVisible();
});

test('what is selected is aligned, spread and tidied, each one step', async ({ owner }) => {
  const designer = await chain(owner);
  await designer.mouseDrag(await centre(designer.node('delay_1')), { x: 900, y: 640 });
  await owner.keyboard.press('Control+a');
  await designer.choosesFromMenu(designer.node('delay_1'), 'Align tops');
  const top = async (id: string) => Math.round((await designer.node(id).boundingBox())!.y);
  await expect.poll(async () => new Set([await top('webhook_1'), await top('transform_1'), await top('delay_1')]).size).toBe(1);
  await owner.keyboard.press('Control+z');
  await expect.poll(() => top('delay_1')).not.toBe(await top('webhook_1'));
  await owner.keyboard.press('Shift+Alt+T');
  await expect.poll(async () => (await top('delay_1')) - (await top('webhook_1'))).toBe(0);
});

test('a line drawn with Alt cuts every edge that it crosses, in one step', async ({ owner }) => {
  const designer = await chain(owner);
  const [webhook, delay] = [await centre(designer.node('webhook_1')), await centre(designer.node('delay_1'))];
  const transform = await centre(designer.node('transform_1'));
  const from = { x: (webhook.x + transform.x) / 2, y: webhook.y - 120 };
  await owner.keyboard.down('Alt');
  await designer.mouseDrag(from, { x: from.x, y: from.y + 240 });
  await owner.keyboard.up('Alt');
  await expect(designer.edges).toHaveCount(1);
  await owner.keyboard.press('Control+z');
  await expect(designer.edges).toHaveCount(2);
  await owner.keyboard.down('Alt');
  await designer.mouseDrag({ x: from.x, y: from.y + 30 }, { x: (transform.x + delay.x) / 2, y: from.y + 60 });
  await owner.keyboard.up('Alt');
  await expect(designer.edges).toHaveCount(2);
});

test('arrows walk the graph, with Shift they select everything along it', async ({ owner }) => {
  const designer = await chain(owner);
  await designer.node('webhook_1').focus();
  await owner.keyboard.press('ArrowRight');
  await expect(designer.node('transform_1')).toBeFocused();
  await owner.keyboard.press('ArrowRight');
  await expect(designer.node('delay_1')).toBeFocused();
  await owner.keyboard.press('ArrowLeft');
  await expect(designer.node('transform_1')).toBeFocused();
  await owner.keyboard.press('Shift+ArrowRight');
  await expect(owner.locator('[data-node][data-selected="true"]')).toHaveCount(2);
  await owner.keyboard.press('Shift+ArrowLeft');
  await expect(owner.locator('[data-node][data-selected="true"]')).toHaveCount(3);
});

test('every gesture looks around: wheel, Ctrl+wheel, middle button, Space, Ctrl+drag, two fingers', async ({ owner }) => {
  await chain(owner);
  const viewport = owner.locator('.canvas .viewport');
  const moved = async (act: () => Promise<void>) => {
    const before = await viewport.evaluate(element => element.style.transform);
    await act();
    await expect.poll(() => viewport.evaluate(element => element.style.transform)).not.toBe(before);
  };
  const { mouse, keyboard } = owner;
  await mouse.move(700, 300);
  await moved(() => mouse.wheel(0, 120));
  await keyboard.down('Control');
  await moved(() => mouse.wheel(0, -120));
  await moved(async () => {
    await mouse.down();
    await mouse.move(760, 340, { steps: 4 });
    await mouse.up();
  });
  await keyboard.up('Control');
  await moved(async () => {
    await mouse.down({ button: 'middle' });
    await mouse.move(700, 300, { steps: 4 });
    await mouse.up({ button: 'middle' });
  });
  await keyboard.down(' ');
  await moved(async () => {
    await mouse.down();
    await mouse.move(760, 340, { steps: 4 });
    await mouse.up();
  });
  await keyboard.up(' ');
  await expect(owner.locator('[data-node][data-selected="true"]')).toHaveCount(0);
});

test('notes, groups and menus look right and everybody can use them', async ({ owner }) => {
  const designer = await chain(owner);
  await designer.node('transform_1').click();
  await designer.node('delay_1').click({ modifiers: ['Shift'] });
  await owner.keyboard.press('Control+g');
  await owner.keyboard.type('Shaping');
  await owner.keyboard.press('Enter');
  await owner.keyboard.press('Escape');
  await owner.keyboard.press('Shift+S');
  await owner.getByLabel('Text of the note, in Markdown').fill('## Why it waits\n\nThe CRM needs **a minute** to see new people. See [the runbook](https://example.com).\n\n- [x] asked sales\n- [ ] measure it');
  await owner.keyboard.press('Control+Enter');
  await designer.node('delay_1').focus();
  await owner.keyboard.press('d');
  await owner.keyboard.press('1');
  await owner.keyboard.press('Escape');
  await expectAccessible(owner);
  await screenshots(owner, 'canvas');
  await designer.node('transform_1').click({ button: 'right' });
  await expectAccessible(owner);
  await screenshots(owner, 'canvas-menu');
});
