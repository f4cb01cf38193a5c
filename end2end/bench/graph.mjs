// The graph that both pages draw: columns of tasks, most of them in a row, some with a second way on.

/** `count` nodes and about seven edges for five nodes, as a workflow of FlowPilot. */
export function workflow(count) {
  const rows = Math.max(10, Math.round(Math.sqrt(count / 2)));
  const nodes = [];
  const edges = [];
  const id = index => (index === 0 ? 'manual_1' : `no_op_${index}`);
  const edge = (from, to) => edges.push({ from: { node: id(from), port: 'out' }, to: { node: id(to), port: 'in' } });
  for (let index = 0; index < count; index++) {
    const column = Math.floor(index / rows);
    nodes.push({
      id: id(index),
      name: index === 0 ? 'Start' : `Task ${index}`,
      kind: index === 0 ? 'manual' : 'no_op',
      position: { x: 320 * column, y: 112 * (index % rows) },
    });
    if (index === 0) continue;
    edge(index < rows ? 0 : index - rows, index);
    if (index >= rows && index % 5 < 2) edge(index - rows + (index % rows === rows - 1 ? -1 : 1), index);
  }
  return { name: `${count} nodes`, nodes, edges };
}
