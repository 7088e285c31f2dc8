//! One recorded exchange, as written by hand or as `curl -i` prints it.

use crate::server::Whole;

/// Headers of a recorded answer that say how it was transferred. The kit
/// transfers it in its own way.
const OF_THE_TRANSFER: &[&str] =
    &["connection", "content-length", "keep-alive", "transfer-encoding"];

#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub method: String,
    pub path: String,
    pub whole: Whole,
}

impl Exchange {
    /// Reads what follows `=== `; lines end in LF.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\n\n").or_else(|| Some((text.trim_end(), "")))?;
        let mut lines = head.lines();
        let (method, path) = lines.next()?.trim_end().split_once(' ')?;
        let status = status_of(lines.next()?)?;
        let headers = lines
            .map(|line| {
                line.split_once(':')
                    .map(|(n, v)| (n.trim().to_ascii_lowercase(), v.trim().to_owned()))
            })
            .collect::<Option<Vec<_>>>()?;
        let own = |(name, _): &(String, String)| !OF_THE_TRANSFER.contains(&name.as_str());
        Some(Self {
            method: method.to_owned(),
            path: path.trim().to_owned(),
            whole: Whole {
                status,
                headers: headers.into_iter().filter(own).collect(),
                body: body.trim_end().as_bytes().to_vec(),
            },
        })
    }
}

/// `200`, or `HTTP/1.1 200 OK`.
fn status_of(line: &str) -> Option<u16> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let status = if first.starts_with("HTTP/") { words.next()? } else { first };
    status.parse().ok().filter(|status| (100..1000).contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_curl_prints_is_an_exchange() {
        let text = "GET /hello\nHTTP/1.1 200 OK\nContent-Type: application/json\n\
                    Transfer-Encoding: chunked\nContent-Length: 3\nX-Empty:\n\n{}\n";
        let exchange = Exchange::parse(text).unwrap();
        assert_eq!((exchange.whole.status, exchange.whole.body.as_slice()), (200, &b"{}"[..]));
        let names: Vec<&str> = exchange.whole.headers.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["content-type", "x-empty"]);
    }

    #[test]
    fn a_status_is_a_number_or_a_line_of_http() {
        assert_eq!(status_of("404"), Some(404));
        assert_eq!(status_of("HTTP/2 404 "), Some(404));
        for wrong in ["", "OK", "HTTP/1.1", "HTTP/1.1 OK", "20", "{\"a\": 1}"] {
            assert_eq!(status_of(wrong), None, "{wrong}");
        }
    }
}
