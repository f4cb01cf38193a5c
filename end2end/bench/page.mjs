// Measures one page in a browser that was never there: how soon it is there, what it weighs, how it follows the hand.
import { setTimeout } from 'node:timers/promises';
import { inside } from './inside.mjs';

export const VIEWPORT = { width: 1440, height: 900 };
/** How long each movement goes on, and how often the hand moves: as often as the screen is drawn. */
const MOVEMENT_MS = 2_500;
const HAND_MS = 1000 / 60;
/** Until what a page does after it came is over. */
const REST_MS = 1_000;
/** Of the frames, those in which something moved, at least: or else it is not the movement that was measured. */
const LEAST_MOVES = 0.2;

/** `subject` says where the page is and what it calls its parts; `pane` where the graph is on it. Answers values by figure. */
export async function measure(browser, subject, pane) {
  const context = await browser.newContext({ viewport: VIEWPORT, storageState: subject.storageState });
  try {
    const page = await context.newPage();
    page.on('pageerror', error => console.error(`  ${subject.address}: ${error.message}`));
    await page.addInitScript(inside, { selectors: subject.selectors, count: subject.count });
    const session = await context.newCDPSession(page);
    const weight = await weigh(session);
    const first = await load(page, options => page.goto(subject.address, options));
    const heap = await heapOf(page, session);
    const received = { ...weight };
    const again = await load(page, options => page.reload(options));
    const elements = await page.evaluate(() => bench.elements());
    if (elements.drawn !== subject.count) throw new Error(`only ${elements.drawn} of ${subject.count} nodes are in view`);
    return {
      painted_ms: first.painted,
      ready_ms: first.ready,
      ready_again_ms: again.ready,
      ...(await movements(page, { x: pane.x + pane.width / 2, y: pane.y + pane.height / 2 })),
      dom_per_node: elements.perNode,
      dom_in_node: elements.inNode,
      ...heap,
      html_kb: received.html / 1e3,
      load_kb: received.code / 1e3,
      fonts_kb: received.fonts / 1e3,
    };
  } finally {
    await context.close();
  }
}

async function load(page, go) {
  await go({ waitUntil: 'commit' });
  const times = await page.evaluate(() => bench.loaded);
  await setTimeout(REST_MS);
  return times;
}

/** Counts bytes on the wire by what they are, from now on. */
async function weigh(session) {
  const weight = { html: 0, code: 0, fonts: 0, others: 0 };
  const kinds = { Document: 'html', Script: 'code', Stylesheet: 'code', Font: 'fonts' };
  const kindOf = new Map();
  await session.send('Network.enable');
  session.on('Network.responseReceived', ({ requestId, type, response }) => {
    kindOf.set(requestId, response.mimeType === 'application/wasm' ? 'code' : (kinds[type] ?? 'others'));
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    weight[kindOf.get(requestId) ?? 'others'] += encodedDataLength;
  });
  return weight;
}

/** What is in memory after the garbage has been collected. */
async function heapOf(page, session) {
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.send('Performance.disable');
  const js = metrics.find(({ name }) => name === 'JSHeapUsedSize').value;
  return { heap_mb: (js + (await page.evaluate(() => bench.wasmBytes()))) / 1e6, js_heap_mb: js / 1e6 };
}

/** Looks around, goes near and drags the node in the middle. */
async function movements(page, middle) {
  const { mouse, keyboard } = page;
  await mouse.move(middle.x, middle.y);
  const panAll = await p95(page, step => mouse.wheel(wave(step, 20, 12), wave(step, 16, 9)));
  await goNear(page);
  const pan = await p95(page, step => mouse.wheel(wave(step, 40, 24), wave(step, 32, 18)));
  await keyboard.down('Control');
  const zoom = await p95(page, step => mouse.wheel(0, wave(step, 20, 50)));
  await keyboard.up('Control');
  await goNear(page);
  return { pan_all_p95_ms: panAll, pan_p95_ms: pan, zoom_p95_ms: zoom, ...(await drag(page, middle)) };
}

/** Zooms in until nodes are about as large as life. Both pages zoom alike by deltas of this size. */
async function goNear(page) {
  await page.keyboard.down('Control');
  for (let step = 0; step < 80 && (await page.evaluate(() => bench.zoom())) < 0.95; step++) {
    await page.mouse.wheel(0, -40);
    await setTimeout(2 * HAND_MS);
  }
  await page.keyboard.up('Control');
  await setTimeout(REST_MS / 2);
  const zoom = await page.evaluate(() => bench.zoom());
  if (zoom < 0.95) throw new Error(`the page does not zoom in: it stays at ${zoom}`);
}

/** Leads a node around in a circle and puts it back. */
async function drag(page, middle) {
  const { mouse } = page;
  const { id, x, y } = await page.evaluate(middle => bench.grip(middle), middle);
  const lead = step => mouse.move(x + 80 * (Math.cos(step / 10) - 1), y + 80 * Math.sin(step / 10));
  await mouse.move(x, y);
  await mouse.down();
  await lead(1);
  const frame = await p95(page, lead, id);
  await page.evaluate(() => bench.watch());
  for (let step = 0; step < 63; step++) await lead(step);
  const updates = await page.evaluate(id => bench.updates(id), id);
  await mouse.move(x, y);
  await mouse.up();
  return { drag_p95_ms: frame, drag_nodes: updates.nodes, drag_edges: updates.edges, drag_others: updates.others };
}

/** The 95th percentile of the times between frames while the hand moves: `id`, or everything. */
async function p95(page, move, id) {
  await page.evaluate(id => bench.start(id), id);
  const until = performance.now() + MOVEMENT_MS;
  for (let step = 0; performance.now() < until; step++) await Promise.all([move(step), setTimeout(HAND_MS)]);
  const { times, moves } = await page.evaluate(() => bench.stop());
  if (moves === 0 || moves < LEAST_MOVES * times.length) throw new Error(`in ${moves} of ${times.length} frames only did anything move`);
  return times.sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1];
}

/** `by` for half of the period, and back. */
function wave(step, period, by) {
  return step % period < period / 2 ? by : -by;
}
