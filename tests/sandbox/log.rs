//! What the sandbox logs: each request, and nothing that could be a secret.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::client::Bench;

#[derive(Clone, Default)]
struct Page {
    text: Arc<Mutex<Vec<u8>>>,
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Page {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn each_request_is_logged_without_its_secrets() {
    let page = Page::default();
    // For the whole process, as the work is done on other threads; the lines of other tests do no harm.
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(page.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let bench = Bench::start().await;
    let body = r#"{"name":"secret-body"}"#;
    bench
        .ask("POST", "/v1/boxes?token=secret-query")
        .key("secret-key")
        .body(body)
        .send()
        .await;
    bench
        .ask("GET", "/v1/%1B[2J")
        .fault("redirect=http://u:secret-url@h/; delay=1")
        .send()
        .await;
    bench
        .stranger("GET", "/v1/logged")
        .header("authorization", "Bearer secret-credential")
        .send()
        .await;

    let text = String::from_utf8(page.text.lock().unwrap().clone()).unwrap();
    for line in [
        r#"method=POST path="/v1/boxes" status=201"#,
        r#"path="/v1/%1B[2J" status=307 fault="redirect; delay""#,
        r#"path="/v1/logged" status=401"#,
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(
        !text.contains("secret") && !text.contains("sk_sandbox_demo"),
        "{text}"
    );
    assert!(text.contains("request_id=\"req_"), "{text}");
}
