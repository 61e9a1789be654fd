//! Containers that a pipeline starts beside a job.

use crate::detect::companion::is_host;
use crate::dialect::Lowering;
use crate::dialect::lowering::Companion;
use crate::span::{FileId, Source};

/// Notes a container beside a job: the names by which it is reached, and its variables. A name with a dot in it could be
/// a host elsewhere, and is left out.
pub(crate) fn state<'n>(
    out: &mut Lowering<'_>,
    file: FileId,
    hosts: impl IntoIterator<Item = &'n str>,
    variables: impl IntoIterator<Item = (impl Into<String>, Source)>,
) {
    let hosts = hosts.into_iter().filter(|host| is_host(host)).map(str::to_owned).collect();
    let variables = variables.into_iter().map(|(name, at)| (name.into(), at)).collect();
    out.companions.push(Companion { file, hosts, variables });
}
