// The same graph with React Flow, as its documentation builds it: nodes that say as much as ours, the same grid, a map.
import { Background, Controls, Handle, MiniMap, Position, ReactFlow, useNodesInitialized } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { memo, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { key, workflow } from './graph.mjs';

const Task = memo(({ data }) => (
  <div className="task">
    <Handle type="target" position={Position.Left} />
    <span className="tile" />
    <span className="title">{data.label}</span>
    <span className="line-two">No operation</span>
    <Handle type="source" position={Position.Right} />
  </div>
));

/** Marks the page as FlowPilot's does, once React Flow has measured the nodes and shows them. */
function Awake() {
  const isReady = useNodesInitialized();
  useEffect(() => {
    if (isReady) document.documentElement.dataset.awake = '';
  }, [isReady]);
  return null;
}

const wanted = new URLSearchParams(location.search);
const drawn = workflow(Number(wanted.get('nodes')));
const nodes = drawn.nodes.map(({ id, name, position }) => ({ id, type: 'task', position, data: { label: name } }));
const edges = drawn.edges.map(edge => ({ id: key(edge), source: edge.from.node, target: edge.to.node }));
const root = document.getElementById('root');
const [left, top, width, height] = wanted.get('pane').split(',');
root.style.cssText = `position:absolute;left:${left}px;top:${top}px;width:${width}px;height:${height}px`;

createRoot(root).render(
  <ReactFlow
    defaultNodes={nodes}
    defaultEdges={edges}
    nodeTypes={{ task: Task }}
    onlyRenderVisibleElements={wanted.has('culls')}
    fitView
    minZoom={0.1}
    panOnScroll
    panOnScrollSpeed={1}
    snapToGrid
    snapGrid={[16, 16]}
    onDragOver={event => event.preventDefault()}
  >
    <Awake />
    <Background />
    <Controls />
    <MiniMap />
  </ReactFlow>,
);
