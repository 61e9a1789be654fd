//! Patterns of paths by which systems know their files.

/// Whether a path is one of a pattern: `*` stands for anything but `/`; a pattern without `/` is a name in any folder,
/// one with it stands at the root or below any folder.
pub(crate) fn fits(glob: &str, path: &str) -> bool {
    let parts = |text: &'_ str| text.split('/').count();
    let wanted = parts(glob);
    let skip = parts(path).checked_sub(wanted);
    let Some(skip) = skip else { return false };
    let tail = path.split('/').skip(skip);
    glob.split('/').zip(tail).all(|(glob, part)| fits_name(glob, part))
}

fn fits_name(glob: &str, name: &str) -> bool {
    let mut pieces = glob.split('*');
    let Some(mut rest) = name.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_of_paths() {
        for (glob, path) in [
            (".drone.yml", ".drone.yml"),
            (".drone.yml", "a/b/.drone.yml"),
            (".woodpecker/*.yaml", "x/.woodpecker/a.yaml"),
            ("buildspec*.yml", "buildspec-test.yml"),
            ("*.gocd.yaml", "ci/a.gocd.yaml"),
        ] {
            assert!(fits(glob, path), "{glob} {path}");
        }
        for (glob, path) in [
            (".drone.yml", "x.drone.yml"),
            (".woodpecker/*.yaml", ".woodpecker/a/b.yaml"),
            (".woodpecker/*.yaml", "b.yaml"),
            ("buildspec*.yml", "buildspec.yaml"),
        ] {
            assert!(!fits(glob, path), "{glob} {path}");
        }
    }
}
