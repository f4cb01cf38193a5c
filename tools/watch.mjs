// Builds and restarts FlowPilot whenever a source file changes. Reload the page to see it.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

process.chdir(path.resolve(import.meta.dirname, '..'));
const { LISTEN = '127.0.0.1:3000', DATA = '.data' } = process.env;
let server = start();
let timer;

for (const dir of ['src', 'style', 'public', 'migrations']) {
  fs.watch(dir, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(rebuild, 200);
  });
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill('SIGTERM'));

async function rebuild() {
  if (spawnSync('tools/build', { stdio: 'inherit' }).status !== 0) return;
  const old = server;
  old.removeAllListeners('exit');
  const gone = new Promise(resolve => old.exitCode === null ? old.once('exit', resolve) : resolve());
  old.kill('SIGTERM');
  await gone;
  server = start();
}

function start() {
  const args = ['target/debug/flowpilot', 'serve', '--listen', LISTEN, '--data-dir', DATA];
  return spawn('tools/with-postgres', args, { stdio: 'inherit' }).on('exit', code => process.exit(code ?? 1));
}
