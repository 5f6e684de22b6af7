//! Room on the stack for what recurses, on whatever thread it is called.

/// Bytes of stack that reading and planning may take. Nesting is bounded (160 subqueries,
/// CASEs or parentheses), but `a or b or …` is as deep as it is long: printing it takes about six kilobytes a
/// level in unoptimized code, walking over its names twice that or more. This is room for the
/// 20,000 of them that are read.
const ROOM: usize = 512 << 20;

/// Runs `work` with [`ROOM`] bytes of stack: on the thread's own if it has them, else on a new
/// stack whose pages are taken only as they are used.
pub(crate) fn with_room<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(ROOM, ROOM, work)
}
