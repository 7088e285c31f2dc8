//! Requests, as far as the kit's client sends them.

use std::io;

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::tcp::ReadHalf,
};

/// A larger body is no request of a driver for the kit.
const BODY_MOST: usize = 64 << 20;

/// One request.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Asked {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub body: Vec<u8>,
    /// The body as JSON; null when it is none.
    pub json: Value,
}

/// Reads a whole request; `None` at the end of the connection.
pub(super) async fn read(from: &mut BufReader<ReadHalf<'_>>) -> io::Result<Option<Asked>> {
    let mut line = String::new();
    if from.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split_ascii_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        if from.read_line(&mut header).await? == 0 {
            return Ok(None);
        }
        let header = header.trim_end();
        if header.is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length.min(BODY_MOST)];
    from.read_exact(&mut body).await?;
    let json = serde_json::from_slice(&body).unwrap_or_default();
    Ok(Some(Asked { method, path, body, json }))
}
