// In and out: copy, paste, duplicate, files, n8n, pictures.
import fs from 'node:fs';
import { expect, test } from '../support/fixtures';
import { Designer } from '../support/designer';

test('what is copied is pasted: into this workflow and, as text, into another', async ({ owner }) => {
  const designer = await Designer.fromTemplate(owner);
  await owner.keyboard.press('Control+a');
  const text = await designer.copied();
  expect(JSON.parse(text).nodes).toHaveLength(4);
  await designer.paste(`From the chat:\n\`\`\`json\n${text}\n\`\`\``);
  await expect(designer.nodes).toHaveCount(8);
  await expect(designer.edges).toHaveCount(6);
  await owner.keyboard.press('Control+z');
  await expect(designer.nodes).toHaveCount(4);
  await owner.keyboard.press('Control+a');
  await owner.keyboard.press('Control+d');
  await expect(designer.nodes).toHaveCount(8);
  await designer.saved();
});

test('garbage and what is too large is refused in words, and nothing changes', async ({ owner }) => {
  const designer = await Designer.fromTemplate(owner);
  await designer.paste('{"nodes":[{"kind":"teleport"}]}');
  await expect(owner.getByText(/Nothing was pasted.*no workflow/)).toBeVisible();
  const many = Array.from({ length: 10_000 }, (_, id) => ({ id: `n${id}`, name: `N${id}`, kind: 'no_op' }));
  await designer.paste(JSON.stringify({ name: 'Many', nodes: many }));
  await expect(owner.getByText(/10000 nodes.*2000 at most/)).toBeVisible();
  await designer.paste(`{"name":"${'x'.repeat(6 << 20)}"}`);
  await expect(owner.getByText(/6 MiB.*5 MiB at most/)).toBeVisible();
  await designer.paste('just some words');
  await expect(designer.nodes).toHaveCount(4);
});

test('a circle and names with markup are drawn as they are, and what is wrong is said', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  const task = (id: string, name: string, x: number) =>
    ({ id, name, kind: 'transform', parameters: { output: 'input' }, position: { x, y: 0 } });
  const edge = (from: string, to: string) => ({ from: { node: from, port: 'out' }, to: { node: to, port: 'in' } });
  const nodes = [
    { id: 'manual_1', name: 'Start', kind: 'manual', position: { x: 0, y: 0 } },
    task('a', '<b>Bold</b><img src=x onerror="document.title=1">', 320),
    task('b', 'Round', 640),
  ];
  await designer.paste(JSON.stringify({ name: 'Circle', nodes, edges: [edge('manual_1', 'a'), edge('a', 'b'), edge('b', 'a')] }));
  await expect(designer.nodes).toHaveCount(3);
  const bold = designer.nodes.filter({ hasText: '<b>Bold</b>' });
  await expect(bold).toHaveCount(1);
  await expect(bold.locator('b, img')).toHaveCount(0);
  await owner.keyboard.press('Escape');
  await expect(designer.inspector.getByText(/cycle|circle|each other/i).first()).toBeVisible();
  await owner.keyboard.press('Shift+Alt+T');
  await expect(owner.getByText('Nodes in a circle cannot be arranged.')).toBeAttached();
  await designer.saved();
});

test('a workflow of n8n becomes ours, with a list of what is left to do', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await owner.keyboard.press('Control+o');
  const dialog = owner.getByRole('dialog', { name: 'Import a workflow' });
  const n8n = {
    name: 'From n8n',
    nodes: [
      { name: 'Hook', type: 'n8n-nodes-base.webhook', position: [0, 0], parameters: {} },
      { name: 'Call', type: 'n8n-nodes-base.httpRequest', position: [220, 0], parameters: { method: 'GET', url: '=https://example.com/{{ $json.body.id }}' } },
      { name: 'Script', type: 'n8n-nodes-base.code', position: [440, 0], parameters: {} },
    ],
    connections: {
      Hook: { main: [[{ node: 'Call', type: 'main', index: 0 }]] },
      Call: { main: [[{ node: 'Script', type: 'main', index: 0 }]] },
    },
  };
  await dialog.getByLabel('JSON').fill(JSON.stringify(n8n));
  await dialog.getByRole('button', { name: 'Add to the canvas' }).click();
  const report = owner.getByRole('dialog', { name: /What is left to do/ });
  await expect(report).toContainText('“Script” (n8n-nodes-base.code) has no counterpart');
  await report.getByRole('button', { name: 'Got it' }).click();
  await expect(designer.nodes).toHaveCount(3);
  await expect(designer.edges).toHaveCount(2);
  await expect(owner.getByLabel('Workflow name')).toHaveValue('From n8n');
  await designer.open('http_request_1');
  await expect(designer.field('URL')).toHaveValue('https://example.com/{{ input.id }}');
  await designer.saved();
});

test('a workflow is fetched from an address, and an address that has none says so', async ({ owner, receiver, console }) => {
  console.allow(/422/);
  const designer = await Designer.fromNothing(owner);
  receiver.answer = ({ path }) =>
    path === '/ours.json' ? { body: { name: 'Fetched', nodes: [{ id: 'a', name: 'A', kind: 'manual' }] } } : { status: 404 };
  await owner.keyboard.press('Control+o');
  const dialog = owner.getByRole('dialog', { name: 'Import a workflow' });
  await dialog.getByLabel('Or from an address').fill(`${receiver.url}/nothing.json`);
  await dialog.getByRole('button', { name: 'Fetch' }).click();
  await expect(dialog.getByRole('alert')).toContainText('404');
  await dialog.getByLabel('Or from an address').fill(`${receiver.url}/ours.json`);
  await dialog.getByRole('button', { name: 'Fetch' }).click();
  await expect(designer.nodes).toHaveCount(1);
  await expect(owner.getByLabel('Workflow name')).toHaveValue('Fetched');
});

test('the workflow leaves as JSON, which comes back the same, and as a picture', async ({ owner }) => {
  const designer = await Designer.fromTemplate(owner);
  const leave = async (way: RegExp) => {
    await owner.keyboard.press('Control+Shift+e');
    const download = owner.waitForEvent('download');
    await owner.getByRole('dialog', { name: 'Export' }).getByRole('button', { name: way }).click();
    const file = await download;
    return { name: file.suggestedFilename(), content: fs.readFileSync(await file.path()) };
  };
  const json = await leave(/JSON file/);
  expect(json.name).toBe('user-signed-up.json');
  const svg = await leave(/SVG/);
  expect(svg.content.toString()).toContain('Create CRM entry');
  const png = await leave(/PNG/);
  expect(png.content.subarray(1, 4).toString()).toBe('PNG');
  expect(png.content.length).toBeGreaterThan(5_000);
  const again = await Designer.fromNothing(owner);
  await owner.keyboard.press('Control+o');
  await owner.getByLabel('Workflow file').setInputFiles({ name: json.name, mimeType: 'application/json', buffer: json.content });
  await expect(again.nodes).toHaveCount(4);
  await again.saved();
  await owner.keyboard.press('Control+Shift+e');
  const download = owner.waitForEvent('download');
  await owner.getByRole('dialog', { name: 'Export' }).getByRole('button', { name: /JSON file/ }).click();
  expect(JSON.parse(fs.readFileSync(await (await download).path(), 'utf8'))).toEqual(JSON.parse(json.content.toString()));
});
