// What every page has to stand up to: axe-core (WCAG 2.2 AA), two widths, light and dark, its language, one heading, no stranger.
import assert from 'node:assert/strict';
import axe from 'axe-core';

export const schemes = ['light', 'dark'];
export const narrow = 320;
export const wide = 1280;

const rules = { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }, rules: { 'target-size': { enabled: true } } };

/** Looks at the page that is open, and returns what it says. */
export async function look(page, { language }) {
  const backgrounds = new Set();
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of [narrow, wide]) {
      const where = `${page.url()}, ${language}, ${colorScheme}, ${width} px`;
      await page.setViewportSize({ width, height: 900 });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0, `${where}: ${overflow} px are to be scrolled sideways`);
      assert.deepEqual(await violations(page), [], where);
    }
    backgrounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
  }
  assert.equal(backgrounds.size, schemes.length, `${page.url()} looks the same in light and dark`);
  assert.equal(await page.locator('html').getAttribute('lang'), language, page.url());
  assert.equal(await page.locator('h1').count(), 1, `${page.url()} has one h1`);
  assert.match(await page.title(), /\S/, page.url());
  assert.deepEqual(page.complaints, [], page.url());
  return page.locator('body').innerText();
}

async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const found = await page.evaluate((options) => globalThis.axe.run(document, options), rules);
  return found.violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html} ${node.failureSummary ?? ''}`));
}

/** Walks the page by Tab, from the top until it starts over, and checks each stop: visible, not covered, ringed, in reading order. */
export async function walk(page) {
  await page.evaluate(() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
  });
  const stops = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body || element.dataset.walked) return null;
      element.dataset.walked = 'yes';
      const { top, left, bottom, right } = element.getBoundingClientRect();
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const onTop = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return {
        name: element.id || element.textContent.trim() || element.getAttribute('aria-label'),
        top: top + scrollY,
        left,
        bottom: bottom + scrollY,
        isUncovered: element.contains(onTop) || onTop?.contains(element) === true,
        ring: outlineStyle === 'none' ? 0 : parseFloat(outlineWidth),
      };
    });
    if (!stop) break;
    stops.push(stop);
  }
  for (const [at, stop] of stops.entries()) {
    assert.ok(stop.isUncovered, `${stop.name} is covered when it has the focus`);
    assert.ok(stop.ring >= 2, `${stop.name} has a ring of ${stop.ring} px when it has the focus`);
    const before = stops[at - 1];
    if (before) {
      const isBelow = stop.top >= before.bottom - 1;
      const isBeside = stop.top < before.bottom && stop.bottom > before.top && stop.left > before.left;
      assert.ok(isBelow || isBeside, `Tab goes from ${before.name} up to ${stop.name}`);
    }
  }
  const missed = await page.evaluate(() =>
    [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
      .filter((element) => element.checkVisibility() && !element.disabled && element.type !== 'radio' && !element.dataset.walked)
      .map((element) => element.outerHTML),
  );
  assert.deepEqual(missed, [], 'out of reach for the keyboard');
  return stops.map((stop) => stop.name);
}
