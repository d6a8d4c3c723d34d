//! What dispatch tells of answers that arrive, as messages: of each one its latest state, at a pace that eyes follow.
//!
//! ```text
//!   dispatch ─arrivals─▶ watch_arrivals ─▶ a task for each answer ─▶ AnswerArriving … AnswerArriving, AnswerArrived
//!                                          at most one in 33 ms; the first and the last one always,
//!                                          and at once when the body is whole
//! ```
//!
//! An ordinary answer is over two frames after its head, and then nothing is told of it but its outcome: nothing flickers
//! between "in flight" and that. Everything that this process sends is this screen's. What another process sends is in its own memory, and not seen.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::dispatch::arrival::Arriving;
use crate::domain::arrival::Arrival;
use crate::domain::id::ExchangeId;
use crate::tui::message::Message;

/// How long it is silent after the head came, and after it told something: thirty frames a second.
const PACE: Duration = Duration::from_millis(33);

/// Follows each answer that arrives, from its head to its end.
pub(super) async fn watch_arrivals(
    arrivals: watch::Receiver<Arriving>,
    messages: mpsc::UnboundedSender<Message>,
) {
    each_arrival(arrivals, |id, arrival| {
        follow(id, arrival, messages.clone())
    })
    .await;
}

/// Gives each answer that arrives a task of its own, once.
pub(super) async fn each_arrival<F>(
    mut arrivals: watch::Receiver<Arriving>,
    follow: impl Fn(ExchangeId, watch::Receiver<Arrival>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut followed: BTreeSet<ExchangeId> = BTreeSet::new();
    loop {
        let arriving = arrivals.borrow_and_update().clone();
        followed.retain(|id| arriving.contains_key(id));
        for (id, arrival) in arriving {
            if followed.insert(id.clone()) {
                tokio::spawn(follow(id, arrival));
            }
        }
        if arrivals.changed().await.is_err() {
            return;
        }
    }
}

/// Is silent for a while, but not when what arrives is whole, and that was not told yet.
pub(super) async fn pause(arrival: &watch::Receiver<Arrival>, told: bool) {
    // On a receiver of its own: what ends the pause is still news to the other.
    let mut looked_at = arrival.clone();
    tokio::select! {
        () = tokio::time::sleep(PACE) => {}
        Ok(_) = looked_at.wait_for(|arrival| arrival.done && !told) => {}
    }
}

async fn follow(
    id: ExchangeId,
    mut arrival: watch::Receiver<Arrival>,
    messages: mpsc::UnboundedSender<Message>,
) {
    tokio::time::sleep(PACE).await;
    if arrival.has_changed().is_err() {
        return;
    }
    loop {
        let latest = Box::new(arrival.borrow_and_update().clone());
        let done = latest.done;
        if messages.send(Message::AnswerArriving(latest)).is_err() {
            return;
        }
        pause(&arrival, done).await;
        // What was told last is seen before the end is.
        if arrival.changed().await.is_err() {
            break;
        }
    }
    // The loop outlives every task; when it is gone nobody is left to be told.
    let _ = messages.send(Message::AnswerArrived(id));
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use futures_util::FutureExt;
    use tokio::sync::{mpsc, watch};

    use super::{PACE, pause, watch_arrivals};
    use crate::dispatch::arrival::Arriving;
    use crate::domain::arrival::Arrival;
    use crate::domain::id::ExchangeId;
    use crate::tui::message::Message;

    fn arrival(id: &str, bytes: u64) -> Arrival {
        Arrival {
            id: ExchangeId::known(id),
            head: Default::default(),
            bytes,
            done: false,
        }
    }

    /// The next thing that is told, as words.
    async fn told(messages: &mut mpsc::UnboundedReceiver<Message>) -> String {
        match messages.recv().await {
            Some(Message::AnswerArriving(arrival)) => format!("{} {}", arrival.id, arrival.bytes),
            Some(Message::AnswerArrived(id)) => format!("{id} ends"),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn the_first_and_the_last_are_told_and_what_is_between_at_a_pace() {
        let (all, watched) = watch::channel(Arriving::new());
        let (sender, mut messages) = mpsc::unbounded_channel();
        tokio::spawn(watch_arrivals(watched, sender));
        let (one, arriving) = watch::channel(arrival("a", 0));
        all.send_modify(|all| drop(all.insert(ExchangeId::known("a"), arriving)));
        assert_eq!(told(&mut messages).await, "a 0");
        let began = Instant::now();
        for bytes in 1..=20_000 {
            one.send_replace(arrival("a", bytes));
            tokio::task::yield_now().await;
        }
        drop(one);
        all.send_modify(Arriving::clear);
        let mut words = Vec::new();
        while words.last().is_none_or(|word| word != "a ends") {
            words.push(told(&mut messages).await);
        }
        // However slow the machine is: each of them was followed by a silence.
        let most = began.elapsed().as_millis() / PACE.as_millis() + 2;
        assert!(words.len() as u128 <= most, "{most}: {words:?}");
        assert_eq!(words[words.len() - 2], "a 20000");
        let is_newer = |pair: &[String]| pair[0].len() < pair[1].len() || pair[0] < pair[1];
        let bytes = &words[..words.len() - 1];
        assert!(bytes.windows(2).all(is_newer), "{words:?}");
    }

    #[tokio::test]
    async fn what_is_whole_is_told_without_a_pause_and_once() {
        let (one, mut arriving) = watch::channel(arrival("a", 5));
        assert_eq!(pause(&arriving, false).now_or_never(), None);
        let whole = Arrival {
            done: true,
            ..arrival("a", 6)
        };
        one.send_replace(whole);
        assert_eq!(pause(&arriving, false).now_or_never(), Some(()));
        assert!(arriving.has_changed().expect("open"), "that is news still");
        arriving.borrow_and_update();
        assert_eq!(pause(&arriving, true).now_or_never(), None);
        // Nor does the end cut the pause after it short.
        drop(one);
        assert_eq!(pause(&arriving, true).now_or_never(), None);
    }

    #[tokio::test]
    async fn what_is_over_at_once_is_not_told_of() {
        let (all, watched) = watch::channel(Arriving::new());
        let (sender, mut messages) = mpsc::unbounded_channel();
        tokio::spawn(watch_arrivals(watched, sender));
        for id in ["a", "b"] {
            let (_over, arriving) = watch::channel(arrival(id, 5));
            all.send_modify(|all| drop(all.insert(ExchangeId::known(id), arriving)));
        }
        drop(all);
        assert!(messages.recv().await.is_none(), "nobody tells any more");
    }

    #[tokio::test]
    async fn each_answer_is_followed_once_and_ends_by_itself() {
        let (all, watched) = watch::channel(Arriving::new());
        let (sender, mut messages) = mpsc::unbounded_channel();
        let task = tokio::spawn(watch_arrivals(watched, sender));
        let (one, a) = watch::channel(arrival("a", 0));
        let (two, b) = watch::channel(arrival("b", 5));
        all.send_modify(|all| drop(all.insert(ExchangeId::known("a"), a)));
        assert_eq!(told(&mut messages).await, "a 0");
        all.send_modify(|all| drop(all.insert(ExchangeId::known("b"), b)));
        assert_eq!(told(&mut messages).await, "b 5");
        all.send_modify(|all| drop(all.remove(&ExchangeId::known("a"))));
        drop(one);
        assert_eq!(told(&mut messages).await, "a ends");
        two.send_replace(arrival("b", 6));
        assert_eq!(told(&mut messages).await, "b 6");
        drop(two);
        assert_eq!(told(&mut messages).await, "b ends");
        // With the dispatch goes whoever watches it.
        drop(all);
        task.await.expect("it ended");
        assert!(messages.recv().await.is_none());
    }
}
