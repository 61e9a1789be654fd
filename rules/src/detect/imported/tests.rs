//! What a file says and what is found, and what is said where it is not honoured. Values are drawn when a test runs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use crate::policy::Policy;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use jiff::civil::date;

use super::{Handed, Imported};
use crate::engine::{Answer, Engine, Input, Settings};
use crate::fact::Body;

fn handed(path: &str, text: &str) -> Handed {
    Handed { path: path.to_owned(), asked: false, bytes: Ok(text.as_bytes().to_vec()) }
}

fn engine(rules: &str) -> Engine {
    let settings = Settings::on(date(2026, 11, 24));
    Engine::configure(Settings { detectors: vec![handed("rules.toml", rules)], ..settings }).unwrap()
}

fn check(engine: &Engine, path: &str, text: &str) -> Answer {
    engine.check(path, &[Input { path: path.to_owned(), bytes: Arc::from(text.as_bytes()), member: true }])
}

/// The detector and the secret text of each credential.
fn found(rules: &str, path: &str, text: &str) -> Vec<(String, String)> {
    let answer = check(&engine(rules), path, text);
    let credentials = answer.facts.facts.iter().filter_map(|fact| match &fact.body {
        Body::Credential(credential) => Some(credential),
        _ => None,
    });
    let secret = |c: &crate::fact::Credential| {
        c.secret.first().map(|s| text[s.span.range()].to_owned()).unwrap_or_default()
    };
    credentials.map(|c| (c.detector.clone().unwrap_or_default(), secret(c))).collect()
}

fn messages(rules: &str) -> Vec<String> {
    let read = Imported::read(&[handed("rules.toml", rules)], &Policy::default());
    let problems = read.map_or_else(|problems| problems, |imported| imported.remarks().to_vec());
    let place = |at: Option<crate::span::ByteSpan>| {
        at.map_or(String::new(), |at| {
            let before = &rules[..at.start as usize];
            let column = before.rsplit('\n').next().unwrap_or_default().len() + 1;
            format!("{}:{column}: ", before.matches('\n').count() + 1)
        })
    };
    problems.iter().map(|p| format!("{}{}", place(p.at), p.message)).collect()
}

/// Letters and digits that no detector of ours knows, others for each seed.
fn drawn(seed: u64, length: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b"abcdefghjkmnpqrstuvwxyz23456789"[(state % 31) as usize])
    };
    (0..length).map(|_| draw()).collect()
}

fn one(more: &str) -> String {
    format!(
        "[[rules]]\nid = \"acme\"\ndescription = \"Acme deploy key\"\nregex = '''acme_([a-z0-9]{{24}})'''\nkeywords = [\"ACME_\"]\n{more}\n"
    )
}

#[test]
fn a_find_has_name_title_and_place_and_is_masked() {
    let secret = drawn(1, 24);
    let text = format!("# notes\nkey: acme_{secret}\n");
    let answer = check(&engine(&one("")), "notes.txt", &text);
    assert_eq!(found(&one(""), "notes.txt", &text), [("imported/acme".to_owned(), secret.clone())]);
    let finding = answer.findings.iter().find(|f| f.rule == "secret/hardcoded-credential").unwrap();
    assert!(finding.message.starts_with("Acme deploy key in clear text"), "{}", finding.message);
    assert!(finding.help.as_deref().unwrap().contains("imported/acme"));
    let at = text.find(&secret).unwrap();
    assert!(answer.masks.iter().any(|m| m.span.range() == (at..at + secret.len())));
    assert!(!serde_json::to_string(&answer.facts).unwrap().contains(&secret));
}

#[test]
fn conditions_of_a_rule_are_asked() {
    let random = drawn(2, 24);
    let flat = "ab".repeat(12);
    let text = format!("a acme_{random}\nb acme_{flat}\n");
    let count = |more: &str, path: &str| found(&one(more), path, &text).len();
    assert_eq!(count("", "notes.txt"), 2);
    assert_eq!(count("entropy = 2.5", "notes.txt"), 1);
    assert_eq!(count("entropy = 3", "notes.txt"), 1);
    assert_eq!(count("path = '''\\.env$'''", "notes.txt"), 0);
    assert_eq!(count("path = '''\\.txt$'''", "notes.txt"), 2);
    assert_eq!(count("filter = '''entropy(finding[\"secret\"]) <= 2.5'''", "notes.txt"), 1);
    assert_eq!(found(&one("").replace("ACME_", "other"), "notes.txt", &text), []);
}

#[test]
fn the_secret_is_the_group_that_is_named_or_the_first() {
    let (first, second) = (drawn(3, 20), drawn(4, 20));
    let text = format!("pair {first}:{second}\n");
    let rule = |more: &str| {
        format!("[[rules]]\nid = \"pair\"\nregex = '''pair ([a-z0-9]+)?:([a-z0-9]+)'''\n{more}\n")
    };
    assert_eq!(found(&rule(""), "a.txt", &text)[0].1, first);
    assert_eq!(found(&rule("secretGroup = 2"), "a.txt", &text)[0].1, second);
    assert_eq!(found(&rule(""), "a.txt", &text.replace(&first, ""))[0].1, second);
}

#[test]
fn allowlists_except_and_are_counted() {
    let secret = format!("example{}", drawn(5, 17));
    let text = format!("staging acme_{secret}\n");
    let reason = "an allowlist of the imported detectors excepts it";
    let excepts = |more: &str| {
        let answer = check(&engine(&one(more)), "docs/notes.txt", &text);
        let left = answer.findings.iter().filter(|f| f.rule.starts_with("secret/")).count();
        let counted = answer.coverage[0].silent.get(reason).copied().unwrap_or(0);
        assert_eq!(left + counted as usize, 1, "{more}");
        counted == 1
    };
    for (more, excepted) in [
        ("stopwords = [\"EXAMPLE\"]", true),
        ("stopwords = [\"acme\"]", false),
        ("paths = ['''^docs/''']", true),
        ("regexes = ['''^example''']", true),
        ("regexes = ['''^acme''']", false),
        ("regexTarget = \"match\"\nregexes = ['''^acme''']", true),
        ("regexTarget = \"line\"\nregexes = ['''staging''']", true),
        ("condition = \"AND\"\nregexes = ['''^example''']\npaths = ['''^docs/''']", true),
        ("condition = \"and\"\nregexes = ['''^example''']\npaths = ['''^src/''']", false),
        ("condition = \"AND\"\nstopwords = [\"example\"]\ncommits = [\"0a1b\"]", false),
        ("condition = \"AND\"\nstopwords = [\"example\"]\nregexes = ['''(?=x)''']", false),
    ] {
        assert_eq!(excepts(&format!("[[rules.allowlists]]\n{more}")), excepted, "{more}");
        assert_eq!(excepts(&format!("[rules.allowlist]\n{more}")), excepted, "{more}");
        let target = format!("[[allowlists]]\ntargetRules = [\"acme\"]\n{more}");
        assert_eq!(excepts(&target), excepted, "{target}");
    }
    assert!(excepts("[allowlist]\nstopwords = [\"example\"]"));
    let whole = check(&engine(&one("[allowlist]\npaths = ['''^docs/''']")), "docs/notes.txt", &text);
    assert!(whole.findings.is_empty());
    assert!(whole.coverage[0].silent.keys().any(|reason| reason.contains("by its path")));
    let before = one("").replacen(
        "[[rules]]",
        "prefilter = '''matchesAny(attributes[\"path\"], [`^docs/`])'''\n[[rules]]",
        1,
    );
    assert!(check(&engine(&before), "docs/notes.txt", &text).findings.is_empty());
}

#[test]
fn a_built_in_detector_speaks_alone_and_no_allowlist_silences_it() {
    let token = crate::detect::canary("github-pat", 9).unwrap().text;
    let rules =
        "[[rules]]\nid = \"any\"\nregex = '''gh[a-z]_[A-Za-z0-9]+'''\n[allowlist]\nstopwords = [\"gh\"]\n";
    for rules in [rules, rules.split("[allowlist]").next().unwrap()] {
        let named: Vec<String> =
            found(rules, "a.txt", &format!("t {token}\n")).into_iter().map(|(name, _)| name).collect();
        assert_eq!(named.len(), 1, "{named:?}");
        assert!(named[0].starts_with("github-pat"), "{named:?}");
    }
}

#[test]
fn a_rule_that_requires_another_speaks_where_both_are() {
    let secret = drawn(6, 24);
    let more = |bounds: &str| {
        format!(
            "[[rules.required]]\nid = \"user\"\n{bounds}\n[[rules]]\nid = \"user\"\nregex = '''user [a-z]+'''\nskipReport = true"
        )
    };
    let text = format!("user anna\n\n\nacme_{secret}\n");
    let count = |bounds: &str, text: &str| found(&one(&more(bounds)), "a.txt", text).len();
    assert_eq!(count("", &text), 1);
    assert_eq!(count("withinLines = 3", &text), 1);
    assert_eq!(count("withinLines = 2", &text), 0);
    assert_eq!(count("", &text.replace("user", "nobody")), 0);
    let later = one(
        "components = [{ id = \"user\", within = \"2L\" }]\n[[rules]]\nid = \"user\"\nregex = '''user [a-z]+'''\nskipReport = true",
    );
    assert_eq!(found(&later, "a.txt", &text).len(), 0);
}

#[test]
fn a_file_extends_another_as_gitleaks_does() {
    let base = one("") + "[[rules]]\nid = \"other\"\nregex = '''other_([a-z0-9]{24})'''\n";
    let over = "[extend]\npath = \"base.toml\"\ndisabledRules = [\"other\"]\n[[rules]]\nid = \"acme\"\n[[rules.allowlists]]\nstopwords = [\"fake\"]\n";
    let secret = drawn(7, 24);
    let missing = Imported::read(&[handed("over.toml", over)], &Policy::default()).unwrap();
    assert_eq!(missing.wanted().collect::<Vec<_>>(), ["base.toml"]);
    let both = vec![handed("over.toml", over), Handed { asked: true, ..handed("base.toml", &base) }];
    let settings = Settings { detectors: both, ..Settings::on(date(2026, 11, 24)) };
    let engine = Engine::configure(settings).unwrap();
    assert!(engine.remarks().is_empty(), "{:?}", engine.remarks());
    let count = |text: &str| check(&engine, "a.txt", text).findings.len();
    assert_eq!(count(&format!("acme_{secret}")), 1);
    assert_eq!(count(&format!("acme_fake{}", &secret[4..])), 0);
    assert_eq!(count(&format!("other_{secret}")), 0);
    assert_eq!(count(&format!("acme_{secret}\n")), 1);
    assert!(check(&engine, "base.toml", &format!("acme_{secret}")).findings.is_empty(), "its own file");
}

#[test]
fn each_construct_that_is_not_honoured_is_said_with_its_place() {
    let sound = one("");
    for (more, place, words) in [
        ("[[rules]]\nid = \"b\"\nregex = '''x(?=y)'''", "9:13: ", ["rule `b` is left out", "look-ahead"]),
        (
            "[[rules]]\nid = \"b\"\nregex = '''\n(a)\\1'''",
            "10:4: ",
            ["rule `b` is left out", "backreference"],
        ),
        ("[[rules]]\nid = \"b\"\nregex = \"\\\\pL\"", "9:9: ", ["rule `b` is left out", "Unicode"]),
        (
            "[[rules]]\nid = \"b\"\nregex = '(((a{1,100}){1,100}){1,100})'",
            "9:10: ",
            ["left out", "20000 states"],
        ),
        ("[[rules]]\nid = \"b\"\nregex = 'a(b'", "9:10: ", ["left out", "unclosed group"]),
        ("[[rules]]\nid = \"b\"\nregex = 7", "9:9: ", ["left out", "takes a text"]),
        ("[[rules]]\nid = \"b\"\npath = 'a'", "8:7: ", ["left out", "no `regex`"]),
        ("[[rules]]\nregex = 'a'", "7:1: ", ["without `id`", "left out"]),
        ("[[rules]]\nid = \"acme\"\nregex = 'a'", "8:7: ", ["left out", "another has its name"]),
        ("[[rules]]\nid = \"b\"\nregex = 'a'\npath = '(?<!a)b'", "10:9: ", ["left out", "look-behind"]),
        ("[[rules]]\nid = \"b\"\nregex = 'a'\nsecretGroup = 1", "9:10: ", ["left out", "0 groups"]),
        ("[[rules]]\nid = \"b\"\nregex = 'a'\nentropy = true", "10:11: ", ["left out", "takes a number"]),
        ("[[rules]]\nid = \"b\"\nregex = 'a'\ntokenEfficiency = true", "10:1: ", ["left out", "tokeniser"]),
        ("[[rules]]\nid = \"b\"\nregex = 'a'\nfilter = 'size(x) > 3'", "10:11: ", ["left out", "`filter`"]),
        (
            "[[rules.required]]\nid = \"nobody\"\n[[rules]]\nid = \"b\"\nregex = 'a'",
            "8:7: ",
            ["left out", "requires `nobody`"],
        ),
        (
            "[[rules]]\nid = \"b\"\nregex = 'a'\nvalidate = 'x'",
            "10:1: ",
            ["`validate`", "honoured without it"],
        ),
        (
            "[[rules]]\nid = \"b\"\nregex = 'a'\nkeyword = ['x']",
            "10:1: ",
            ["unknown key `keyword`", "`keywords`"],
        ),
        ("[allowlist]\ncommits = ['x']", "8:1: ", ["`commits`", "never holds"]),
        ("[allowlist]\nresources = ['x']", "8:1: ", ["`resources`", "never holds"]),
        ("[allowlist]\nregexes = ['a', '(?!x)']", "8:18: ", ["passed over", "look-ahead"]),
        ("[allowlist]\ncondition = 'XOR'\npaths = ['a']", "8:13: ", ["`condition`", "more is reported"]),
        ("[allowlist]\nregexTarget = 'file'\npaths = ['a']", "8:16: ", ["`regexTarget`", "left out"]),
        ("[allowlist]\ndescription = 'x'", "7:1: ", ["without any check", "excepts nothing"]),
        ("[[allowlists]]\ntargetRules = ['nobody']\npaths = ['a']", "8:17: ", ["`targetRules`", "`nobody`"]),
        ("[extend]\nuseDefault = true", "8:1: ", ["`extend.useDefault`", "not in hallpass"]),
        ("[extend]\npath = '../x.toml'", "8:9: ", ["`extend.path`", "leaves the tree"]),
        ("[extend]\nurl = 'x'", "8:1: ", ["`extend.url`", "nothing is fetched"]),
        ("[extend]\nuseDefault = true\ndisabledRules = ['x']", "9:19: ", ["`disabledRules`", "waiver"]),
        ("[surprise]\na = 1", "7:2: ", ["unknown key `surprise`", "passed over"]),
    ] {
        let rules = format!("{sound}{more}\n");
        let said = messages(&rules);
        let hit = said.iter().any(|m| m.starts_with(place) && words.iter().all(|w| m.contains(w)));
        assert!(hit, "{more}: {said:#?}");
        let others = usize::from(more.contains("useDefault") && more.contains("disabledRules"));
        assert_eq!(said.len(), 1 + others, "one message each: {more}: {said:#?}");
    }
    assert!(messages(&sound).is_empty());
}

#[test]
fn a_file_of_which_nothing_can_be_used_is_refused() {
    for text in
        ["", "title = 'x'", "[[rules]]\nid = 'a'\nregex = '(?=a)'\n", "rules = 3", "[[rules]\n", "\u{0}"]
    {
        assert!(Imported::read(&[handed("rules.toml", text)], &Policy::default()).is_err(), "{text}");
    }
    let unread = Handed { bytes: Ok(vec![0xff, 0xfe]), ..handed("a", "") };
    assert!(Imported::read(&[unread], &Policy::default()).unwrap_err()[0].message.contains("UTF-8"));
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(Imported::read(&[handed("rules.toml", &deep)], &Policy::default()).is_err());
}

#[test]
fn hostile_files_cost_little() {
    let before = Instant::now();
    let mut many = String::new();
    for n in 0..100_000 {
        let _ = writeln!(many, "[[rules]]\nid='r{n}'\nregex='x{n}'");
    }
    assert!(messages(&many).iter().any(|m| m.contains("more than 5000 rules")));
    let long = one(&format!("[[rules]]\nid = 'b'\nregex = '{}'", "a?".repeat(500_000)));
    assert!(messages(&long).iter().any(|m| m.contains("rule `b` is left out")));
    let deep = one(&format!("[[rules]]\nid = 'b'\nregex = '{}'", "(".repeat(8_000)));
    assert!(messages(&deep).iter().any(|m| m.contains("rule `b` is left out")));
    let mut dear = one("");
    for n in 0..200 {
        let _ = writeln!(dear, "[[rules]]\nid='r{n}'\nregex='([a-z]{{1,100}}{n}){{1,90}}'");
    }
    assert!(messages(&dear).iter().any(|m| m.contains("all together")));
    let mut keys = String::new();
    for n in 0..300_000 {
        let _ = writeln!(keys, "k{n}=1");
    }
    let said = messages(&(keys + &one("")));
    assert!(
        said.len() <= 1_001 && said.iter().any(|m| m.contains("more messages are left out")),
        "{}",
        said.len()
    );
    let targets = one(&format!("[[allowlists]]\npaths=['a']\ntargetRules=[{}]", "'acme',".repeat(300_000)));
    assert!(messages(&targets).is_empty());
    assert!(before.elapsed().as_secs() < 60, "{:?}", before.elapsed());
}

#[test]
fn what_could_not_be_searched_is_said_and_hidden() {
    let rules = "[[rules]]\nid = 'b'\nregex = '''(x+x+)+y'''\n[[rules]]\nid = 'c'\nregex = '''[a-z]{1,90}.*.*.*0([a-z])'''\n[[rules]]\nid = 'a'\nregex = '''x'''\n";
    let text = "x".repeat(1 << 20);
    let answer = check(&engine(rules), "a.txt", &text);
    assert!(
        answer.coverage[0].unknown.iter().any(|u| u.why.contains("imported detectors")),
        "{:?}",
        answer.coverage
    );
    assert!(answer.masks.iter().any(|m| m.span.end as usize == text.len()));
}
