//! A future that stands beside a busier one in the same task: it is polled when it was woken itself, not each time the
//! other one was. What watches a connection for its limits costs its requests a look at a flag.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Polls a future only when it asked for that.
pub(super) struct Aside<F> {
    future: Pin<Box<F>>,
    call: Option<Arc<Call>>,
}

/// Woken in place of the task, and notes that.
struct Call {
    due: AtomicBool,
    task: Waker,
}

impl<F: Future> Aside<F> {
    pub(super) fn new(future: F) -> Self {
        Self {
            future: Box::pin(future),
            call: None,
        }
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.due.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

impl<F: Future> Future for Aside<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let call = match &this.call {
            Some(call) if call.task.will_wake(cx.waker()) => call,
            // In a new task, or at first: it has to be polled to know whom to wake.
            _ => this.call.insert(Call::of(cx.waker())),
        };
        if !call.due.load(Ordering::Acquire) {
            return Poll::Pending;
        }
        // Before it is polled, so that what wakes it meanwhile counts; in step with whoever woke it.
        call.due.swap(false, Ordering::AcqRel);
        let waker = Waker::from(Arc::clone(call));
        this.future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

impl Call {
    fn of(task: &Waker) -> Arc<Self> {
        Arc::new(Self {
            due: AtomicBool::new(true),
            task: task.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;
    use tokio::sync::Notify;

    #[tokio::test(start_paused = true)]
    async fn it_is_polled_when_it_was_woken_and_never_else() {
        let (polls, bell) = (AtomicUsize::new(0), Notify::new());
        let counted = async {
            let mut rung = std::pin::pin!(async {
                bell.notified().await;
                tokio::time::sleep(Duration::from_secs(5)).await;
            });
            poll_fn(|cx| {
                polls.fetch_add(1, Ordering::Relaxed);
                rung.as_mut().poll(cx)
            })
            .await;
        };
        let mut aside = Aside::new(counted);
        let busy = async {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = busy => {}
            () = &mut aside => panic!("nothing happened"),
        }
        assert_eq!(polls.load(Ordering::Relaxed), 1, "only to know whom to wake");
        bell.notify_one();
        // Another task goes on with it.
        tokio::task::LocalSet::new().run_until(&mut aside).await;
        assert!((3..=4).contains(&polls.load(Ordering::Relaxed)));
    }
}
