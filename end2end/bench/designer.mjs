// How quick the designer is with 500 and 2,000 nodes, beside a React Flow page with the same graph, in Chromium on this
// machine. Writes target/bench/designer.json. Usage: node bench/designer.mjs <program> <site>
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import zlib from 'node:zlib';
import { chromium } from '@playwright/test';
import { build } from 'esbuild';
import { workflow } from './graph.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const [program = 'target/release/flowpilot', site = 'target/site'] = process.argv.slice(2);
const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const server = await startServer();
const reactFlow = await startReactFlow();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? browsers.find(file => fs.existsSync(file)),
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--enable-precise-memory-info', '--js-flags=--expose-gc'],
});
const figures = {};
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await logIn(page);
  for (const count of [500, 2000]) {
    const address = await create(page, workflow(count));
    Object.assign(figures, named(`nodes_${count}`, await measure(context, address, '.node', '.canvas')));
    const peer = `${reactFlow.url}/?nodes=${count}`;
    Object.assign(figures, named(`react_flow_${count}`, await measure(context, peer, '.react-flow__node', '.react-flow__pane')));
  }
  figures.first_load_kb = await firstLoad(browser, page);
} finally {
  await browser.close();
  reactFlow.close();
  server.kill('SIGTERM');
}
fs.mkdirSync(path.join(root, 'target/bench'), { recursive: true });
fs.writeFileSync(path.join(root, 'target/bench/designer.json'), `${JSON.stringify(figures, null, 2)}\n`);
console.log(figures);

function named(prefix, values) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}_${key}`, value]));
}

/** Loads the page five times, then looks around and drags. Medians of the loads, 95th percentiles of the frames. */
async function measure(context, address, nodes, pane) {
  const [painted, ready] = [[], []];
  const page = await context.newPage();
  for (let round = 0; round < 5; round++) {
    await page.goto(address, { waitUntil: 'commit' });
    await page.waitForFunction(() => document.documentElement.dataset.awake !== undefined, null, { polling: 'raf' });
    ready.push(await page.evaluate(() => performance.now()));
    painted.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN));
  }
  await page.waitForTimeout(1_000);
  const elements = await page.evaluate(
    ([nodes, pane]) => document.querySelector(pane).parentElement.querySelectorAll('*').length / document.querySelectorAll(nodes).length,
    [nodes, pane],
  );
  const box = await page.locator(pane).boundingBox();
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  const pan_all = await frames(page, async () => {
    for (let step = 0; step < 60; step++) await page.mouse.wheel(step % 20 < 10 ? 12 : -12, step % 16 < 8 ? 9 : -9);
  });
  await zoomIn(page, nodes);
  const pan = await frames(page, async () => {
    for (let step = 0; step < 80; step++) await page.mouse.wheel(step % 40 < 20 ? 24 : -24, step % 32 < 16 ? 18 : -18);
  });
  const zoom = await frames(page, async () => {
    await page.keyboard.down('Control');
    for (let step = 0; step < 40; step++) await page.mouse.wheel(0, step % 20 < 10 ? 10 : -10);
    await page.keyboard.up('Control');
  });
  const drag = await frames(page, () => dragOne(page, nodes, box));
  const heap = await page.evaluate(() => {
    globalThis.gc?.();
    return performance.memory.usedJSHeapSize / 1e6;
  });
  await page.close();
  return {
    painted_ms: round(median(painted)),
    ready_ms: round(median(ready)),
    pan_p95_ms: pan,
    pan_all_in_view_p95_ms: pan_all,
    zoom_p95_ms: zoom,
    drag_p95_ms: drag,
    dom_per_node: Math.round(elements * 10) / 10,
    heap_mb: round(heap),
  };
}

/** Frame times while something happens: what a person feels. */
async function frames(page, act) {
  await page.evaluate(() => {
    const times = (window.times = []);
    let last;
    window.counting = true;
    const tick = now => {
      if (last !== undefined) times.push(now - last);
      last = now;
      if (window.counting) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await act();
  const times = await page.evaluate(() => {
    window.counting = false;
    return window.times;
  });
  times.sort((a, b) => a - b);
  return round(times[Math.floor(times.length * 0.95)]);
}

/** Until a node is as large as life, about. */
async function zoomIn(page, nodes) {
  await page.keyboard.down('Control');
  for (let step = 0; step < 60; step++) {
    const width = await page.locator(nodes).first().evaluate(node => node.getBoundingClientRect().width);
    if (width > 120) break;
    await page.mouse.wheel(0, -60);
    await page.waitForTimeout(30);
  }
  await page.keyboard.up('Control');
  await page.waitForTimeout(500);
}

async function dragOne(page, nodes, pane) {
  const at = await page.evaluate(
    ([nodes, pane]) => {
      const rect = [...document.querySelectorAll(nodes)]
        .map(node => node.getBoundingClientRect())
        .find(({ x, y, right, bottom }) => x > pane.x + 100 && y > pane.y + 100 && right < pane.x + pane.width - 250 && bottom < pane.y + pane.height - 200);
      return rect && { x: rect.x + rect.width / 2, y: rect.y + 8 };
    },
    [nodes, pane],
  );
  if (!at) return;
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  for (let step = 1; step <= 80; step++) await page.mouse.move(at.x + 2 * (step % 40), at.y + 1.5 * (step % 30));
  await page.mouse.up();
}

/** Bytes over the wire of a browser that was never here, compressed. */
async function firstLoad(browser, known) {
  const context = await browser.newContext({ storageState: await known.context().storageState() });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.loadingFinished', event => (bytes += event.encodedDataLength));
  await page.goto(known.url());
  await page.waitForFunction(() => document.documentElement.dataset.awake !== undefined);
  await page.waitForTimeout(1_000);
  await context.close();
  return round(bytes / 1e3);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function round(value) {
  return Math.round(value * 10) / 10;
}

async function startServer() {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'flowpilot-bench-'));
  const args = ['serve', '--listen', '127.0.0.1:0', '--data-dir', dataDir, '--site-root', path.resolve(root, site)];
  const child = spawn(path.resolve(root, program), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const address = line.match(/^FlowPilot is ready.*?(https?:\/\/\S+)$/)?.[1];
    if (address) {
      child.address = address;
      return child;
    }
  }
  throw new Error('the server did not start');
}

async function logIn(page) {
  await page.goto(server.address);
  await page.waitForFunction(() => document.documentElement.dataset.awake !== undefined);
  await page.getByLabel('Workspace').fill('Bench');
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Email').fill('ada@example.com');
  await page.getByLabel('Password').fill('three words are plenty');
  await page.locator('form button[type=submit]').click();
  await page.getByRole('button', { name: 'Start from nothing' }).waitFor();
}

async function create(page, drawn) {
  await page.goto(new URL('/', server.address).href);
  await page.waitForFunction(() => document.documentElement.dataset.awake !== undefined);
  const nothing = page.getByRole('button', { name: 'Start from nothing' });
  if (!(await nothing.isVisible())) await page.getByRole('button', { name: 'New workflow' }).click();
  await nothing.click();
  await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
  await page.waitForFunction(() => document.documentElement.dataset.awake !== undefined);
  await page.keyboard.press('Control+o');
  await page.getByLabel('Workflow file').setInputFiles({ name: 'graph.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(drawn)) });
  await page.locator('header').getByRole('status').filter({ hasText: /^Saved$/ }).waitFor({ timeout: 60_000 });
  await page.locator('[data-node="no_op_1"]').waitFor();
  return page.url();
}

async function startReactFlow() {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'react-flow.jsx')],
    bundle: true, minify: true, write: false, outdir: 'out', jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"' },
  });
  const [script, style] = ['.js', '.css'].map(ending => outputFiles.find(file => file.path.endsWith(ending))?.text ?? '');
  const look = 'html,body,#root{height:100%;margin:0;font:13px sans-serif}.task{width:208px;height:64px;display:grid;grid-template:1fr 18px 15px 1fr/36px 1fr;column-gap:10px;padding:0 12px;box-sizing:border-box;border:1px solid #ddd;border-radius:12px;background:#fff}.tile{grid-area:1/1/5/2;align-self:center;width:36px;height:36px;border-radius:8px;background:#eef}.title{grid-area:2/2;font-weight:600}.line-two{grid-area:3/2;font-size:11px;color:#666}';
  const pages = {
    '/': ['text/html', `<!doctype html><title>React Flow</title><link rel="stylesheet" href="/style.css"><div id="root"></div><script type="module" src="/script.js"></script>`],
    '/script.js': ['text/javascript', script],
    '/style.css': ['text/css', style + look],
  };
  const listener = http.createServer((request, response) => {
    const [type, text] = pages[new URL(request.url, 'http://x').pathname] ?? ['text/plain', ''];
    response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(zlib.gzipSync(text));
  });
  await new Promise(ready => listener.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${listener.address().port}`, close: () => listener.close() };
}
