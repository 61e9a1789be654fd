//! Parts of examples that take more than drawing characters.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::super::structure;
use super::certificate::certificate;
use super::{Dice, Writer};

/// Writes the part of that name. What every such part begins with, so that it is an anchor, stands in the row.
pub(super) fn make(name: &str, with: &str, dice: &mut Dice, out: &mut Writer) {
    match name {
        "aws-key-id-body" => out.push(&aws_body(dice), true),
        "aws-secret" => out.push(&aws_secret(dice), true),
        "certificate" => out.public(&STANDARD.encode(armoured_certificate(with, dice))),
        "docker-auth" => out.push(&STANDARD.encode(login(with, dice)), true),
        "github-fine-grained" => github_fine_grained(dice, out),
        "gitlab-routable" => gitlab_routable(dice, out),
        "grafana-cloud" => {
            let key = dice.text("base62", 24);
            let text =
                format!("{{\"o\":\"652992\",\"n\":\"deploy\",\"k\":\"{key}\",\"m\":{{\"r\":\"eu\"}}}}");
            out.push(STANDARD_NO_PAD.encode(text).get(3..).unwrap_or_default(), true);
        }
        "jwt" => jwt(with, dice, out),
        "numbered" => {
            let mut raw = dice.text("digits", 12).into_bytes();
            raw.push(b':');
            raw.extend(dice.bytes(20));
            out.push(&STANDARD.encode(raw), true);
        }
        "pem" => out.push(&pem_body(dice, with), true),
        "pem-base64" => {
            let dashes = "-----";
            let key = pem_body(dice, "\n");
            let armour =
                format!("{dashes}BEGIN PRIVATE KEY{dashes}\n{key}\n{dashes}END PRIVATE KEY{dashes}\n");
            out.push(&STANDARD.encode(armour), true);
        }
        "pypi" => out.push(pypi(dice).get(3..).unwrap_or_default(), true),
        "signature" => {
            let signature =
                STANDARD.encode(dice.bytes(32)).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            out.push(&signature, true);
        }
        _ => {}
    }
}

/// A key id's body with an account number of twelve digits.
fn aws_body(dice: &mut Dice) -> String {
    // The account's upper bits stand in the second to fourth digit: these letters keep it below 10^12.
    format!("Q{}{}", dice.text("lower", 1).to_ascii_uppercase(), dice.text("base32", 14))
}

/// Forty characters with at least one of each kind.
fn aws_secret(dice: &mut Dice) -> String {
    format!("{}aB3{}", dice.text("base62", 18), dice.text("base62", 19))
}

fn login(user: &str, dice: &mut Dice) -> String {
    let user = if user.is_empty() { "robot" } else { user };
    let drawn = dice.text("base62", 24);
    if user != "AWS" {
        return format!("{user}:{drawn}");
    }
    // What ECR gives out: sealed parts, and how they are sealed.
    let sealed = format!(
        "{{\"payload\":\"{drawn}\",\"datakey\":\"{drawn}\",\"version\":\"2\",\"type\":\"DATA_KEY\"}}"
    );
    format!("{user}:{}", STANDARD.encode(sealed))
}

fn github_fine_grained(dice: &mut Dice, out: &mut Writer) {
    let (id, body) = (dice.text("base62", 22), dice.text("base62", 43));
    let head = format!("{}{id}_{body}", out.text);
    let sum = structure::fine_grained_sum(head.as_bytes());
    out.push(&id, true);
    out.public("_");
    out.push(&format!("{body}{sum}{}", dice.text("base62", 8)), true);
}

fn gitlab_routable(dice: &mut Dice, out: &mut Writer) {
    let mut payload = b"o:1\nu:s".to_vec();
    payload.extend(dice.bytes(16));
    payload.push(16);
    let payload = URL_SAFE_NO_PAD.encode(payload);
    let head = format!("{}{payload}.01.", out.text);
    let tail = structure::gitlab_tail(&head, payload.len());
    out.push(&payload, true);
    out.public(".");
    out.push(&format!("01.{tail}"), true);
}

/// A web token without the first three characters, which are the same in all. `with` holds further claims, or `none`.
fn jwt(with: &str, dice: &mut Dice, out: &mut Writer) {
    let unsigned = with == "none";
    let header = URL_SAFE_NO_PAD.encode(if unsigned {
        "{\"alg\":\"none\"}".to_owned()
    } else {
        format!("{{\"alg\":\"HS256\",\"typ\":\"{}\"}}", "JWT")
    });
    let issuer = if with.contains("\"iss\"") { "" } else { "\"iss\":\"https://id.example.org\"," };
    let claims = if unsigned || with.is_empty() { String::new() } else { format!(",{with}") };
    let payload = format!(
        "{{{issuer}\"sub\":\"build-{}\",\"jti\":\"{}\"{claims}}}",
        dice.text("digits", 4),
        dice.text("base62", 20)
    );
    out.public(header.get(3..).unwrap_or_default());
    out.public(".");
    // Of an unsigned token the claims are the secret.
    out.push(&URL_SAFE_NO_PAD.encode(payload), unsigned);
    out.public(".");
    if !unsigned {
        out.push(&URL_SAFE_NO_PAD.encode(dice.bytes(32)), true);
    }
}

fn pypi(dice: &mut Dice) -> String {
    let mut raw = vec![2];
    let packet = |raw: &mut Vec<u8>, kind: u8, data: &[u8]| {
        raw.push(kind);
        raw.push(u8::try_from(data.len()).unwrap_or(0));
        raw.extend_from_slice(data);
    };
    packet(&mut raw, 1, b"pypi.org");
    packet(&mut raw, 2, dice.text("hex", 36).as_bytes());
    raw.push(0);
    packet(&mut raw, 2, b"[3,\"1\"]");
    raw.extend([0, 0]);
    packet(&mut raw, 6, &dice.bytes(32));
    URL_SAFE_NO_PAD.encode(raw)
}

/// An Ed25519 key in PKCS#8: sixteen bytes of frame, thirty-two drawn; in two lines.
fn pem_body(dice: &mut Dice, newline: &str) -> String {
    let mut der =
        vec![0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    der.extend(dice.bytes(32));
    let text = STANDARD.encode(der);
    let (first, second) = text.split_at(text.len().min(48));
    format!("{first}{newline}{second}")
}

/// A certificate for a user of a group: `name|group`.
fn armoured_certificate(with: &str, dice: &mut Dice) -> String {
    let (name, group) = with.split_once('|').unwrap_or((with, ""));
    let der = certificate(name, group, "360101000000Z", &dice.bytes(32), false);
    let dashes = "-----";
    format!("{dashes}BEGIN CERTIFICATE{dashes}\n{}\n{dashes}END CERTIFICATE{dashes}\n", STANDARD.encode(der))
}
