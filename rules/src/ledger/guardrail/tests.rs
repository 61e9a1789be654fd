#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn held(text: &str) -> Guardrail {
    Guardrail { config: Some((CONFIG.to_owned(), text.as_bytes().to_vec())), ..Guardrail::default() }
}

/// Whatever is weaker.
fn weakened(before: &Guardrail, after: &Guardrail) -> Vec<Weakening> {
    let versions = Versions::of(before, after, Vec::new);
    let policy = Policy::default();
    let day = jiff::civil::date(2026, 11, 24);
    let (was, is) = (World::of(&versions.before, &policy, day), World::of(&versions.after, &policy, day));
    super::weakened(before, after, (&was, &is))
}

/// `text at the place: message` of whatever is weaker.
fn told(before: &str, after: &str) -> Vec<String> {
    let (before, after_version) = (held(before), held(after));
    let found = weakened(&before, &after_version);
    let at = |w: &Weakening| after.get(w.at.span.range()).unwrap().lines().next().unwrap_or("").to_owned();
    found.iter().map(|w| format!("{}: {}", at(w), w.message)).collect()
}

#[test]
fn each_setting_that_is_weaker_is_told_at_its_place_and_the_way_back_is_silent() {
    let print = "0123456789abcdef0123456789abcdef";
    let waiver = |until: &str| {
        format!(
            "[[waiver]]\nrule = \"scope\"\nfingerprint = \"{print}\"\nowner = \"o\"\nreason = \"r\"\nexpires = {until}\n"
        )
    };
    let plugin = |digit: &str| format!("[[plugin]]\npath = \"a.wasm\"\nsha256 = \"{}\"\n", digit.repeat(64));
    let (january, march, one, two) = (waiver("2027-01-31"), waiver("2027-03-31"), plugin("1"), plugin("2"));
    for (before, after, expected) in [
        (
            "",
            "[rules]\nignore = [\"scope/admin-grant\"]\n",
            "\"scope/admin-grant\": switched off: `scope/admin-grant`",
        ),
        (
            "",
            "[rules.severity]\n\"scope/admin-grant\" = \"off\"\n",
            "\"scope/admin-grant\": switched off: `scope/admin-grant`",
        ),
        (
            "",
            "[rules.severity]\n\"scope/admin-grant\" = \"low\"\n",
            "\"scope/admin-grant\": `scope/admin-grant` is lowered from high to low",
        ),
        ("", "fail-on = \"critical\"\n", "fail-on: a run fails from critical on, no longer from medium"),
        (
            "",
            "min-confidence = \"high\"\n",
            "min-confidence: findings below confidence high are left out, no longer below low",
        ),
        (
            "[ceilings]\ncloud-session = \"1h\"\n",
            "[ceilings]\ncloud-session = \"2h\"\n",
            "cloud-session: the ceiling of `cloud-session` is raised from 1 h to 2 h",
        ),
        ("", "[ceilings]\nwaiver = \"120d\"\n", "waiver: waivers may last 120 days (`waiver`), no longer 90"),
        (
            "[third-party]\napproved = [\"a/*\"]\n",
            "[third-party]\napproved = [\"a/*\", \"a/b\", \"c/d\"]\n",
            "\"c/d\": third parties are approved: `c/d`",
        ),
        ("", &january, "\"scope\": a waiver of `scope` is added"),
        (&january, &march, "\"scope\": a waiver of `scope` is put off from 2027-01-31 to 2027-03-31"),
        (&one, "", ": the rule module `a.wasm` is gone"),
        (
            &one,
            &two,
            "[[plugin]]: the rule module `a.wasm` is another one: its digest changes from 111111111111… to 222222222222…",
        ),
        (
            "detectors = [\"d.toml\"]\n",
            "detectors = []\n",
            "detectors: a file of detectors is no longer used",
        ),
    ] {
        assert_eq!(told(before, after), [expected], "{after}");
        // Another module is another one in both directions.
        if before != one || after != two {
            assert_eq!(told(after, before), Vec::<String>::new(), "{after}");
        }
        assert_eq!(told(after, after), Vec::<String>::new());
    }
}

#[test]
fn rules_of_the_policy_and_floors_are_part_of_the_guardrail() {
    let row = |rest: &str| {
        format!(
            "[[policy]]\nid = \"mine\"\nbody = \"credential\"\nmessage = \"m\"\nwhere.issuer = \"aws\"\n{rest}"
        )
    };
    let base = row("severity = \"high\"\nwaivable = false\n");
    for (after, expected) in [
        (String::new(), ": the rule `policy/mine` is gone"),
        (base.replace("high", "low"), "\"mine\": `policy/mine` is lowered from high to low"),
        (
            base.replace("aws", "gcp"),
            "\"mine\": `policy/mine` speaks of something else, and perhaps of less, than before",
        ),
        (
            row("severity = \"high\"\nwaivable = false\nwhere.kind = \"x\"\n"),
            "\"mine\": `policy/mine` speaks of something else, and perhaps of less, than before",
        ),
        (
            format!("{base}unless.ca = true\n"),
            "\"mine\": `policy/mine` speaks of something else, and perhaps of less, than before",
        ),
        (base.replace("waivable = false\n", ""), "\"mine\": what `policy/mine` finds can be waived"),
        (format!("rules.ignore = [\"policy/mine\"]\n{base}"), "\"policy/mine\": switched off: `policy/mine`"),
        (
            format!("rules.severity.\"policy/mine\" = \"low\"\n{base}"),
            "\"policy/mine\": `policy/mine` is lowered from high to low",
        ),
    ] {
        assert_eq!(told(&base, &after), [expected], "{after}");
    }
    for after in [
        base.replace("high", "critical"),
        base.replace("where.issuer = \"aws\"\n", ""),
        format!("{base}help = \"h\"\n"),
    ] {
        assert_eq!(told(&base, &after), Vec::<String>::new(), "{after}");
    }
    assert_eq!(told("", &base), Vec::<String>::new());
    let said = told("floor = true\n", "");
    assert_eq!(said, [": `hallpass.toml` is no longer a floor, which is only tightened"]);
    assert_eq!(told("", "floor = true\n"), Vec::<String>::new());
}

#[test]
fn a_selection_leaves_out_what_it_does_not_name() {
    let found = told("", "[rules]\nselect = [\"secret\"]\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("select: no longer among the rules that run: `"), "{found:?}");
    assert!(found[0].contains(" more"), "{found:?}");
}

#[test]
fn a_policy_that_cannot_be_read_is_told() {
    let found = told("", "fail-on = \"never\"\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("\"never\": the proposed policy cannot be read"), "{found:?}");
}

#[test]
fn a_baseline_only_shrinks() {
    let line = |digit: &str| format!("{} scope/admin-grant a.yml\n", digit.repeat(32));
    let held = |lines: &[String]| Guardrail {
        baseline: Some(("b".to_owned(), ["# hallpass baseline 1\n", &lines.concat()].concat().into_bytes())),
        ..Guardrail::default()
    };
    let (one, two) = (held(&[line("1")]), held(&[line("1"), line("2")]));
    let found = weakened(&one, &two);
    assert_eq!(found.len(), 1);
    assert!(found[0].message.starts_with("1 finding is added to the baseline"), "{found:?}");
    assert!(weakened(&two, &one).is_empty() && weakened(&two, &Guardrail::default()).is_empty());
    assert_eq!(weakened(&Guardrail::default(), &two).len(), 1);
}

#[test]
fn detectors_lose_nothing_and_gain_no_exception() {
    let held = |text: &str| Guardrail {
        detectors: vec![("d.toml".to_owned(), text.as_bytes().to_vec())],
        ..Guardrail::default()
    };
    let full = held("[[rules]]\nid = \"a\"\nregex = 'a'\n[[rules]]\nid = \"b\"\nregex = 'b'\n");
    let less =
        held("[[rules]]\nid = \"a\"\nregex = 'a'\n[rules.allowlist]\ndescription = \"d\"\npaths = ['x']\n");
    let messages: Vec<String> = weakened(&full, &less).into_iter().map(|w| w.message).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].starts_with("the detector `b` is gone"), "{messages:?}");
    assert!(messages[1].starts_with("an exception is added"), "{messages:?}");
    assert!(weakened(&less, &full).is_empty());
    let moved =
        held("\n\n[[rules]]\nid = \"b\"\nregex = 'b'\n[[rules]]\nregex = 'a'\nid = \"a\"\ntags = [\"t\"]\n");
    assert!(weakened(&full, &moved).is_empty());
    let other = held("[[rules]]\nid = \"a\"\nregex = 'a{20}'\n[[rules]]\nid = \"b\"\nregex = 'b'\n");
    let found = weakened(&full, &other);
    assert_eq!(found.len(), 1);
    assert!(found[0].message.starts_with("the detector `a` looks for something else"), "{found:?}");
    let config = Some((CONFIG.to_owned(), b"detectors = [\"d.toml\"]\n".to_vec()));
    let gone = weakened(
        &Guardrail { config: config.clone(), ..full },
        &Guardrail { config, ..Guardrail::default() },
    );
    assert_eq!(gone.len(), 1);
    assert!(gone[0].message.starts_with("this file of detectors is gone"), "{gone:?}");
}
