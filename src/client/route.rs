//! Which way a request goes: straight, or through the proxy that the system names.

use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

/// Which proxy to use for hosts beyond this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// The one that the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) or the system names.
    System,
    /// None.
    Never,
    /// This one: `http://HOST:PORT`, or `socks5://`, `socks5h://`, `socks4://`.
    At(String),
}

/// The rule in force.
pub(crate) struct Route {
    matcher: Option<Matcher>,
}

impl Route {
    pub(crate) fn new(proxy: Proxy) -> Route {
        let matcher = match proxy {
            Proxy::System => Some(Matcher::from_system()),
            Proxy::Never => None,
            Proxy::At(url) => Some(Matcher::builder().all(url).build()),
        };
        Route { matcher }
    }

    /// The proxy, as host and port without its password, that a request to this URL goes through. This machine is
    /// reached straight: a proxy would reach another machine under the same name, and read what is sent.
    pub(crate) fn proxy_for(&self, url: &Url) -> Option<String> {
        if is_this_machine(url) {
            return None;
        }
        // A URL that is no URI is refused when the request is built.
        let destination: http::Uri = url.as_str().parse().ok()?;
        let found = self.matcher.as_ref()?.intercept(&destination)?;
        let host = found.uri().host()?;
        Some(match found.uri().port_u16() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => {
            let mapped = ip
                .to_ipv4_mapped()
                .is_some_and(|ip| ip.is_loopback() || ip.is_unspecified());
            ip.is_loopback() || ip.is_unspecified() || mapped
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Proxy, Route};

    #[test]
    fn this_machine_is_reached_straight_and_others_through_the_proxy() {
        let route = Route::new(Proxy::At("http://me:geheim@proxy.test:3128".into()));
        for straight in [
            "http://localhost/",
            "http://LOCALHOST.:4010/",
            "https://api.localhost/",
            "http://127.0.0.1:4010/v1",
            "http://127.9.9.9/",
            "http://0.0.0.0:1/",
            "http://[::1]:4010/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert_eq!(
                route.proxy_for(&straight.parse().unwrap()),
                None,
                "{straight}"
            );
        }
        for through in [
            "http://api.test/",
            "https://10.0.0.1/",
            "http://localhost.test/",
        ] {
            let proxy = route.proxy_for(&through.parse().unwrap());
            assert_eq!(proxy.as_deref(), Some("proxy.test:3128"), "{through}");
        }
        assert_eq!(
            Route::new(Proxy::Never).proxy_for(&"http://api.test/".parse().unwrap()),
            None
        );
    }
}
