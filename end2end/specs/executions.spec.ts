// Executions as people find them again: cancelled, run again, and the list with its filter, which changes by itself.
import { expect, open, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

test('an execution is cancelled, runs again, and both are found by their status', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.drag('Manual start', { x: 340, y: 300 });
  await designer.drag('Delay', { x: 620, y: 300 });
  await designer.choose('Unit', 'hours');
  await designer.connect('manual_1', 'out', 'delay_1');
  await designer.run({ n: 7 });
  const status = owner.locator('header').getByRole('status');
  await expect(status).toHaveText(/Waiting/);
  const first = new URL(owner.url()).pathname;
  await owner.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(status).toHaveText(/Cancelled/);
  await owner.getByRole('button', { name: 'Run again' }).click();
  await owner.waitForURL(url => url.pathname.startsWith('/executions/') && url.pathname !== first);
  await expect(status).toHaveText(/Waiting/);
  const second = new URL(owner.url()).pathname;

  await open(owner, '/executions');
  const row = (path: string) => owner.getByRole('list', { name: 'Executions' }).locator(`a[href="${path}"]`);
  await expect(row(first)).toContainText('Cancelled');
  await expect(row(second)).toContainText('Waiting');
  await owner.getByRole('navigation', { name: 'Statuses' }).getByRole('link', { name: 'Cancelled' }).click();
  await expect(owner).toHaveURL(/\/executions\?status=cancelled$/);
  await expect(row(second)).toHaveCount(0);
  await expect(row(first)).toBeVisible();
  await expectAccessible(owner);
  await screenshots(owner, 'executions');

  const tab = await owner.context().newPage();
  await open(tab, second);
  await tab.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(row(second), 'it comes into the list without a reload').toContainText('Cancelled');
});
