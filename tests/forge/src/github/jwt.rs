//! The JSON web token with which an app says that it is itself.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::PublicKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::DecodePublicKey as _;
use rsa::signature::Verifier as _;
use serde_json::Value;
use sha2::Sha256;

use super::access::App;

const UNDECODED: &str = "A JSON web token could not be decoded";

/// The longest life, in seconds.
const LONGEST_LIFE: i64 = 600;

/// The app whose token it is, or GitHub's words for what is wrong with it.
pub(crate) fn verify<'a>(apps: &'a BTreeMap<u64, App>, token: &str) -> Result<&'a App, String> {
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(UNDECODED.to_owned());
    };
    let read =
        |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    let (Some(head), Some(said)) = (read(header), read(claims)) else { return Err(UNDECODED.to_owned()) };
    if head["alg"] != "RS256" {
        return Err(UNDECODED.to_owned());
    }
    let issuer = match &said["iss"] {
        Value::String(text) => text.parse().ok(),
        number => number.as_u64(),
    };
    let app = issuer.and_then(|id| apps.get(&id)).filter(|app| !app.public_key.is_empty());
    let app = app.ok_or("Integration not found")?;
    let key = PublicKey::from_public_key_pem(&app.public_key).expect("the app's public key is a PEM");
    let signed = &token[..header.len() + 1 + claims.len()];
    let valid =
        URL_SAFE_NO_PAD.decode(signature).ok().and_then(|raw| Signature::try_from(raw.as_slice()).ok());
    let key = VerifyingKey::<Sha256>::new(key);
    if valid.is_none_or(|signature| key.verify(signed.as_bytes(), &signature).is_err()) {
        return Err(UNDECODED.to_owned());
    }
    let now = jiff::Timestamp::now().as_second();
    match said["iat"].as_i64() {
        Some(issued) if issued <= now => {}
        _ => {
            return Err(
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was \
                        issued"
                    .to_owned(),
            );
        }
    }
    match said["exp"].as_i64() {
        Some(expiry) if expiry > now + LONGEST_LIFE => {
            Err("'Expiration time' claim ('exp') is too far in the future".to_owned())
        }
        Some(expiry) if expiry > now => Ok(app),
        _ => Err("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the \
                  assertion expires"
            .to_owned()),
    }
}
