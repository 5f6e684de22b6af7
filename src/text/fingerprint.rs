//! A short name for a text, the same on every machine and in every release.

/// FNV-1a of texts, in 16 hexadecimal digits; `["ab", "c"]` is not `["a", "bc"]`.
pub fn fingerprint(parts: &[&str]) -> String {
    let hash = parts
        .iter()
        .flat_map(|text| text.bytes().chain([0]))
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}
