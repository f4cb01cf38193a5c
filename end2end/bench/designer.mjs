// How quick the designer is with 500 and with 2,000 nodes, beside React Flow with the same graph in the same browser.
// Usage: node end2end/bench/designer.mjs [--rounds 5] [--document BENCHMARKS.md]; `tools/bench designer` builds first.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { SIZES } from './figures.mjs';
import { FlowPilot } from './flowpilot.mjs';
import { workflow } from './graph.mjs';
import { INPUT, TYPED, keystroke } from './keystroke.mjs';
import { VIEWPORT, measure } from './page.mjs';
import { ReactFlowPage } from './react-flow.mjs';
import { PAGES, Report } from './report.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const program = path.join(root, 'target/release/flowpilot');
const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** For all pages alike; the same as in the browser tests. */
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, document: { type: 'string' } } });
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number from 1');

const report = new Report();
const reactFlow = await ReactFlowPage.serve();
const flowPilot = await FlowPilot.start(program, path.join(root, 'target/site'));
const executablePath = process.env.CHROMIUM ?? browsers.find(file => fs.existsSync(file));
const browser = await chromium.launch({ executablePath, args: FLAGS });
const about = {
  flowPilot: execFileSync(program, ['--version'], { encoding: 'utf8' }).trim().replace('flowpilot', 'FlowPilot'),
  chromium: browser.version(),
  rounds,
  flags: FLAGS,
};
try {
  await flowPilot.createOwner(browser);
  const [ours, pane] = await subjects();
  const typed = await flowPilot.create(TYPED);
  await flowPilot.run(typed, INPUT);
  for (let round = 1; round <= rounds; round++) {
    await attemptKeystroke(round, typed);
    for (const count of SIZES) {
      await attempt(round, 'flowPilot', ours.get(count), pane);
      await attempt(round, 'reactFlow', reactFlow.subject(count, pane, false), pane);
      await attempt(round, 'reactFlowCulling', reactFlow.subject(count, pane, true), pane);
    }
  }
} finally {
  await browser.close();
  reactFlow.close();
  await flowPilot.stop();
}
console.log(report.table());
report.writeJson(path.join(root, 'target/bench/designer.json'));
if (options.document) report.writeMarkdown(path.join(root, options.document), about);
const missing = report.missing();
if (missing.length > 0) {
  console.error(`Not measured: ${missing.join(', ')}; the reasons stand above.`);
  process.exitCode = 1;
}

/** A round that fails is told and left out, and the others go on. */
async function attempt(round, page, subject, pane) {
  console.error(`[round ${round} of ${rounds}] ${PAGES[page].name}, ${subject.count} nodes`);
  try {
    report.add(page, subject.count, await measure(browser, subject, pane));
  } catch (error) {
    console.error(`  is left out: ${error.message}`);
  }
}

async function attemptKeystroke(round, subject) {
  console.error(`[round ${round} of ${rounds}] FlowPilot, an expression`);
  try {
    report.addOurs('keystroke_ms', await keystroke(browser, subject));
  } catch (error) {
    console.error(`  is left out: ${error.message}`);
  }
}

/** Our pages by size, and where the graph is on them. */
async function subjects() {
  const ours = new Map();
  for (const count of SIZES) ours.set(count, await flowPilot.create(workflow(count)));
  const { address, storageState } = ours.get(SIZES[0]);
  const context = await browser.newContext({ viewport: VIEWPORT, storageState });
  const page = await context.newPage();
  await page.goto(address);
  await page.locator('html[data-awake]').waitFor({ state: 'attached' });
  const pane = await page.locator('.canvas').boundingBox();
  await context.close();
  return [ours, pane];
}
