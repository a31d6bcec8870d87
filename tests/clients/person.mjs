// A person at a browser without script: reads the forms of the pages it is given, fills them in, keeps the cookies.
import assert from 'node:assert/strict';
import { load } from 'cheerio';
import makeFetchCookie from 'fetch-cookie';

const MOST_STEPS = 12;

export class Person {
  #fetch = makeFetchCookie(fetch);

  constructor({ username, password }) {
    this.username = username;
    this.password = password;
    this.pages = [];
  }

  /** Opens an authorization URL, signs in and allows where asked, and returns the address that the answer was sent to. */
  async authorize(url, redirectUri) {
    let response = await this.#fetch(url, { redirect: 'manual' });
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const location = response.headers.get('location');
      if (location) {
        const next = new URL(location, response.url);
        if (next.origin + next.pathname === redirectUri) return next;
        response = await this.#fetch(next, { redirect: 'manual' });
      } else {
        response = await this.#answer(response);
      }
    }
    assert.fail(`still not back at the app after ${MOST_STEPS} steps: ${this.pages.join(', ')}`);
  }

  async #answer(response) {
    const html = await response.text();
    assert.equal(response.status, 200, `${response.url} answered ${response.status}: ${html}`);
    const page = load(html, { baseURI: response.url });
    if (page('#login-submit').length) {
      this.pages.push('login');
      return this.#submit(page, response.url, '#login-submit', { username: this.username, password: this.password });
    }
    if (page('#consent-allow').length) {
      this.pages.push('consent');
      return this.#submit(page, response.url, '#consent-allow');
    }
    return assert.fail(`neither a login nor a consent page: ${response.url}: ${page('body').text()}`);
  }

  #submit(page, pageUrl, selector, typed = {}) {
    const button = page(selector);
    const form = button.closest('form');
    assert.equal(form.attr('method')?.toLowerCase(), 'post', 'the form is posted');
    const fields = new URLSearchParams(form.serializeArray().map(({ name, value }) => [name, value]));
    for (const [name, value] of Object.entries(typed)) {
      assert.equal(form.find(`[name="${name}"]`).length, 1, `the form has one field ${name}`);
      fields.set(name, value);
    }
    if (button.attr('name')) fields.set(button.attr('name'), button.attr('value') ?? '');
    return this.#fetch(new URL(button.attr('formaction') ?? form.attr('action') ?? '', pageUrl), {
      method: 'POST',
      body: fields,
      redirect: 'manual',
      headers: { Origin: new URL(pageUrl).origin, Referer: pageUrl },
    });
  }
}
