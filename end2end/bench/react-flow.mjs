// Builds the page with React Flow and serves it as our server serves ours: compressed with Brotli, kept by hash.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import zlib from 'node:zlib';
import { build } from 'esbuild';

const SELECTORS = {
  canvas: '.react-flow',
  pane: '.react-flow',
  viewport: '.react-flow__viewport',
  node: '.react-flow__node',
  edge: '.react-flow__edge',
};

export class ReactFlowPage {
  static async serve() {
    const page = new ReactFlowPage();
    const files = await bundle();
    page.server = http.createServer((request, response) => {
      const file = files.get(new URL(request.url, 'http://localhost').pathname);
      if (!file) return response.writeHead(404).end();
      response.writeHead(200, { 'content-type': file.type, 'content-encoding': 'br', 'cache-control': file.cache }).end(file.body);
    });
    page.server.listen(0, '127.0.0.1');
    await once(page.server, 'listening');
    return page;
  }

  /** What is to be measured; the pane stands where FlowPilot's does. */
  subject(count, { x, y, width, height }, culls) {
    const query = new URLSearchParams({ nodes: count, pane: [x, y, width, height].join(',') });
    if (culls) query.set('culls', '');
    return { address: `http://localhost:${this.server.address().port}/?${query}`, selectors: SELECTORS, count };
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** The pages by path. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'react-flow.jsx')],
    outdir: 'out',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const built = ending => outputFiles.find(file => file.path.endsWith(ending)).text;
  const files = new Map();
  const add = (type, ending, text) => {
    const name = `/${createHash('sha256').update(text).digest('hex').slice(0, 16)}${ending}`;
    files.set(name, { type, body: compressed(text), cache: 'public, max-age=31536000, immutable' });
    return name;
  };
  const script = add('text/javascript', '.js', built('.js'));
  const style = add('text/css', '.css', built('.css') + fs.readFileSync(path.join(import.meta.dirname, 'react-flow.css'), 'utf8'));
  const html = `<!doctype html><html lang="en"><title>React Flow</title><link rel="stylesheet" href="${style}">
    <script type="module" src="${script}"></script><div id="root"></div>`;
  return files.set('/', { type: 'text/html; charset=utf-8', body: compressed(html), cache: 'no-cache' });
}

function compressed(text) {
  return zlib.brotliCompressSync(text, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } });
}
