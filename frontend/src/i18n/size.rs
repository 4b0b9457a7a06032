//! File sizes as people read them.

/// `812 bytes` is `1 KB`: a person compares, nobody counts. Binary multiples, one digit below ten.
pub fn size(bytes: u64) -> String {
    const KB: u64 = 1 << 10;
    const MB: u64 = 1 << 20;
    const GB: u64 = 1 << 30;
    let (unit, name) = match bytes {
        0 => return "0 KB".into(),
        1..MB => (KB, "KB"),
        MB..GB => (MB, "MB"),
        _ => (GB, "GB"),
    };
    let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(unit));
    if tenths < 100 && unit != KB {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", tenths.div_ceil(10))
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes() {
        let got: Vec<String> = [0, 1, 1024, 1025, 900_000, 1 << 20, 2_700_000, 25 << 20, 3 << 30]
            .into_iter()
            .map(size)
            .collect();
        assert_eq!(got, ["0 KB", "1 KB", "1 KB", "2 KB", "879 KB", "1.0 MB", "2.6 MB", "25 MB", "3.0 GB"]);
    }
}
