//! Logins: user, password and place in one text; and literals that only their place makes secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::plain;
use super::super::scan;
use super::super::shape::{self, Shape};
use super::super::slots;
use super::super::tag;
use super::{Reading, Refusal, Token, date_of, shown};
use crate::fact::Lifetime;

/// Characters from which an `auth` that does not decode is taken for a credential.
const DRAWN: usize = 40;
/// How far behind an `auth` its `email` may stand, in bytes.
const BESIDE: usize = 80;
/// Ends of addresses that documentation uses (RFC 2606).
const EXAMPLES: [&[u8]; 3] = [b"@example.com", b"@example.org", b"@example.net"];
/// The user under which Azure Container Registry takes a refresh token.
const ACR_TOKEN: &str = "00000000-0000-0000-0000-000000000000";

/// The token that a password is, if it is one. A login inside a login is base64 in base64: each is a quarter shorter
/// than the one around it, so that this ends.
fn inside(password: &str) -> Option<scan::Find> {
    scan::scan(password.as_bytes()).finds.into_iter().find(|find| find.detector.rank > 2)
}

/// The `auth` of a docker config: base64 of `user:password`. The user tells how long the password works.
pub(super) fn docker_auth(token: &Token<'_>) -> Result<Reading, Refusal> {
    let body = token.group("body");
    let decoded = STANDARD.decode(body).unwrap_or_default();
    let login = std::str::from_utf8(&decoded).ok().and_then(|text| text.split_once(':'));
    let Some((user, password)) = login else { return undecoded(token, body) };
    if user.is_empty() || user.contains(char::is_control) || password.trim().is_empty() {
        return Err(Refusal::NotOne);
    }
    if let Shape::Reference(reason) = shape::of(password) {
        return Err(Refusal::Proven(reason));
    }
    let mut reading = Reading::plain();
    reading.variant = match user {
        "AWS" if is_ecr(password) => Some("ecr"),
        "oauth2accesstoken" => Some("oauth"),
        "_json_key" | "_json_key_base64" => Some("json-key"),
        ACR_TOKEN => Some("acr"),
        _ => None,
    };
    if reading.variant == Some("ecr") {
        reading.lifetime = ecr_expiry(password);
    }
    let inner = inside(password);
    if let Some(inner) = &inner {
        reading.lifetime = inner.reading.lifetime.clone().or_else(|| inner.term());
        reading.evidence = inner.reading.evidence;
        reading.scope.clone_from(&inner.reading.scope);
    }
    let place = registry(token).map_or(String::new(), |host| format!(" at {}", shown(&host)));
    let user = shown(user);
    if reading.variant.is_none() {
        let with = inner.map_or(String::new(), |i| format!(" by {}", i.title()));
        reading.title = Some(format!("container registry login of {user}{place}{with}"));
    }
    reading.account = Some(user);
    Ok(reading)
}

/// Whether a password is one that ECR gave out: base64 of JSON with sealed parts and how they are sealed. Under the same
/// user another registry may take any password.
fn is_ecr(password: &str) -> bool {
    ecr(password)
        .is_some_and(|json| ["payload", "datakey", "type"].iter().all(|part| json.get(part).is_some()))
}

fn ecr(password: &str) -> Option<serde_json::Value> {
    serde_json::from_slice(&STANDARD.decode(password).ok()?).ok()
}

/// When an ECR password ends, if it says so.
fn ecr_expiry(password: &str) -> Option<Lifetime> {
    ecr(password)?.get("expiration")?.as_i64().and_then(date_of).map(Lifetime::Expires)
}

/// An `auth` of a registry that is no `user:password`: scrambled, or of a registry with a format of its own. Drawn
/// characters in that place are a credential all the same.
fn undecoded(token: &Token<'_>, body: &[u8]) -> Result<Reading, Refusal> {
    let mixed = body.iter().any(u8::is_ascii_uppercase)
        && body.iter().any(u8::is_ascii_lowercase)
        && body.iter().any(u8::is_ascii_digit);
    // Beside it stands the address of whom it belongs to.
    let beside = token.after(BESIDE);
    if EXAMPLES.iter().any(|address| memchr::memmem::find(beside, address).is_some()) {
        return Err(Refusal::Proven("a login of documentation, by the address beside it"));
    }
    match registry(token).filter(|host| host.contains('.')) {
        Some(host) if mixed && body.len() >= DRAWN && tag::bits(body) >= tag::STRONG_BITS => {
            let mut reading = Reading::checked(false);
            reading.title = Some(format!("container registry login at {}", shown(&host)));
            Ok(reading)
        }
        _ => Err(Refusal::NotOne),
    }
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
    // CVS writes how to connect before the user, and a password behind it: `cvs://:pserver:anoncvs@host`.
    if scheme.eq_ignore_ascii_case("cvs") && token.text("user").is_empty() && password.split(':').count() < 3
    {
        return Err(Refusal::Proven("a method and a user, without a password"));
    }
    // `docker://node:20@sha256:…`: an image, its tag and its digest.
    if is_digest(token) {
        return Err(Refusal::Proven("an image by its tag and its digest"));
    }
    let user = token.text("user");
    // `https://TOKEN:x-oauth-basic@host`: the user is the secret, whatever the password is.
    let by_user = is_drawn(user);
    // GitHub's word for a password that is not looked at.
    if password == "x-oauth-basic" && !by_user {
        return Err(Refusal::Proven("the user is the token, and it is not written here"));
    }
    let shape = shape::of_password(password);
    if let Shape::Reference(reason) = shape
        && !by_user
    {
        return Err(Refusal::Proven(reason));
    }
    let host = token.text("host");
    let mut reading = Reading::plain();
    if by_user {
        return Ok(token_for_user(token, scheme, reading));
    }
    if let Some(end) = behind_a_sign(token) {
        // `p@ss:word@host`: the password goes on behind a sign that should have been escaped.
        let from = token.range("body").map_or(token.whole.start, |body| body.start);
        reading.secret = Some(std::iter::once(from..end).collect());
        reading.whole = Some(token.whole.start - scheme.len()..end);
        reading.title = Some(format!("password of {} for {scheme}", shown(user)));
        return Ok(reading);
    }
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

/// Whether a user of an address is a token: drawn, as no name is.
fn is_drawn(user: &str) -> bool {
    tag::bits(user.as_bytes()) >= tag::STRONG_BITS && plain::reason("token", user.as_bytes()).is_none()
}

fn token_for_user(token: &Token<'_>, scheme: &str, mut reading: Reading) -> Reading {
    let halves = ["user", "body"].into_iter().filter_map(|name| token.range(name));
    reading.secret = Some(halves.filter(|half| !half.is_empty()).collect());
    reading.title = Some(format!("token in place of a user for {scheme}://{}", shown(token.text("host"))));
    reading.whole = Some(token.whole.start - scheme.len()..token.whole.end);
    reading
}

/// Whether the host is the name of a digest, and the digest stands behind it.
fn is_digest(token: &Token<'_>) -> bool {
    let digits = match token.text("host") {
        "sha256" => 64,
        "sha512" => 128,
        _ => return false,
    };
    let end = token.range("host").map_or(token.bytes.len(), |host| host.end);
    let behind = token.bytes.get(end..).and_then(|rest| rest.strip_prefix(b":")).unwrap_or_default();
    behind.iter().take_while(|byte| byte.is_ascii_hexdigit()).count() == digits
}

/// Where a password ends that holds an `@` of its own: behind what looks like a host no port follows, but more text with
/// another `@`.
fn behind_a_sign(token: &Token<'_>) -> Option<usize> {
    const LONGEST: usize = 256;
    let host_end = token.range("host")?.end;
    let rest = token.bytes.get(host_end..host_end.saturating_add(LONGEST).min(token.bytes.len()))?;
    let rest = rest.strip_prefix(b":")?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let ends =
        |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'<' | b'>' | b'`' | b',' | b';');
    let port = rest
        .get(digits)
        .is_none_or(|b| ends(b) || matches!(b, b'/' | b'?' | b'#' | b')' | b']' | b'}' | b'\\'));
    if port {
        return None;
    }
    let text = rest.iter().position(ends).unwrap_or(rest.len());
    let at = memchr::memrchr(b'@', rest.get(..text)?)?;
    Some(host_end + 1 + at)
}

/// A token as the user of an address without a password: `https://TOKEN@host`.
pub(super) fn user(token: &Token<'_>) -> Result<Reading, Refusal> {
    let host = token.text("host");
    // What reports errors to Sentry is public by design: it stands in every page that does.
    if host.contains("sentry") || host.contains(".ingest.") {
        return Err(Refusal::Proven("an address to report errors to, which is public"));
    }
    if !is_drawn(token.text("body")) {
        return Err(Refusal::NotOne);
    }
    let mut reading = Reading::plain();
    reading.title = Some(format!("token in place of a user for {}", shown(host)));
    Ok(reading)
}

/// A password in Maven's settings: it stands in a `<server>`, and in no comment.
pub(super) fn maven(token: &Token<'_>) -> Result<Reading, Refusal> {
    const BLOCK: usize = 1_024;
    let before = token.before(BLOCK);
    let last = |sign: &[u8]| memchr::memmem::rfind(before, sign);
    if last(b"<server>").is_none() || last(b"<server>") < last(b"</server>") {
        return Err(Refusal::NotOne);
    }
    if last(b"<!--") > last(b"-->") {
        return Err(Refusal::Proven("in a comment of a sample"));
    }
    if shape::is_sealed_in_braces(token.text("body")) {
        return Err(Refusal::Proven("ciphertext of Maven, whose master password is in another file"));
    }
    password(token)
}

/// A password in a field of a known file: it has no shape, but must not be a template or a word.
pub(super) fn password(token: &Token<'_>) -> Result<Reading, Refusal> {
    let text = std::str::from_utf8(token.group("body")).map_err(|_| Refusal::NotOne)?;
    let mut reading = Reading::plain();
    match shape::of_password(text) {
        Shape::Reference(reason) => return Err(Refusal::Proven(reason)),
        Shape::Weak => reading.variant = Some("weak"),
        Shape::Literal => {}
    }
    Ok(reading)
}

/// A value that only its place tells, in a text that may be a program or prose: it must have been drawn.
pub(super) fn drawn(token: &Token<'_>) -> Result<Reading, Refusal> {
    let body = token.group("body");
    match plain::reason("token", body) {
        Some(reason) => Err(Refusal::Proven(reason)),
        None if tag::bits(body) < tag::STRONG_BITS => Err(Refusal::NotOne),
        None => Ok(Reading::plain()),
    }
}

/// What a program falls back on where a variable is not set: the variable's name says that a secret is meant.
pub(super) fn default(token: &Token<'_>) -> Result<Reading, Refusal> {
    let name =
        ["name", "named", "at"].into_iter().map(|group| token.text(group)).find(|name| !name.is_empty());
    let name = name.filter(|name| slots::by_name(name).is_some()).ok_or(Refusal::NotOne)?;
    match plain::reason(name, token.group("body")) {
        Some(reason) => Err(Refusal::Proven(reason)),
        None if tag::bits(token.group("body")) < tag::STRONG_BITS => Err(Refusal::NotOne),
        None => Ok(Reading::plain()),
    }
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
