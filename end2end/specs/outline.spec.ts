// The outline twin: the same graph as a list beside the canvas, with the same selection. And links that lead to a node.
import { expect, open, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

test('the outline takes the place of the canvas, is walked by keyboard, and shares its selection', async ({ owner }) => {
  const designer = await Designer.fromTemplate(owner);
  await owner.keyboard.press('o');
  const outline = owner.getByRole('region', { name: 'Outline' });
  const lines = outline.getByRole('listitem').filter({ has: owner.locator('[data-line]') });
  await expect(lines).toHaveCount(4);
  await expect(owner.getByRole('region', { name: 'Canvas' })).toBeHidden();
  await expect(lines.nth(0).getByRole('button').first()).toBeFocused();
  await owner.keyboard.press('End');
  await expect(lines.nth(3).getByRole('button').first()).toBeFocused();
  await owner.keyboard.press('Home');
  await owner.keyboard.press('ArrowDown');
  await expect(lines.nth(1).getByRole('button').first()).toBeFocused();
  await owner.keyboard.press('ArrowUp');
  await owner.keyboard.press('Enter');
  await expect(designer.field('Name')).toBeVisible();
  await expect(lines.nth(0).getByRole('button').first()).toHaveAttribute('aria-pressed', 'true');
  await expectAccessible(owner);
  await screenshots(owner, 'outline-wide');
  await outline.getByRole('button', { name: 'Show the canvas' }).click();
  await expect(outline).toBeHidden();
  await expect(owner.locator('[data-node][data-selected="true"]')).toHaveCount(1);
});

test('a link leads to its node', async ({ owner }) => {
  const designer = await Designer.fromTemplate(owner);
  const address = new URL(owner.url()).pathname;
  await open(owner, '/executions');
  await open(owner, `${address}#node=http_request_1`);
  await expect(designer.node('http_request_1')).toBeFocused();
  await expect(designer.node('http_request_1')).toHaveAttribute('data-selected', 'true');
  await expect(designer.inspector.getByRole('heading', { name: 'Create CRM entry' })).toBeVisible();
});
