//! A certificate in DER, with the fields that are read and a signature that nobody checks.

/// A certificate of a subject, until `not_after` (`YYMMDDhhmmssZ`), for a public key.
pub(in crate::detect) fn certificate(
    name: &str,
    organisation: &str,
    not_after: &str,
    public: &[u8],
    ca: bool,
) -> Vec<u8> {
    const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];
    let algorithm = value(0x30, &[&value(0x06, &[&[0x2b, 0x65, 0x70]])]);
    let attribute = |kind: &[u8], text: &str| {
        let pair = value(0x30, &[&value(0x06, &[kind]), &value(0x0c, &[text.as_bytes()])]);
        value(0x31, &[&pair])
    };
    let mut subject = Vec::new();
    if !organisation.is_empty() {
        subject.push(attribute(ORGANISATION, organisation));
    }
    subject.push(attribute(COMMON_NAME, name));
    let subject: Vec<&[u8]> = subject.iter().map(Vec::as_slice).collect();
    let time = |text: &str| value(0x17, &[text.as_bytes()]);
    let constraints = value(
        0x30,
        &[
            &value(0x06, &[&[0x55, 0x1d, 0x13]]),
            &value(0x04, &[&value(0x30, &[&value(0x01, &[if ca { &[0xff] } else { &[0x00] }])])]),
        ],
    );
    let signed = value(
        0x30,
        &[
            &value(0xa0, &[&value(0x02, &[&[2]])]),
            &value(0x02, &[&[1]]),
            &algorithm,
            &value(0x30, &[&attribute(COMMON_NAME, "authority")]),
            &value(0x30, &[&time("160101000000Z"), &time(not_after)]),
            &value(0x30, &subject),
            &value(0x30, &[&algorithm, &value(0x03, &[&[0], public])]),
            &value(0xa3, &[&value(0x30, &[&constraints])]),
        ],
    );
    value(0x30, &[&signed, &algorithm, &value(0x03, &[&[0; 65]])])
}

/// Tag, length and content.
pub(in crate::detect) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes() {
        [0, low] if low < 0x80 => out.push(low),
        [high, low] => out.extend([0x82, high, low]),
    }
    out.extend(content);
    out
}
