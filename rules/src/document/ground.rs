//! Text that a reader reads: the file itself, or what another reader decoded from it.

use super::{Scalar, Style};
use crate::span::ByteSpan;

/// Where the text stands.
#[derive(Clone, Copy)]
pub(super) enum Ground<'t> {
    /// It is the file.
    File,
    /// It was decoded from a scalar.
    Scalar(&'t Scalar),
}

impl Ground<'_> {
    /// The file's bytes of a range of the text.
    pub(super) fn span(self, start: usize, end: usize) -> ByteSpan {
        match self {
            Self::File => ByteSpan::new(start, end),
            Self::Scalar(outer) => outer.span_of(start..end),
        }
    }

    /// A scalar decoded from the text: `pairs` and `end` are offsets in the text and become offsets in the file.
    pub(super) fn scalar(self, text: &str, style: Style, pairs: &[(usize, usize)], end: usize) -> Scalar {
        let mut map: Vec<(u32, u32)> = Vec::with_capacity(pairs.len());
        let mut meet = |decoded: usize, file: usize| {
            let pair = (u32::try_from(decoded).unwrap_or(u32::MAX), u32::try_from(file).unwrap_or(u32::MAX));
            match map.last_mut() {
                Some(last) if last.0 == pair.0 => last.1 = pair.1,
                _ => map.push(pair),
            }
        };
        let mut file_end = end;
        match self {
            Self::File => pairs.iter().for_each(|(decoded, at)| meet(*decoded, *at)),
            Self::Scalar(outer) => {
                for (index, (decoded, at)) in pairs.iter().enumerate() {
                    meet(*decoded, outer.offset(*at));
                    let (next, stop) = pairs.get(index + 1).copied().unwrap_or((text.len(), end));
                    let first = outer.map.partition_point(|(o, _)| *o as usize <= *at);
                    for (o, file) in outer.map.iter().skip(first) {
                        let Some(ahead) = (*o as usize).checked_sub(*at) else { continue };
                        if *o as usize >= stop || decoded + ahead >= next {
                            break;
                        }
                        meet(decoded + ahead, *file as usize);
                    }
                }
                let start = pairs.first().map_or(end, |p| p.1);
                file_end = outer.span_of(start..end).end as usize;
            }
        }
        Scalar { text: text.into(), style, map: map.into(), end: u32::try_from(file_end).unwrap_or(u32::MAX) }
    }
}
