//! Room on the stack for what recurses, on whatever thread it is called.

/// Bytes of stack that reading and planning may take. Nesting is bounded (160 subqueries,
/// CASEs or parentheses), but `a or b or …` is as deep as it is long: printing it takes about six kilobytes a
/// level in unoptimized code, walking over its names twice that or more. This is room for the
/// 20,000 of them that are read.
const ROOM: usize = 512 << 20;

/// Bytes of a stack made for it. More than [`ROOM`], so that a call within a call finds its room on the
/// same stack: each new one is mapped, faulted in page by page and unmapped again.
const STACK: usize = ROOM + (64 << 20);

/// Runs `work` with [`ROOM`] bytes of stack: on the thread's own if it has them, else on a new
/// stack whose pages are taken only as they are used.
pub(crate) fn with_room<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(ROOM, STACK, work)
}

/// Gives the threads that work side by side stacks with room from the start, once for the process. Address space
/// alone: pages are taken as they are used. Where it can't be had (a limit on it, or a pool that the
/// library's user has made), [`with_room`] makes room for each call.
pub(crate) fn for_all_threads() {
    let _ = rayon::ThreadPoolBuilder::new()
        .stack_size(STACK)
        .build_global();
}
