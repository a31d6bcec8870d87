// The contact sheets: every page in every state at three widths, light and dark, in both languages. `sheet.mjs FOLDER`
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch, visit } from './browser.mjs';
import { schemes } from './look.mjs';
import { settle, states } from './states.mjs';

const widths = [320, 390, 1280];
const languages = ['en', 'de'];
const folder = process.argv[2];

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const browser = await launch();
const world = await settle();
const sheets = new Map();
const failures = [];

for (const [state, reach] of Object.entries(states)) {
  for (const language of languages) {
    const page = await visit(browser, { language });
    try {
      await reach(world, page);
    } catch (error) {
      failures.push(`${state} (${language}): ${error.message}`);
    }
    for (const scheme of schemes) {
      await page.emulateMedia({ colorScheme: scheme });
      const shots = [];
      for (const width of widths) {
        await page.setViewportSize({ width, height: 700 });
        const file = `${state.replace(/[^a-z]+/g, '-')}.${language}.${scheme}.${width}.png`;
        await page.screenshot({ path: join(folder, file), fullPage: true });
        shots.push(`<a href="${file}"><img src="${file}" height="330" alt="${width} px"></a>`);
      }
      const sheet = `${state.split(':')[0]}-${language}-${scheme}`;
      sheets.set(sheet, [...(sheets.get(sheet) ?? []), `<section><h2>${state}</h2>${shots.join('\n')}</section>`]);
    }
    await page.context().close();
  }
}

// Each sheet is a page, and one picture of that page.
const style = 'body{font:14px sans-serif;background:#888;margin:16px;width:2000px;columns:2}section{break-inside:avoid;white-space:nowrap}h2{font-size:14px;margin:8px 0}img{border:1px solid #444}';
for (const [name, sections] of sheets) {
  const file = join(folder, `${name}.html`);
  await writeFile(file, `<!doctype html><meta charset="utf-8"><title>${name}</title><style>${style}</style>${sections.join('\n')}`);
  const page = await (await browser.newContext({ viewport: { width: 2032, height: 600 } })).newPage();
  await page.goto(pathToFileURL(file).href);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  console.log(join(folder, `${name}.png`));
}
await browser.close();
if (failures.length) {
  console.error(failures.join('\n'));
  process.exitCode = 1;
}
