// The designer as a person uses it: by what they see and by where the ports are.
import { Locator, Page, expect } from '@playwright/test';
import { awake, open } from './fixtures';

export interface Place {
  x: number;
  y: number;
}

export class Designer {
  constructor(readonly page: Page) {}

  /** A new empty workflow. */
  static async fromNothing(page: Page): Promise<Designer> {
    await open(page, '/');
    const first = page.getByRole('button', { name: 'Start from nothing' });
    if (!(await first.isVisible())) await page.getByRole('button', { name: 'New workflow' }).click();
    return Designer.after(page, first);
  }

  /** A new workflow from the template "User signed up". */
  static async fromTemplate(page: Page): Promise<Designer> {
    await open(page, '/');
    const first = page.getByRole('button', { name: 'Use “User signed up”' });
    if (await first.isVisible()) return Designer.after(page, first);
    await page.getByRole('button', { name: 'New workflow' }).click();
    return Designer.after(page, page.getByRole('dialog').getByRole('button', { name: 'Use “User signed up”' }));
  }

  private static async after(page: Page, button: Locator): Promise<Designer> {
    await button.click();
    await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
    await awake(page);
    await page.locator('.canvas').waitFor({ state: 'attached' });
    return new Designer(page);
  }

  node(id: string): Locator {
    return this.page.locator(`[data-node="${id}"]`);
  }

  get inspector(): Locator {
    return this.page.getByRole('complementary', { name: 'Inspector' });
  }

  /** Selects a node, whose fields the inspector then shows. */
  async open(id: string): Promise<void> {
    await this.node(id).click();
  }

  /** Drags a kind from the palette to a place on the page. */
  async drag(kind: string, to: Place): Promise<void> {
    const before = await this.page.locator('[data-node]').count();
    const item = this.page.getByRole('complementary', { name: 'Palette' }).getByRole('button', { name: kind, exact: true });
    const pane = this.page.getByRole('region', { name: 'Canvas' });
    const box = (await pane.boundingBox())!;
    await item.dragTo(pane, { targetPosition: { x: to.x - box.x, y: to.y - box.y } });
    // More than one, where somebody else draws meanwhile.
    await expect.poll(() => this.page.locator('[data-node]').count()).toBeGreaterThan(before);
  }

  async add(kind: string, to: Place): Promise<void> {
    await this.drag(kind, to);
  }

  /** A field of the selected node; those that are required have a star after their label. */
  field(label: string): Locator {
    return this.inspector.getByLabel(new RegExp(`^${label}( \\*)?$`));
  }

  /** Fills a field of the selected node. */
  async fill(label: string, value: string): Promise<void> {
    await this.field(label).fill(value);
  }

  async choose(label: string, option: string): Promise<void> {
    await this.field(label).selectOption({ label: option });
  }

  /** Draws an edge with the mouse. */
  async connect(from: string, port: string, to: string): Promise<void> {
    const before = await this.page.locator('[data-edge]').count();
    await this.tryToConnect(from, port, to);
    await expect(this.page.locator('[data-edge]')).toHaveCount(before + 1);
  }

  async tryToConnect(from: string, port: string, to: string): Promise<void> {
    const start = await centre(this.node(from).locator(`[data-port="output"][data-name="${port}"]`));
    const end = await centre(this.node(to).locator('[data-port="input"]'));
    const mouse = this.page.mouse;
    await mouse.move(start.x, start.y);
    await mouse.down();
    await mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2, { steps: 5 });
    await mouse.move(end.x, end.y, { steps: 5 });
    await mouse.up();
  }

  /** Focuses a node, presses C and walks to the target with Tab. */
  async connectByKeyboard(from: string, target: string): Promise<void> {
    const { keyboard } = this.page;
    const before = await this.page.locator('[data-edge]').count();
    await this.node(from).focus();
    await keyboard.press('c');
    const choice = this.page.getByRole('dialog').getByRole('button', { name: target });
    await expect(choice).toBeVisible();
    for (let tabs = 0; tabs < 20; tabs++) {
      if (await choice.evaluate(button => button === document.activeElement)) break;
      await keyboard.press('Tab');
    }
    await keyboard.press('Enter');
    await expect(this.page.locator('[data-edge]')).toHaveCount(before + 1);
  }

  /** Pastes a text onto the canvas, as from another program. */
  async paste(text: string): Promise<void> {
    await this.page.evaluate(text => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  }

  /** What copying would put on the clipboard. */
  async copied(): Promise<string> {
    return this.page.evaluate(() => {
      const clipboardData = new DataTransfer();
      window.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }));
      return clipboardData.getData('text/plain');
    });
  }

  /** Drags with the mouse from one place on the page to another. */
  async mouseDrag(from: Place, to: Place): Promise<void> {
    const { mouse } = this.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
    await mouse.move(to.x, to.y, { steps: 4 });
    await mouse.up();
  }

  /** Opens the menu on something and chooses a line of it. */
  async choosesFromMenu(on: Locator, line: string): Promise<void> {
    await on.click({ button: 'right' });
    await this.page.getByRole('menu').getByRole('menuitem', { name: line, exact: false }).first().click();
  }

  get edges(): Locator {
    return this.page.locator('[data-edge]');
  }

  get nodes(): Locator {
    return this.page.locator('[data-node]');
  }

  /** Waits until the drawing is safe. */
  async saved(): Promise<void> {
    await expect(this.page.locator('header').getByRole('status')).toHaveText('Saved');
  }

  async publish(): Promise<void> {
    // The answer itself: the notice of an earlier publication may still stand there.
    const answer = this.page.waitForResponse(response => response.url().includes('/publish_workflow'));
    await this.page.getByRole('button', { name: 'Publish' }).click();
    await this.page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
    expect((await answer).status()).toBe(200);
    await expect(this.page.getByText(/^Version \d+ is live\.$/).last()).toBeVisible();
  }

  /** Runs the draft with this input; the page goes on to the execution. */
  async run(input: unknown): Promise<void> {
    await this.page.getByRole('button', { name: 'Run', exact: true }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('textbox').fill(JSON.stringify(input));
    await dialog.getByRole('button', { name: 'Start' }).click();
    await this.page.waitForURL(/\/executions\/[0-9a-f-]{36}/);
    await awake(this.page);
  }

  /** The address that the inspector shows of the webhook. */
  async hookAddress(): Promise<string> {
    await this.open('webhook_1');
    const text = this.inspector.getByText(/\/hooks\/[a-z0-9]+/).first();
    return (await text.textContent())!.match(/https?:\/\/\S+\/hooks\/[a-z0-9]+/)![0];
  }
}

/** A place on an edge, as a part of its way: the middle, say. A straight line has no height, so it is asked itself. */
export async function onEdge(edge: Locator, part = 0.5): Promise<Place> {
  return edge.evaluate((element, part) => {
    const line = element as unknown as SVGPathElement;
    const { transform } = line.closest<HTMLElement>('.viewport')!.style;
    const at = new DOMMatrix(transform).transformPoint(line.getPointAtLength(line.getTotalLength() * part));
    const pane = line.closest('.canvas')!.getBoundingClientRect();
    return { x: pane.x + at.x, y: pane.y + at.y };
  }, part);
}

/** Where the middle of something is on the page. */
export async function centre(part: Locator): Promise<Place> {
  const box = (await part.boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
