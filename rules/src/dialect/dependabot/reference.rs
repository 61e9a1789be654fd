//! `${{secrets.NAME}}`, the only expression that Dependabot fills in.

/// What a value of the configuration is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Text as it stands.
    Literal,
    /// Text that names secrets of the store, in capitals as the store has them, and whether anything else in it is an
    /// expression that is not understood.
    Secrets {
        /// The names, in order.
        names: Vec<String>,
        /// Whether there is more.
        others: bool,
    },
}

/// Reads a value.
pub(super) fn read(text: &str) -> Written {
    let mut pieces = text.split("${{");
    pieces.next();
    let (mut names, mut others, mut any) = (Vec::new(), false, false);
    for piece in pieces {
        any = true;
        match piece.split_once("}}").and_then(|(expression, _)| secret(expression.trim())) {
            Some(name) => names.push(name),
            None => others = true,
        }
    }
    if any { Written::Secrets { names, others } } else { Written::Literal }
}

/// `secrets.NAME`.
fn secret(expression: &str) -> Option<String> {
    let (store, name) = expression.split_once('.')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (store.eq_ignore_ascii_case("secrets") && is_name).then(|| name.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secrets_of_the_store_are_references() {
        let named = |name: &str, others| Written::Secrets { names: vec![name.to_owned()], others };
        assert_eq!(read("octocat"), Written::Literal);
        assert_eq!(read("${{secrets.My_Token}}"), named("MY_TOKEN", false));
        assert_eq!(read("user:${{ secrets.A }}"), named("A", false));
        assert_eq!(read("${{secrets.A}}${{ env.B }}"), named("A", true));
        assert_eq!(read("${{secrets.A"), Written::Secrets { names: Vec::new(), others: true });
        assert_eq!(read("${{secrets.A || 'b'}}"), Written::Secrets { names: Vec::new(), others: true });
    }
}
