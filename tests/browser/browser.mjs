// Chromium as Debian has it, with nothing of its own going over the network, and one fresh profile a visit.
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { issuer } from '../env/keyward.mjs';

const flags = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export function launch() {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
}

/** A browser for the tests of one file. */
export function sharedBrowser() {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());
  return { visit: (options) => visit(browser, options), twin: (page, options) => twin(browser, page, options) };
}

/** A page in a profile without cookies. `page.complaints` collects what should not happen on any page of ours. */
export async function visit(browser, { language = 'en', script = true, width = 1280 } = {}) {
  const context = await browser.newContext({ locale: language, reducedMotion: 'reduce', javaScriptEnabled: script, viewport: { width, height: 900 } });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(`script failed: ${error.message}`));
  page.on('console', (message) => {
    if (/content security policy|refused to/i.test(message.text())) page.complaints.push(message.text());
  });
  page.on('request', (request) => {
    const { hostname, origin } = new URL(request.url());
    if (origin !== issuer && hostname !== '127.0.0.1') page.complaints.push(`asked a third party: ${request.url()}`);
  });
  return page;
}

export async function signIn(page, { username, password }) {
  await page.locator('[name=username]').fill(username);
  await page.locator('[name=password]').fill(password);
  await page.locator('#login-submit').click();
}

/** What a page without script shows, in a page where axe-core, which is a script, can run. */
export async function twin(browser, page, options) {
  const body = (await page.content()).replace(/<(\/?)noscript>/g, '<$1div>').replace(/<script.*?<\/script>/gs, '');
  const other = await visit(browser, options);
  await other.route(page.url(), (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
  await other.goto(page.url());
  return other;
}
