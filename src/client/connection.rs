//! How a connection comes to be, and the marks that it leaves: the name lookup and the layer around the connector.

use std::pin::Pin;
use std::task::{Context, Poll};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tower::{Layer, Service};

use crate::client::ClientError;
use crate::client::call::USER_AGENT;
use crate::client::probe::Probe;
use crate::client::route::Proxy;

/// A client of the library below that resends nothing, follows nothing, decodes nothing and keeps no connection.
pub(crate) fn build_client(
    tls: rustls::ClientConfig,
    proxy: &Proxy,
) -> Result<reqwest::Client, ClientError> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        // No idle connection at all switches the pool off, for HTTP/2 too; with it the resend on a reused connection.
        .pool_max_idle_per_host(0)
        .dns_resolver(Lookup)
        .connector_layer(MarkLayer);
    let builder = match proxy {
        Proxy::System => builder,
        Proxy::Never => builder.no_proxy(),
        Proxy::At(url) => builder.proxy(
            reqwest::Proxy::all(url.as_str())
                .map_err(|error| ClientError::Proxy(error.without_url().to_string()))?,
        ),
    };
    builder
        .build()
        .map_err(|error| ClientError::Setup(error.without_url().to_string()))
}

/// The system's own name lookup, on a thread that may block.
struct Lookup;

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let probe = Probe::current();
        Box::pin(async move {
            probe.iter().for_each(|probe| probe.looking_up());
            // Port 0 is replaced by the URL's own.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            probe.iter().for_each(|probe| probe.looked_up());
            let addresses: Vec<_> = found?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Wraps the connector in [`Mark`].
#[derive(Clone)]
struct MarkLayer;

impl<S> Layer<S> for MarkLayer {
    type Service = Mark<S>;

    fn layer(&self, connector: S) -> Mark<S> {
        Mark(connector)
    }
}

/// A connector that marks the probe of the send that called it.
#[derive(Clone)]
struct Mark<S>(S);

impl<S, R> Service<R> for Mark<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, destination: R) -> Self::Future {
        let probe = Probe::current();
        probe.iter().for_each(|probe| probe.connecting());
        let connecting = self.0.call(destination);
        Box::pin(async move {
            let connection = connecting.await?;
            // Before it is returned: who sees the connection must find the mark.
            probe.iter().for_each(|probe| probe.hand_over());
            Ok(connection)
        })
    }
}
