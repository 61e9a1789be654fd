//! Canaries: generated tokens of every format, for `hallpass selftest`, page examples and property tests. The same
//! seed gives the same token; nothing token-shaped is ever written into this repository.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::row::{self, Detector, Part};
use super::structure;

/// A generated token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// The token in the surroundings that its format needs.
    pub text: String,
    /// Its secret parts: adjoining pieces of `text`.
    pub secret_parts: Vec<String>,
}

/// A token that the detector must find.
#[must_use]
pub fn canary(detector_id: &str, seed: u64) -> Option<Canary> {
    let detector = row::detector(detector_id)?;
    Some(draw(detector, &detector.example, seed))
}

/// A text that looks like the detector's tokens and is none.
#[must_use]
pub fn look_alike(detector_id: &str, seed: u64) -> Option<String> {
    let detector = row::detector(detector_id)?;
    Some(draw(detector, &detector.look_alike, seed).text)
}

fn draw(detector: &Detector, parts: &[Part], seed: u64) -> Canary {
    let mut dice = Dice(seed ^ u64::from(crc32fast::hash(detector.id.as_bytes())) << 32);
    let mut text = Writer::default();
    for part in parts {
        match part {
            Part::Plain(plain) => text.public(plain),
            Part::Text { text: plain, secret } => text.push(plain, *secret),
            Part::Draw { draw, length, secret } => {
                let drawn = dice.text(draw, *length);
                text.push(&drawn, *secret);
                text.drawn = drawn;
            }
            Part::Sum { secret, .. } => {
                let sum = structure::base62_crc(text.drawn.as_bytes());
                text.push(&sum, *secret);
            }
            Part::Make { make } => made(make, &mut dice, &mut text),
        }
    }
    Canary { text: text.text, secret_parts: text.secrets }
}

/// SplitMix64: small, and good enough to draw characters.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| (self.next() >> 32) as u8).collect()
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters: &[u8] = match alphabet {
            "base62" => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "base64" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            "base64url" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
            "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            "hex" => b"0123456789abcdef",
            "letters" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "lower" => b"abcdefghijklmnopqrstuvwxyz",
            _ => b"123456789",
        };
        let count = u64::try_from(letters.len()).unwrap_or(1);
        (0..length)
            .filter_map(|_| letters.get(usize::try_from((self.next() >> 16) % count).unwrap_or(0)))
            .map(|b| char::from(*b))
            .collect()
    }
}

/// Random letters and digits, for `{{random:N}}` in page examples.
#[must_use]
pub fn random(length: usize, seed: u64) -> String {
    Dice(seed).text("base62", length)
}

#[derive(Default)]
struct Writer {
    text: String,
    secrets: Vec<String>,
    drawn: String,
    open: bool,
}

impl Writer {
    fn public(&mut self, text: &str) {
        self.push(text, false);
    }

    fn push(&mut self, text: &str, secret: bool) {
        self.text.push_str(text);
        match (secret, self.open, self.secrets.last_mut()) {
            (true, true, Some(last)) => last.push_str(text),
            (true, _, _) => self.secrets.push(text.to_owned()),
            _ => {}
        }
        self.open = secret;
    }
}

fn made(name: &str, dice: &mut Dice, out: &mut Writer) {
    match name {
        "aws-key-id-body" => out.push(&aws_body(dice), true),
        "aws-secret" => out.push(&aws_secret(dice), true),
        "github-fine-grained" => {
            let id = dice.text("base62", 22);
            let body = dice.text("base62", 43);
            let head = format!("{}{id}_{body}", "github_pat_");
            let sum = structure::fine_grained_sum(head.as_bytes());
            out.public("github_pat_");
            out.push(&id, true);
            out.public("_");
            out.push(&format!("{body}{sum}{}", dice.text("base62", 8)), true);
        }
        "gitlab-routable" => {
            let mut payload = b"o:1\nu:s".to_vec();
            payload.extend(dice.bytes(16));
            payload.push(16);
            let payload = URL_SAFE_NO_PAD.encode(payload);
            let head = format!("{}{payload}.01.", "glpat-");
            let tail = structure::gitlab_tail(&head, payload.len());
            out.public("glpat-");
            out.push(&payload, true);
            out.public(".");
            out.push(&format!("01.{tail}"), true);
        }
        "jwt" => jwt(dice, out, ""),
        "jwt-hour" => jwt(dice, out, ",\"exp\":4102444800"),
        "pypi" => {
            out.public("pypi-");
            out.push(&pypi(dice), true);
        }
        "docker-auth" => {
            let login = format!("robot:{}", dice.text("base62", 24));
            out.push(&STANDARD.encode(login), true);
        }
        "azure-sas" => {
            let signature =
                STANDARD.encode(dice.bytes(32)).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            out.public("https://acme.blob.core.windows.net/data?se=2031-01-01T00%3A00%3A00Z&sp=rwdl&sv=2024-11-04&ss=b&srt=sco&sig=");
            out.push(&signature, true);
        }
        "pem" => {
            out.public("-----BEGIN PRIVATE KEY-----\n");
            out.push(&pem_body(dice, "\n"), true);
            out.public("\n-----END PRIVATE KEY-----");
        }
        "gcp-service-account" => {
            out.public(&format!(
                "{{\"type\": \"service_account\", \"project_id\": \"acme-prod\", \"private_key_id\": \"{}\", \"private_key\": \"-----BEGIN PRIVATE KEY-----\\n",
                dice.text("hex", 40)
            ));
            out.push(&pem_body(dice, "\\n"), true);
            out.public("\\n-----END PRIVATE KEY-----\\n\", \"client_email\": \"deploy@acme-prod.iam.gserviceaccount.com\"}");
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

fn jwt(dice: &mut Dice, out: &mut Writer, more: &str) {
    let header = URL_SAFE_NO_PAD.encode(format!("{{\"alg\":\"HS256\",\"typ\":\"{}\"}}", "JWT"));
    let payload = format!(
        "{{\"iss\":\"https://id.example.org\",\"sub\":\"build-{}\",\"jti\":\"{}\"{more}}}",
        dice.text("digits", 4),
        dice.text("base62", 20)
    );
    out.public(&header);
    out.public(".");
    out.public(&URL_SAFE_NO_PAD.encode(payload));
    out.public(".");
    out.push(&URL_SAFE_NO_PAD.encode(dice.bytes(32)), true);
}

fn pypi(dice: &mut Dice) -> String {
    let mut raw = vec![2];
    let mut packet = |kind: u8, data: &[u8]| {
        raw.push(kind);
        raw.push(u8::try_from(data.len()).unwrap_or(0));
        raw.extend_from_slice(data);
    };
    packet(1, b"pypi.org");
    packet(2, dice.text("hex", 36).as_bytes());
    raw.push(0);
    let mut packet = |kind: u8, data: &[u8]| {
        raw.push(kind);
        raw.push(u8::try_from(data.len()).unwrap_or(0));
        raw.extend_from_slice(data);
    };
    packet(2, b"[3,\"1\"]");
    raw.extend([0, 0]);
    raw.extend([6, 32]);
    raw.extend(dice.bytes(32));
    URL_SAFE_NO_PAD.encode(raw)
}

/// An Ed25519 key in PKCS#8: sixteen bytes of frame, thirty-two drawn.
fn pem_body(dice: &mut Dice, newline: &str) -> String {
    let mut der =
        vec![0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    der.extend(dice.bytes(32));
    let text = STANDARD.encode(der);
    let (first, second) = text.split_at(text.len().min(48));
    format!("{first}{newline}{second}")
}
