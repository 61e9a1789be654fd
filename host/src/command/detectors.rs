//! `--detectors FILE.toml`: reads files of detectors and hands them to the module, which judges them and says which others
//! it asks for. What it does not honour goes to standard error.

use std::path::PathBuf;

use anyhow::{Result, anyhow};

use super::{policy, remark};
use crate::runtime::contract::{DetectorFile, Problem, Settings};
use crate::runtime::{Pool, Refused, Runtime};
use crate::scan;
use crate::source::{Root, bounded, regular};

/// Largest file of detectors, in bytes. The module refuses what is larger than it expects and says so.
const LARGEST: u64 = 8 << 20;
/// How often files may ask for others: the configuration names one, and two may extend each other. The files of the
/// configuration itself are asked for before.
const ROUNDS: usize = 4 + policy::ROUNDS;

/// The files named on the command line.
///
/// # Errors
/// One cannot be read.
pub(crate) fn named(root: &Root, paths: &[PathBuf]) -> Result<Vec<DetectorFile>> {
    let file = |path: &PathBuf| -> Result<DetectorFile> {
        // Who writes `--detectors <(…)` waits for it; what stands in the tree is not the user's word.
        let read = if root.holds(path) { regular } else { bounded };
        let bytes = read(path, LARGEST).map_err(|why| anyhow!("--detectors {}: {why}", path.display()))?;
        let real = path.canonicalize().ok();
        let inner = real.as_deref().and_then(|real| real.strip_prefix(&root.path).ok());
        let shown = inner.unwrap_or(path).to_string_lossy().into_owned();
        Ok(DetectorFile { path: shown, asked: false, content: Ok(bytes) })
    };
    paths.iter().map(file).collect()
}

/// Workers with these settings, every file that the configuration extends and every file of detectors that is asked for.
///
/// # Errors
/// Every problem of the configuration or of those files, with its place.
pub(crate) fn pool<'r>(
    runtime: &'r Runtime,
    settings: Settings,
    inside: impl Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Pool<'r>> {
    let pool =
        configured(runtime, settings, inside).map_err(|refused| scan::explain(refused.0, &refused.1))?;
    scan::remarks(&pool).iter().chain(&scan::renamed(&pool)).for_each(|line| remark(line));
    Ok(pool)
}

/// The same, and nothing is remarked.
///
/// # Errors
/// Every problem, and the files that it speaks of.
pub(crate) fn configured<'r>(
    runtime: &'r Runtime,
    mut settings: Settings,
    inside: impl Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Pool<'r>, Box<(Refused, Settings)>> {
    for _ in 0..ROUNDS {
        let texts = settings.clone();
        let pool = match runtime.pool(settings) {
            Ok(pool) => pool,
            Err(refused) => return Err(Box::new((refused, texts))),
        };
        let mut extended = texts.extended.clone();
        if policy::hand_over(&mut extended, &pool.resolved().extends, &inside) {
            settings = Settings { extended, ..texts };
            continue;
        }
        let wanted = &pool.resolved().wanted;
        if wanted.is_empty() {
            return Ok(pool);
        }
        let asked = wanted.iter().map(|path| DetectorFile {
            path: path.clone(),
            asked: true,
            content: inside(path).and_then(small),
        });
        let asked: Vec<DetectorFile> = asked.collect();
        settings = texts;
        settings.detectors.extend(asked);
    }
    let message = "files of the configuration or of detectors ask for more and more others".to_owned();
    Err(Box::new((Refused::Problems(vec![Problem { path: String::new(), at: None, message }]), settings)))
}

fn small(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    match bytes.len() as u64 > LARGEST {
        true => Err(format!("it is larger than {} MiB", LARGEST >> 20)),
        false => Ok(bytes),
    }
}
