//! Samples of one figure: median, least, greatest, and how they are written.

/// At least one measured value, in rising order.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample(Vec<f64>);

impl Sample {
    /// `None` of nothing. Values that are not numbers are left out.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        (!values.is_empty()).then_some(Self(values))
    }

    /// The middle value; of an even number, the mean of the two in the middle.
    pub fn median(&self) -> f64 {
        let n = self.0.len();
        let high = self.0.get(n / 2).copied().unwrap_or_default();
        if n % 2 == 1 { high } else { f64::midpoint(self.0.get(n / 2 - 1).copied().unwrap_or(high), high) }
    }

    pub fn least(&self) -> f64 {
        self.0.first().copied().unwrap_or_default()
    }

    pub fn greatest(&self) -> f64 {
        self.0.last().copied().unwrap_or_default()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Ms,
    /// 1,000 bytes.
    Kb,
    /// 1,024 bytes.
    KiB,
}

impl Unit {
    /// e.g. `0.34 ms`, `7.2 ms`, `163 ms`.
    pub fn show(self, value: f64) -> String {
        format!("{} {}", number(value), self.name())
    }

    /// Median with least and greatest: `12 ms (9.1–18)`; a single value alone.
    pub fn show_all(self, sample: &Sample) -> String {
        let median = self.show(sample.median());
        if sample.len() == 1 {
            return median;
        }
        format!("{median} ({}–{})", number(sample.least()), number(sample.greatest()))
    }

    fn name(self) -> &'static str {
        match self {
            Unit::Ms => "ms",
            Unit::Kb => "KB",
            Unit::KiB => "KiB",
        }
    }
}

/// Two digits that mean something, more only before the point.
fn number(value: f64) -> String {
    match value.abs() {
        v if v < 0.995 => format!("{value:.2}"),
        v if v < 9.95 => format!("{value:.1}"),
        _ => thousands(value),
    }
}

/// Rounded, with commas: `100,000`.
pub fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if value <= -0.5 { format!("-{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_numbers() {
        let odd = Sample::of([9.0, 1.0, 5.0]).unwrap();
        assert_eq!((odd.median(), odd.least(), odd.greatest(), odd.len()), (5.0, 1.0, 9.0, 3));
        let even = Sample::of([4.0, f64::NAN, 1.0, 3.0, 100.0]).unwrap();
        assert_eq!((even.median(), even.len()), (3.5, 4));
        assert_eq!(Sample::of([]), None);
        assert_eq!(Sample::of([f64::INFINITY]), None);
    }

    #[test]
    fn figures_are_as_exact_as_they_can_be() {
        let sample = Sample::of([12.4, 9.12, 18.0]).unwrap();
        assert_eq!(Unit::Ms.show_all(&sample), "12 ms (9.1–18)");
        assert_eq!(Unit::Kb.show_all(&Sample::of([1234.6]).unwrap()), "1,235 KB");
        let shown: Vec<String> = [0.3, 0.996, 9.96, 999.6, 100_000.0, -4.0].map(|v| Unit::Ms.show(v)).into();
        assert_eq!(shown, ["0.30 ms", "1.0 ms", "10 ms", "1,000 ms", "100,000 ms", "-4.0 ms"]);
    }
}
