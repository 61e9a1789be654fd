//! Logins: user, password and place in one text; and literals that only their place makes secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::shape::{self, Shape};
use super::super::tag;
use super::{Reading, Refusal, Token, shown};

/// The `auth` of a docker config: base64 of `user:password`. The user tells how long the password works.
pub(super) fn docker_auth(token: &Token<'_>) -> Result<Reading, Refusal> {
    let decoded = STANDARD.decode(token.group("body")).ok().ok_or(Refusal::NotOne)?;
    let text = std::str::from_utf8(&decoded).ok().ok_or(Refusal::NotOne)?;
    let (user, password) = text.split_once(':').ok_or(Refusal::NotOne)?;
    if user.is_empty() || user.contains(char::is_control) || password.trim().is_empty() {
        return Err(Refusal::NotOne);
    }
    if let Shape::Reference(reason) = shape::of(password) {
        return Err(Refusal::Proven(reason));
    }
    let mut reading = Reading::plain();
    reading.variant = match user {
        "AWS" => Some("ecr"),
        "oauth2accesstoken" => Some("oauth"),
        "_json_key" | "_json_key_base64" => Some("json-key"),
        _ => None,
    };
    let place = registry(token).map_or(String::new(), |host| format!(" at {}", shown(&host)));
    let user = shown(user);
    if reading.variant.is_none() {
        reading.title = Some(format!("container registry login of {user}{place}"));
    }
    reading.account = Some(user);
    Ok(reading)
}

/// The key above the `auth` entry: `"registry.example.com": {`.
fn registry(token: &Token<'_>) -> Option<String> {
    let before = String::from_utf8_lossy(token.before(300)).replace('\\', "");
    let (before, _) = before.rsplit_once('{')?;
    let key = before.trim_end().strip_suffix(':')?.trim_end().strip_suffix('"')?;
    key.rsplit_once('"').map(|(_, host)| host.to_owned()).filter(|h| !h.is_empty() && h != "auths")
}

/// A URL whose authority holds a user and a password.
pub(super) fn url(token: &Token<'_>) -> Result<Reading, Refusal> {
    let before = token.before(24);
    let letters = before
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'))
        .count();
    let scheme = before.get(before.len() - letters..).unwrap_or_default();
    let scheme = std::str::from_utf8(scheme)
        .unwrap_or_default()
        .trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    if scheme.is_empty() {
        return Err(Refusal::NotOne);
    }
    let password = std::str::from_utf8(token.group("body")).map_err(|_| Refusal::NotOne)?;
    let shape = shape::of_password(password);
    if let Shape::Reference(reason) = shape {
        return Err(Refusal::Proven(reason));
    }
    let host = token.text("host");
    let user = token.text("user");
    let mut reading = Reading::plain();
    let local = host == "localhost" || host.starts_with("127.") || host == "[::1]" || host == "0.0.0.0";
    reading.variant = match shape {
        _ if local => Some("local"),
        Shape::Weak => Some("weak"),
        _ => None,
    };
    if reading.variant.is_none() {
        let who =
            if user.is_empty() { "a password".to_owned() } else { format!("password of {}", shown(user)) };
        reading.title = Some(format!("{who} for {scheme}://{}", shown(host)));
    }
    let admin = ["root", "postgres", "sa", "admin", "administrator"].contains(&user);
    reading.scope = (admin && !local).then(|| format!("`{}` is an administrator by name", shown(user)));
    reading.account = (!user.is_empty()).then(|| shown(user));
    reading.whole = Some(token.whole.start - scheme.len()..token.whole.end);
    Ok(reading)
}

/// A literal in a place for secrets.
pub(super) fn generic(token: &Token<'_>) -> Result<Reading, Refusal> {
    let text = std::str::from_utf8(token.group("body")).map_err(|_| Refusal::NotOne)?;
    let mut reading = Reading::plain();
    reading.variant = match shape::of(text) {
        Shape::Reference(reason) => return Err(Refusal::Proven(reason)),
        Shape::Weak => Some("weak"),
        Shape::Literal if tag::bits(text.as_bytes()) >= tag::STRONG_BITS => Some("random"),
        Shape::Literal => None,
    };
    Ok(reading)
}
