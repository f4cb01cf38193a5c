// The draft on recorded inputs: from the command palette to the table of what would differ.
import { expect, open, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

test('a draft is backtested on what was recorded', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.drag('Manual start', { x: 340, y: 300 });
  await designer.drag('Transform', { x: 620, y: 300 });
  await designer.fill('Output', '{ total: input.n * 2 }');
  await designer.connect('manual_1', 'out', 'transform_1');
  await designer.saved();
  const page = new URL(owner.url()).pathname;
  for (const n of [1, 0]) {
    await open(owner, page);
    await designer.run({ n });
    await expect(owner.locator('header').getByRole('status')).toHaveText(/Succeeded/);
  }
  await owner.getByRole('link', { name: 'Design', exact: true }).click();
  await owner.locator('[data-node="transform_1"]').click();
  await designer.fill('Output', '{ total: input.n * 3 }');
  await designer.saved();

  await owner.locator('[data-node="transform_1"]').focus();
  await owner.keyboard.press('Control+k');
  const palette = owner.getByRole('dialog', { name: 'Find anything' });
  await palette.getByRole('combobox').fill('backtest');
  await palette.getByRole('combobox').press('Enter');
  const dialog = owner.getByRole('dialog', { name: 'Backtest the draft' });
  await dialog.getByLabel('Last inputs').fill('0');
  await expect(dialog.getByRole('button', { name: 'Backtest' })).toBeDisabled();
  await dialog.getByLabel('Last inputs').fill('10');
  await dialog.getByRole('button', { name: 'Backtest' }).click();
  await expect(dialog.getByText('1 the same, 1 different')).toBeVisible();
  const table = dialog.getByRole('region', { name: 'Recorded inputs' });
  await expect(table.getByRole('row')).toHaveCount(3);
  await expect(table).toContainText('total: 2 → 3');
  await expectAccessible(owner);
  await screenshots(owner, 'backtest');
});
