// Fingers: one pans or drags, two zoom, a tap on a port asks what comes next. And the whole of it on a phone, as an outline.
import { CDPSession, Page } from '@playwright/test';
import { awake, expect, open, test as base } from '../support/fixtures';
import { Designer, Place, centre } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

/** A screen that is touched, logged in as the owner. */
const test = base.extend<{ touched: Page }>({
  touched: async ({ owner, browser, server, console }, use) => {
    const storageState = await owner.context().storageState();
    const context = await browser.newContext({ baseURL: server.url, storageState, hasTouch: true, viewport: { width: 1180, height: 820 } });
    const page = await context.newPage();
    console.watch(page);
    await use(page);
    await context.close();
  },
});

const CHAIN = JSON.stringify({
  name: 'Chain',
  nodes: [
    { id: 'webhook_1', name: 'Webhook', kind: 'webhook', position: { x: 0, y: 0 } },
    { id: 'delay_1', name: 'Delay', kind: 'delay', position: { x: 320, y: 160 } },
  ],
  edges: [{ from: { node: 'webhook_1', port: 'out' }, to: { node: 'delay_1', port: 'in' } }],
});

/** Fingers on the screen; each way is where one of them goes. */
async function move(page: Page, ways: { from: Place; to: Place }[]): Promise<void> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const steps = 6;
  const at = (step: number) => ways.map(({ from, to }, id) => ({
    id,
    x: from.x + ((to.x - from.x) * step) / steps,
    y: from.y + ((to.y - from.y) * step) / steps,
  }));
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) });
  for (let step = 1; step <= steps; step++) {
    await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(step) });
  }
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await session.detach();
}

const zoom = (page: Page) => page.locator('.canvas .viewport').evaluate(element => new DOMMatrix(element.style.transform).a);
const shift = (page: Page) => page.locator('.canvas .viewport').evaluate(element => new DOMMatrix(element.style.transform).e);

test('a finger pans, drags what it is put on, and two fingers zoom', async ({ touched }) => {
  const designer = await Designer.fromNothing(touched);
  await designer.paste(CHAIN);
  await expect(designer.nodes).toHaveCount(2);
  await touched.keyboard.press('Escape');
  await touched.keyboard.press('1');
  const card = await centre(designer.node('delay_1'));
  const ground = { x: card.x, y: card.y + 160 };

  const before = await shift(touched);
  await move(touched, [{ from: ground, to: { x: ground.x - 80, y: ground.y } }]);
  await expect.poll(() => shift(touched)).toBeLessThan(before - 60);
  await expect(touched.locator('[data-node][data-selected="true"]')).toHaveCount(0);

  const from = await centre(designer.node('delay_1'));
  await move(touched, [{ from, to: { x: from.x + 96, y: from.y + 64 } }]);
  await expect.poll(async () => (await centre(designer.node('delay_1'))).y).toBeGreaterThan(from.y + 40);
  await designer.saved();

  const close = await zoom(touched);
  await move(touched, [
    { from: { x: ground.x - 100, y: ground.y }, to: { x: ground.x - 40, y: ground.y } },
    { from: { x: ground.x + 100, y: ground.y }, to: { x: ground.x + 40, y: ground.y } },
  ]);
  await expect.poll(() => zoom(touched)).toBeLessThan(close * 0.7);
});

test('a tap opens a node, and a tap on its port asks what comes next', async ({ touched }) => {
  const designer = await Designer.fromNothing(touched);
  await designer.paste(CHAIN);
  await expect(designer.nodes).toHaveCount(2);
  await touched.keyboard.press('Escape');
  await touched.keyboard.press('1');
  await designer.node('delay_1').tap();
  await expect(designer.inspector.getByRole('heading', { name: 'Delay' })).toBeVisible();
  const port = await centre(designer.node('delay_1').locator('[data-port="output"][data-name="out"]'));
  await touched.touchscreen.tap(port.x, port.y);
  const search = touched.getByRole('dialog', { name: 'Add what comes next' }).getByRole('textbox');
  await search.fill('transform');
  await search.press('Enter');
  await expect(touched.locator('[data-edge="delay_1.out>transform_1.in"]')).toBeAttached();
});

test('a tap on a port and one on a card connect them', async ({ touched }) => {
  const designer = await Designer.fromNothing(touched);
  await designer.paste(JSON.stringify({ ...JSON.parse(CHAIN), edges: [] }));
  await expect(designer.nodes).toHaveCount(2);
  await touched.keyboard.press('Escape');
  await touched.keyboard.press('1');
  const port = await centre(designer.node('webhook_1').locator('[data-port="output"][data-name="out"]'));
  const card = await centre(designer.node('delay_1'));
  await touched.touchscreen.tap(port.x, port.y);
  const search = touched.getByRole('dialog', { name: 'Add what comes next' });
  await expect(search).toBeVisible();
  await touched.touchscreen.tap(card.x + 60, card.y + 12);
  await expect(search).toBeHidden();
  await expect(touched.locator('[data-edge="webhook_1.out>delay_1.in"]')).toBeAttached();
});

test('on a phone a workflow is drawn in the outline', async ({ touched }) => {
  await Designer.fromNothing(touched);
  await touched.setViewportSize({ width: 390, height: 844 });
  await open(touched, new URL(touched.url()).pathname);
  const outline = touched.getByRole('region', { name: 'Outline' });
  const add = async (kind: string) => {
    await outline.getByRole('button', { name: 'Add a node', exact: true }).tap();
    const search = touched.getByRole('dialog', { name: 'Add what comes next' }).getByRole('textbox');
    await search.fill(kind);
    await search.press('Enter');
  };
  const close = () => touched.getByRole('complementary', { name: 'Inspector' }).getByRole('button', { name: 'Close' });
  // Each goes after the one that is selected.
  for (const kind of ['manual', 'transform', 'delay']) {
    await add(kind);
    if (await close().isVisible()) await close().tap();
  }
  await expect(outline.locator('[data-line]')).toHaveCount(3);
  await outline.getByRole('button', { name: /^Manual/ }).tap();
  const inspector = touched.getByRole('complementary', { name: 'Inspector' });
  await expect(inspector).toBeVisible();
  await expectAccessible(touched);
  await screenshots(touched, 'outline-sheet');
  await inspector.getByRole('button', { name: 'Connect', exact: true }).tap();
  await touched.getByRole('dialog', { name: 'Connect to…' }).getByRole('button', { name: /^Delay/ }).tap();
  await close().tap();
  await expect(outline.locator('[data-line]').filter({ hasText: 'Delay' })).toContainText(/after .*Manual/);
  await expectAccessible(touched);
  await screenshots(touched, 'outline');
  await touched.reload();
  await awake(touched);
  await expect(outline.locator('[data-line]').filter({ hasText: /^Transform/ })).toContainText(/after Manual/);
  await expect(outline.locator('[data-line]').filter({ hasText: 'Delay' })).toContainText(/after .*Manual/);
});
