// A real browser through login, consent, denial and form_post, by mouse, by keyboard and without script, in both languages.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { issuer, keyward, password } from '../env/keyward.mjs';
import { App } from './app.mjs';
import { sharedBrowser, signIn } from './browser.mjs';
import { look, walk } from './look.mjs';

const browser = sharedBrowser();
const organization = 'grand-budget';
const languages = ['en', 'de'];
let user;
let people = 0;

before(async () => {
  await keyward(['org', 'create', '--name', 'Grand Budget', '--slug', organization]);
});

/** Someone new, so that no consent or refusal is remembered. */
async function someone() {
  people += 1;
  const username = `guest${people}`;
  user = await keyward(
    ['user', 'create', '--org', organization, '--email', `${username}@example.org`, '--username', username, '--name', 'Madame D.', '--email-verified', '--password-stdin'],
    { stdin: password },
  );
  return { username, password };
}

for (const language of languages) {
  test(`login and consent lead to an ID token (${language})`, async () => {
    const app = await App.register({ organization, name: 'Society of the Crossed Keys' });
    const page = await browser.visit({ language });
    const attempt = await app.begin();

    await page.goto(attempt.url);
    assert.match(await look(page, { language }), /Society of the Crossed Keys/);
    assert.match(await page.title(), /Grand Budget/);
    await signIn(page, await someone());

    await page.locator('#consent-allow').waitFor();
    assert.match(await look(page, { language }), /Society of the Crossed Keys/);
    await page.locator('#consent-allow').click();

    await page.locator('#back').waitFor();
    const tokens = await attempt.tokens();
    assert.equal(tokens.claims().sub, user.id);
    assert.deepEqual(page.complaints, []);
  });

  test(`a second sign-in asks nothing (${language})`, async () => {
    const app = await App.register({ organization, name: 'Society of the Crossed Keys' });
    const page = await browser.visit({ language });
    await page.goto((await app.begin()).url);
    await signIn(page, await someone());
    await page.locator('#consent-allow').click();
    await page.locator('#back').waitFor();
    await app.answer();

    const second = await app.begin();
    await page.goto(second.url);
    await page.locator('#back').waitFor();
    assert.equal((await second.tokens()).claims().sub, user.id);
  });

  test(`a denial goes back to the app (${language})`, async () => {
    const app = await App.register({ organization, name: 'Society of the Crossed Keys' });
    const page = await browser.visit({ language });
    const attempt = await app.begin();
    await page.goto(attempt.url);
    await signIn(page, await someone());
    await page.locator('#consent-deny').click();

    await page.locator('#back').waitFor();
    const answer = new URL((await app.answer()).url).searchParams;
    assert.equal(answer.get('error'), 'access_denied');
    assert.equal(answer.get('state'), attempt.state);
    assert.equal(answer.get('iss'), issuer);
    assert.equal(answer.get('code'), null);
    assert.deepEqual(page.complaints, []);
  });

  test(`a wrong password is explained beside the field (${language})`, async () => {
    const app = await App.register({ organization, name: 'Society of the Crossed Keys' });
    const page = await browser.visit({ language });
    await page.goto((await app.begin()).url);
    const { username } = await someone();
    await signIn(page, { username, password: 'not the password at all' });

    const field = page.locator('[aria-invalid=true]').first();
    await field.waitFor();
    await look(page, { language });
    assert.equal(await page.locator('[name=password]').inputValue(), '', 'the password is not sent back');
    const message = await field.evaluate((input) => document.getElementById(input.getAttribute('aria-describedby')?.split(' ')[0])?.innerText);
    assert.match(message ?? '', /\S/, 'the message beside the field is tied to it');
    const hasFocus = await page.evaluate(() => document.activeElement.matches('[role=alert]:has(a[href^="#"]), [aria-invalid=true]'));
    assert.ok(hasFocus, 'the summary, which links to the field, or the field itself has the focus');
    assert.match(await page.locator('[role=alert]').innerText(), /\S/);
  });

  test(`form_post with script goes on by itself (${language})`, async () => {
    const app = await App.register({ organization, name: 'Society of the Crossed Keys' });
    const page = await browser.visit({ language });
    const attempt = await app.begin({ response_mode: 'form_post' });
    await page.goto(attempt.url);
    await signIn(page, await someone());
    await page.locator('#consent-allow').click();
    await page.locator('#back').waitFor();
    assert.equal(new URL(page.url()).search, '', 'nothing of the answer is in the address');
    assert.equal((await attempt.tokens()).claims().sub, user.id);
    assert.deepEqual(page.complaints, []);
  });

  test(`form_post without script waits for a button (${language})`, async () => {
    const app = await App.register({ organization, name: 'Society of the Crossed Keys' });
    const page = await browser.visit({ language, script: false });
    const attempt = await app.begin({ response_mode: 'form_post' });
    await page.goto(attempt.url);
    await signIn(page, await someone());
    await page.locator('#consent-allow').click();

    const button = page.locator(`form[action="${app.redirectUri}"] button`);
    await button.waitFor();
    // The page shows itself after a moment only, since with script nobody should see it.
    const twin = await browser.twin(page, { language });
    await twin.locator('h1').waitFor();
    await look(twin, { language });
    await button.click();
    await page.locator('#back').waitFor();
    assert.equal((await attempt.tokens()).claims().sub, user.id);
  });

  test(`login and consent by keyboard alone (${language})`, async () => {
    const app = await App.register({ organization, name: 'Society of the Crossed Keys' });
    const page = await browser.visit({ language });
    const attempt = await app.begin();
    const who = await someone();

    await page.goto(attempt.url);
    const first = page.locator('[name=username]:focus');
    await first.waitFor();
    const stops = await walk(page);
    assert.deepEqual(stops.filter((name) => ['username', 'password', 'login-submit'].includes(name)), ['username', 'password', 'login-submit']);
    await page.reload();
    await first.waitFor();
    await page.keyboard.type(who.username);
    await tabTo(page, '[name=password]');
    await page.keyboard.type(who.password);
    await page.keyboard.press('Enter');

    await page.locator('#consent-allow').waitFor();
    const choices = await walk(page);
    assert.ok(choices.includes('consent-allow') && choices.includes('consent-deny'));
    await page.reload();
    await tabTo(page, '#consent-allow');
    await page.keyboard.press('Enter');
    await page.locator('#back').waitFor();
    assert.equal((await attempt.tokens()).claims().sub, user.id);
  });
}

async function tabTo(page, selector) {
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press('Tab');
    if (await page.locator(selector).evaluate((element) => element === document.activeElement)) return;
  }
  assert.fail(`Tab does not reach ${selector} on ${page.url()}`);
}
