// Notification channels: added, refused, named by a node that then tells somebody, deleted.
import { expect, open, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

test('a channel is added, a node tells somebody through it, and it is deleted', async ({ owner: page, mailbox }) => {
  await open(page, '/settings/channels');
  await expect(page.getByRole('heading', { name: 'No channels yet' })).toBeVisible();
  await page.getByRole('button', { name: 'Add channel' }).click();
  await page.getByRole('button', { name: 'Save channel' }).click();
  await expect(page.getByText('Give the channel a name')).toBeVisible();
  await expect(page.getByText('Name the recipients')).toBeVisible();
  await expectAccessible(page);
  await screenshots(page, 'channel-form');
  await page.getByLabel('Kind').selectOption('slack');
  await expect(page.getByLabel('Mail server')).toBeHidden();
  await page.getByLabel('Kind').selectOption('email');
  await page.getByLabel('Name').fill('Ops');
  await page.getByLabel('Recipients').fill('ops@example.com');
  await page.getByLabel('Mail server').fill(`smtp://${mailbox.host}:${mailbox.port}`);
  await page.getByLabel('From').fill('bot@example.com');
  await page.getByRole('button', { name: 'Save channel' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'Ops' });
  await expect(row).toContainText('Email · ops@example.com');
  await expectAccessible(page);
  await screenshots(page, 'channels');

  const designer = await Designer.fromNothing(page);
  await designer.drag('Manual start', { x: 420, y: 300 });
  await designer.drag('Notify', { x: 700, y: 300 });
  await designer.fill('Channel', 'Ops');
  await designer.fill('Title', 'Backup failed');
  await designer.fill('Text', '{{ input.disk }} is full');
  await designer.connect('manual_1', 'out', 'notify_1');
  await designer.saved();
  await designer.run({ disk: 'sda' });
  const mail = await mailbox.mails.take();
  expect(mail.subject).toBe('Backup failed');
  expect(mail.text).toContain('sda is full');

  await open(page, '/settings/channels');
  await row.getByRole('button', { name: 'Delete Ops' }).click();
  await page.getByRole('button', { name: 'Delete channel' }).click();
  await expect(page.getByRole('heading', { name: 'No channels yet' })).toBeVisible();
});
