//! A chart on one of plotters' backends: layout, mesh, lines. The backends are ours (`svg`, `terminal`), for colours are
//! names here, which a page's style or a terminal gives a look.
//!
//! Why plotters: three small packages without its default features, years of use, and one trait for backends, so that page
//! and terminal are drawn from the same scene. kuva draws both too, but is 95,000 lines of source to compile, and has no
//! colours by name for dark pages; poloto has no logarithmic axes and no terminal.

use std::ops::Range;

use plotters::backend::DrawingBackend;
use plotters::chart::ChartBuilder;
use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::PathElement;
use plotters::style::{Color, FontFamily, IntoFont, RGBColor, ShapeStyle};

use super::{Chart, Layer};

/// What a backend draws with, as plotters' colours carry it: the last byte is the ink.
pub(super) const MESH: RGBColor = RGBColor(0, 0, 100);
pub(super) const AXIS: RGBColor = RGBColor(0, 0, 101);
pub(super) const RULE: RGBColor = RGBColor(0, 0, 102);
pub(super) const REFERENCE: RGBColor = RGBColor(0, 0, 103);

/// The sizes of a backend's picture, in its own units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Below the plot: ticks and the label of x.
    pub(super) below: u32,
    /// Left of it: ticks of y.
    pub(super) left: u32,
    /// Above and right of it.
    pub(super) margin: u32,
    /// Height of a line of text.
    pub(super) font: u32,
    /// Ticks, at most: of x and of y.
    pub(super) ticks: [usize; 2],
    /// Length of a tick.
    pub(super) tick: u32,
}

/// Where the plot is in a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: Range<i32>,
    pub(super) y: Range<i32>,
}

impl Area {
    /// Where a point of a chart is.
    pub(super) fn place(&self, chart: &Chart, [x, y]: [f64; 2]) -> (i32, i32) {
        let between =
            |range: &Range<i32>, share: f64| range.start + (f64::from(range.end - range.start) * share).round() as i32;
        (between(&self.x, chart.x.share(x)), between(&self.y, 1.0 - chart.y.share(y)))
    }
}

/// Draws all but marks and the labels of rules, which each backend draws itself, and gives where the plot is.
pub(super) fn draw<B: DrawingBackend>(
    chart: &Chart,
    backend: B,
    sizes: Sizes,
) -> Result<Area, DrawingAreaErrorKind<B::ErrorType>> {
    let root = backend.into_drawing_area();
    let mut context = ChartBuilder::on(&root)
        .margin_top(sizes.margin)
        .margin_right(sizes.margin)
        .x_label_area_size(sizes.below)
        .y_label_area_size(sizes.left)
        .build_cartesian_2d(chart.x.clone(), chart.y.clone())?;
    let font = || (FontFamily::SansSerif, f64::from(sizes.font)).into_font().color(&AXIS);
    context
        .configure_mesh()
        .x_labels(sizes.ticks[0])
        .y_labels(sizes.ticks[1])
        .x_label_formatter(&|value| (chart.x.text)(*value))
        .y_label_formatter(&|value| (chart.y.text)(*value))
        .x_label_style(font())
        .y_label_style(font())
        .axis_style(AXIS)
        .bold_line_style(MESH)
        // It draws the same ticks twice: once is enough.
        .light_line_style(MESH.mix(0.0))
        .set_all_tick_mark_size(sizes.tick)
        .x_desc(chart.x.label.clone())
        .draw()?;
    let corner = |at: usize| context.backend_coord(&(chart.x.range[at], chart.y.range[at]));
    let ((left, bottom), (right, top)) = (corner(0), corner(1));
    let [low, high] = chart.y.range;
    for layer in &chart.layers {
        match layer {
            Layer::Line(line) => {
                let color = if line.reference { REFERENCE } else { RGBColor(0, 0, line.ink) };
                let style = ShapeStyle::from(color).stroke_width(2);
                let points: Vec<_> = line.points.iter().map(|[x, y]| (*x, *y)).collect();
                context.draw_series(std::iter::once(PathElement::new(points, style)))?;
            }
            Layer::Rule { x, .. } => {
                let rule = PathElement::new(vec![(*x, low), (*x, high)], RULE);
                context.draw_series(std::iter::once(rule))?;
            }
            Layer::Marks(_) => {}
        }
    }
    Ok(Area { x: left..right, y: top..bottom })
}
