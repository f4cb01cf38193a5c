// Credentials: created, replaced and deleted by the owner; their values are nowhere on the page.
import { Page } from '@playwright/test';
import { expect, open, test } from '../support/fixtures';
import { expectAccessible, screenshots } from '../support/looks';

const SECRET = 'Bearer canary-1f2e3d4c';

async function fill(page: Page, values: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label).fill(value);
}

test('a credential is created, replaced and deleted, and its value never shown', async ({ owner: page }) => {
  await open(page, '/credentials');
  await expect(page.getByRole('heading', { name: 'No credentials yet' })).toBeVisible();
  await expectAccessible(page);
  await screenshots(page, 'credentials-empty');

  await page.getByRole('button', { name: 'New credential' }).click();
  await page.getByRole('button', { name: 'Save credential' }).click();
  await expect(page.getByText('Give the credential a name')).toBeVisible();
  await fill(page, { 'Name': 'CRM token', 'Header': 'Authorization', 'Value': SECRET, 'Allowed hosts': 'https://crm' });
  await page.getByRole('button', { name: 'Save credential' }).click();
  await expect(page.getByText('is not a host')).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel('Allowed hosts').fill('crm.example.com');
  await page.getByRole('button', { name: 'Save credential' }).click();

  const row = page.getByRole('listitem').filter({ hasText: 'CRM token' });
  await expect(row).toContainText('Token in a header · for crm.example.com');
  await expectAccessible(page);
  await screenshots(page, 'credentials');
  await page.reload();
  await expect(row).toBeVisible();
  expect(await page.content()).not.toContain('canary');

  await row.getByRole('button', { name: 'Replace' }).click();
  await expect(page.getByLabel('Value')).toHaveValue('');
  await fill(page, { 'Header': 'X-Api-Key', 'Value': 'another-value', 'Allowed hosts': '' });
  await page.getByRole('button', { name: 'Save credential' }).click();
  await expect(row).toContainText('for any host');

  await row.getByRole('button', { name: 'Delete CRM token' }).click();
  await expect(page.getByText('No workflow uses it.')).toBeVisible();
  await page.getByRole('button', { name: 'Delete credential' }).click();
  await expect(page.getByRole('heading', { name: 'No credentials yet' })).toBeVisible();
});

test('a name that is taken is said at its field', async ({ owner: page, console }) => {
  console.allow(/409/);
  await open(page, '/credentials');
  for (const round of [1, 2]) {
    await page.getByRole('button', { name: 'New credential' }).click();
    await page.getByLabel('Kind').selectOption('secret');
    await fill(page, { 'Name': 'Signing secret', 'Value': `canary-${round}` });
    await page.getByRole('button', { name: 'Save credential' }).click();
    if (round === 1) await expect(page.getByRole('listitem').filter({ hasText: 'Signing secret' })).toBeVisible();
  }
  await expect(page.getByText('There is a credential with the name “Signing secret”.')).toBeVisible();
});
