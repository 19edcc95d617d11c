//! An axis: its range, where its ticks are, and what they read.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

/// How values are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences, equal distances.
    Linear,
    /// Equal ratios, equal distances.
    Logarithmic,
}

/// An axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it shows, with its unit.
    pub label: String,
    /// How values are spread.
    pub scale: Scale,
    /// Its ends: of a logarithmic one both above 0.
    pub range: [f64; 2],
    /// What a tick reads.
    pub text: fn(f64) -> String,
}

impl Axis {
    /// A linear axis.
    #[must_use]
    pub fn linear(label: &str, range: [f64; 2], text: fn(f64) -> String) -> Self {
        Self { label: label.to_owned(), scale: Scale::Linear, range: widened(range, 1.0), text }
    }

    /// A logarithmic axis.
    #[must_use]
    pub fn logarithmic(label: &str, range: [f64; 2], text: fn(f64) -> String) -> Self {
        let [low, high] = range.map(|end| if end.is_finite() { end.max(f64::MIN_POSITIVE) } else { 1.0 });
        let [low, high] = if high > low * 1.001 { [low, high] } else { [low / 2.0, low * 2.0] };
        Self { label: label.to_owned(), scale: Scale::Logarithmic, range: [low, high], text }
    }

    /// A logarithmic axis that holds values, with room at both ends; nothing where no value is above 0.
    #[must_use]
    pub fn around(label: &str, values: impl Iterator<Item = f64>, text: fn(f64) -> String) -> Option<Self> {
        let above = values.filter(|value| value.is_finite() && *value > 0.0);
        let [low, high] = above.fold([f64::INFINITY, 0.0], |[low, high], value| [low.min(value), high.max(value)]);
        (high > 0.0).then(|| Self::logarithmic(label, [low / 1.25, high * 1.25], text))
    }

    /// Where a value is between the ends, 0 to 1; beyond them it is drawn at the end.
    #[must_use]
    pub fn share(&self, value: f64) -> f64 {
        let [low, high] = self.range;
        let share = match self.scale {
            Scale::Linear => (value - low) / (high - low),
            Scale::Logarithmic => (value.max(f64::MIN_POSITIVE) / low).ln() / (high / low).ln(),
        };
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// Its ticks, at most so many: 1, 2 and 5 of each decade as far as there is room.
    #[must_use]
    pub fn ticks(&self, most: usize) -> Vec<f64> {
        let [low, high] = self.range;
        match self.scale {
            Scale::Linear => {
                let least = (high - low) / most.max(1) as f64;
                let decade = 10_f64.powf(least.log10().floor());
                let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|it| it * decade).find(|step| *step >= least * 0.999);
                let step = step.unwrap_or(least);
                let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
                (first..=last).take(100).map(|index| index as f64 * step).collect()
            }
            Scale::Logarithmic => {
                let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
                let inside = |value: &f64| *value >= low * 0.999 && *value <= high * 1.001;
                let decades = || first..=last;
                let finer = [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]];
                let ticks = finer.into_iter().map(|digits| {
                    let all = decades().flat_map(|decade| digits.iter().map(move |digit| digit * 10_f64.powi(decade)));
                    all.filter(inside).collect::<Vec<_>>()
                });
                let coarse = (2..=12).map(|step: i32| {
                    let all = decades().filter(|decade| decade.rem_euclid(step) == 0).map(|decade| 10_f64.powi(decade));
                    all.filter(inside).collect::<Vec<_>>()
                });
                ticks.chain(coarse).find(|ticks| ticks.len() <= most).unwrap_or_default()
            }
        }
    }
}

fn widened([low, high]: [f64; 2], by: f64) -> [f64; 2] {
    let finite = low.is_finite() && high.is_finite();
    if finite && high > low {
        [low, high]
    } else {
        [if finite { low } else { 0.0 }, if finite { low + by } else { by }]
    }
}

/// To plotters: an axis of either scale.
impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (f64::from(to - from) * self.share(*value)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        self.ticks(hint.bold_points())
    }

    fn range(&self) -> Range<f64> {
        self.range[0]..self.range[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_one_two_and_five_as_far_as_there_is_room() {
        let text: fn(f64) -> String = |value| value.to_string();
        for (axis, most, ticks) in [
            (Axis::logarithmic("", [0.8, 12.0], text), 6, vec![1.0, 2.0, 5.0, 10.0]),
            (Axis::logarithmic("", [0.8, 120.0], text), 5, vec![1.0, 3.0, 10.0, 30.0, 100.0]),
            (Axis::logarithmic("", [1.0, 1e6], text), 4, vec![1.0, 100.0, 1e4, 1e6]),
            (Axis::linear("", [0.0, 1.0], text), 5, vec![0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]),
            (Axis::linear("", [0.0, 70.0], text), 4, vec![0.0, 20.0, 40.0, 60.0]),
        ] {
            assert_eq!(axis.ticks(most), ticks, "{axis:?}");
        }
    }

    #[test]
    fn any_range_makes_an_axis_and_any_value_has_a_place() {
        let text: fn(f64) -> String = |value| value.to_string();
        for [low, high] in [[0.0, 0.0], [5.0, 1.0], [f64::NAN, 1.0], [1.0, f64::INFINITY], [-3.0, -3.0]] {
            for axis in [Axis::linear("", [low, high], text), Axis::logarithmic("", [low, high], text)] {
                assert!(axis.range[0] < axis.range[1], "{axis:?}");
                for value in [f64::NAN, -1.0, 0.0, 1e300] {
                    assert!((0.0..=1.0).contains(&axis.share(value)), "{axis:?} {value}");
                }
                assert!(axis.ticks(6).len() <= 100);
            }
        }
    }
}
