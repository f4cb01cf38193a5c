// Writing expressions: what is offered, what a call takes, where it is wrong.
import { expect, test } from '../support/fixtures';
import { Designer } from '../support/designer';
import { expectAccessible, screenshots } from '../support/looks';

const START_AND_LOG = JSON.stringify({
  name: 'Greeting',
  nodes: [
    { id: 'manual_1', name: 'Start', kind: 'manual', position: { x: 0, y: 0 } },
    { id: 'log_1', name: 'Greet', kind: 'log', parameters: { message: 'Hi' }, position: { x: 320, y: 0 } },
  ],
  edges: [{ from: { node: 'manual_1', port: 'out' }, to: { node: 'log_1', port: 'in' } }],
});

test('an expression is completed from real data, with the keyboard', async ({ owner }) => {
  const designer = await Designer.fromNothing(owner);
  await designer.paste(START_AND_LOG);
  await designer.saved();
  await designer.run({ user: { email: 'ada@example.com', 'first name': 'Ada' }, items: [{ sku: 'A1', price: 3 }] });
  await expect(owner.locator('header').getByRole('status')).toHaveText(/Succeeded/);
  await owner.getByRole('link', { name: 'Design', exact: true }).click();
  await designer.open('log_1');
  const field = designer.field('Message');
  const offers = owner.getByRole('listbox', { name: 'Suggestions' });
  await field.fill('');
  await field.pressSequentially('Hi {{ ');
  await expect(offers.getByRole('option').first()).toContainText('input');
  await field.pressSequentially('tr');
  await field.press('Enter');
  await field.pressSequentially('.body.user.fi');
  await expect(offers.getByRole('option').first()).toContainText('first name');
  await expectAccessible(owner);
  await screenshots(owner, 'completion');
  // On the small screens of the pictures the field was out of sight, which closes the list.
  await field.fill('Hi {{ trigger.body.user.f');
  await field.pressSequentially('i');
  await expect(offers.getByRole('option').first()).toContainText('first name');
  await field.press('Tab');
  await expect(field).toHaveValue('Hi {{ trigger.body.user["first name"] }}');
  await expect(field).toBeFocused();
  await field.pressSequentially('.padS');
  await field.press('Enter');
  await expect(field).toHaveValue('Hi {{ trigger.body.user["first name"].padStart( }}');
  await expect(owner.getByText('padStart(length, fill)')).toBeVisible();
  await field.pressSequentially('5, "-")');
  await expect(designer.inspector.getByText('→ Hi --Ada')).toBeVisible();
  await field.press('Escape');
  await field.fill('Hi {{ trigger.body.users.email }}');
  await expect(designer.inspector.locator('.expression u')).toContainText('email');
  await expect(offers).toHaveCount(0);
});
