//! Which client is calling, and by which method it proves it. RFC 6749 §2.3, OIDC Core §9.
//! Exactly one method a request: two are refused, never the first that works.

pub mod assertion;
pub mod secret;

use crate::{
    model::{id::ClientId, names::AuthMethod, secret::Secret},
    protocol::{error::OAuthError, params::Params},
};

/// What a request presented, not yet verified.
#[derive(Debug, Clone)]
pub struct Presented {
    pub client_id: ClientId,
    pub proof: PresentedProof,
}

#[derive(Debug, Clone)]
pub enum PresentedProof {
    /// Only its name: a public client.
    Nothing,
    Basic(Secret),
    Post(Secret),
    /// A JWT signed with the client's secret or private key. RFC 7523 §2.2.
    Assertion(Secret),
}

impl PresentedProof {
    /// Is this a way in which a client registered for `registered` may authenticate? None: any secret by basic or post.
    pub fn fits(&self, registered: Option<AuthMethod>) -> bool {
        match (self, registered) {
            (Self::Nothing, Some(AuthMethod::None)) => true,
            (Self::Basic(_), None | Some(AuthMethod::ClientSecretBasic)) => true,
            (Self::Post(_), None | Some(AuthMethod::ClientSecretPost)) => true,
            (Self::Assertion(_), Some(AuthMethod::ClientSecretJwt | AuthMethod::PrivateKeyJwt)) => true,
            (Self::Nothing | Self::Basic(_) | Self::Post(_) | Self::Assertion(_), _) => false,
        }
    }
}

/// Reads the credentials of a request. `authorization` holds every `Authorization` header as received.
pub fn read(authorization: &[&[u8]], params: &Params) -> Result<Presented, OAuthError> {
    let header = match authorization {
        [] => None,
        [one] => Some(secret::basic(one)?),
        _ => return Err(OAuthError::invalid_request("client.several_headers", "There is more than one `Authorization` header.")),
    };
    let body_secret = params.get("client_secret");
    let assertion = assertion::read(params)?;
    let named = params.get("client_id").map(|id| ClientId(id.to_owned()));
    let presented = match (header, body_secret, assertion) {
        (Some((client_id, secret)), None, None) => Presented { client_id, proof: PresentedProof::Basic(secret) },
        (None, Some(secret), None) => Presented {
            client_id: named.clone().ok_or_else(|| OAuthError::missing("client_id"))?,
            proof: PresentedProof::Post(Secret::new(secret)),
        },
        (None, None, Some((client_id, jwt))) => Presented { client_id, proof: PresentedProof::Assertion(jwt) },
        (None, None, None) => Presented {
            client_id: named.clone().ok_or_else(|| OAuthError::invalid_client("client.absent"))?,
            proof: PresentedProof::Nothing,
        },
        _ => {
            return Err(OAuthError::invalid_request(
                "client.several_methods",
                "The client used more than one way to authenticate itself.",
            ));
        }
    };
    match named {
        Some(named) if named != presented.client_id => Err(OAuthError::invalid_request(
            "client.id_contradiction",
            "The `client_id` is not that of the client's credentials.",
        )),
        _ => Ok(presented),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    /// Of the client `app`.
    const ASSERTION: &str = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
                             &client_assertion=eyJhbGciOiJ4In0.eyJzdWIiOiJhcHAifQ.x";

    fn check(headers: &[&str], body: &str, expected: Result<(&str, &str), &'static str>) {
        let headers: Vec<_> = headers.iter().map(|header| header.as_bytes()).collect();
        let read = read(&headers, &Params::parse(body.as_bytes()).unwrap());
        let read = read.map_err(|error| error.reason).map(|presented| {
            let kind = match presented.proof {
                PresentedProof::Nothing => "nothing".to_owned(),
                PresentedProof::Basic(secret) => format!("basic {}", secret.reveal()),
                PresentedProof::Post(secret) => format!("post {}", secret.reveal()),
                PresentedProof::Assertion(_) => "assertion".to_owned(),
            };
            (presented.client_id.to_string(), kind)
        });
        assert_eq!(read, expected.map(|(id, kind)| (id.to_owned(), kind.to_owned())), "{body}");
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    #[test]
    fn each_method_is_recognised() {
        check(&[&basic("app:s3cret")], "", Ok(("app", "basic s3cret")));
        check(&[&basic("app:s3cret").replace("Basic", "bAsIc")], "client_id=app", Ok(("app", "basic s3cret")));
        check(&[&basic("a%3Ab:p%25+q")], "", Ok(("a:b", "basic p% q")));
        check(&[], "client_id=app&client_secret=s", Ok(("app", "post s")));
        check(&[], "client_id=app", Ok(("app", "nothing")));
        check(&[], &format!("client_id=app&{ASSERTION}"), Ok(("app", "assertion")));
    }

    #[test]
    fn a_proof_fits_the_registered_method_only() {
        let secret = || Secret::new("s");
        let proofs = [
            (PresentedProof::Nothing, vec![Some(AuthMethod::None)]),
            (PresentedProof::Basic(secret()), vec![None, Some(AuthMethod::ClientSecretBasic)]),
            (PresentedProof::Post(secret()), vec![None, Some(AuthMethod::ClientSecretPost)]),
            (PresentedProof::Assertion(secret()), vec![Some(AuthMethod::ClientSecretJwt), Some(AuthMethod::PrivateKeyJwt)]),
        ];
        for (proof, fitting) in proofs {
            for method in AuthMethod::ALL.iter().copied().map(Some).chain([None]) {
                assert_eq!(proof.fits(method), fitting.contains(&method), "{proof:?} {method:?}");
            }
        }
    }

    #[test]
    fn two_methods_at_once_are_refused() {
        let header = basic("app:s");
        check(&[&header], "client_id=app&client_secret=s", Err("client.several_methods"));
        check(&[&header, &header], "", Err("client.several_headers"));
        check(&[&header], "client_id=other", Err("client.id_contradiction"));
        check(&[&header], ASSERTION, Err("client.several_methods"));
        check(&[], &format!("client_id=app&client_secret=s&{ASSERTION}"), Err("client.several_methods"));
    }

    #[test]
    fn what_is_no_credential_is_refused() {
        check(&[], "", Err("client.absent"));
        check(&["Basic ???"], "", Err("client.basic_malformed"));
        check(&["Bearer x"], "", Err("client.basic_malformed"));
        check(&[&basic("no-colon")], "", Err("client.basic_malformed"));
        check(&[], "client_secret=s", Err("parameter.missing"));
    }
}
