//! Lists in pages, and the `Link` header that leads through them.

use crate::exchange::Request;

/// A part of a list.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) number: usize,
    pub(crate) size: usize,
    pub(crate) total: usize,
}

impl<T> Page<T> {
    /// The page a request asks for with `page` (from 1) and `size_parameter`. A size above the limit is cut to it, and
    /// what is no number counts as not given, as GitHub does.
    pub(crate) fn of(
        request: &Request,
        size_parameter: &str,
        default: usize,
        limit: usize,
        all: Vec<T>,
    ) -> Self {
        let number =
            |name: &str| request.parameter(name).and_then(|n| n.parse::<usize>().ok()).filter(|&n| n > 0);
        let size = number(size_parameter).unwrap_or(default).min(limit);
        let page = number("page").unwrap_or(1);
        let total = all.len();
        let items = all.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
        Self { items, number: page, size, total }
    }

    pub(crate) fn last(&self) -> usize {
        self.total.div_ceil(self.size).max(1)
    }

    /// The header's value; nothing if one page holds all.
    pub(crate) fn link(&self, base: &str, request: &Request) -> Option<String> {
        let last = self.last();
        if last == 1 && self.number == 1 {
            return None;
        }
        let to = |page: usize, relation: &str| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for (name, value) in form_urlencoded::parse(request.query.as_bytes()) {
                if name != "page" {
                    query.append_pair(&name, &value);
                }
            }
            query.append_pair("page", &page.to_string());
            format!(r#"<{base}{}?{}>; rel="{relation}""#, request.path, query.finish())
        };
        let mut links = Vec::new();
        if self.number > 1 {
            links.push(to((self.number - 1).min(last), "prev"));
        }
        if self.number < last {
            links.push(to(self.number + 1, "next"));
            links.push(to(last, "last"));
        }
        if self.number > 1 {
            links.push(to(1, "first"));
        }
        Some(links.join(", "))
    }
}
