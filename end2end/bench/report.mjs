// The report: medians with spread, beside React Flow's, and how they stand to the targets.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FIGURES, keyed } from './figures.mjs';

const HEADING = '## The designer';
/** The pages, and what their keys begin with. */
export const PAGES = {
  flowPilot: { name: 'FlowPilot', prefix: '' },
  reactFlow: { name: 'React Flow', prefix: 'react_flow_' },
  reactFlowCulling: { name: 'React Flow, culling', prefix: 'react_flow_culling_' },
};
const PREFIXES = Object.values(PAGES).map(({ prefix }) => prefix);

export class Report {
  /** By key, a value per round. */
  values = new Map();

  add(page, count, values) {
    for (const [key, value] of keyed(count, values)) {
      const whole = PAGES[page].prefix + key;
      this.values.set(whole, [...(this.values.get(whole) ?? []), value]);
    }
  }

  /** A figure of our page alone. */
  addOurs(key, value) {
    this.values.set(key, [...(this.values.get(key) ?? []), value]);
  }

  /** What no round gave a value for. */
  missing() {
    const keys = FIGURES.flatMap(({ key, isOurs }) => (isOurs ? [''] : PREFIXES).map(prefix => prefix + key));
    return keys.filter(key => !this.values.has(key));
  }

  /** Writes `{ "key": median, … }`. */
  writeJson(file) {
    const medians = [...this.values].map(([key, values]) => [key, Math.round(median(values) * 1000) / 1000]);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `${JSON.stringify(Object.fromEntries(medians), null, 2)}\n`);
  }

  /** Puts its section into the document; what other parts of the benchmark wrote stays. */
  writeMarkdown(file, about) {
    const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '# Benchmarks\n';
    const sections = before.split(/\n(?=## )/).filter(section => !section.startsWith(HEADING));
    fs.writeFileSync(file, [...sections.map(section => `${section.trimEnd()}\n`), this.markdown(about)].join('\n'));
  }

  /** `about`: the versions, the rounds, the flags of the browser. */
  markdown({ flowPilot, chromium, rounds, flags }) {
    const day = new Date().toISOString().slice(0, 10);
    const rows = this.rows().map(cells => `| ${cells.join(' | ')} |\n`);
    return `${HEADING}\n\n${flowPilot} on ${machine()}, Chromium ${chromium} without a window and without a graphics card, `
      + `measured on ${day} with \`make bench\`. The pages take turns; each figure is the median over ${rounds} rounds, with the least `
      + `and the greatest beside it. React Flow draws the same graph in a pane of the same size, once with all nodes and once with `
      + `\`onlyRenderVisibleElements\`; “ahead” is the better of the two, divided by FlowPilot. A frame takes 16.7 ms at least. `
      + `Server, browser and measurement share the machine. Flags of the browser: \`${flags.join(' ')}\`.\n\n`
      + `| Measure | FlowPilot | Target | React Flow | React Flow, culling | Ahead |\n|---|---|---|---|---|---|\n${rows.join('')}`;
  }

  /** For people who watch. */
  table() {
    const rows = [['', 'FlowPilot', 'target', 'React Flow', 'React Flow, culling', 'ahead'], ...this.rows()];
    const widths = rows[0].map((_, column) => Math.max(...rows.map(cells => cells[column].length)));
    const line = cells => cells.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd();
    return `\n${machine()}\n\n${rows.map(line).join('\n')}\n\n${this.verdict()}\n`;
  }

  verdict() {
    const measured = FIGURES.filter(({ key }) => this.values.has(key));
    const missed = measured.filter(({ key, target }) => median(this.values.get(key)) > (target ?? Infinity));
    const behind = measured.filter(figure => this.ahead(figure) < 1);
    const list = figures => figures.map(({ key }) => key).join(', ') || 'none';
    return `Targets missed: ${list(missed)}.\nBehind React Flow: ${list(behind)}.`;
  }

  rows() {
    return FIGURES.map(figure => {
      const { key, what, unit, target, isOurs } = figure;
      const [ours, theirs, culled] = PREFIXES.map(prefix => (isOurs && prefix ? '' : this.cell(prefix + key, unit)));
      const ahead = this.ahead(figure);
      const times = Number.isFinite(ahead) ? `${ahead.toFixed(2)} ×` : '';
      return [what, ours, target === undefined ? '' : `≤ ${target}`, theirs, culled, times];
    });
  }

  cell(key, unit) {
    const values = this.values.get(key);
    if (!values) return 'not measured';
    return `${shown(median(values))}${unit && ` ${unit}`} (${shown(Math.min(...values))} … ${shown(Math.max(...values))})`;
  }

  /** How many times as much the better of React Flow's pages takes; not a number where nothing can be said. */
  ahead({ key, compares }) {
    if (!compares) return NaN;
    const [ours, ...theirs] = PREFIXES.map(prefix => median(this.values.get(prefix + key) ?? []));
    return Math.min(...theirs) / ours;
  }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function shown(value) {
  if (Number.isInteger(value) || value >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(1);
}

function machine() {
  const processors = os.cpus();
  return `${processors.length} cores of ${processors[0].model.trim()}`;
}
