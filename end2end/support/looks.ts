// How a page looks and whether everybody can use it.
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { Page, expect } from '@playwright/test';

const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const THEMES = ['light', 'dark'] as const;
const here = path.resolve(import.meta.dirname, '..');

/** Takes `<name>-<theme>-<width>.png`, light and dark, large and small. They go to `end2end/screenshots` when
 *  SCREENSHOTS is set (`make screenshots`), else to the build directory. Each must fit its width. */
export async function screenshots(page: Page, name: string): Promise<void> {
  const dir = process.env.SCREENSHOTS ? 'screenshots' : '../target/test/screenshots';
  const before = page.viewportSize()!;
  for (const colorScheme of THEMES) {
    for (const size of SIZES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize(size);
      await page.evaluate(() => document.fonts.ready);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow, `${name} fits ${size.width} px`).toBeLessThanOrEqual(0);
      await page.screenshot({ path: path.join(here, dir, `${name}-${colorScheme}-${size.width}.png`), animations: 'disabled' });
    }
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.setViewportSize(before);
}

/** Fails with what hinders people with a screen reader, a keyboard or weak eyes (WCAG 2.2 AA), in both themes. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(node => node.target.join(' ')).join(', ')}`);
    expect(found, `usable by everybody, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}
