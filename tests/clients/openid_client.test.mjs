// openid-client (npm), a certified relying party that nobody here wrote, against a running server: discovery, code flow with PKCE,
// validated ID token, userinfo, refresh, introspection, revocation; once for every way in which a client can authenticate.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as oidc from 'openid-client';
import { issuer, keyward, password } from '../env/keyward.mjs';
import { Person } from './person.mjs';

const redirectUri = 'http://127.0.0.1:4180/callback';
const scope = 'openid profile email';
let folder;
let user;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyward-client-'));
  await keyward(['org', 'create', '--name', 'Openid Client', '--slug', 'openid-client']);
  user = await keyward(
    ['user', 'create', '--org', 'openid-client', '--email', 'zero@example.org', '--username', 'zero', '--name', 'Zero Moustafa', '--email-verified', '--password-stdin'],
    { stdin: password },
  );
});

after(() => rm(folder, { recursive: true }));

function register(method, ...more) {
  return keyward(['client', 'create', '--org', 'openid-client', '--name', `By ${method}`, '--auth-method', method, '--redirect-uri', redirectUri, '--scope', scope, ...more]);
}

async function discover(registered, authentication) {
  const config = await oidc.discovery(new URL(issuer), registered.client_id, undefined, authentication, { execute: [oidc.allowInsecureRequests] });
  // By itself the library trusts TLS for an ID token from the token endpoint; here its signature is checked against the JWKS.
  oidc.enableNonRepudiationChecks(config);
  return config;
}

test('client_secret_basic', async () => {
  const registered = await register('client_secret_basic');
  await walk(await discover(registered, oidc.ClientSecretBasic(registered.client_secret)));
});

test('client_secret_post', async () => {
  const registered = await register('client_secret_post');
  await walk(await discover(registered, oidc.ClientSecretPost(registered.client_secret)));
});

test('client_secret_jwt', async () => {
  const registered = await register('client_secret_jwt');
  await walk(await discover(registered, oidc.ClientSecretJwt(registered.client_secret)));
});

test('private_key_jwt', async () => {
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), alg: 'ES256', use: 'sig', kid: 'one' };
  const jwks = join(folder, 'jwks.json');
  await writeFile(jwks, JSON.stringify({ keys: [{ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, alg: jwk.alg, use: jwk.use, kid: jwk.kid }] }));
  const registered = await register('private_key_jwt', '--jwks', jwks);
  await walk(await discover(registered, oidc.PrivateKeyJwt({ key: privateKey, kid: 'one' })));
});

test('none', async () => {
  const registered = await register('none');
  assert.equal(registered.client_secret, undefined, 'a public client has no secret');
  await walk(await discover(registered, oidc.None()), 'public');
});

test('a wrong secret is told apart', async () => {
  const registered = await register('client_secret_basic');
  const config = await discover(registered, oidc.ClientSecretBasic(`${registered.client_secret}x`));
  const { exchange } = await signIn(config);
  await assert.rejects(exchange(), refusedWith(401, 'invalid_client'));
});

/** From the authorization URL to an answer at the redirect URI; the exchange is left to the caller. */
async function signIn(config) {
  const person = new Person({ username: 'zero', password });
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const answer = await person.authorize(url, redirectUri);
  assert.deepEqual(person.pages, ['login', 'consent']);
  assert.equal(answer.searchParams.get('iss'), issuer);
  const checks = { pkceCodeVerifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true, maxAge: undefined };
  return { exchange: () => oidc.authorizationCodeGrant(config, answer, checks) };
}

async function walk(config, kind = 'confidential') {
  const { exchange } = await signIn(config);
  const tokens = await exchange();
  const claims = tokens.claims();
  assert.equal(claims.iss, issuer);
  assert.equal(claims.sub, user.id);
  assert.equal(tokens.token_type, 'bearer');
  assert.deepEqual(new Set(tokens.scope.split(' ')), new Set(scope.split(' ')));

  // The library compares the `sub` of both.
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(userinfo.name, 'Zero Moustafa');
  assert.equal(userinfo.email, 'zero@example.org');
  assert.equal(userinfo.email_verified, true);

  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(fresh.access_token, tokens.access_token);
  assert.equal(fresh.claims().sub, claims.sub, 'a refreshed ID token is about the same person');
  const refreshToken = fresh.refresh_token ?? tokens.refresh_token;
  if (kind === 'public') assert.notEqual(refreshToken, tokens.refresh_token, 'a public client gets a new refresh token each time');
  await oidc.fetchUserInfo(config, fresh.access_token, claims.sub);

  if (kind === 'confidential') {
    const seen = await oidc.tokenIntrospection(config, fresh.access_token);
    assert.equal(seen.active, true);
    assert.equal(seen.sub, claims.sub);
  }

  await oidc.tokenRevocation(config, fresh.access_token);
  await assert.rejects(oidc.fetchUserInfo(config, fresh.access_token, claims.sub), refusedWith(401), 'a revoked access token is refused');
  await oidc.tokenRevocation(config, refreshToken);
  await assert.rejects(oidc.refreshTokenGrant(config, refreshToken), refusedWith(400, 'invalid_grant'), 'a revoked refresh token is refused');
  if (kind === 'confidential') {
    assert.equal((await oidc.tokenIntrospection(config, refreshToken)).active, false);
  }
}

/** The shapes in which the library reports a refusal: the OAuth error of a body, or the challenge of a protected resource. */
function refusedWith(status, code) {
  return (error) => {
    assert.equal(error.status, status, error.stack);
    if (error instanceof oidc.ResponseBodyError) assert.equal(error.error, code);
    else assert.ok(error instanceof oidc.WWWAuthenticateChallengeError, error.stack);
    return true;
  };
}
