// Templates: twenty with pictures, found by what they are about, run as they are or set up step by step.
import { expect, open, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

test('templates have pictures and are found by what they are about', async ({ owner }) => {
  await open(owner, '/');
  const gallery = owner.getByRole('list', { name: 'Templates' });
  const all = gallery.getByRole('listitem');
  await expect(all).toHaveCount(20);
  await expect(gallery.locator('li svg')).toHaveCount(20);
  const search = owner.getByLabel('Search templates');
  await search.fill('first steps');
  await expect(all).toHaveCount(3);
  for (const name of ['Simple', 'Parallel', 'HTTP']) {
    await expect(gallery.getByRole('button', { name: `Use “${name}”` })).toBeVisible();
  }
  await search.fill('a teapot on the moon');
  await expect(owner.getByText('No template is about that.')).toBeVisible();
  await search.fill('slack');
  expect(await all.count()).toBeGreaterThan(1);
  await expectAccessible(owner);
  await screenshots(owner, 'templates');
  await search.fill('simple');
  await gallery.getByRole('button', { name: 'Use “Simple”' }).click();
  await owner.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
  const designer = new Designer(owner);
  await designer.run({ name: 'Ada' });
  await expect(owner.locator('header').getByRole('status')).toHaveText(/Succeeded/);
});

test('what a template still needs is asked for step by step', async ({ owner, mailbox, receiver }) => {
  const designer = await Designer.fromTemplate(owner);
  await designer.inspector.getByRole('button', { name: 'Set it up step by step' }).click();
  const dialog = owner.getByRole('dialog', { name: 'Set up' });
  await expect(dialog).toContainText('1 of 3');
  await dialog.getByLabel(/^Mail server/).fill(`smtp://${mailbox.host}:${mailbox.port}`);
  await expectAccessible(owner);
  await screenshots(owner, 'set-up');
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByLabel(/^URL/).fill(`${receiver.url}/crm`);
  await dialog.getByRole('button', { name: 'Back' }).click();
  await expect(dialog.getByLabel(/^Mail server/)).toHaveValue(`smtp://${mailbox.host}:${mailbox.port}`);
  await dialog.getByRole('button', { name: 'Next' }).click();
  await expect(dialog.getByLabel(/^URL/)).toHaveValue(`${receiver.url}/crm`);
  await dialog.getByRole('button', { name: 'Next' }).click();
  await expect(dialog).toContainText('3 of 3');
  await dialog.getByLabel(/^Webhook URL/).fill(`${receiver.url}/slack`);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toBeHidden();
  await expect(owner.getByText(/to solve before publishing/)).toBeHidden();
  await designer.saved();
});
