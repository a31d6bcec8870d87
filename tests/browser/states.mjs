// Every page and every state of it, with the way there. states.test.mjs looks at each, sheet.mjs takes their pictures.
import assert from 'node:assert/strict';
import { keyward, password, run } from '../env/keyward.mjs';
import { App } from './app.mjs';
import { signIn } from './browser.mjs';

const organization = 'orchard';
const everything = 'openid profile email address phone offline_access';
const long = {
  app: 'Internationale Rechnungsprüfungsgesellschaft für Donaudampfschifffahrtsangelegenheiten',
  name: 'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh de la Vieuville',
  email: 'wolfeschlegelsteinhausenbergerdorff.featherstonehaugh@mail.departments.example.org',
};

/** What the states need: an organization, an app of each sort, and as many people as there are visits. */
export async function settle() {
  await keyward(['org', 'create', '--name', 'Orchard', '--slug', organization, '--accent', '#1f7a4d']);
  const register = (name, more) => App.register({ organization, name, scope: everything, ...more });
  return {
    app: await register('Example Reports', { withLogo: true }),
    plain: await register('Example Notes'),
    long: await register(long.app, { withLogo: true }),
    public: await register('Example Phone', { flags: ['--auth-method', 'none'] }),
    people: 0,
  };
}

async function someone(world, { name = 'Ada Example', email } = {}) {
  world.people += 1;
  const username = `ada${world.people}`;
  const who = ['--email', email?.replace('@', `${world.people}@`) ?? `${username}@example.org`, '--username', username, '--name', name];
  const user = await keyward(['user', 'create', '--org', organization, ...who, '--email-verified', '--password-stdin'], { stdin: password });
  return { id: user.id, email: user.email, username, password };
}

async function open(page, app, parameters) {
  await page.goto((await app.begin(parameters)).url);
}

async function signedIn(world, page, app = world.app, parameters = { scope: 'openid profile' }, traits = {}) {
  const who = await someone(world, traits);
  await open(page, app, parameters);
  await signIn(page, who);
  await page.locator('#consent-allow').waitFor();
  return who;
}

async function consented(world, page, app = world.app, parameters = { scope: 'openid profile' }) {
  const who = await signedIn(world, page, app, parameters);
  await page.locator('#consent-allow').click();
  await page.locator('#back').waitFor();
  return who;
}

const login = (page) => page.locator('#login-submit').waitFor();
const consent = (page) => page.locator('#consent-allow').waitFor();
const error = (page) => page.locator('h1#error-title').waitFor();

export const states = {
  'login: empty': async (world, page) => {
    await open(page, world.app);
    await login(page);
  },
  'login: refused': async (world, page) => {
    const { username } = await someone(world);
    await open(page, world.app);
    await signIn(page, { username, password: 'not the password at all' });
    await page.locator('[role=alert]').waitFor();
  },
  'login: nobody by that name': async (world, page) => {
    await open(page, world.app);
    await signIn(page, { username: 'nobody-at-all', password });
    await page.locator('[role=alert]').waitFor();
  },
  'login: again, name fixed': async (world, page) => {
    await consented(world, page);
    await open(page, world.app, { prompt: 'login' });
    await login(page);
  },
  'login: choose an account': async (world, page) => {
    await consented(world, page);
    await open(page, world.app, { prompt: 'select_account' });
    await page.locator('h1').waitFor();
  },
  'login: name given by the app': async (world, page) => {
    await open(page, world.app, { login_hint: 'ada@example.org' });
    await login(page);
  },
  'login: expired page': async (world, page) => {
    await open(page, world.app);
    await page.context().clearCookies();
    await signIn(page, await someone(world));
    await page.locator('h1').waitFor();
  },
  'login: without an app': async (world, page) => {
    await page.goto(new URL('/login', world.app.config.serverMetadata().issuer).href);
    await page.locator('h1').waitFor();
  },
  'consent: one scope': async (world, page) => {
    await signedIn(world, page, world.app, { scope: 'openid' });
  },
  'consent: every scope': async (world, page) => {
    await signedIn(world, page, world.app, { scope: everything, prompt: 'consent' });
  },
  'consent: offline access': async (world, page) => {
    await signedIn(world, page, world.app, { scope: 'openid offline_access', prompt: 'consent' });
  },
  'consent: long names': async (world, page) => {
    await signedIn(world, page, world.long, { scope: everything, prompt: 'consent' }, { name: long.name, email: long.email });
  },
  'consent: no logo': async (world, page) => {
    await signedIn(world, page, world.plain, { scope: 'openid email' });
  },
  'consent: public app': async (world, page) => {
    await signedIn(world, page, world.public, { scope: 'openid profile' });
  },
  'consent: asked for more': async (world, page) => {
    await consented(world, page, world.app, { scope: 'openid' });
    await open(page, world.app, { scope: 'openid email phone' });
    await consent(page);
  },
  'error: unknown app': async (world, page) => {
    await open(page, world.app, { client_id: 'client_00000000000000000000000000' });
    await error(page);
  },
  'error: unregistered redirect': async (world, page) => {
    await open(page, world.app, { redirect_uri: `${world.app.redirectUri}/elsewhere` });
    await error(page);
  },
  'error: expired sign-in': async (world, page) => {
    await signedIn(world, page);
    const old = page.url();
    await page.locator('#consent-allow').click();
    await page.locator('#back').waitFor();
    await page.goto(old);
    await error(page);
  },
  'error: account disabled': async (world, page) => {
    const { id } = await signedIn(world, page);
    await run(['user', 'disable', id]);
    await page.locator('#consent-allow').click();
    await page.locator('h1').waitFor();
  },
  'error: no such page': async (world, page) => {
    await page.goto(new URL('/nothing-here', world.app.config.serverMetadata().issuer).href);
    await error(page);
  },
  'logout: asked': async (world, page) => {
    await consented(world, page);
    await page.goto(new URL('/logout', world.app.config.serverMetadata().issuer).href);
    await page.locator('#logout-confirm').waitFor();
  },
  'logout: done': async (world, page) => {
    await consented(world, page);
    await page.goto(new URL('/logout', world.app.config.serverMetadata().issuer).href);
    await page.locator('#logout-confirm').click();
    await page.locator('#logout-confirm').waitFor({ state: 'detached' });
    await page.locator('h1').waitFor();
  },
  // Last, because it uses up this address's attempts.
  'login: throttled': async (world, page) => {
    const { username } = await someone(world);
    await open(page, world.app);
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const [response] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        signIn(page, { username, password: 'not the password at all' }),
      ]);
      if (response.status() === 429) return page.locator('[role=alert]').waitFor();
    }
    return assert.fail('a hundred wrong passwords in a row, and no end');
  },
};
