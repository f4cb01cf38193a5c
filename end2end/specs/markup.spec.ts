// Markup in what people and peers write stays text on the pages alive: no dialog, nothing that the content policy had to stop.
// src/tests/markup.rs reads the same pages as the server renders them. (C11)
import { expect, open, test } from '../support/fixtures';
import { Designer } from '../support/designer';

const VECTORS = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<img/src=x/onerror=alert(1)>', '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>', '<svg><animate onbegin=alert(1) attributeName=x>', '<body onload=alert(1)>',
  '<iframe src=javascript:alert(1)></iframe>', '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data=javascript:alert(1)></object>', '<embed src=javascript:alert(1)>', '<a href=javascript:alert(1) autofocus>x</a>',
  '<form action=javascript:alert(1)><button>x</button></form>', '<input onfocus=alert(1) autofocus>',
  '<button formaction=javascript:alert(1) autofocus>x</button>', '<details open ontoggle=alert(1)>',
  '<video><source onerror=alert(1)></video>', '<math><a xlink:href=javascript:alert(1)>x</a></math>',
  '[x](javascript:alert(1))', '![x](x" onerror="alert(1))',
];
const WAYS_OUT = ['', '-->', '"\'>', '</textarea></title>', '</script>'];
const PAYLOADS = WAYS_OUT.flatMap(way => VECTORS.map(vector => way + vector));

/** Nodes that are called so, then one that hands all of it on and one that fails with it. */
function workflow(): string {
  const place = (number: number) => ({ x: 320 + (number % 10) * 280, y: Math.floor(number / 10) * 140 });
  const node = (id: string, kind: string, number: number, more: object) => ({ id, kind, position: place(number), ...more });
  const named = PAYLOADS.map((name, number) => node(`n${number}`, 'log', number, { name, parameters: { message: name } }));
  const edge = (from: string, to: string) => ({ from: { node: from, port: 'out' }, to: { node: to, port: 'in' } });
  return JSON.stringify({
    name: PAYLOADS[1],
    nodes: [
      { id: 'start', name: 'Start', kind: 'manual', position: { x: 0, y: 0 } },
      ...named,
      node('all', 'transform', PAYLOADS.length, { name: 'All', parameters: { output: 'input.markup' } }),
      node('fails', 'fail', PAYLOADS.length + 1, { name: 'Fails', parameters: { message: '{{ input.join(" ") }}' } }),
    ],
    edges: [...named.map(({ id }) => edge('start', id)), edge('start', 'all'), edge('all', 'fails')],
    notes: [{ id: 'note_1', text: PAYLOADS.join('\n\n'), position: { x: 0, y: 300 } }],
  });
}

test('a hundred payloads run nothing on any page', async ({ owner }) => {
  expect(PAYLOADS.length).toBeGreaterThanOrEqual(100);
  const dialogs: string[] = [];
  owner.on('dialog', dialog => {
    if (dialog.type() === 'alert') dialogs.push(dialog.message());
    void dialog.accept();
  });
  const stopped: string[] = [];
  await owner.exposeFunction('tellStopped', (what: string) => stopped.push(what));
  await owner.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event => {
      (window as unknown as { tellStopped(what: string): void }).tellStopped(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });

  const designer = await Designer.fromNothing(owner);
  await designer.paste(workflow());
  await expect(designer.nodes.first()).toBeVisible();
  await designer.saved();
  const drawing = new URL(owner.url()).pathname;
  await designer.run({ markup: PAYLOADS });
  await expect(owner.locator('header').getByRole('status')).toHaveText(/Failed/);
  const execution = new URL(owner.url()).pathname;
  for (const node of ['start', 'n3', 'all', 'fails']) await open(owner, `${execution}?node=${node}`);
  await expect(owner.locator('main')).toContainText('onerror=alert(1)');
  for (const path of ['/', '/executions', drawing, `${drawing}?node=n3`, `${drawing}/versions`, `${drawing}/executions`]) {
    await open(owner, path);
  }

  await open(owner, '/credentials');
  await owner.getByRole('button', { name: 'New credential' }).click();
  await owner.getByLabel('Kind').selectOption('secret');
  await owner.getByLabel('Name').fill(PAYLOADS[1]);
  await owner.getByLabel('Value').fill('a secret');
  await owner.getByRole('button', { name: 'Save credential' }).click();
  await expect(owner.getByRole('listitem').filter({ hasText: PAYLOADS[1] })).toBeVisible();
  expect(dialogs, 'nothing opened a dialog').toEqual([]);
  expect(stopped, 'nothing had to be stopped').toEqual([]);
});
