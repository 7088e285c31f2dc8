//! Times every connection that is made and tells which request made it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::{Connection, HttpInfo};
use tower_layer::Layer;
use tower_service::Service;

use crate::marks::MARKS;

/// A connector layer that stamps start and end of name lookup, TCP and TLS.
#[derive(Clone, Debug)]
pub(crate) struct ConnectTimer;

impl<S> Layer<S> for ConnectTimer {
    type Service = Timed<S>;

    fn layer(&self, inner: S) -> Timed<S> {
        Timed { inner }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Timed<S> {
    inner: S,
}

impl<S, R> Service<R> for Timed<S>
where
    S: Service<R>,
    S::Response: Connection,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let begun = MARKS.try_with(|marks| marks.connect_started()).ok();
        let connecting = self.inner.call(target);
        Box::pin(async move {
            let connection = connecting.await?;
            if let Some(begun) = begun {
                let mut extras = http::Extensions::new();
                connection.connected().get_extras(&mut extras);
                begun.marks().connect_ended(extras.get::<HttpInfo>().map(HttpInfo::local_addr));
            }
            Ok(connection)
        })
    }
}
