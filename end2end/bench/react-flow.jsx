// The same graph with React Flow, as its documentation builds it, with nodes that say as much as ours.
import { Background, Controls, Handle, MiniMap, Position, ReactFlow } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { memo } from 'react';
import { createRoot } from 'react-dom/client';
import { workflow } from './graph.mjs';

const Task = memo(({ data }) => (
  <div className="task">
    <Handle type="target" position={Position.Left} />
    <span className="tile" />
    <span className="title">{data.label}</span>
    <span className="line-two">No operation</span>
    <Handle type="source" position={Position.Right} />
  </div>
));

const count = Number(new URLSearchParams(location.search).get('nodes') ?? 500);
const culls = new URLSearchParams(location.search).has('cull');
const drawn = workflow(count);
const nodes = drawn.nodes.map(({ id, name, position }) => ({ id, type: 'task', position, data: { label: name } }));
const edges = drawn.edges.map(({ from, to }) => ({ id: `${from.node}-${to.node}`, source: from.node, target: to.node }));

createRoot(document.getElementById('root')).render(
  <ReactFlow defaultNodes={nodes} defaultEdges={edges} nodeTypes={{ task: Task }} fitView minZoom={0.05} panOnScroll onlyRenderVisibleElements={culls} onInit={() => (document.documentElement.dataset.awake = '')}>
    <Background />
    <Controls />
    <MiniMap />
  </ReactFlow>,
);
