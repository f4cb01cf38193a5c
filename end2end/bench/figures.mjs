// Every figure of the designer: its key, what it is, its unit and its target, as issue 5 sets them (none: to be known).

/** Of each size of graph; the keys follow `nodes_500_`. */
const OF_GRAPH = [
  figure('painted_ms', 'navigation → all nodes painted, nothing cached', 'ms', { 500: 400 }),
  figure('ready_ms', 'navigation → interactive, nothing cached', 'ms', { 500: 900 }),
  figure('ready_again_ms', 'the same, loaded again', 'ms'),
  figure('pan_p95_ms', 'pan near life size, p95 of the frames', 'ms', { 500: 18, 2000: 20 }),
  figure('pan_all_p95_ms', 'pan with all nodes in view, p95', 'ms', { 500: 18, 2000: 33 }),
  figure('zoom_p95_ms', 'zoom between life size and half, p95', 'ms', { 500: 18, 2000: 20 }),
  figure('drag_p95_ms', 'drag of a node, p95', 'ms', { 500: 18, 2000: 20 }),
  figure('drag_nodes', 'nodes that a drag changes', '', { 500: 1, 2000: 1 }),
  aside('drag_edges', 'edges that a drag changes', ''),
  figure('drag_others', 'of both, those that are not the node or its own edges', '', { 500: 0, 2000: 0 }),
  figure('dom_per_node', 'elements of the canvas per node, edges and map included', '', { 500: 10 }),
  aside('dom_in_node', 'elements of one node', ''),
  figure('heap_mb', 'heap after garbage collection, memory of WebAssembly included', 'MB', { 500: 60 }),
  aside('js_heap_mb', 'of it, what JavaScript holds', 'MB'),
  aside('html_kb', 'HTML, compressed', 'KB'),
];

/** Of the page, whatever it shows. */
const OF_PAGE = [
  figure('load_kb', 'first load: WebAssembly, JavaScript and CSS, compressed', 'KB', 600),
  aside('fonts_kb', 'first load: fonts', 'KB'),
];

/** Of our page alone. */
const OURS = [figure('keystroke_ms', 'a letter typed into an expression: checked, painted, evaluated', 'ms', 1)];

export const SIZES = [500, 2000];

/** All of them, in the order of the report. */
export const FIGURES = [
  ...SIZES.flatMap(count => OF_GRAPH.map(figure => ({
    ...figure,
    key: `nodes_${count}_${figure.key}`,
    what: `${count.toLocaleString('en')} nodes: ${figure.what}`,
    target: figure.target?.[count],
  }))),
  ...OF_PAGE.map(figure => ({ ...figure, key: `first_${figure.key}` })),
  ...OURS.map(figure => ({ ...figure, compares: false, isOurs: true })),
];

/** The keys of what was measured of a page with so many nodes. */
export function keyed(count, values) {
  const isOfPage = key => OF_PAGE.some(figure => figure.key === key);
  return Object.entries(values).map(([key, value]) => [isOfPage(key) ? `first_${key}` : `nodes_${count}_${key}`, value]);
}

function figure(key, what, unit, target) {
  return { key, what, unit, target, compares: true };
}

/** Explains another one; less of it is not better by itself. */
function aside(key, what, unit) {
  return { key, what, unit, compares: false };
}
