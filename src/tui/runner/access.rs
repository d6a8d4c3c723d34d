//! The access an order is sent with. Reading another profile's credential may take its time, so it can be cancelled.

use tokio_util::sync::CancellationToken;

use crate::dispatch::Access;
use crate::domain::exchange::Failure;
use crate::domain::order::Order;
use crate::services::Services;

/// The access for this order, unless `cancel` comes first.
///
/// # Errors
/// When the profile cannot be opened, or it was cancelled. Nothing was sent.
pub(super) async fn access_for(
    services: &Services,
    order: &Order,
    cancel: &CancellationToken,
) -> Result<Access, Failure> {
    let opened = tokio::select! {
        biased;
        () = cancel.cancelled() => {
            return Err(Failure::new("nothing was sent: it was cancelled while its profile was opened"));
        }
        opened = services.access_for(&order.ask) => opened,
    };
    opened.map_err(|error| {
        Failure::new("nothing was sent: its profile cannot be opened").because(error.to_string())
    })
}
