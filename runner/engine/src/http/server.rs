//! Connections: accept, serve, stop.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::routes::Routes;
use crate::{Engine, EngineError};

/// Accept errors in a row after which the listener counts as lost.
const MOST_ACCEPT_ERRORS: u32 = 100;

/// Serves the engine over HTTP/1.1 until `shutdown` completes.
///
/// The listener must be bound to a loopback address: the engine asks nobody for a key. At
/// shutdown, open connections are closed and their answers end where they are.
///
/// # Errors
/// [`EngineError::NotLoopback`] if other machines could connect; [`EngineError::Listen`] if the
/// listener keeps failing.
pub async fn serve(
    engine: Engine,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), EngineError> {
    let address = listener.local_addr().map_err(|source| EngineError::Listen { source })?;
    if !address.ip().is_loopback() {
        return Err(EngineError::NotLoopback { address });
    }
    let routes = Arc::new(Routes::new(engine));
    let mut shutdown = pin!(shutdown);
    // Dropping the set aborts what still runs.
    let mut connections = JoinSet::new();
    let mut errors = 0;
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    errors = 0;
                    connections.spawn(connection(stream, Arc::clone(&routes)));
                }
                Err(source) if errors >= MOST_ACCEPT_ERRORS => {
                    return Err(EngineError::Listen { source });
                }
                Err(_) => {
                    // Too many open files, or a client that left before it was accepted.
                    errors += 1;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }
}

async fn connection(stream: TcpStream, routes: Arc<Routes>) {
    if set_up(&stream).is_err() {
        return;
    }
    let service = service_fn(move |request| {
        let routes = Arc::clone(&routes);
        async move { Ok::<_, Infallible>(routes.answer(request).await) }
    });
    // An error here is the client's: it broke the protocol or the connection.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Sends every event at once instead of waiting for a fuller packet.
fn set_up(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)
}
