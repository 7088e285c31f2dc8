//! A server with TLS that answers every request with a redirect.

#![expect(clippy::missing_panics_doc, clippy::unwrap_used, reason = "it is for tests")]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::Arc,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

/// A running server, until the test ends.
#[derive(Debug)]
pub struct Redirecting {
    /// `https://localhost:…/`.
    pub url: String,
    /// Its certificate in PEM, which a client has to trust.
    pub certificate: String,
}

impl Redirecting {
    /// Starts a server that sends everybody to `to`, followed by the path that was
    /// asked for.
    pub fn start(to: &str) -> Self {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let (config, to) = (Arc::new(config), to.to_owned());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let connection = ServerConnection::new(config.clone()).unwrap();
                // A client that does not like the certificate just goes.
                let _ = answer(StreamOwned::new(connection, socket), &to);
            }
        });
        Self { url, certificate: own.cert.pem() }
    }
}

fn answer(
    stream: StreamOwned<ServerConnection, std::net::TcpStream>,
    to: &str,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first)?;
    let path = first.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
    while stream.read_line(&mut first)? > 2 {}
    let mut stream = stream.into_inner();
    write!(
        stream,
        "HTTP/1.1 302 Found\r\nLocation: {to}{path}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )?;
    stream.conn.send_close_notify();
    stream.flush()
}
