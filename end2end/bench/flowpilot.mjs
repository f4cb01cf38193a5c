// The real program with data of its own: an owner who is logged in, and workflows to look at.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { promisify } from 'node:util';

const EMAIL = 'ada@example.com';
const SELECTORS = {
  canvas: 'section[aria-label="Canvas"]',
  pane: '.canvas',
  viewport: '.canvas .viewport',
  node: '.node[data-node]',
  edge: '.edge[data-edge]',
};

export class FlowPilot {
  /** Starts it on an empty directory. */
  static async start(program, site) {
    const flowPilot = new FlowPilot();
    flowPilot.program = program;
    flowPilot.dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'flowpilot-bench-'));
    const args = ['serve', '--listen', '127.0.0.1:0', '--data-dir', flowPilot.dataDir, '--site-root', site];
    flowPilot.child = spawn(program, args, { env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });
    process.once('exit', () => flowPilot.child.kill('SIGTERM')); // whatever goes wrong later
    flowPilot.setupLink = await setupLink(flowPilot.child);
    flowPilot.origin = new URL(flowPilot.setupLink).origin;
    return flowPilot;
  }

  /** Creates the owner as a person does; keeps the cookies, and a token for programs. */
  async createOwner(browser) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(this.setupLink);
    await page.locator('html[data-awake]').waitFor({ state: 'attached' });
    await page.getByLabel('Workspace').fill('Bench');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Email').fill(EMAIL);
    await page.getByLabel('Password').fill('three words are plenty');
    await page.getByRole('button', { name: 'Create workspace' }).click();
    await page.waitForURL(url => url.pathname === '/');
    this.storageState = await context.storageState();
    await context.close();
    const args = ['token', 'create', '--email', EMAIL, '--name', 'bench', '--json', '--data-dir', this.dataDir];
    const { stdout } = await promisify(execFile)(this.program, args, { env: environment() });
    this.token = JSON.parse(stdout).token;
  }

  /** Stores a workflow; answers what is to be measured. */
  async create(workflow) {
    const { id } = await this.post('/workflows', workflow);
    const { origin, storageState } = this;
    return { id, address: `${origin}/workflows/${id}`, selectors: SELECTORS, count: workflow.nodes.length, storageState };
  }

  /** Publishes it and runs it to its end. */
  async run({ id }, input) {
    await this.post(`/workflows/${id}/publish`, {});
    await this.post('/executions?wait=30', { workflow_id: id, input });
  }

  async post(path, body) {
    const response = await fetch(`${this.origin}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  }

  async stop() {
    const isRunning = this.child.exitCode === null && this.child.signalCode === null;
    const ended = isRunning && once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
    fs.rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** What the server says once it is ready and has no owner yet. */
async function setupLink(child) {
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const link = line.match(/^FlowPilot is ready.*?(https?:\/\/\S+\/setup\?\S+)$/)?.[1];
    if (!link) continue;
    child.stdout.resume();
    return link;
  }
  throw new Error('the server ended before it was ready');
}

/** Ours, without settings that would point the server elsewhere, and without a line in the log per request. */
function environment() {
  const { DATABASE_URL, FLOWPILOT_DATA_DIR, FLOWPILOT_PUBLIC_URL, FLOWPILOT_KEY_FILE, ...rest } = process.env;
  return { ...rest, FLOWPILOT_LOG: 'error' };
}
