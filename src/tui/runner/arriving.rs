//! What dispatch tells of answers that arrive, as messages: of each one its latest state, at a pace that eyes follow.
//!
//! ```text
//!   dispatch ─arrivals─▶ watch_arrivals ─▶ a task for each answer ─▶ AnswerArriving … AnswerArriving, AnswerArrived
//!                                          the first at once, then at most one in 33 ms, the last one always
//! ```
//!
//! Everything that this process sends is this screen's. What another process sends is in its own memory, and not seen.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::dispatch::arrival::Arriving;
use crate::domain::arrival::Arrival;
use crate::domain::id::ExchangeId;
use crate::tui::message::Message;

/// How long it is silent after it told something: thirty frames a second.
const PACE: Duration = Duration::from_millis(33);

/// Follows each answer that arrives, from its head to its end.
pub(super) async fn watch_arrivals(
    mut arrivals: watch::Receiver<Arriving>,
    messages: mpsc::UnboundedSender<Message>,
) {
    let mut followed: BTreeSet<ExchangeId> = BTreeSet::new();
    loop {
        let arriving = arrivals.borrow_and_update().clone();
        followed.retain(|id| arriving.contains_key(id));
        for (id, arrival) in arriving {
            if followed.insert(id.clone()) {
                tokio::spawn(follow(id, arrival, messages.clone()));
            }
        }
        if arrivals.changed().await.is_err() {
            return;
        }
    }
}

async fn follow(
    id: ExchangeId,
    mut arrival: watch::Receiver<Arrival>,
    messages: mpsc::UnboundedSender<Message>,
) {
    loop {
        let latest = Box::new(arrival.borrow_and_update().clone());
        if messages.send(Message::AnswerArriving(latest)).is_err() {
            return;
        }
        tokio::time::sleep(PACE).await;
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
    use tokio::sync::{mpsc, watch};

    use super::{PACE, watch_arrivals};
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

    /// What was told by now, as words.
    fn told(messages: &mut mpsc::UnboundedReceiver<Message>) -> Vec<String> {
        let word = |message| match message {
            Message::AnswerArriving(arrival) => format!("{} {}", arrival.id, arrival.bytes),
            Message::AnswerArrived(id) => format!("{id} ends"),
            other => panic!("{other:?}"),
        };
        std::iter::from_fn(|| messages.try_recv().ok())
            .map(word)
            .collect()
    }

    /// Lets every task run until all of them wait.
    async fn settle() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    async fn pass(part: u32) {
        tokio::time::advance(PACE / part).await;
        settle().await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_is_told_at_once_the_latest_at_a_pace_and_the_last_always() {
        let (all, watched) = watch::channel(Arriving::new());
        let (sender, mut messages) = mpsc::unbounded_channel();
        tokio::spawn(watch_arrivals(watched, sender));
        let (one, arriving) = watch::channel(arrival("a", 0));
        all.send_modify(|all| drop(all.insert(ExchangeId::known("a"), arriving)));
        settle().await;
        assert_eq!(told(&mut messages), ["a 0"]);
        for bytes in 1..9 {
            one.send_replace(arrival("a", bytes));
            settle().await;
        }
        assert_eq!(told(&mut messages), [""; 0]);
        pass(1).await;
        assert_eq!(told(&mut messages), ["a 8"], "and nothing in between");
        pass(1).await;
        assert_eq!(told(&mut messages), [""; 0], "nothing new");
        one.send_replace(arrival("a", 9));
        settle().await;
        assert_eq!(told(&mut messages), ["a 9"], "at once after a silence");
        // The end comes before the silence is over.
        one.send_replace(arrival("a", 10));
        drop(one);
        all.send_modify(Arriving::clear);
        pass(2).await;
        assert_eq!(told(&mut messages), [""; 0]);
        pass(1).await;
        pass(1).await;
        assert_eq!(told(&mut messages), ["a 10", "a ends"]);
    }

    #[tokio::test(start_paused = true)]
    async fn each_answer_has_its_own_pace_and_is_followed_once() {
        let (all, watched) = watch::channel(Arriving::new());
        let (sender, mut messages) = mpsc::unbounded_channel();
        let task = tokio::spawn(watch_arrivals(watched, sender));
        let (one, a) = watch::channel(arrival("a", 0));
        let (_two, b) = watch::channel(arrival("b", 5));
        all.send_modify(|all| drop(all.insert(ExchangeId::known("a"), a)));
        settle().await;
        all.send_modify(|all| drop(all.insert(ExchangeId::known("b"), b)));
        settle().await;
        assert_eq!(told(&mut messages), ["a 0", "b 5"]);
        all.send_modify(|all| drop(all.remove(&ExchangeId::known("a"))));
        drop(one);
        pass(1).await;
        assert_eq!(told(&mut messages), ["a ends"]);
        drop(all);
        settle().await;
        assert!(task.is_finished(), "with the dispatch");
    }
}
