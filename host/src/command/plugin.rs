//! `hallpass plugin inspect|export`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use wasmparser::{Parser, Payload};

use super::{Ending, print, runtime};
use crate::report::text::plain;
use crate::runtime::{COMPONENT, digest};

/// Arguments of `plugin`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the embedded rule module to a file.
    Export {
        /// The file.
        file: PathBuf,
    },
    /// Wrap a core module, as `cargo build --target wasm32-unknown-unknown` writes it, as a component.
    Pack {
        /// The core module.
        core: PathBuf,
        /// The component to write.
        file: PathBuf,
    },
    /// Print a module's name, version, rules, exports and imports.
    Inspect {
        /// A component; the embedded one if absent.
        file: Option<PathBuf>,
    },
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    match &arguments.command {
        Command::Export { file } => {
            if file.exists() {
                bail!("{} exists; name a new file", file.display());
            }
            std::fs::write(file, COMPONENT).with_context(|| format!("cannot write {}", file.display()))?;
        }
        Command::Pack { core, file } => pack(core, file)?,
        Command::Inspect { file: None } => print(&inspect_embedded(COMPONENT)?)?,
        Command::Inspect { file: Some(path) } => {
            let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            if bytes == COMPONENT {
                print(&inspect_embedded(&bytes)?)?;
            } else {
                print(&inspect_foreign(&path.display().to_string(), &bytes)?)?;
            }
        }
    }
    Ok(Ending::Clean)
}

/// Wraps a core module that wit-bindgen built.
fn pack(core: &Path, file: &Path) -> Result<()> {
    if file.exists() {
        bail!("{} exists; name a new file", file.display());
    }
    let bytes = std::fs::read(core).with_context(|| format!("cannot read {}", core.display()))?;
    let component = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(|mut encoder| encoder.encode())
        .with_context(|| format!("{} is not a core module that wit-bindgen built", core.display()))?;
    std::fs::write(file, component).with_context(|| format!("cannot write {}", file.display()))
}

/// Names of the component's own imports and exports.
fn boundary(bytes: &[u8]) -> Result<(Vec<String>, Vec<String>)> {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.context("this is not a WebAssembly component")? {
            Payload::Version { encoding, .. } => {
                if depth == 0 && encoding != wasmparser::Encoding::Component {
                    bail!("this is a core WebAssembly module, not a component");
                }
                depth += 1;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok((imports, exports))
}

fn lines(name: &str, version: &str, bytes: &[u8], rules: &[String]) -> Result<String> {
    let (imports, exports) = boundary(bytes)?;
    let or_none = |list: &[String]| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    let mut out = String::new();
    let _ = writeln!(out, "name: {}\nversion: {}\nsha256: {}", plain(name), plain(version), digest(bytes));
    let _ = writeln!(
        out,
        "size: {} bytes\nexports: {}\nimports: {}",
        bytes.len(),
        or_none(&exports),
        or_none(&imports)
    );
    let _ = writeln!(out, "rules: {}", rules.len());
    for rule in rules {
        let _ = writeln!(out, "  {}", plain(rule));
    }
    Ok(out)
}

fn inspect_embedded(bytes: &[u8]) -> Result<String> {
    let description = super::explain::describe()?;
    let rules: Vec<String> = description.rules.iter().map(|r| r.id.clone()).collect();
    lines("hallpass", &description.version, bytes, &rules)
}

fn inspect_foreign(path: &str, bytes: &[u8]) -> Result<String> {
    let (imports, _) = boundary(bytes)?;
    if !imports.is_empty() {
        // It will not run here, but what it wants is worth knowing.
        return lines(path, "not asked, since it imports", bytes, &[]);
    }
    let module = runtime()?.foreign(path, bytes)?;
    let rules: Vec<String> =
        module.rules.iter().map(|r| format!("{}/{}: {}", module.name, r.id, r.title)).collect();
    lines(&module.name, &module.version, bytes, &rules)
}
