// The workflow's own settings and a node's limits, in the designer.
import { expect, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

test('deadline, concurrency and output are set and their problems stand beside them', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  const { inspector } = designer;
  const fold = (label: string) => inspector.locator('details').filter({ hasText: label }).first();
  await fold('Deadline').locator('summary').click();
  await inspector.getByLabel('Seconds from the start').fill('0');
  await expect(fold('Deadline')).toContainText('Set the deadline to one second or more');
  await inspector.getByLabel('Seconds from the start').fill('90');
  await expect(fold('Deadline').locator('summary')).toContainText('90 s');

  await fold('Executions at the same time').locator('summary').click();
  await inspector.getByLabel('How many').fill('2');
  await inspector.getByLabel('Per key').fill('{{ input.');
  await expect(fold('Executions at the same time')).toContainText('The key does not read');
  await inspector.getByLabel('Per key').fill('{{ input.customer }}');
  await inspector.getByLabel('A start that finds it taken').selectOption({ label: 'It ends at once' });

  const burst = fold('Starts in a burst');
  await burst.locator('summary').click();
  await burst.getByLabel('Seconds without another start').fill('0');
  await expect(burst).toContainText('Wait for 1 to 86,400 seconds');
  await burst.getByLabel('Seconds without another start').fill('30');
  await burst.getByLabel('Per key').fill('{{ input.customer }}');

  await fold('Output').locator('summary').click();
  await inspector.getByLabel('Schema (JSON Schema)').fill('{ "type": ');
  await expect(fold('Output')).toContainText('This is not JSON yet');
  await inspector.getByLabel('Schema (JSON Schema)').fill('{ "type": "object" }');
  await inspector.getByLabel('Assertions, one per line').fill('input.total > 0\n');
  await expect(inspector.getByLabel('Assertions, one per line')).toHaveValue('input.total > 0\n');
  await designer.saved();
  await expectAccessible(owner);
  await screenshots(owner, 'workflow-settings');

  await owner.reload();
  await expect(fold('Deadline').locator('summary')).toContainText('90 s');
  await expect(fold('Executions at the same time').locator('summary')).toContainText('2 at a time');
  await expect(burst.locator('summary')).toContainText('the last, after 30 s');
  await expect(fold('Output').locator('summary')).toContainText('checked');
});

test('limits and timeouts of a node are set in its panel', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  const { inspector } = designer;
  await designer.drag('HTTP request', { x: 620, y: 300 });
  await inspector.getByText('Timeout', { exact: true }).click();
  await inspector.getByLabel('Seconds in the queue').fill('30');
  await inspector.getByLabel('Seconds without a sign of life').fill('10');
  await inspector.getByText('Limits', { exact: true }).click();
  await inspector.getByLabel('Attempts at the same time').fill('3');
  await inspector.getByLabel('Attempts per second').fill('0');
  await expect(inspector.getByText('Let 0.001 to 10,000 attempts begin per second.')).toBeVisible();
  await inspector.getByLabel('Attempts per second').fill('5');
  await expect(inspector.locator('summary').filter({ hasText: 'Limits' })).toContainText('3 at a time, 5/s');
  await designer.saved();
  await expectAccessible(owner);
  await screenshots(owner, 'node-limits');
});
