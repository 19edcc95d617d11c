//! Numbers as a person reads them: dollars, calls, and figures to the digits that they carry.

/// The decimals (below 0: tens, hundreds) to which a figure is shown whose uncertainty is so much: the uncertainty's first
/// digit, and the second where its three digits are 354 or less (Particle Data Group, *Review of Particle Physics*, 2024,
/// "Introduction", §5.3).
pub(crate) fn decimals(uncertainty: f64) -> i32 {
    let first = uncertainty.log10().floor() as i32;
    let three_digits = uncertainty / 10_f64.powi(first - 2);
    if three_digits.round() <= 354.0 { 1 - first } else { -first }
}

/// The decimals that a value's first digit takes.
pub(crate) fn first_digit(value: f64) -> i32 {
    if value == 0.0 { 0 } else { -value.abs().log10().floor() as i32 }
}

/// A value to so many decimals; below 0, to tens, hundreds, and so on.
pub(crate) fn rounded(value: f64, decimals: i32) -> String {
    match usize::try_from(decimals) {
        Ok(decimals) => format!("{value:.decimals$}"),
        Err(_) => {
            let unit = 10_f64.powi(-decimals);
            format!("{:.0}", (value / unit).round() * unit)
        }
    }
}

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
    fn a_figure_has_the_digits_that_its_uncertainty_leaves() {
        // The Particle Data Group's own examples come first.
        for (value, uncertainty, text) in [
            (0.827, 0.119, "0.83"),
            (0.827, 0.367, "0.8"),
            (0.827, 0.967, "0.8"),
            (159_873.0, 8_123.0, "160000"),
            (159_873.0, 1_230.0, "159900"),
            (0.0641, 0.0012, "0.0641"),
        ] {
            assert_eq!(rounded(value, decimals(uncertainty)), text, "{value} ± {uncertainty}");
        }
        for (value, text) in [(0.0641, "0.06"), (232.4, "200"), (0.0, "0")] {
            assert_eq!(rounded(value, first_digit(value)), text);
        }
    }

    #[test]
    fn dollars_are_shown_to_the_cent_and_small_ones_to_two_digits() {
        for (value, text) in
            [(0.0, "0"), (14.0284, "14.03"), (0.1, "0.10"), (0.0023, "0.0023"), (0.00000006, "0"), (0.0499, "0.050")]
        {
            assert_eq!(usd(value), text);
        }
    }

    #[test]
    fn calls_are_shown_to_three_digits_with_their_unit() {
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
