//! `reqscope send`: one request; one exchange, or several with `--retry`.

use std::io::Read;

use anyhow::Context;

use crate::cli::args::{Global, Send};
use crate::cli::exit::{Exit, UsageError, is_closed};
use crate::cli::secret::{access_for, supplied};
use crate::cli::{progress, report};
use crate::dispatch::{Access, SendError, Sent};
use crate::domain::carrier::{Cargo, Written};
use crate::domain::compose::RequestError;
use crate::domain::correction::Correction;
use crate::domain::id::OperationId;
use crate::domain::order::{Agreed, Agreement, Ask, KeyOrder, Order};
use crate::domain::profile::Profile;
use crate::domain::request::{Method, Request};
use crate::domain::retry::Retry;
use crate::services::{Services, correction};

/// Sends it, tells what came back, and says so in the exit status.
///
/// # Errors
/// When nothing was sent, or our own part failed.
pub async fn run(global: &Global, send: Send) -> anyhow::Result<Exit> {
    let request = request(&send)?;
    let mut services = Services::open(&global.setup()?).await?;
    if let Some(timeout) = send.timeout {
        limit(&mut services.access, timeout);
    }
    let key = match (&send.idempotency_key, send.no_idempotency_key) {
        (Some(key), _) => KeyOrder::Given(key.clone()),
        (None, true) => KeyOrder::None,
        (None, false) => KeyOrder::Default,
    };
    let agrees = check_operation(&services.access.profile, &request, send.operation.clone());
    if let Err(error) = agrees {
        services.close().await;
        return Err(error.into());
    }
    let operation = send.operation.clone().map(OperationId::known);
    let ask = Ask::Compose {
        request,
        operation,
        account: send.account.clone(),
        key,
        base: None,
        secrets: supplied(&send.secrets)?,
    };
    let order = Order {
        ask,
        agreed: agreement(send.yes),
    };
    let exit = send_and_tell(&services, order, send.retries.retry(), send.json).await;
    services.close().await;
    exit
}

/// That `--operation` and the request itself do not name two operations: what stands in its text goes out as it is.
fn check_operation(
    profile: &Profile,
    request: &Request,
    given: Option<String>,
) -> Result<(), SendError> {
    let carrier = &profile.request_id_carrier;
    let written = match carrier.written(request) {
        Written::Text(text) => Some(text),
        Written::Nothing | Written::Other(_) => None,
    };
    let settled = carrier.settle(Cargo::RequestId, written, given);
    settled
        .map(drop)
        .map_err(|error| RequestError::from(error).into())
}

/// What `--yes` agrees to: the replay verdict, and nothing else.
pub fn agreement(yes: bool) -> Agreement {
    Agreement {
        verdict: yes.then_some(Agreed::Any),
        ..Agreement::default()
    }
}

/// Sends one order, cancelled by Ctrl-C, and tells what came of it.
///
/// # Errors
/// When nothing was sent, or our own part failed.
pub async fn send_and_tell(
    services: &Services,
    order: Order,
    retry: Retry,
    json: bool,
) -> anyhow::Result<Exit> {
    if let Some(notice) = &services.notice {
        report::note(&notice.sentence());
    }
    let access = access_for(services, &order.ask).await?;
    let cancel = services.dispatch.token();
    let interrupted = cancel.clone();
    let watch = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let sent = services
        .dispatch
        .pursue(&access, order, retry, cancel, move |what| {
            progress::tell(what, json);
        })
        .await;
    watch.abort();
    let sent = sent?;
    let (exchange, profile) = (&sent.exchange, &access.profile);
    // What cannot be read of the attempt before is no reason to keep back what came of this one.
    let correction = correction(&services.store, &sent.operation, exchange, profile).await;
    let correction = correction.unwrap_or_default();
    match tell(services, profile, &sent, correction.as_ref(), json) {
        // Nobody reads on; what came of the send is the exit status all the same.
        Err(error) if !is_closed(&error) => Err(error),
        _ => Ok(Exit::of_sent(&sent)),
    }
}

fn tell(
    services: &Services,
    profile: &Profile,
    sent: &Sent,
    correction: Option<&Correction>,
    json: bool,
) -> anyhow::Result<()> {
    if !sent.withheld.is_empty() {
        let names = sent.withheld.join(", ");
        report::note(&format!(
            "another origin than the profile's: sent without {names}"
        ));
    }
    let advice = report::advice(&sent.exchange, &sent.operation, profile);
    if json {
        return report::print_json(&sent.exchange, &advice)
            .context("standard output could not be written");
    }
    let printed = report::print_body(&services.store, &sent.exchange);
    // Also when the body found no reader.
    report::tell(&sent.exchange, &advice, correction)
        .context("standard error could not be written")?;
    printed.context("the body could not be printed")
}

fn limit(access: &mut Access, timeout: std::time::Duration) {
    let mut profile: Profile = (*access.profile).clone();
    profile.limits.total = timeout;
    profile.limits.first_byte = profile.limits.first_byte.min(timeout);
    profile.limits.connect = profile.limits.connect.min(timeout);
    access.profile = profile.into();
}

fn request(send: &Send) -> anyhow::Result<Request> {
    let body = send
        .data
        .as_deref()
        .map(body)
        .transpose()?
        .unwrap_or_default();
    let (method, target) = match send.words.as_slice() {
        [target] if body.is_empty() => (Method::get(), target),
        [target] => (Method::post(), target),
        [method, target, ..] => (
            Method::parse(method).map_err(|error| UsageError(error.to_string()))?,
            target,
        ),
        [] => return Err(UsageError("give a path (/v1/payments) or a URL".into()).into()),
    };
    let mut request = Request::new(method, target.as_str());
    request.body = body;
    for header in &send.headers {
        let (name, value) = header.split_once(':').ok_or_else(|| {
            UsageError(format!(
                "the header '{header}' has no colon: write -H 'Name: value'"
            ))
        })?;
        request.headers.push(name.trim(), value.trim());
    }
    for query in &send.queries {
        let (name, value) = query.split_once('=').ok_or_else(|| {
            UsageError(format!(
                "the query parameter '{query}' has no '=': write -q name=value"
            ))
        })?;
        request.push_query(name, value);
    }
    Ok(request)
}

fn body(data: &str) -> anyhow::Result<Vec<u8>> {
    match data.strip_prefix('@') {
        None => Ok(data.as_bytes().to_vec()),
        Some("-") => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
                .context("standard input could not be read for the body")?;
            Ok(bytes)
        }
        Some(file) => {
            let wrong =
                |error| UsageError(format!("the body's file '{file}' cannot be read: {error}"));
            Ok(std::fs::read(file).map_err(wrong)?)
        }
    }
}
