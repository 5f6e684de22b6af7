//! What may take long, on threads of its own: no change that is typed waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Threads at once.
const AT_ONCE: usize = 2;

/// How many are at work.
#[derive(Debug, Clone, Default)]
pub(super) struct Beside(Arc<AtomicUsize>);

impl Beside {
    /// Does it, unless too many are at work already.
    pub fn run(&self, work: impl FnOnce() + Send + 'static) -> bool {
        if self.0.fetch_add(1, Ordering::AcqRel) >= AT_ONCE {
            self.0.fetch_sub(1, Ordering::AcqRel);
            return false;
        }
        let running = self.0.clone();
        std::thread::spawn(move || {
            // A panic is this question's alone.
            let work = std::panic::AssertUnwindSafe(|| crate::stack::with_room(work));
            let _ = std::panic::catch_unwind(work);
            running.fetch_sub(1, Ordering::AcqRel);
        });
        true
    }
}
