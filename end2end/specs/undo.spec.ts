// Undo and redo of everything: a deed changes the drawing, undo brings back exactly what was, redo exactly what was done.
import { Page } from '@playwright/test';
import { expect, test } from '../support/fixtures';
import { Designer, centre, onEdge } from '../support/designer';

const edge = (from: string, to: string) => ({ from: { node: from, port: 'out' }, to: { node: to, port: 'in' } });

/** Webhook → Transform → Delay, and a transform by itself, out of line. */
const DRAWING = JSON.stringify({
  name: 'Drawing',
  nodes: [
    { id: 'webhook_1', name: 'Webhook', kind: 'webhook', position: { x: 0, y: 0 } },
    { id: 'transform_1', name: 'Transform', kind: 'transform', parameters: { output: 'input' }, position: { x: 320, y: 0 } },
    { id: 'delay_1', name: 'Delay', kind: 'delay', position: { x: 640, y: 0 } },
    { id: 'transform_2', name: 'Alone', kind: 'transform', parameters: { output: '1' }, position: { x: 400, y: 208 } },
  ],
  edges: [edge('webhook_1', 'transform_1'), edge('transform_1', 'delay_1')],
});

const MORE = JSON.stringify({ name: 'More', nodes: [{ id: 'log_1', name: 'Log', kind: 'log', position: { x: 0, y: 400 } }] });

interface Deed {
  name: string;
  /** What has to be there before; not a part of the deed. */
  first?: (designer: Designer) => Promise<void>;
  act: (designer: Designer) => Promise<void>;
}

const press = (...keys: string[]) => async ({ page }: Designer) => {
  for (const key of keys) await page.keyboard.press(key);
};

const on = (id: string, ...keys: string[]) => async (designer: Designer) => {
  await designer.node(id).focus();
  await press(...keys)(designer);
};

const selectsTwo = async (designer: Designer) => {
  await designer.node('transform_1').click();
  await designer.node('delay_1').click({ modifiers: ['Shift'] });
};

const chooses = (id: string, key: string, kind: string) => async (designer: Designer) => {
  await on(id, key)(designer);
  const search = designer.page.getByRole('dialog', { name: 'Add what comes next' }).getByRole('textbox');
  await search.fill(kind);
  await search.press('Enter');
};

const DEEDS: Deed[] = [
  { name: 'a node is deleted by key', act: on('transform_2', 'Delete') },
  { name: 'a node is deleted by menu', act: designer => designer.choosesFromMenu(designer.node('delay_1'), 'Delete') },
  { name: 'the node in the middle is deleted, its edge heals', act: on('transform_1', 'Delete') },
  { name: 'the node in the middle is deleted with its edges', act: on('transform_1', 'Shift+Delete') },
  { name: 'everything is deleted', act: press('Control+a', 'Delete') },
  {
    name: 'a node is moved by mouse',
    act: async designer => {
      const from = await centre(designer.node('transform_2'));
      await designer.mouseDrag(from, { x: from.x + 90, y: from.y + 60 });
    },
  },
  {
    name: 'two nodes are moved together',
    first: selectsTwo,
    act: async designer => {
      const from = await centre(designer.node('delay_1'));
      await designer.mouseDrag(from, { x: from.x + 64, y: from.y - 64 });
    },
  },
  { name: 'a node is moved by key', act: on('transform_2', 'Alt+ArrowDown', 'Alt+ArrowDown') },
  {
    name: 'an edge is deleted',
    act: async designer => {
      const { x, y } = await onEdge(designer.page.locator('[data-edge="transform_1.out>delay_1.in"]'), 0.2);
      await designer.page.mouse.click(x, y);
      await designer.page.keyboard.press('Delete');
    },
  },
  { name: 'an edge is drawn', act: designer => designer.connect('delay_1', 'out', 'transform_2') },
  { name: 'one node is disabled', act: on('transform_1', 'd') },
  { name: 'many nodes are disabled', act: press('Control+a', 'd') },
  { name: 'a node is renamed', act: async designer => { await on('delay_1', 'F2')(designer); await press('X', 'Enter')(designer); } },
  { name: 'a node is replaced', act: chooses('transform_1', 'r', 'http') },
  { name: 'a node is duplicated', act: on('transform_2', 'Control+d') },
  { name: 'everything is duplicated', act: press('Control+a', 'Control+d') },
  { name: 'a text is pasted', act: designer => designer.paste(MORE) },
  { name: 'a note is added', act: press('Shift+S', 'Escape') },
  { name: 'nodes are grouped', first: selectsTwo, act: press('Control+g', 'Enter') },
  {
    name: 'a group is collapsed',
    first: async designer => { await selectsTwo(designer); await press('Control+g', 'Enter')(designer); },
    act: async ({ page }) => page.getByRole('button', { name: 'Collapse the group' }).click(),
  },
  { name: 'everything is tidied', act: press('Escape', 'Shift+Alt+T') },
  { name: 'what is selected is aligned', first: selectsTwo, act: async designer => {
    await designer.node('transform_2').click({ modifiers: ['Shift'] });
    await designer.choosesFromMenu(designer.node('transform_2'), 'Align left');
  } },
];

/** What is drawn, but for what is selected and where one looks. */
async function drawn(page: Page): Promise<unknown> {
  return page.evaluate(() => {
    const all = (selector: string, told: (part: HTMLElement) => unknown[]) =>
      [...document.querySelectorAll<HTMLElement>(selector)].map(told).map(told => JSON.stringify(told)).sort();
    return {
      nodes: all('[data-node]', ({ dataset, style, textContent }) => [dataset.node, style.transform, dataset.disabled ?? '', textContent]),
      edges: all('[data-edge]', ({ dataset }) => [dataset.edge]),
      notes: all('[data-note]', ({ dataset, style, textContent }) => [dataset.note, style.cssText, dataset.tint, textContent]),
      groups: all('.group-frame, .stack', ({ className, style, textContent }) => [className, style.cssText, textContent]),
    };
  });
}

for (const { name, first, act } of DEEDS) {
  test(`${name}; that is undone and done again`, async ({ owner }) => {
    const designer = await Designer.fromNothing(owner);
    await designer.paste(DRAWING);
    await expect(designer.nodes).toHaveCount(4);
    await owner.keyboard.press('Escape');
    await owner.keyboard.press('1');
    await first?.(designer);
    await designer.saved();
    const before = await drawn(owner);
    await act(designer);
    await expect.poll(() => drawn(owner)).not.toEqual(before);
    await designer.saved();
    const after = await drawn(owner);
    await owner.keyboard.press('Control+z');
    await expect.poll(() => drawn(owner)).toEqual(before);
    await owner.keyboard.press('Control+Shift+z');
    await expect.poll(() => drawn(owner)).toEqual(after);
    await designer.saved();
    await owner.reload();
    await expect.poll(() => drawn(owner)).toEqual(after);
  });
}

test('while a dialog is open or somebody types, undo leaves the drawing alone', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.paste(DRAWING);
  await expect(designer.nodes).toHaveCount(4);
  await designer.open('transform_2');
  const before = await drawn(owner);
  await owner.keyboard.press('?');
  await expect(owner.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await owner.keyboard.press('Control+z');
  expect(await drawn(owner)).toEqual(before);
  await owner.keyboard.press('Escape');
  await designer.field('Output').focus();
  await owner.keyboard.press('Control+z');
  expect(await drawn(owner)).toEqual(before);
});
