//! Numbers as a person reads them: dollars and calls.

/// Dollars: to the cent, smaller sums to two significant digits, down to a ten-thousandth of a cent.
pub(crate) fn usd(value: f64) -> String {
    match value {
        value if value.abs() < 0.000_001 => "0".to_owned(),
        value if value.abs() < 0.1 => {
            let digits = 1 - value.abs().log10().floor() as i32;
            format!("{value:.*}", usize::try_from(digits).unwrap_or_default())
        }
        value => format!("{value:.2}"),
    }
}

/// Calls: to three significant digits, with the unit's letter.
pub(crate) fn calls(value: f64) -> String {
    let (scaled, letter) = match value {
        value if value >= 999.5e6 => (value / 1e9, " G"),
        value if value >= 999.5e3 => (value / 1e6, " M"),
        value if value >= 999.5 => (value / 1e3, " k"),
        value => (value, ""),
    };
    let decimals = match scaled {
        scaled if scaled >= 99.95 || letter.is_empty() => 0,
        scaled if scaled >= 9.995 => 1,
        _ => 2,
    };
    let mut text = format!("{scaled:.decimals$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    text + letter
}

/// A whole number, its thousands apart: `5,000,000`.
pub(crate) fn whole(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_told_to_the_cent_and_small_ones_to_two_digits() {
        for (value, text) in
            [(0.0, "0"), (14.0284, "14.03"), (0.1, "0.10"), (0.0023, "0.0023"), (0.00000006, "0"), (0.0499, "0.050")]
        {
            assert_eq!(usd(value), text);
        }
    }

    #[test]
    fn calls_are_told_to_three_digits_with_their_unit() {
        for (value, text) in [
            (1.0, "1"),
            (999.0, "999"),
            (1e3, "1 k"),
            (8_953_466.0, "8.95 M"),
            (131_400_000.0, "131 M"),
            (12_345.0, "12.3 k"),
            (999_600.0, "1 M"),
            (1e9, "1 G"),
        ] {
            assert_eq!(calls(value), text);
        }
    }

    #[test]
    fn whole_numbers_have_their_thousands_apart() {
        for (value, text) in [(1.0, "1"), (999.0, "999"), (1000.0, "1,000"), (5e6, "5,000,000")] {
            assert_eq!(whole(value), text);
        }
    }
}
