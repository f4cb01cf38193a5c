// The library: variables that expressions read, tasks that are kept and offered again, the reference of expressions.
import { expect, open, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

test('a variable is made, changed and deleted', async ({ owner: page }) => {
  page.on('dialog', dialog => void dialog.accept());
  await open(page, '/library/variables');
  await expect(page.getByRole('heading', { name: 'No variables yet' })).toBeVisible();
  await page.getByRole('button', { name: 'New variable' }).click();
  await page.getByLabel('Name').fill('9 lives');
  await page.getByRole('button', { name: 'Save variable' }).click();
  await expect(page.getByText('begins with no digit')).toBeVisible();
  await page.getByLabel('Name').fill('crm_url');
  await page.getByLabel('Value').fill('https://crm.example.com');
  await page.getByLabel('What it is for').fill('Where customers live');
  await page.getByRole('button', { name: 'Save variable' }).click();

  const row = page.getByRole('listitem').filter({ hasText: 'vars.crm_url' });
  await expect(row).toContainText('https://crm.example.com');
  await expectAccessible(page);
  await screenshots(page, 'variables');
  await row.getByRole('button', { name: 'Change' }).click();
  await page.getByLabel('Value').fill('{"base": "https://crm.example.com"}');
  await page.getByRole('button', { name: 'Save variable' }).click();
  await expect(row).toContainText('{"base":"https://crm.example.com"}');
  await row.getByRole('button', { name: 'Delete vars.crm_url' }).click();
  await expect(page.getByRole('heading', { name: 'No variables yet' })).toBeVisible();
});

test('everything that expressions can call is told and found', async ({ owner: page }) => {
  await open(page, '/library/expressions');
  await expect(page.getByText('text.slice(start, end)')).toBeVisible();
  await page.getByLabel('Search').fill('zone');
  await expect(page.getByText('zonedTime(time, zone)', { exact: true })).toBeVisible();
  await expect(page.getByText('text.slice(start, end)')).toBeHidden();
  await expectAccessible(page);
  await screenshots(page, 'expressions');
});

test('a node is kept as a task, used again, and offered its newer version', async ({ owner: page }) => {
  const designer = await Designer.fromNothing(page);
  await designer.drag('Transform', { x: 620, y: 300 });
  await designer.fill('Output', '{ total: input.total }');
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await inspector.getByRole('button', { name: 'Save to library' }).click();
  const name = page.getByRole('dialog').getByLabel(/^Name/);
  // The dialog moves the focus when it opens, which must not happen while the text is being replaced.
  await expect(name).toBeFocused();
  await name.fill('Total');
  await page.getByLabel('What it does').fill('Takes the total out of an order.');
  await expectAccessible(page);
  await screenshots(page, 'save-to-library');
  await page.getByRole('button', { name: 'Save task' }).click();
  await expect(inspector.getByTestId('library-origin')).toContainText('From the library: Total, version 1');
  // What is fixed is out of the way until it is wanted.
  await expect(inspector.locator('[data-field="output"]')).toBeHidden();

  await page.locator('[data-library="Total"]').click();
  await expect(page.locator('[data-node]')).toHaveCount(2);
  await inspector.getByRole('button', { name: 'Show all fields' }).click();
  await designer.fill('Output', '{ total: input.total * 2 }');
  await inspector.getByRole('button', { name: 'Save to library' }).click();
  await page.getByLabel('What is new').fill('Doubled');
  await page.getByRole('button', { name: 'Save task' }).click();
  await expect(inspector.getByTestId('library-origin')).toContainText('version 2');

  await page.locator('[data-node="transform_1"]').click();
  await expect(inspector.getByText('Newer version 2')).toBeVisible();
  await screenshots(page, 'library-update');
  await inspector.getByRole('button', { name: 'Update' }).click();
  await expect(inspector.getByTestId('library-origin')).toContainText('version 2');
  await designer.saved();

  await open(page, '/library');
  await page.getByText('Versions, and where it is used').click();
  await expect(page.getByText('Doubled')).toBeVisible();
  await expect(page.getByTestId('library-usage')).toContainText('Used by');
  await expectAccessible(page);
  await screenshots(page, 'library');
});
