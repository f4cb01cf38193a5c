// Every page, in both themes: nothing hinders anybody, nothing is wider than the screen, the console stays silent (a report
// of the content security policy would stand there), and the server's HTML says by itself what the page is about.
import { Page } from '@playwright/test';
import { awake, expect, open, test } from '../support/fixtures';
import { expectAccessible, screenshots } from '../support/looks';

const WORKFLOW = {
  name: 'Sign-ups',
  nodes: [
    { id: 'manual', name: 'By hand', kind: 'manual', position: { x: 0, y: 0 } },
    { id: 'hook', name: 'Form', kind: 'webhook', parameters: { auth: 'none' }, position: { x: 0, y: 112 } },
    { id: 'shape', name: 'Shape', kind: 'transform', parameters: { output: '{ n: 1 }' }, position: { x: 320, y: 48 } },
    { id: 'wait', name: 'Wait', kind: 'delay', parameters: { amount: '0', unit: 'seconds' }, position: { x: 640, y: 48 } },
  ],
  edges: [
    { from: { node: 'manual', port: 'out' }, to: { node: 'shape', port: 'in' } },
    { from: { node: 'hook', port: 'out' }, to: { node: 'shape', port: 'in' } },
    { from: { node: 'shape', port: 'out' }, to: { node: 'wait', port: 'in' } },
  ],
};

/** A published workflow and an execution of it, made over REST with the page's session. */
async function made(page: Page): Promise<{ workflow: string; execution: string }> {
  await open(page, '/');
  return page.evaluate(async workflow => {
    const post = async (path: string, body: unknown) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    };
    const { id } = await post('/workflows', workflow);
    await post(`/workflows/${id}/publish`, {});
    const execution = await post('/executions', { workflow_id: id, input: {} });
    return { workflow: id as string, execution: execution.id as string };
  }, WORKFLOW);
}

/** Its path, and words that the server's HTML holds. */
const PAGES: [string, RegExp][] = [
  ['/', /Sign-ups/],
  ['/workflows/$workflow', /data-node="shape"/],
  ['/workflows/$workflow/versions', /Version/],
  ['/workflows/$workflow/triggers', /Form/],
  ['/workflows/$workflow/executions', /Sign-ups/],
  ['/triggers', /Form/],
  ['/executions', /Sign-ups/],
  ['/executions/$execution', /data-node="shape"/],
  ['/credentials', /Credentials/],
  ['/library', /Library/],
  ['/library/variables', /Variables/],
  ['/library/expressions', /Expressions/],
  ['/settings', /Settings/],
  ['/settings/members', /Members/],
  ['/settings/channels', /Channels|Notifications/],
  ['/settings/code', /Code/],
];

test('every page of a workspace serves everybody, in both themes', async ({ owner }) => {
  test.slow();
  const ids = await made(owner);
  for (const [path, words] of PAGES) {
    await test.step(path, async () => {
      const address = path.replace('$workflow', ids.workflow).replace('$execution', ids.execution);
      const html = await owner.request.get(address);
      expect(html.status(), path).toBe(200);
      expect(await html.text(), path).toMatch(words);
      await open(owner, address);
      await expect(owner.getByRole('main'), path).toHaveCount(1);
      await expectAccessible(owner);
      await screenshots(owner, `page${path.replace(/\W+/g, '-').replace(/-$/, '')}`);
    });
  }
});

test('pages for whoever is not logged in serve everybody, too', async ({ owner, browser, server, console }) => {
  await open(owner, '/');
  console.allow(/40[0-9]/);
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  console.watch(page);
  for (const path of ['/login', '/setup', '/setup?token=wrong', '/invitation?token=wrong']) {
    await test.step(path, async () => {
      await page.goto(path);
      await awake(page);
      await expectAccessible(page);
    });
  }
  await context.close();
});

test('what is not there says so to everybody', async ({ owner, console }) => {
  console.allow(/404/);
  const nobody = '00000000-0000-4000-8000-000000000000';
  for (const path of ['/nowhere', `/workflows/${nobody}`, `/workflows/${nobody}/versions`, `/executions/${nobody}`]) {
    await test.step(path, async () => {
      await open(owner, path);
      await expect(owner.getByRole('heading', { name: /^There is no such/ })).toBeVisible();
      await expectAccessible(owner);
    });
  }
});
