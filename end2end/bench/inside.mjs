// What runs inside a measured page, put there before anything of its own. Playwright hands the function over as text, so
// that it knows nothing but its argument.

/** Offers `window.bench`. The selectors say what the page calls its parts, `count` how many nodes it is to draw. */
export function inside({ selectors, count }) {
  const PATIENCE_MS = 60_000;
  const { canvas, pane, viewport, node, edge } = selectors;
  const nodes = () => [...document.querySelectorAll(node)];
  const name = element => element.dataset.node ?? element.dataset.edge ?? element.dataset.id;
  const bench = (window.bench = {});

  // WebAssembly keeps its memory beside the heap of JavaScript.
  const { instantiateStreaming } = WebAssembly;
  WebAssembly.instantiateStreaming = async (...given) => {
    const made = await instantiateStreaming(...given);
    bench.memory = made.instance.exports.memory;
    return made;
  };
  bench.wasmBytes = () => bench.memory?.buffer.byteLength ?? 0;

  /** When all nodes were painted and when the page answered, in milliseconds since the navigation. */
  bench.loaded = new Promise((resolve, reject) => {
    let drawn, painted;
    const isDrawn = () => {
      const all = nodes();
      return all.length >= count && all.at(-1).checkVisibility({ visibilityProperty: true });
    };
    // Both pages take what is dragged over the pane: a question that changes nothing.
    const answers = () => {
      const question = new DragEvent('dragover', { bubbles: true, cancelable: true });
      document.querySelector(pane)?.dispatchEvent(question);
      return question.defaultPrevented;
    };
    const look = now => {
      if (drawn === undefined && isDrawn()) {
        drawn = now;
        // A message is delivered right after the frame that is being made.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => (painted = performance.now());
        port2.postMessage('');
      }
      const isAwake = document.documentElement?.dataset.awake !== undefined;
      if (isAwake && painted !== undefined && document.querySelector(edge) && answers()) {
        // The browser knows best, where the first thing that it painted held the nodes.
        const first = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
        return resolve({ painted: first >= drawn ? first : painted, ready: performance.now() });
      }
      if (now > PATIENCE_MS) return reject(new Error(`after a minute ${nodes().length} of ${count} nodes are there, awake: ${isAwake}`));
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });

  /** How many elements there are. */
  bench.elements = () => {
    const drawn = nodes();
    const within = drawn.reduce((sum, card) => sum + 1 + card.querySelectorAll('*').length, 0);
    const all = document.querySelector(canvas).querySelectorAll('*').length;
    return { drawn: drawn.length, perNode: all / drawn.length, inNode: within / drawn.length };
  };

  bench.zoom = () => new DOMMatrix(document.querySelector(viewport).style.transform).a;

  /** From now to `stop`: how long each frame takes, and in how many of them the node, or the whole graph, had moved. */
  bench.start = id => {
    const moving = id === undefined ? document.querySelector(viewport) : nodes().find(card => name(card) === id);
    const times = [];
    let [moves, place, last, next] = [0, moving.style.transform];
    const tick = now => {
      if (last !== undefined) times.push(now - last);
      if (moving.style.transform !== place) moves++;
      [place, last, next] = [moving.style.transform, now, requestAnimationFrame(tick)];
    };
    next = requestAnimationFrame(tick);
    bench.stop = () => {
      cancelAnimationFrame(next);
      return { times, moves };
    };
  };

  /** The node nearest to a place, and where it can be grabbed: away from its ports. */
  bench.grip = ({ x, y }) => {
    const distance = ({ rect }) => Math.hypot(rect.x + rect.width / 2 - x, rect.y + rect.height / 2 - y);
    const [{ rect, id }] = nodes()
      .map(card => ({ rect: card.getBoundingClientRect(), id: name(card) }))
      .sort((a, b) => distance(a) - distance(b));
    return { id, x: rect.x + rect.width / 2, y: rect.y + rect.height / 4 };
  };

  /** From now to `updates`: which nodes and edges the page changes. */
  bench.watch = () => {
    const changed = new Set();
    const note = part => {
      const element = part instanceof Element ? part : part.parentElement;
      const owner = element?.closest(`${node}, ${edge}`);
      if (owner) changed.add(owner);
    };
    const take = records => records.forEach(({ target, addedNodes }) => [target, ...addedNodes].forEach(note));
    const observer = new MutationObserver(take);
    observer.observe(document.querySelector(canvas), { subtree: true, childList: true, attributes: true, characterData: true });
    /** How many: nodes, edges, and of both those that are neither this node nor edges of it. */
    bench.updates = id => {
      take(observer.takeRecords());
      observer.disconnect();
      const [moved, lines] = [node, edge].map(kind => [...changed].filter(element => element.matches(kind)).map(name));
      const isForeign = line => !line.split('>').some(end => end.startsWith(`${id}.`));
      return {
        nodes: moved.length,
        edges: lines.length,
        others: moved.filter(other => other !== id).length + lines.filter(isForeign).length,
      };
    };
  };
}
