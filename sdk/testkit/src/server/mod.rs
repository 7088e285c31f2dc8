//! A server of our own, on the loopback, of which every byte and every pause
//! is scripted, and which remembers what it sent when.

mod request;
mod send;
mod stage;

pub(crate) use request::Asked;
pub(crate) use stage::{Backend, Cut, Fault, Refusal, Scene, Whole};

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tachograph_net::Stamp;
use tokio::{net::TcpListener, task::JoinSet};

use crate::answer::Rendered;

/// One message as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Before its first byte was handed over.
    pub began: Stamp,
    /// Where its bytes lie in the body.
    pub start: u64,
    pub end: u64,
}

/// One stream as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Streamed {
    /// When the whole request had been read.
    pub asked: Stamp,
    /// What was to be sent, after the faults of the scene.
    pub rendered: Rendered,
    /// The messages that were sent, in order.
    pub sent: Vec<Sent>,
}

/// What a server was asked and sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    /// Every request.
    pub asked: Vec<Asked>,
    /// Every stream.
    pub streamed: Vec<Streamed>,
}

/// What connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub backend: Backend,
    scene: Mutex<Scene>,
    log: Mutex<Log>,
}

impl Shared {
    pub(crate) fn scene(&self) -> MutexGuard<'_, Scene> {
        // A panic elsewhere leaves plain data behind.
        self.scene.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running server; it goes away with its value.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Starts a server on a free port of the loopback.
    pub(crate) async fn start(backend: Backend) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { backend, scene: Mutex::default(), log: Mutex::default() });
        let serving = shared.clone();
        let accepting = tokio::spawn(async move {
            // Dropped with this task, and every connection with it.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(send::serve(stream, serving.clone()));
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { address, shared, accepting })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets what it does from now on, and forgets what it did.
    pub(crate) fn set(&self, scene: Scene) {
        *self.shared.scene() = scene;
        *self.shared.log() = Log::default();
    }

    /// What it was asked and sent since then.
    pub(crate) fn log(&self) -> Log {
        self.shared.log().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
