// The graph that every page draws: a start, columns of tasks that follow their left neighbours, and second ways on.

/** The distance of columns and rows; a card is 208 × 64. */
const COLUMN = 256;
const ROW = 80;
const EDGES_PER_NODE = 1.4;

/** A workflow of so many nodes, as wide as it is high: all of it fits into the designer's view at the least zoom there is. */
export function workflow(count) {
  const rows = Math.round(Math.sqrt((count * COLUMN) / ROW));
  const nodes = Array.from({ length: count }, (_, index) => node(index, rows));
  const edges = nodes.slice(1).map((_, before) => edge(Math.max(0, before + 1 - rows), before + 1));
  const others = count - 1 - rows;
  const more = Math.round(count * EDGES_PER_NODE) - edges.length;
  for (let way = 0; way < more; way++) {
    const to = rows + 1 + Math.floor((way * others) / more);
    const isLastOfColumn = to % rows === 0;
    edges.push(edge(to - rows + (isLastOfColumn ? -1 : 1), to));
  }
  return { name: `${count} nodes`, nodes, edges };
}

/** How an edge is named on both pages. */
export function key({ from, to }) {
  return `${from.node}.${from.port}>${to.node}.${to.port}`;
}

function node(index, rows) {
  if (index === 0) return { id: id(0), name: 'Start', kind: 'manual', position: { x: 0, y: ROW * Math.floor(rows / 2) } };
  const position = { x: COLUMN * (1 + Math.floor((index - 1) / rows)), y: ROW * ((index - 1) % rows) };
  return { id: id(index), name: `Task ${index}`, kind: 'no_op', position };
}

function edge(from, to) {
  return { from: { node: id(from), port: 'out' }, to: { node: id(to), port: 'in' } };
}

function id(index) {
  return index === 0 ? 'manual_1' : `no_op_${index}`;
}
