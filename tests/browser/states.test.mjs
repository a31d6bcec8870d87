// Looks at every page in every state, in both languages.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sharedBrowser } from './browser.mjs';
import { look, walk } from './look.mjs';
import { settle, states } from './states.mjs';

const browser = sharedBrowser();
let world;

before(async () => {
  world = await settle();
});

for (const [state, reach] of Object.entries(states)) {
  test(state, async () => {
    const texts = [];
    for (const language of ['en', 'de']) {
      const page = await browser.visit({ language });
      await reach(world, page);
      texts.push(await look(page, { language }));
      await walk(page);
      await page.context().close();
    }
    assert.notEqual(texts[0], texts[1], 'German says the same as English');
  });
}
