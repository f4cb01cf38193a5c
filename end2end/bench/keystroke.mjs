// What a letter typed into an expression takes: it is checked, painted and evaluated with the data of the last run, and the
// words that may follow are looked up. The whole work of the page's thread counts, drawing does not.
import { VIEWPORT } from './page.mjs';

const EXPRESSION = "{ name: input.customer.name.toUpperCase(), total: input.items.map(item => item.price * item.count) }";

/** A start and a node with an expression; the node's id is `transform_1`. */
export const TYPED = {
  name: 'An expression',
  nodes: [
    { id: 'manual_1', name: 'Start', kind: 'manual', position: { x: 0, y: 0 } },
    { id: 'transform_1', name: 'Typed', kind: 'transform', parameters: { output: 'input' }, position: { x: 320, y: 0 } },
  ],
  edges: [{ from: { node: 'manual_1', port: 'out' }, to: { node: 'transform_1', port: 'in' } }],
};

export const INPUT = {
  customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
  items: Array.from({ length: 20 }, (_, number) => ({ sku: `A-${number}`, price: 9.5, count: number })),
};

/** The median over the letters, in milliseconds. */
export async function keystroke(browser, { address, storageState }) {
  const context = await browser.newContext({ viewport: VIEWPORT, storageState });
  try {
    const page = await context.newPage();
    await page.goto(address);
    await page.locator('html[data-awake]').waitFor({ state: 'attached' });
    await page.locator('.node[data-node="transform_1"]').click();
    const inspector = page.getByRole('complementary', { name: 'Inspector' });
    const field = inspector.getByLabel(/^Output( \*)?$/);
    await field.fill(EXPRESSION);
    // What it comes to stands there only if there is data.
    await inspector.locator('output').getByText('ADA LOVELACE').waitFor();
    return await field.evaluate(type, EXPRESSION);
  } finally {
    await context.close();
  }
}

/** Runs inside the page. */
async function type(area, text) {
  // A message is delivered after everything that the page had to do at once.
  const rest = () => new Promise(resolve => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage('');
  });
  const times = [];
  for (let end = 1; end <= text.length; end++) {
    await new Promise(requestAnimationFrame);
    const began = performance.now();
    area.value = text.slice(0, end);
    area.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await rest();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}
