//! The App that the server is: a key of its own for a few minutes, and from that a token for one repository, with no more rights
//! than a review needs.
//! <https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app>

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, anyhow};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::json;
use ureq::http::Method;

use crate::bot::client::{Client, Credentials, Failure, Patience};
use crate::bot::forge::github::{HEADERS, Identity};

/// How long a signed word is good for, in seconds; at most ten minutes are taken.
const GOOD: i64 = 540;
/// How far clocks may differ, in seconds.
const APART: i64 = 60;
/// How long before its end a token is given up, in seconds.
const SPARE: i64 = 300;

/// An App: its id and its key.
#[derive(Clone)]
pub struct App {
    id: String,
    key: Arc<RsaKeyPair>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("id", &self.id).finish_non_exhaustive()
    }
}

impl App {
    /// Of an id and a private key in PEM, as the forge gives it out: PKCS #1 or PKCS #8.
    ///
    /// # Errors
    /// It is no such key.
    pub fn new(id: &str, pem: &[u8]) -> Result<Self> {
        let key = match PrivateKeyDer::from_pem_slice(pem) {
            Ok(PrivateKeyDer::Pkcs1(der)) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            Ok(PrivateKeyDer::Pkcs8(der)) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            _ => {
                return Err(anyhow!(
                    "it holds no RSA key in PEM that is not encrypted, as GitHub gives it out"
                ));
            }
        };
        // What is wrong with a key may say something of the key.
        let key = key.map_err(|_| anyhow!("it is no RSA key of 2048 bits or more"))?;
        Ok(Self { id: id.to_owned(), key: Arc::new(key) })
    }

    /// A word that says, signed, who is speaking.
    fn word(&self) -> Result<String> {
        let now = jiff::Timestamp::now().as_second();
        let part = |value: serde_json::Value| BASE64.encode(value.to_string());
        let head = part(json!({ "alg": "RS256", "typ": "JWT" }));
        let said = part(json!({ "iat": now - APART, "exp": now + GOOD - APART, "iss": self.id }));
        let text = format!("{head}.{said}");
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| anyhow!("the system gives no random numbers"))?;
        Ok(format!("{text}.{}", BASE64.encode(signature)))
    }

    /// Calls as the App itself.
    fn client(&self, api: &str, patience: Patience) -> Result<Client> {
        Client::new(api, HEADERS.to_vec(), Box::new(Itself(self.clone())), patience)
    }

    /// Under which login it comments.
    ///
    /// # Errors
    /// The forge does not know it, or does not answer.
    pub fn identity(&self, api: &str, patience: Patience) -> Result<Identity> {
        let about: About =
            self.client(api, patience)?.get("/app").context("the App is not known to the forge")?;
        Ok(Identity::Known(format!("{}[bot]", about.slug)))
    }

    /// What calls for one repository are authorised with.
    ///
    /// # Errors
    /// The address would show it on its way.
    pub fn at(
        &self,
        api: &str,
        repository: &str,
        installation: u64,
        patience: Patience,
    ) -> Result<Installed> {
        let name = repository.rsplit_once('/').map_or(repository, |(_, name)| name).to_owned();
        Ok(Installed { client: self.client(api, patience)?, installation, name, token: Mutex::default() })
    }
}

#[derive(Deserialize)]
struct About {
    slug: String,
}

/// As itself.
struct Itself(App);

impl Credentials for Itself {
    fn authorization(&self) -> Result<String, Failure> {
        let word = self.0.word().map_err(|error| Failure::Unreachable {
            what: "the App's key".to_owned(),
            said: error.to_string(),
        })?;
        Ok(format!("Bearer {word}"))
    }
}

#[derive(Deserialize)]
struct Token {
    token: String,
    expires_at: jiff::Timestamp,
}

/// As the App in one repository.
pub struct Installed {
    client: Client,
    installation: u64,
    name: String,
    token: Mutex<Option<Token>>,
}

impl Credentials for Installed {
    fn authorization(&self) -> Result<String, Failure> {
        let mut held = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let now = jiff::Timestamp::now().as_second();
        let is_good = held.as_ref().is_some_and(|token| token.expires_at.as_second() - now > SPARE);
        if !is_good {
            // Narrower than what the App was given: one repository, and what a review needs.
            let asked = json!({
                "repositories": [self.name],
                "permissions": { "contents": "read", "checks": "write", "pull_requests": "write" },
            });
            let path = format!("/app/installations/{}/access_tokens", self.installation);
            *held = Some(self.client.send(Method::POST, &path, &asked)?);
        }
        let token = held.as_ref().map(|token| token.token.as_str()).unwrap_or_default();
        Ok(format!("Bearer {token}"))
    }

    fn refused(&self) -> bool {
        // It may have been taken back before its end: one more may be asked for.
        self.token.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }
}
