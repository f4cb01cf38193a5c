// Puts the site together in target/site: WebAssembly and its script, stylesheet, public files. Files in pkg/ carry a hash
// of their content in their names (hash.txt tells the server), so that browsers may keep them for ever.
// Usage: node tools/site.mjs <cargo profile>
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const root = path.resolve(import.meta.dirname, '..');
const profile = process.argv[2] ?? 'wasm-dev';
const small = profile === 'wasm-release';
const work = path.join(root, 'target/site-work', profile);
const site = path.join(root, 'target/site');
const modules = path.join(root, 'end2end/node_modules');
const wasm = path.join(root, 'target/wasm/wasm32-unknown-unknown', profile, 'flowpilot.wasm');
const inWork = name => path.join(work, name);

process.chdir(root);
fs.mkdirSync(work, { recursive: true });
if (isOlder(inWork('flowpilot.js'), [wasm])) bind();
if (isOlder(inWork('flowpilot.css'), [path.join(root, 'end2end/package-lock.json'), ...tree('style'), ...tree('src')])) style();
publish();

function bind() {
  run('target/tools/bin/wasm-bindgen', ['--target', 'web', '--no-typescript', '--out-name', 'flowpilot', '--out-dir', work, wasm]);
  if (small) {
    const file = inWork('flowpilot_bg.wasm');
    run(path.join(modules, '.bin/wasm-opt'), ['-Oz', '--all-features', file, '-o', file]);
  }
  touch('flowpilot.js');
}

function style() {
  const file = inWork('flowpilot.css');
  run(path.join(modules, '.bin/tailwindcss'), ['--input', 'style/main.css', '--output', file, '--minify']);
  touch('flowpilot.css');
}

// The server reads hash.txt last: it is written when everything it names is there.
function publish() {
  const pkg = path.join(site, 'pkg');
  fs.mkdirSync(pkg, { recursive: true });
  if (fs.existsSync('public')) fs.cpSync('public', site, { recursive: true });
  const names = { js: 'flowpilot.js', wasm: 'flowpilot_bg.wasm', css: 'flowpilot.css' };
  const current = new Set();
  let lines = '';
  for (const [kind, name] of Object.entries(names)) {
    const content = fs.readFileSync(inWork(name));
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
    const file = `flowpilot.${hash}.${kind}`;
    for (const name of [file, `${file}.gz`, `${file}.br`]) current.add(name);
    // A file of the same content may be there from the inner loop, compressed in a hurry.
    if (small || !fs.existsSync(path.join(pkg, `${file}.br`))) write(path.join(pkg, file), content);
    lines += `${kind}: ${hash}\n`;
  }
  fs.writeFileSync(path.join(site, 'hash.txt'), lines);
  for (const name of fs.readdirSync(pkg)) if (!current.has(name)) fs.rmSync(path.join(pkg, name), { recursive: true });
}

function write(file, content) {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = zlib.constants;
  fs.writeFileSync(file, content);
  fs.writeFileSync(`${file}.gz`, zlib.gzipSync(content, { level: small ? 9 : 5 }));
  fs.writeFileSync(`${file}.br`, zlib.brotliCompressSync(content, {
    params: { [BROTLI_PARAM_QUALITY]: small ? 11 : 5, [BROTLI_PARAM_LGWIN]: 22 },
  }));
}

function isOlder(file, sources) {
  if (!fs.existsSync(file)) return true;
  const made = fs.statSync(file).mtimeMs;
  return sources.some(source => fs.statSync(source).mtimeMs > made);
}

function tree(dir) {
  return fs.readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.join(entry.parentPath ?? entry.path, entry.name));
}

function touch(name) {
  const now = new Date();
  fs.utimesSync(inWork(name), now, now);
}

function run(program, args) {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_PATH: modules } });
  } catch (error) {
    process.stderr.write(error.stdout ?? '');
    process.stderr.write(error.stderr ?? '');
    console.error(`site: ${path.basename(program)} failed: ${error.message.split('\n')[0]}`);
    process.exit(1);
  }
}
