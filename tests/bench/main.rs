//! What the pure parts cost alone: `cargo bench --bench pure`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a script may stop at the first surprise")]

use std::{collections::HashMap, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use keyward::{
    model::{
        client::Client,
        id::{self, ClientId, OrganizationId},
        names::{Algorithm, ApplicationType},
        redirect_uri,
        scope::Scope,
        secret::{self, Digest, Presented, Secret},
        tenant::{Environment, Tenant},
    },
    protocol::{
        authorize::validate::{Known, validate},
        client::{authentication, metadata},
        jose::{
            jws::{self, Expected, Expiry, Key, Signer, VerifyingKey},
            key, provider,
        },
        params::Params,
        pkce,
    },
};
use rand::rand_core::UnwrapErr;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

const AUTHORIZE: &[u8] =
    b"client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=code&scope=openid+email+profile&\
    state=af0ifjsldkj&nonce=n-0S6_WzA2Mj&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn client() -> Client {
    let Value::Object(document) = json!({ "client_name": "App", "redirect_uris": ["https://app.example/cb"] }) else { panic!() };
    Client {
        id: ClientId("app".to_owned()),
        tenant: Tenant { organization: OrganizationId(Uuid::nil()), environment: Environment::Live },
        metadata: metadata::read(document).unwrap(),
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
    }
}

fn requests(criterion: &mut Criterion) {
    let client = client();
    let params = Params::parse(AUTHORIZE).unwrap();
    criterion.bench_function("read the parameters of an authorization request", |bench| {
        bench.iter(|| Params::parse(black_box(AUTHORIZE)));
    });
    criterion.bench_function("judge an authorization request", |bench| {
        bench.iter(|| validate(black_box(&params), &client, Known::default()));
    });
    criterion.bench_function("match a redirect URI", |bench| {
        bench.iter(|| {
            redirect_uri::verify(&client.metadata.redirect_uris, black_box("https://app.example/cb"), ApplicationType::Web)
        });
    });
    criterion.bench_function("verify PKCE", |bench| bench.iter(|| pkce::verify(Some(CHALLENGE), Some(black_box(VERIFIER)))));
    criterion
        .bench_function("read a scope", |bench| bench.iter(|| Scope::parse(black_box("openid email profile offline_access"))));
}

fn credentials(criterion: &mut Criterion) {
    let uuid = Uuid::from_u128(0x0198_f2b1_7c3e_7a10_9d1b_2233_4455_6677);
    let token = secret::compose("rt", uuid, &[7; 32]);
    let form = Params::parse(b"grant_type=client_credentials&scope=read").unwrap();
    let basic: &[&[u8]] = &[b"Basic YXBwOnNlY3JldA=="];
    criterion.bench_function("write an identifier", |bench| bench.iter(|| id::encode(black_box(uuid))));
    criterion.bench_function("read a credential", |bench| bench.iter(|| Presented::parse("rt", black_box(token.reveal()))));
    criterion
        .bench_function("read a client's authentication", |bench| bench.iter(|| authentication::read(black_box(basic), &form)));
    let digest = Digest::of("secret");
    let presented = Secret::new("secret");
    criterion.bench_function("compare a client's secret", |bench| {
        bench.iter(|| authentication::secret::is_one_of(black_box(&presented), std::iter::once(digest)));
    });
}

fn signatures(criterion: &mut Criterion) {
    let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
    let claims = json!({ "iss": "http://127.0.0.1:8080", "sub": "x".repeat(30), "aud": "y".repeat(40), "jti": "z".repeat(30),
        "scope": "openid email profile", "exp": now.unix_timestamp() + 900 });
    let expected = Expected {
        types: &[Some("JWT")],
        issuer: None,
        audience: &[],
        expiry: Expiry::Checked { now, leeway: time::Duration::ZERO },
    };
    for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA] {
        let (private, public) = key::generate(algorithm, &mut UnwrapErr(rand::rngs::SysRng)).unwrap();
        let kid = public.kid.clone().unwrap();
        provider::keep(&kid, key::parse(algorithm, &private).unwrap());
        let signer = Signer { kid, algorithm };
        criterion.bench_function(&format!("sign a token, {algorithm}"), |bench| {
            bench.iter(|| jws::sign(Some("JWT"), &signer, black_box(&claims)).unwrap());
        });
        let token = jws::sign(Some("JWT"), &signer, &claims).unwrap();
        let verifying = VerifyingKey::from_jwk(&public, algorithm).unwrap();
        criterion.bench_function(&format!("verify a token, {algorithm}"), |bench| {
            bench.iter(|| {
                jws::verify::<HashMap<String, Value>>(black_box(&token), &expected, |_| Some(Key::Borrowed(&verifying))).unwrap()
            });
        });
    }
}

criterion_group!(pure, requests, credentials, signatures);
criterion_main!(pure);
