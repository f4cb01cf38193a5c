// An execution that is over starts again from a node, on its page.
import { expect, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

test('a failed execution goes on from the node that was mended', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.drag('Manual start', { x: 340, y: 300 });
  await designer.drag('Transform', { x: 620, y: 300 });
  await designer.fill('Output', '{ n: input.n, at: now }');
  await designer.drag('Transform', { x: 900, y: 300 });
  await designer.fill('Output', 'input.missing.field');
  await designer.connect('manual_1', 'out', 'transform_1');
  await designer.connect('transform_1', 'out', 'transform_2');
  await designer.run({ n: 7 });
  const status = owner.locator('header').getByRole('status');
  await expect(status).toHaveText(/Failed/);
  const failed = new URL(owner.url()).pathname;

  await owner.getByRole('link', { name: 'Design', exact: true }).click();
  await owner.locator('[data-node="transform_2"]').click();
  await designer.fill('Output', 'input.n * 10');
  await designer.saved();
  await owner.goto(`${failed}?node=transform_2`);
  await owner.getByRole('button', { name: 'Restart from here' }).click();
  const dialog = owner.getByRole('dialog', { name: 'Restart from here' });
  await expect(dialog).toContainText('“Transform 2” runs again');
  await dialog.getByLabel('Version').selectOption({ label: 'The draft as it is now' });
  await expectAccessible(owner);
  await screenshots(owner, 'restart');
  await dialog.getByRole('button', { name: 'Restart' }).click();

  await owner.waitForURL(url => url.pathname.startsWith('/executions/') && url.pathname !== failed);
  await expect(status).toHaveText(/Succeeded/);
  await expect(owner.getByText('Transform: kept from an earlier execution (succeeded)')).toBeVisible();
  await owner.locator('[data-node="transform_1"]').click();
  const details = owner.getByRole('complementary', { name: 'Details' });
  await expect(details.getByText('Kept from execution')).toBeVisible();
  await expect(details.getByRole('link', { name: failed.split('/').pop()! })).toHaveAttribute('href', failed);
  await screenshots(owner, 'kept');
});
