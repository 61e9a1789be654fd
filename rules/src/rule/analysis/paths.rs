//! Path patterns as code owner files write them: like `.gitignore`, without negation and character ranges.
//! <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>

/// Whether somebody owns the path: the last pattern that matches decides, and one without owners takes ownership away.
pub(crate) fn owned(patterns: &[(&str, bool)], path: &str) -> bool {
    patterns.iter().rev().find(|(pattern, _)| matches(pattern, path)).is_some_and(|(_, somebody)| *somebody)
}

/// Whether a pattern matches a file, by itself or through a folder above it.
///
/// A slash at the beginning or inside ties the pattern to the root; without one it matches at any depth. A slash at the
/// end means folders only. `*` and `?` stay within one name, `**` crosses folders; `folder/*` means what lies directly
/// in the folder.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim();
    let folders_only = pattern.ends_with('/');
    let bare = pattern.trim_end_matches('/');
    let tied = bare.contains('/');
    let mut parts: Vec<&str> = bare.split('/').filter(|p| !p.is_empty()).collect();
    if parts.is_empty() {
        // `/` alone is the root folder, and everything is in it.
        return pattern.starts_with('/');
    }
    if !tied {
        parts.insert(0, "**");
    }
    let names: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let direct = tied && parts.last() == Some(&"*");
    // reach[j]: the parts so far match the first j names.
    let mut reach: Vec<bool> = (0..=names.len()).map(|j| j == 0).collect();
    for part in parts {
        let mut next = vec![false; names.len() + 1];
        for j in 0..=names.len() {
            let before = j.checked_sub(1);
            let answer = if part == "**" {
                reach.get(j).copied().unwrap_or(false)
                    || before.is_some_and(|b| next.get(b).copied().unwrap_or(false))
            } else {
                before.is_some_and(|b| {
                    reach.get(b).copied().unwrap_or(false)
                        && names.get(b).is_some_and(|n| name_matches(part, n))
                })
            };
            if let Some(slot) = next.get_mut(j) {
                *slot = answer;
            }
        }
        reach = next;
    }
    let file = reach.last().copied().unwrap_or(false) && !folders_only;
    let above = !direct && reach.iter().take(names.len()).skip(1).any(|r| *r);
    file || above
}

/// Whether a pattern with `*` and `?` matches one name. Linear in their product at worst.
fn name_matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, n));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => match retry {
                Some((after, from)) => {
                    p = after;
                    n = from + 1;
                    retry = Some((after, n));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_as_documented() {
        for (pattern, path, expected) in [
            ("*", "a/b/c.tf", true),
            ("*.js", "a/b.js", true),
            ("*.js", "a/b.jsx", false),
            ("/build/logs/", "build/logs/a/b.txt", true),
            ("/build/logs/", "x/build/logs/a", false),
            ("docs/*", "docs/getting-started.md", true),
            ("docs/*", "docs/build-app/troubleshooting.md", false),
            ("docs/*", "x/docs/a.md", false),
            ("apps/", "a/apps/b/c", true),
            ("apps/", "apps", false),
            ("/docs/", "docs/a", true),
            ("/scripts/*.sh", "scripts/a.sh", true),
            ("/scripts/*.sh", "scripts/a/b.sh", false),
            ("**/logs", "deeply/nested/logs/x", true),
            ("**/logs", "logs/x", true),
            ("/infra/**/prod", "infra/prod/main.tf", true),
            ("/infra/**/prod", "infra/a/b/prod/main.tf", true),
            ("/infra/**", "infra/a/b.tf", true),
            ("/infra", "infra/a/b.tf", true),
            ("infra/prod", "x/infra/prod/a", false),
            ("main.tf", "a/main.tf", true),
            ("ma?n.tf", "a/main.tf", true),
            ("/a*b*c", "aXbYc", true),
            ("/a*b*c", "aXcYb", false),
            ("/", "a/b", true),
            ("", "a/b", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn the_last_match_decides() {
        let rows = [("*", true), ("/vendor/", false), ("/vendor/ours/", true)];
        assert!(owned(&rows, "main.tf"));
        assert!(!owned(&rows, "vendor/x/main.tf"));
        assert!(owned(&rows, "vendor/ours/main.tf"));
        assert!(!owned(&[], "main.tf"));
    }

    #[test]
    fn stars_do_not_explode() {
        let pattern = "*a".repeat(200);
        assert!(!name_matches(&pattern, &"a".repeat(10_000).replace("aa", "ab")[..199]));
    }
}
