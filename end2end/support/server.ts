// The real program: started on a free port with a data directory and an embedded Postgres of its own.
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

const root = path.resolve(import.meta.dirname, '../..');

export class Server {
  /** Where it is reached, without a slash at the end. */
  url = '';
  /** The one-time link that creates the owner; there is none once somebody has an account. */
  setupLink?: string;
  /** What it wrote to its log. */
  log = '';

  private child!: ChildProcess;

  private constructor(private readonly dataDir: string, private readonly args: string[]) {}

  /** Starts a server on an empty data directory. `args` go to `flowpilot serve`. */
  static async start(args: string[] = []): Promise<Server> {
    const server = new Server(fs.mkdtempSync(path.join(os.tmpdir(), 'flowpilot-browser-')), args);
    await server.launch('127.0.0.1:0');
    return server;
  }

  /** Starts it again at the same address, after `kill` or `stop`. */
  async restart(): Promise<void> {
    await this.launch(`127.0.0.1:${new URL(this.url).port}`);
  }

  /** Ends it in good order, as a supervisor does. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Ends it as a crash does: at once, in the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Stops it and removes its data. */
  async remove(): Promise<void> {
    await this.stop();
    fs.rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Runs another command of the program on the same data, such as `['user', 'create', …]`, and answers its output. */
  async command(args: string[]): Promise<string> {
    const child = spawn(program(), [...args, '--data-dir', this.dataDir], { env: environment() });
    let output = '';
    child.stdout.on('data', data => (output += data));
    child.stderr.on('data', data => (this.log += data));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`flowpilot ${args.join(' ')} ended with ${code}:\n${this.log}`);
    return output;
  }

  private async launch(listen: string): Promise<void> {
    const site = path.join(root, 'target/site');
    const args = ['serve', '--listen', listen, '--data-dir', this.dataDir, '--site-root', site, '--egress', 'any', ...this.args];
    this.child = spawn(program(), args, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stderr!.on('data', data => (this.log += data));
    const ended = once(this.child, 'close').then(() => {
      throw new Error(`flowpilot serve ended:\n${this.log}`);
    });
    ended.catch(() => {});
    await Promise.race([this.readUntilReady(), ended]);
  }

  private async readUntilReady(): Promise<void> {
    for await (const line of readline.createInterface({ input: this.child.stdout! })) {
      const address = line.match(/^FlowPilot is ready.*?(https?:\/\/\S+)$/)?.[1];
      if (!address) continue;
      this.url = new URL(address).origin;
      this.setupLink = address.includes('/setup?') ? address : undefined;
      return;
    }
    throw new Error(`flowpilot serve ended before it was ready:\n${this.log}`);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}

function program(): string {
  return process.env.FLOWPILOT_PROGRAM ?? path.join(root, 'target/debug/flowpilot');
}

/** Ours, without settings that would point the server elsewhere. */
function environment(): NodeJS.ProcessEnv {
  const { DATABASE_URL, FLOWPILOT_DATA_DIR, FLOWPILOT_PUBLIC_URL, FLOWPILOT_KEY_FILE, ...rest } = process.env;
  return rest;
}
