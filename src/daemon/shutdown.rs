//! What the tasks of the daemon are told when it is to end.

use tokio_util::sync::CancellationToken;

/// The two steps of the end: nothing more is taken up, and later perhaps what runs is stopped.
///
/// Whoever is stopped finds the drain begun. Otherwise it gives its message back while more are received, which brings the
/// message back to a daemon that stops it again, a delivery each time.
#[derive(Clone, Default)]
pub(super) struct Shutdown {
    draining: CancellationToken,
    aborting: CancellationToken,
}

impl Shutdown {
    pub(super) fn drain(&self) {
        self.draining.cancel();
    }

    /// Begins the drain too.
    pub(super) fn abort(&self) {
        self.draining.cancel();
        self.aborting.cancel();
    }

    /// Fires when nothing more is taken up.
    pub(super) fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    /// Fires when loads are stopped.
    pub(super) fn aborting(&self) -> &CancellationToken {
        &self.aborting
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Wake, Waker};

    use super::*;

    /// Looks whether the drain has begun, at the very moment at which it is woken.
    struct Looks {
        draining: CancellationToken,
        has_begun: AtomicBool,
    }

    impl Wake for Looks {
        fn wake(self: Arc<Self>) {
            self.has_begun.store(self.draining.is_cancelled(), Ordering::Relaxed);
        }
    }

    #[test]
    fn who_is_stopped_finds_the_drain_begun() {
        let shutdown = Shutdown::default();
        let looks =
            Arc::new(Looks { draining: shutdown.draining().clone(), has_begun: AtomicBool::new(false) });
        let waker = Waker::from(Arc::clone(&looks));
        let mut stopped = pin!(shutdown.aborting().cancelled());
        assert!(stopped.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        shutdown.abort();
        assert!(looks.has_begun.load(Ordering::Relaxed));
    }
}
