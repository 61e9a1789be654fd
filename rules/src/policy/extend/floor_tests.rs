//! Files that are only tightened: every way to loosen one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::finding::Severity;

const FLOOR: &str = "floor = true\nfail-on = \"low\"\npreview = true\n[rules.severity]\n\"identity/no-owner\" = \"high\"\n\
                     [ceilings]\ncloud-session = \"1h\"\nwaiver = \"30d\"\n[third-party]\napproved = [\"actions/*\"]\n\
                     [people]\nknown = [\"team-a\"]\n[[identity]]\nid = \"aws/role/*/x\"\nowner = \"team-a\"\n\
                     [[paths]]\nmatch = \"prod/*\"\nseverity = { \"scope/admin-grant\" = \"critical\" }\n\
                     [[policy]]\nid = \"no-keys\"\nbody = \"credential\"\nwhere = { issuer = \"aws\", storage = \"literal\" }\n\
                     severity = \"high\"\nmessage = \"no\"\nwaivable = false\n";

/// What is refused of a file over others: `path: text pointed at: what is looser`.
fn refused_over(own: &str, files: &[(&str, &str)]) -> Vec<String> {
    let file = |(path, text): &(&str, &str)| Extended {
        path: (*path).to_owned(),
        bytes: Ok(text.as_bytes().to_vec()),
    };
    let handed: Vec<Extended> = files.iter().map(file).collect();
    let problems = read("hallpass.toml", own.as_bytes(), &handed).and_then(Chain::policy).err();
    let said = |problem: Problem| {
        let text = files.iter().find(|(path, _)| *path == problem.path).map_or(own, |(_, text)| text);
        let at = problem.at.map_or("", |at| &text[at.range()]);
        let message = problem.message.strip_prefix("`org.toml` is a floor, which is only tightened: ");
        let message = message.unwrap_or(&problem.message);
        format!("{}: {at}: {}", problem.path, message.split("; take it away").next().unwrap())
    };
    problems.unwrap_or_default().into_iter().map(said).collect()
}

fn refused(own: &str) -> Vec<String> {
    refused_over(&format!("extends = \"org.toml\"\n{own}"), &[("org.toml", FLOOR)])
}

#[test]
fn each_way_to_loosen_is_refused_at_its_place() {
    for (own, expected) in [
        (
            "[rules]\nignore = [\"lifetime/above-ceiling\"]\n",
            "\"lifetime/above-ceiling\": switched off: `lifetime/above-ceiling`",
        ),
        ("[rules]\nignore = [\"policy\"]\n", "\"policy\": switched off: `policy/no-keys`"),
        ("[rules]\nselect = [\"secret\", \"policy\"]\n", "select: no longer among the rules that run:"),
        (
            "[rules.severity]\n\"identity/no-owner\" = \"medium\"\n",
            "\"identity/no-owner\": `identity/no-owner` is lowered from high to medium",
        ),
        (
            "[rules.severity]\n\"scope/admin-grant\" = \"off\"\n",
            "\"scope/admin-grant\": switched off: `scope/admin-grant`",
        ),
        (
            "[rules.severity]\n\"policy/no-keys\" = \"low\"\n",
            "\"policy/no-keys\": `policy/no-keys` is lowered from high to low",
        ),
        ("fail-on = \"high\"\n", "fail-on: a run fails from high on, no longer from low"),
        ("min-confidence = \"high\"\n", "min-confidence: findings below confidence high are left out"),
        (
            "[ceilings]\ncloud-session = \"2h\"\n",
            "cloud-session: the ceiling of `cloud-session` is raised from 1 h to 2 h",
        ),
        ("[ceilings]\nrotation = \"10y\"\n", "rotation: the ceiling of `rotation` is raised from"),
        ("[ceilings]\nwaiver = \"60d\"\n", "waiver: waivers may last 60 days (`waiver`), no longer 30"),
        ("[ceilings]\nbreak-glass = \"20d\"\n", "break-glass: waivers may last 20 days"),
        ("[third-party]\napproved = [\"evil/*\"]\n", "\"evil/*\": third parties are approved: `evil/*`"),
        ("[people]\nknown = [\"team-b\"]\n", "\"team-b\": `team-b` is added to those who may own something"),
        (
            "[[identity]]\nid = \"aws/role/*/x\"\nowner = \"team-a\"\n",
            "\"aws/role/*/x\": its row about `aws/role/*/x` is replaced",
        ),
        (
            "[[paths]]\nmatch = \"legacy/*\"\nignore = [\"scope\"]\n",
            "\"legacy/*\": `scope` says nothing any more in `legacy/*`",
        ),
        (
            "[[paths]]\nmatch = \"legacy/*\"\nseverity = { \"identity/no-owner\" = \"low\" }\n",
            "\"legacy/*\": `identity/no-owner` is lowered from high to low",
        ),
        (
            "[[paths]]\nmatch = \"prod/*\"\nseverity = { \"scope/admin-grant\" = \"low\" }\n",
            "\"prod/*\": `scope/admin-grant` is lowered from critical to low",
        ),
        (
            "[[paths]]\nmatch = \"*\"\nignore = [\"policy/no-keys\"]\n",
            "\"*\": `policy/no-keys` says nothing any more in `*`",
        ),
        (
            "[[paths]]\nmatch = \"*\"\nseverity = { \"policy/no-keys\" = \"info\" }\n",
            "\"*\": `policy/no-keys` is lowered from high to info",
        ),
    ] {
        let said = refused(own);
        let expected = format!("hallpass.toml: {expected}");
        assert!(said.iter().any(|said| said.starts_with(&expected)), "{own}\n{said:#?}\n{expected}");
    }
}

#[test]
fn a_row_is_not_replaced_by_a_weaker_one() {
    let row =
        |rest: &str| format!("[[policy]]\nid = \"no-keys\"\nmessage = \"other\"\nwaivable = false\n{rest}");
    let same =
        "body = \"credential\"\nseverity = \"high\"\nwhere = { issuer = \"aws\", storage = \"literal\" }\n";
    for (own, expected) in [
        (row(&same.replace("high", "low")), "`policy/no-keys` is lowered from high to low"),
        (row(&same.replace("aws", "gcp")), "`policy/no-keys` speaks of something else"),
        (
            row(&same.replace("where", "paths = [\"a/*\"]\nwhere")),
            "`policy/no-keys` speaks of something else",
        ),
        (row(&format!("{same}unless = {{ ca = true }}\n")), "`policy/no-keys` speaks of something else"),
        (row(same).replace("waivable = false\n", ""), "what `policy/no-keys` finds can be waived"),
    ] {
        let said = refused(&own);
        let expected = format!("hallpass.toml: \"no-keys\": {expected}");
        assert!(said.len() == 1 && said[0].starts_with(&expected), "{own}\n{said:#?}");
    }
    for tighter in
        [same.to_owned(), same.replace("high", "critical"), same.replace(", storage = \"literal\"", "")]
    {
        assert_eq!(refused(&row(&tighter)), [""; 0], "{tighter}");
    }
}

/// What is refused of the command line over a file that extends the floor, or is one.
fn refused_of(by: crate::policy::Selection<'_>) -> Vec<String> {
    let handed = [Extended { path: "org.toml".to_owned(), bytes: Ok(FLOOR.as_bytes().to_vec()) }];
    let said = |own: &str, path: &str| {
        let policy = read("hallpass.toml", own.as_bytes(), &handed).and_then(Chain::policy).unwrap();
        let problems = policy.select(RULES, by).err().unwrap_or_default();
        let message = |problem: Problem| {
            assert_eq!((problem.path.as_str(), problem.at), ("", None));
            let start = format!("`{path}` is a floor, which is only tightened: ");
            let message = problem.message.strip_prefix(&start).map(str::to_owned).unwrap_or(problem.message);
            message.split(';').next().unwrap_or_default().to_owned()
        };
        problems.into_iter().map(message).collect::<Vec<_>>()
    };
    let over = said("extends = \"org.toml\"\n", "org.toml");
    assert_eq!(said(FLOOR, "hallpass.toml"), over);
    over
}

#[test]
fn the_command_line_loosens_no_floor_either() {
    use crate::finding::Confidence;
    use crate::policy::Selection;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let by = Selection::default();
    let ignore = words(&["policy/no-keys"]);
    assert_eq!(refused_of(Selection { ignore: &ignore, ..by }), ["`--ignore` leaves out `policy/no-keys`"]);
    let select = words(&["scope"]);
    let said = refused_of(Selection { select: &select, ..by });
    assert!(said.len() == 1 && said[0].starts_with("`--select` leaves out `"), "{said:?}");
    let said = refused_of(Selection { fail_on: Some(Severity::Critical), ..by });
    assert_eq!(said, ["`--fail-on` lets a run fail from critical on, no longer from low"]);
    let said = refused_of(Selection { min_confidence: Some(Confidence::High), ..by });
    assert_eq!(said, ["`--min-confidence` leaves out findings below confidence high"]);
    let tighter = Selection {
        fail_on: Some(Severity::Info),
        min_confidence: Some(Confidence::Low),
        preview: true,
        ..by
    };
    assert_eq!(refused_of(tighter), [""; 0]);
    // Without a floor the command line has the last word.
    let none = Policy::read("hallpass.toml", b"fail-on = \"low\"\n").unwrap();
    assert!(
        none.select(RULES, Selection { select: &select, fail_on: Some(Severity::Critical), ..by }).is_ok()
    );
}

#[test]
fn tightening_and_waivers_are_taken() {
    let own = "fail-on = \"info\"\n[rules.severity]\n\"identity/no-owner\" = \"critical\"\n\"policy/no-keys\" = \"critical\"\n\
               [ceilings]\ncloud-session = \"30 min\"\nwaiver = \"7d\"\n[third-party]\napproved = [\"actions/checkout\"]\n\
               [people]\nleft = [\"team-b\"]\n[[paths]]\nmatch = \"prod/*\"\nseverity = { \"identity/no-owner\" = \"critical\" }\n\
               [[identity]]\nid = \"aws/role/*/y\"\nowner = \"team-a\"\n[[waiver]]\nrule = \"scope\"\n\
               [[policy]]\nid = \"mine\"\nbody = \"link\"\nseverity = \"low\"\nmessage = \"m\"\n";
    assert_eq!(refused(own), [""; 0]);
    // A list that the floor does not have is not its business.
    let floor = "floor = true\n";
    let own = "extends = \"org.toml\"\n[third-party]\napproved = [\"a/*\"]\n[people]\nknown = [\"b\"]\n";
    assert_eq!(refused_over(own, &[("org.toml", floor)]), [""; 0]);
}

#[test]
fn what_stands_between_or_below_a_floor_does_not_loosen_it() {
    let loose = "[rules]\nignore = [\"lifetime/above-ceiling\"]\n";
    let said = ["loose.toml: \"lifetime/above-ceiling\": switched off: `lifetime/above-ceiling`"];
    let files = [("org.toml", FLOOR), ("loose.toml", loose)];
    for own in ["extends = [\"loose.toml\", \"org.toml\"]\n", "extends = [\"org.toml\", \"loose.toml\"]\n"] {
        assert_eq!(refused_over(own, &files), said, "{own}");
    }
    let between = format!("extends = \"org.toml\"\n{loose}");
    let files = [("org.toml", FLOOR), ("loose.toml", between.as_str())];
    assert_eq!(refused_over("extends = \"loose.toml\"\n", &files), said);
    // What a floor itself extends is its own.
    let floor = format!("extends = \"loose.toml\"\n{FLOOR}");
    let files = [("org.toml", floor.as_str()), ("loose.toml", loose)];
    assert_eq!(refused_over("extends = \"org.toml\"\n", &files), [""; 0]);
}

#[test]
fn a_file_is_no_floor_to_itself_and_one_that_is_none_is_laid_over() {
    assert_eq!(refused_over(FLOOR, &[]), [""; 0]);
    let base = FLOOR.replacen("floor = true", "floor = false", 1);
    let own = "extends = \"org.toml\"\n[rules]\nignore = [\"scope\"]\n";
    assert_eq!(refused_over(own, &[("org.toml", &base)]), [""; 0]);
}

#[test]
fn rows_of_several_files_are_joined_and_the_own_one_wins() {
    let base = "[[policy]]\nid = \"a\"\nbody = \"link\"\nseverity = \"low\"\nmessage = \"m\"\n\
                [[policy]]\nid = \"b\"\nbody = \"link\"\nseverity = \"low\"\nmessage = \"m\"\n";
    let own = "extends = \"org.toml\"\n[rules]\nignore = [\"policy/b\"]\n\
               [[policy]]\nid = \"a\"\nbody = \"need\"\nseverity = \"high\"\nmessage = \"m\"\n";
    let handed = [Extended { path: "org.toml".to_owned(), bytes: Ok(base.as_bytes().to_vec()) }];
    let policy = read("hallpass.toml", own.as_bytes(), &handed).and_then(Chain::policy).unwrap();
    let rows: Vec<(&str, &str, Severity)> =
        policy.rules().iter().map(|row| (row.id.as_str(), row.body.as_str(), row.severity)).collect();
    assert_eq!(rows, [("policy/b", "link", Severity::Low), ("policy/a", "need", Severity::High)]);
    let settings = crate::policy::effective(Some(("hallpass.toml", own.as_bytes())), &handed).unwrap();
    let bodies: Vec<&str> =
        settings.iter().filter(|s| s.key.ends_with(".body")).map(|s| s.value.as_str()).collect();
    assert_eq!(bodies, ["\"link\"", "\"need\""]);
}
