// Testing a part of a draft: one node on the data of the last run, everything up to a node, pinned outputs, dragged members.
import { expect, open, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

/** Start → Double → Report, and beside it a task that cannot run. */
const DOUBLE = JSON.stringify({
  name: 'Double',
  nodes: [
    { id: 'manual_1', name: 'Start', kind: 'manual', position: { x: 0, y: 0 } },
    { id: 'transform_1', name: 'Double', kind: 'transform', parameters: { output: '{ n: input.n * 2 }' }, position: { x: 320, y: 0 } },
    { id: 'log_1', name: 'Report', kind: 'log', parameters: { message: 'It is {{ input.n }}' }, position: { x: 640, y: 0 } },
    { id: 'http_request_1', name: 'Not ready', kind: 'http_request', position: { x: 640, y: 160 } },
  ],
  edges: [
    { from: { node: 'manual_1', port: 'out' }, to: { node: 'transform_1', port: 'in' } },
    { from: { node: 'transform_1', port: 'out' }, to: { node: 'log_1', port: 'in' } },
    { from: { node: 'transform_1', port: 'out' }, to: { node: 'http_request_1', port: 'in' } },
  ],
});

async function double(page: import('@playwright/test').Page): Promise<Designer> {
  const designer = await Designer.fromNothing(page);
  await designer.paste(DOUBLE);
  await designer.saved();
  await page.evaluate(id => localStorage.setItem(`flowpilot.input.${id}`, '{"n": 4}'), page.url().split('/').pop()!);
  return designer;
}

test('one node is tested, everything up to it runs, and a pinned output stands in', async ({ owner, console }) => {
  console.allow(/409/);
  const designer = await double(owner);
  await designer.open('log_1');
  const { inspector } = designer;
  await inspector.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(inspector).toContainText('Run the workflow, or up to here, once.');
  await inspector.getByRole('button', { name: 'Run up to here' }).click();
  await expect(inspector).toContainText('It succeeded.');
  await designer.open('transform_1');
  await inspector.getByRole('button', { name: 'Output', exact: true }).click();
  await expect(inspector.getByRole('region', { name: 'Output of the node' })).toContainText('n');
  await inspector.getByRole('button', { name: 'Edit' }).click();
  await inspector.getByLabel('Output (JSON)').fill('{ "n": 21 }');
  await inspector.getByRole('button', { name: 'Pin this' }).click();
  await expect(designer.node('transform_1')).toContainText('Pinned · ');
  await designer.open('log_1');
  await inspector.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(inspector).toContainText('It succeeded.');
  await inspector.getByRole('button', { name: 'Input', exact: true }).click();
  await expect(inspector.getByRole('region', { name: 'Input of the node' })).toContainText('21');
});

test('input, fields and output stand side by side, and a member is dragged into a field', async ({ owner }) => {
  const designer = await double(owner);
  await designer.open('log_1');
  await designer.inspector.getByRole('button', { name: 'Run up to here' }).click();
  await expect(designer.inspector).toContainText('It succeeded.');
  await designer.node('log_1').focus();
  await owner.keyboard.press('w');
  await designer.fill('Message', '');
  await designer.inspector.locator('[data-path="input.n"]').dragTo(designer.field('Message'));
  await expect(designer.field('Message')).toHaveValue('{{ input.n }}');
  await expectAccessible(owner);
  await screenshots(owner, 'panes');
});

test('P pins the last output of what is selected, and unpins it', async ({ owner }) => {
  const designer = await double(owner);
  const { inspector } = designer;
  await designer.open('transform_1');
  await owner.keyboard.press('p');
  await expect(owner.getByText('There is no output to pin yet.')).toBeAttached();
  await inspector.getByRole('button', { name: 'Run up to here' }).click();
  await expect(inspector).toContainText('It succeeded.');
  await designer.node('transform_1').focus();
  await owner.keyboard.press('p');
  await expect(designer.node('transform_1')).toContainText('Pinned · ');
  await owner.keyboard.press('p');
  await expect(designer.node('transform_1')).not.toContainText('Pinned · ');
  await owner.keyboard.press('Control+z');
  await expect(designer.node('transform_1')).toContainText('Pinned · ');
});

test('what changed and what follows it is marked out of date, and runs again from there on', async ({ owner, receiver }) => {
  const designer = await Designer.fromNothing(owner);
  const edge = (from: string, to: string) => ({ from: { node: from, port: 'out' }, to: { node: to, port: 'in' } });
  const nodes = [
    { id: 'manual_1', name: 'Start', kind: 'manual', position: { x: 0, y: 0 } },
    { id: 'http_request_1', name: 'Fetch', kind: 'http_request', parameters: { url: `${receiver.url}/once` }, position: { x: 320, y: 0 } },
    { id: 'transform_1', name: 'Shape', kind: 'transform', parameters: { output: '{ n: 1 }' }, position: { x: 640, y: 0 } },
    { id: 'log_1', name: 'Report', kind: 'log', parameters: { message: 'It is {{ input.n }}' }, position: { x: 960, y: 0 } },
  ];
  const edges = [edge('manual_1', 'http_request_1'), edge('http_request_1', 'transform_1'), edge('transform_1', 'log_1')];
  await designer.paste(JSON.stringify({ name: 'Fetching', nodes, edges }));
  await owner.keyboard.press('Escape');
  await owner.keyboard.press('1');
  await designer.saved();
  const { inspector } = designer;
  await designer.open('log_1');
  await inspector.getByRole('button', { name: 'Run up to here' }).click();
  await expect(inspector).toContainText('It succeeded.');
  const stale = owner.locator('[data-node][data-stale]');
  await expect(stale).toHaveCount(0);
  await designer.open('transform_1');
  await designer.fill('Output', '{ n: 2 }');
  await expect(stale).toHaveCount(2);
  await expect(designer.node('log_1')).toHaveAccessibleName(/output out of date/);
  await inspector.getByRole('button', { name: 'Output', exact: true }).click();
  await expect(inspector).toContainText('Out of date: since it ran');
  await expectAccessible(owner);
  await screenshots(owner, 'out-of-date');
  await inspector.getByRole('button', { name: 'Run from here' }).click();
  await expect(inspector).toContainText('It succeeded.');
  await expect(stale).toHaveCount(0);
  await expect(inspector.getByRole('region', { name: 'Output of the node' })).toContainText('2');
  expect(receiver.requests.all).toHaveLength(1);
});

test('a past execution is opened in the designer, with its data', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  const nodes = [
    { id: 'manual_1', name: 'Start', kind: 'manual', position: { x: 0, y: 0 } },
    { id: 'transform_1', name: 'Double', kind: 'transform', parameters: { output: '{ n: input.n * 2 }' }, position: { x: 320, y: 0 } },
  ];
  const edges = [{ from: { node: 'manual_1', port: 'out' }, to: { node: 'transform_1', port: 'in' } }];
  await designer.paste(JSON.stringify({ name: 'Doubling', nodes, edges }));
  await designer.saved();
  const address = new URL(owner.url()).pathname;
  const executions: string[] = [];
  for (const n of [21, 5]) {
    await open(owner, address);
    await designer.run({ n });
    await expect(owner.locator('header').getByRole('status')).toHaveText(/Succeeded/);
    executions.push(new URL(owner.url()).pathname);
  }
  await open(owner, executions[0]);
  await owner.getByRole('link', { name: 'Open in the designer' }).click();
  await owner.waitForURL(/\/workflows\/.*execution=/);
  await designer.open('transform_1');
  await designer.inspector.getByRole('button', { name: 'Output', exact: true }).click();
  await expect(designer.inspector.getByRole('region', { name: 'Output of the node' })).toContainText('42');
});

test('the models of a provider are offered under the field that names one', async ({ owner, receiver }) => {
  receiver.answer = () => ({ body: { data: [{ id: 'small' }, { id: 'large' }] } });
  const designer = await Designer.fromNothing(owner);
  await designer.drag('LLM chat', { x: 700, y: 300 });
  await designer.fill('API', `${receiver.url}/v1`);
  await designer.inspector.getByRole('button', { name: 'Show models' }).click();
  const models = designer.inspector.getByRole('list', { name: 'Models' }).getByRole('button');
  await expect(models).toHaveText(['large', 'small']);
  await expect(designer.inspector.getByTestId('provider')).toContainText(/It answered within \d+ ms\./);
  await expectAccessible(owner);
  await designer.fill('Model', 'sma');
  await expect(models).toHaveText(['small']);
  await models.click();
  await expect(designer.field('Model')).toHaveValue('small');
  await expect(models).toHaveCount(0);
  expect((await receiver.requests.take()).path).toBe('/v1/models');
});

test('a Python function with type hints asks for its values by itself', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  const { inspector } = designer;
  await designer.drag('Python', { x: 700, y: 300 });
  await designer.fill('Code', 'return input');
  await expect(inspector.getByRole('group', { name: 'Data' })).toBeVisible();
  await designer.fill('Code', [
    'def main(customer: str, days: int = 7, level: Literal["info", "warning"] = "info"):',
    '    """customer: Whose orders are looked through."""',
    '    return [customer, days, level]',
  ].join('\n'));
  const form = inspector.getByRole('group', { name: 'What main asks for' });
  await expect(form).toContainText('Whose orders are looked through.');
  await expect(form).toContainText('Fill in “customer”');
  await expect(designer.field('days')).toHaveAttribute('placeholder', '7');
  await designer.fill('customer', '{{ input.customer }}');
  await designer.fill('days', 'a week');
  await expect(form).toContainText('“days”: Write a whole number');
  await designer.fill('days', '3');
  await designer.choose('level', 'warning');
  await expect(form).not.toContainText('“days”');
  await designer.saved();
  await expectAccessible(owner);
  await screenshots(owner, 'python-form');

  // Kept in the library, it is asked for the same at every use.
  await inspector.getByRole('button', { name: 'Save to library' }).click();
  await expect(owner.getByRole('dialog').getByLabel('Data', { exact: true })).toBeChecked();
  await owner.getByRole('button', { name: 'Save task' }).click();
  await expect(inspector.getByTestId('library-origin')).toBeVisible();
  await expect(designer.field('days')).toHaveValue('3');
  await expect(designer.field('Code')).toBeHidden();
});
