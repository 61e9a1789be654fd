//! An app's key, made when a test runs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::PrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::rand_core::UnwrapErr;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use sha2::Sha256;

/// A pair of RSA keys.
#[derive(Debug)]
pub struct Key(PrivateKey);

/// The shortest that libraries sign with, in bits.
const BITS: usize = 2_048;

impl Key {
    /// A new one. Takes a moment: share it between the tests of a process.
    ///
    /// # Panics
    /// The machine has no randomness.
    #[must_use]
    pub fn generate() -> Self {
        let mut random = UnwrapErr(getrandom::SysRng);
        Self(PrivateKey::new(&mut random, BITS).expect("a key of this length"))
    }

    /// PEM, `BEGIN PUBLIC KEY`: for `App::public_key`.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn public(&self) -> String {
        self.0.to_public_key().to_public_key_pem(LineEnding::LF).expect("a key")
    }

    /// PEM, `BEGIN PRIVATE KEY`: for the client. GitHub hands out PKCS#1 (`BEGIN RSA PRIVATE KEY`), see `private_pkcs1`.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn private(&self) -> String {
        self.0.to_pkcs8_pem(LineEnding::LF).expect("a key").to_string()
    }

    /// PEM, `BEGIN RSA PRIVATE KEY`, as GitHub hands it out.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn private_pkcs1(&self) -> String {
        use rsa::pkcs1::EncodeRsaPrivateKey as _;
        self.0.to_pkcs1_pem(LineEnding::LF).expect("a key").to_string()
    }

    /// A JSON web token of these claims (JSON), as a client makes it.
    #[must_use]
    pub fn sign(&self, claims: &serde_json::Value) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", encode(r#"{"alg":"RS256","typ":"JWT"}"#), encode(&claims.to_string()));
        let signature = SigningKey::<Sha256>::new(self.0.clone()).sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}
