// Executions that people steer: a loop, an approval on the page, pause and step by step.
import { expect, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

test('a loop is drawn and goes over its items', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.drag('Manual start', { x: 340, y: 300 });
  await designer.drag('For each', { x: 620, y: 300 });
  await designer.fill('Items', 'input.orders');
  await designer.drag('Transform', { x: 900, y: 240 });
  await designer.fill('Output', '{ total: item.price * 2, index }');
  await designer.drag('Transform', { x: 900, y: 640 });
  await designer.fill('Output', 'input.map(order => order.total)');
  await designer.connect('manual_1', 'out', 'for_each_1');
  await designer.connect('for_each_1', 'item', 'transform_1');
  await designer.connect('for_each_1', 'done', 'transform_2');
  await designer.saved();
  await designer.run({ orders: [{ price: 1 }, { price: 2 }, { price: 3 }] });
  await expect(owner.locator('header').getByRole('status')).toHaveText(/Succeeded/);
  await expect(owner.locator('[data-node="for_each_1"]')).toHaveAttribute('data-status', 'succeeded');
  await expect(owner.locator('[data-node="transform_1"]')).toHaveAttribute('data-status', 'succeeded');
  await expect(owner.getByText('For each: every item is done')).toBeVisible();
  await owner.locator('[data-node="transform_2"]').click();
  const output = owner.getByRole('complementary', { name: 'Details' });
  await expect(output).toContainText(/0: 2\s*1: 4\s*2: 6/);
});

test('a person approves on the page of the execution', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.drag('Manual start', { x: 340, y: 300 });
  await designer.drag('Approval', { x: 620, y: 300 });
  await designer.fill('Question', 'Refund {{ input.amount }} €?');
  await designer.drag('Transform', { x: 900, y: 240 });
  await designer.fill('Output', '{ paid_by: input.by, comment: input.comment }');
  await designer.connect('manual_1', 'out', 'approval_1');
  await designer.connect('approval_1', 'approved', 'transform_1');
  await designer.run({ amount: 12 });
  await expect(owner.locator('header').getByRole('status')).toHaveText(/Waiting/);
  await owner.locator('[data-node="approval_1"]').click();
  const question = owner.getByRole('region', { name: 'Approval' });
  await expect(question).toContainText('Refund 12 €?');
  await expectAccessible(owner);
  await screenshots(owner, 'approval');
  await question.getByLabel('Comment').fill('Fine with me');
  await question.getByRole('button', { name: 'Approve' }).click();
  await expect(owner.locator('header').getByRole('status')).toHaveText(/Succeeded/);
  await expect(question).toHaveCount(0);
  await expect(owner.locator('[data-node="transform_1"]')).toHaveAttribute('data-status', 'succeeded');
});

test('a paused execution goes on step by step', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.drag('Manual start', { x: 340, y: 300 });
  await designer.drag('Approval', { x: 620, y: 300 });
  await designer.fill('Question', 'Go on?');
  await designer.drag('Transform', { x: 900, y: 240 });
  await designer.fill('Output', '1');
  await designer.drag('Transform', { x: 900, y: 640 });
  await designer.fill('Output', '2');
  await designer.connect('manual_1', 'out', 'approval_1');
  await designer.connect('approval_1', 'approved', 'transform_1');
  await designer.connect('transform_1', 'out', 'transform_2');
  await designer.run({});
  await owner.getByRole('button', { name: 'Pause' }).click();
  const status = owner.locator('header').getByRole('status');
  await expect(status).toHaveText(/Paused/);
  await owner.locator('[data-node="approval_1"]').click();
  await owner.getByRole('button', { name: 'Approve' }).click();
  await expect(owner.locator('[data-node="approval_1"]')).toHaveAttribute('data-status', 'succeeded');
  await expect(status).toHaveText(/Paused/);
  await owner.getByRole('button', { name: 'Next' }).click();
  await expect(owner.locator('[data-node="transform_1"]')).toHaveAttribute('data-status', 'succeeded');
  await expect(status).toHaveText(/Paused/);
  await owner.getByRole('button', { name: 'Resume' }).click();
  await expect(status).toHaveText(/Succeeded/);
});
