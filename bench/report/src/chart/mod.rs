//! Charts as values: axes and layers. What draws them is behind one trait, [`Draw`]: as SVG for a page, in characters for a
//! terminal. Layout, ticks and the mapping of values to places are plotters' (`plot`), which no other file knows.

mod axis;
mod plot;
mod svg;
mod terminal;

pub use axis::{Axis, Scale};
pub use svg::Svg;
pub(crate) use svg::line_class;
pub use terminal::Terminal;

/// Draws a chart.
pub trait Draw {
    /// The chart as text: an SVG element, or lines of characters.
    fn draw(&self, chart: &Chart) -> String;
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What it shows, in one sentence: for who can't see it, and above it in a terminal.
    pub title: String,
    /// Horizontal.
    pub x: Axis,
    /// Vertical.
    pub y: Axis,
    /// What is drawn, from the back to the front.
    pub layers: Vec<Layer>,
}

/// A part of a chart.
#[derive(Clone, Debug)]
pub enum Layer {
    /// A line through points.
    Line(Line),
    /// Things, each a mark with a name.
    Marks(Vec<Mark>),
    /// A line across the chart at a value of x, with its name.
    Rule {
        /// Where.
        x: f64,
        /// What is there.
        label: String,
    },
}

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is: it stands in the key of a chart with several; empty where that needs no word.
    pub name: String,
    /// Its colour, one of [`INKS`]; those beyond are dashed, up to twice as many.
    pub ink: u8,
    /// Its points, in order.
    pub points: Vec<[f64; 2]>,
    /// Whether it is the reference, not a thing that is compared: drawn thinner.
    pub reference: bool,
}

/// A thing at a place.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Its name: in the page a row's.
    pub name: String,
    /// What there is to know about it, in one line.
    pub about: String,
    /// Where more about it is in the page: an element's id.
    pub id: String,
    /// Its colour and shape, one of [`INKS`].
    pub ink: u8,
    /// Where it is; nothing where it can't be placed now.
    pub at: Option<[f64; 2]>,
    /// Whether its name is drawn beside it.
    pub named: bool,
}

/// How many colours and shapes there are; the first is the one of a chart with a single line.
pub const INKS: u8 = 8;

/// The steps of a distribution of sorted values: for each value the share that is not above it.
#[must_use]
pub fn steps(sorted: &[f64]) -> Vec<[f64; 2]> {
    let count = sorted.len() as f64;
    let corners = sorted
        .iter()
        .zip(1_u32..)
        .flat_map(|(&value, rank)| [[value, f64::from(rank - 1) / count], [value, f64::from(rank) / count]]);
    corners.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn chart() -> Chart {
        Chart {
            title: "Cost & latency".to_owned(),
            x: Axis::logarithmic("$ a month", [1.0, 100.0], |usd| format!("${usd}")),
            y: Axis::linear("p99, ms", [0.0, 10.0], |ms| ms.to_string()),
            layers: vec![
                Layer::Line(Line {
                    name: "best <of> all".to_owned(),
                    ink: 2,
                    points: vec![[1.0, 10.0], [10.0, 5.0], [100.0, 0.0]],
                    reference: false,
                }),
                Layer::Rule { x: 10.0, label: "knee".to_owned() },
                Layer::Marks(vec![
                    Mark {
                        name: "ec2".to_owned(),
                        about: "ec2: \"cheap\"".to_owned(),
                        id: "way-0".to_owned(),
                        ink: 1,
                        at: Some([10.0, 5.0]),
                        named: true,
                    },
                    Mark {
                        name: "k8s".to_owned(),
                        about: "k8s: too much".to_owned(),
                        id: "way-1".to_owned(),
                        ink: 1,
                        at: None,
                        named: false,
                    },
                ]),
            ],
        }
    }

    #[test]
    fn a_distribution_rises_by_the_same_step_at_each_value() {
        assert_eq!(steps(&[1.0, 3.0]), [[1.0, 0.0], [1.0, 0.5], [3.0, 0.5], [3.0, 1.0]]);
        assert_eq!(steps(&[]).len(), 0);
    }
}
