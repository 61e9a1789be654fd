//! Bytes to spanned trees. A document keeps what can be kept of a broken file and says where it broke.
//!
//! Invariant: nothing here knows what a tree means; that is the dialects' work. No input panics or takes more than
//! linear time and the limits below.

pub mod bicep;
mod build;
pub mod dockerfile;
mod ground;
pub mod hcl;
pub mod json;
pub mod line_end;
pub mod node;
pub mod pairs;
pub mod powershell;
pub mod route;
pub mod script;
pub mod shell;
pub mod text;
pub mod yaml;

pub use node::{Comment, Data, Entry, Node, Scalar, Style};

use std::borrow::Cow;

use crate::span::ByteSpan;

/// Largest file read as a tree, in bytes. Real pipelines and infrastructure files stay below 1 MB; the largest
/// generated ones seen are about 5 MB. Larger ones are still scanned for secrets.
pub const MAX_TREE_BYTES: usize = 16 << 20;
/// Deepest nesting of a tree. Recursive readers must not overflow the module's 1 MiB stack.
pub const MAX_DEPTH: usize = 128;
/// Most nodes of a tree, aliases counted each time they are used. Stops alias bombs.
pub const MAX_NODES: usize = 2_000_000;

/// Where and why a document could not be read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The bytes that could not be read; to the end of the file for a parser that cannot recover.
    pub span: ByteSpan,
    /// What is wrong there, in one sentence without source text.
    pub why: String,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// YAML, one or more documents.
    Yaml,
    /// JSON, comments and trailing commas allowed.
    Json,
    /// HCL (Terraform, OpenTofu, Packer, Nomad and their kin).
    Hcl,
    /// A Dockerfile.
    Dockerfile,
    /// Bicep: its tree is that of the JSON which it is compiled to, with expressions as tagged nodes.
    Bicep,
    /// Anything else.
    Text,
}

impl Format {
    /// The format a path announces.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        let extension = lower.rsplit_once('.').map_or("", |(_, e)| e);
        match extension {
            "yml" | "yaml" => Self::Yaml,
            "json" | "jsonc" | "tfstate" => Self::Json,
            "tf" | "tfvars" | "hcl" | "tofu" | "nomad" => Self::Hcl,
            "dockerfile" | "containerfile" => Self::Dockerfile,
            "kubeconfig" => Self::Yaml,
            "bicep" | "bicepparam" => Self::Bicep,
            _ if matches!(lower.as_str(), "kubeconfig" | "kustomization")
                || path.ends_with(".kube/config") =>
            {
                Self::Yaml
            }
            _ if is_dockerfile_name(&lower, extension) => Self::Dockerfile,
            _ => Self::Text,
        }
    }
}

/// Endings under which CloudFormation templates are kept besides those of their format.
const TEMPLATES: [&str; 3] = [".template", ".cfn", ".cform"];

impl Format {
    /// The format of a file: what its path announces, or else how it begins, or what a template says of itself.
    #[must_use]
    pub fn of_file(path: &str, bytes: &[u8]) -> Self {
        // Source: <https://cloudinit.readthedocs.io/en/latest/explanation/format.html>.
        const CLOUD_CONFIG: &[u8] = b"#cloud-config";
        let announced = Self::of_path(path);
        let is_template = || {
            TEMPLATES.iter().any(|e| path.ends_with(e))
                && (memchr::memmem::find(bytes, b"AWSTemplateFormatVersion").is_some()
                    || memchr::memmem::find(bytes, b"Type: AWS::").is_some())
        };
        if announced != Self::Text {
            return announced;
        }
        if bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).starts_with(CLOUD_CONFIG) {
            return Self::Yaml;
        }
        if !is_template() {
            return announced;
        }
        match bytes.trim_ascii_start().first() {
            Some(b'{') => Self::Json,
            _ => Self::Yaml,
        }
    }
}

/// `Dockerfile`, or `Dockerfile.alpine`; but `dockerfile.rs` is a program about Dockerfiles.
fn is_dockerfile_name(lower: &str, extension: &str) -> bool {
    const PROGRAMS: &[&str] = &[
        "c", "cc", "cpp", "cs", "css", "ex", "go", "h", "html", "java", "js", "kt", "lua", "md", "mjs",
        "php", "pl", "ps1", "py", "rb", "rs", "rst", "scala", "sh", "snap", "swift", "toml", "ts", "tsx",
        "txt", "vim", "xml",
    ];
    match lower.split('.').next() {
        Some("dockerfile" | "containerfile") => !PROGRAMS.contains(&extension),
        _ => false,
    }
}

/// A file's content as a tree.
#[derive(Clone, Debug)]
pub enum Tree {
    /// YAML documents in order.
    Yaml(Vec<Node>),
    /// One JSON value; `None` if nothing could be read.
    Json(Option<Node>),
    /// HCL pieces in order: one for a whole file, several after a re-parse by block.
    Hcl(Vec<hcl::Piece>),
    /// Dockerfile instructions in order.
    Dockerfile(Vec<dockerfile::Instruction>),
    /// No structure.
    Text,
}

/// A file read.
#[derive(Clone, Debug)]
pub struct Document {
    /// How it is written.
    pub format: Format,
    /// The tree.
    pub tree: Tree,
    /// Comments, in order.
    pub comments: Vec<Comment>,
    /// Where it could not be read; empty for a sound file.
    pub breaks: Vec<Break>,
    /// Keys that stand twice in one map: the platform may read either. Spans of the second key.
    pub duplicates: Vec<ByteSpan>,
    /// Whether it is a template that was read with its values unknown and every branch taken.
    pub templated: bool,
}

impl Document {
    /// Reads a file. Never fails: what cannot be read is in [`Self::breaks`].
    #[must_use]
    pub fn read(format: Format, bytes: &[u8]) -> Self {
        let broken = |span: ByteSpan, why: &str| Self {
            format,
            tree: Tree::Text,
            comments: Vec::new(),
            breaks: vec![Break { span, why: why.to_owned() }],
            duplicates: Vec::new(),
            templated: false,
        };
        if format == Format::Text {
            return text::read(bytes);
        }
        if bytes.len() > MAX_TREE_BYTES {
            return broken(ByteSpan::new(0, bytes.len()), "the file is larger than 16 MiB");
        }
        if let Some(at) = bytes.iter().position(|b| *b == 0) {
            return broken(ByteSpan::new(at, at + 1), "a NUL byte");
        }
        // Latin-1 in a comment makes no other document: every byte that is no UTF-8 stands for one character.
        let text: Cow<'_, str> = match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => text::same_length(bytes),
        };
        let text = &*text;
        match format {
            Format::Yaml => yaml::read(text),
            Format::Json => json::read(text),
            Format::Hcl => hcl::read(text),
            Format::Dockerfile => dockerfile::read(text),
            Format::Bicep => bicep::read(text),
            Format::Text => text::read(bytes),
        }
    }

    /// The data trees: YAML documents, or the one JSON value.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        match &self.tree {
            Tree::Yaml(nodes) => nodes,
            Tree::Json(Some(node)) => std::slice::from_ref(node),
            _ => &[],
        }
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn a_file_without_an_ending_says_itself_what_it_is() {
        for (path, text, format) in [
            ("user-data", "#cloud-config\npassword: x\n", Format::Yaml),
            ("user-data", "# cloud-config\n", Format::Text),
            ("user-data.sh", "#!/bin/sh\n", Format::Text),
            ("prod/kubeconfig", "", Format::Yaml),
            ("prod.kubeconfig", "", Format::Yaml),
            ("src/kubeconfig.go", "", Format::Text),
            ("web.nomad", "", Format::Hcl),
        ] {
            assert_eq!(Format::of_file(path, text.as_bytes()), format, "{path}");
        }
    }

    #[test]
    fn a_program_about_dockerfiles_is_none() {
        for path in
            ["Dockerfile", "a/dockerfile.alpine", "Containerfile.dev", "web.Dockerfile", "Dockerfile.v1.2"]
        {
            assert_eq!(Format::of_path(path), Format::Dockerfile, "{path}");
        }
        for path in ["src/dockerfile.rs", "Dockerfile.md", "dockerfile_reader", "dockerfiles/a"] {
            assert_eq!(Format::of_path(path), Format::Text, "{path}");
        }
    }
}
