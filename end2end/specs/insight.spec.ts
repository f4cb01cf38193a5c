// Past executions over the drawing: times at the cards, the critical path, what data was like.
import { expect, open, test } from '../support/fixtures';
import { Designer, centre } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

/** Start → Echo → Wait a second, and beside the wait something that takes no time. */
const TELLING = JSON.stringify({
  name: 'Telling',
  nodes: [
    { id: 'manual_1', name: 'Start', kind: 'manual', position: { x: 0, y: 0 } },
    { id: 'transform_1', name: 'Echo', kind: 'transform', parameters: { output: 'input' }, position: { x: 320, y: 0 } },
    { id: 'delay_1', name: 'Wait', kind: 'delay', parameters: { amount: '1', unit: 'seconds' }, position: { x: 800, y: 0 } },
    { id: 'transform_2', name: 'Quick', kind: 'transform', parameters: { output: '1' }, position: { x: 800, y: 160 } },
  ],
  edges: [
    { from: { node: 'manual_1', port: 'out' }, to: { node: 'transform_1', port: 'in' } },
    { from: { node: 'transform_1', port: 'out' }, to: { node: 'delay_1', port: 'in' } },
    { from: { node: 'transform_1', port: 'out' }, to: { node: 'transform_2', port: 'in' } },
  ],
});

test('past executions tell times, what decides them, and what data was like', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.paste(TELLING);
  await designer.saved();
  const address = new URL(owner.url()).pathname;
  for (const email of ['ada@example.com', null]) {
    await open(owner, address);
    await designer.run({ email });
    await expect(owner.locator('header').getByRole('status')).toHaveText(/Succeeded/);
  }
  await open(owner, address);
  await owner.keyboard.press('i');
  const strip = owner.getByRole('region', { name: 'Insight', exact: true });
  await expect(strip).toContainText('2 executions of the draft');
  await expect(designer.node('delay_1')).toHaveAttribute('data-measure', /^p95 1\.\d s$/);
  await expect(designer.node('delay_1')).toHaveAccessibleName(/p95 1\.\d s, on the critical path$/);
  await expect(owner.locator('[data-node][data-critical]')).toHaveCount(3);
  await expect(owner.locator('[data-edge][data-critical]')).toHaveCount(2);
  await expect(designer.node('transform_2')).not.toHaveAttribute('data-critical');

  const [from, to] = [
    await centre(designer.node('transform_1').locator('[data-port="output"][data-name="out"]')),
    await centre(designer.node('delay_1').locator('[data-port="input"]')),
  ];
  await owner.mouse.click(from.x + (to.x - from.x) / 4, from.y);
  const edge = designer.inspector.getByRole('region', { name: 'Data on the edge' });
  await expect(edge).toContainText('Echo → Wait');
  await expect(edge.getByRole('listitem')).toHaveText(/email\s*text, null in 50 % of 2/);
  await expectAccessible(owner);
  await screenshots(owner, 'insight');

  await open(owner, address);
  await expect(strip).toContainText('2 executions of the draft');
  await designer.open('transform_1');
  await designer.inspector.getByRole('button', { name: 'Output', exact: true }).click();
  const learned = designer.inspector.getByRole('region', { name: 'Learned from past executions' });
  await expect(learned).toContainText('2 runs');
  await expect(learned.getByRole('listitem')).toHaveText(/email\s*text, null in 50 % of 2/);

  await owner.getByRole('toolbar', { name: 'View' }).getByRole('button', { name: 'Insight' }).click();
  await expect(strip).toHaveCount(0);
  await expect(owner.locator('[data-critical], [data-measure]')).toHaveCount(0);

  await owner.setViewportSize({ width: 390, height: 844 });
  await open(owner, address);
  const outline = owner.getByRole('region', { name: 'Outline' });
  await outline.getByRole('button', { name: 'Insight' }).click();
  await expect(outline).toContainText('2 executions of the draft');
  await expect(outline.getByRole('listitem').filter({ hasText: 'Wait' })).toContainText(/p95 1\.\d s · on the critical path/);
  await outline.getByRole('button', { name: 'Hide insight' }).click();
  await expect(outline).not.toContainText('critical path');
});
