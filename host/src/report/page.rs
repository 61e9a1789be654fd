//! What every page has around its own: its head, how it looks, and the policy by which nothing else runs or is fetched.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

/// How pages look.
const STYLE: &str = include_str!("html/page.css");

/// A page that needs nothing else: no other file, no network, and no script to be read or printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page<'a> {
    /// What it is called, behind `hallpass: `.
    pub(crate) title: &'a str,
    /// Whether it takes the whole width: for tables.
    pub(crate) wide: bool,
    /// What runs in it, if anything does.
    pub(crate) script: Option<&'a str>,
}

impl Page<'_> {
    /// The whole page around its body.
    pub(crate) fn around(self, body: &Markup) -> String {
        let script =
            self.script.map(|script| format!("script-src '{}'; ", digest(script))).unwrap_or_default();
        // What is not these texts does not run, whatever a name or a finding holds.
        let policy = format!(
            "default-src 'none'; style-src '{}'; {script}base-uri 'none'; form-action 'none'",
            digest(STYLE)
        );
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    title { "hallpass: " (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body class=[self.wide.then_some("wide")] {
                    (body)
                    @if let Some(script) = self.script { script { (PreEscaped(script)) } }
                }
            }
        };
        page.into_string()
    }
}

/// A text as a policy of a page names it.
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_script_runs_and_only_where_there_is_one() {
        let page = Page { title: "<x>", wide: true, script: None };
        let text = page.around(&html! { p { "<b>" } });
        assert!(
            text.contains("<title>hallpass: &lt;x&gt;</title>") && text.contains("<p>&lt;b&gt;</p>"),
            "{text}"
        );
        assert!(text.contains("<body class=\"wide\">") && !text.contains("script"), "{text}");
        let text = Page { script: Some("f()"), wide: false, ..page }.around(&html! {});
        assert!(text.contains(&format!("script-src '{}'; base-uri 'none'", digest("f()"))), "{text}");
        assert!(text.contains("<body><script>f()</script></body>"), "{text}");
    }
}
