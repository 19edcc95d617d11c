//! A chart as an SVG element whose colours are classes: a page's style decides what they look like, in light and in dark.
//! Marks are links, so that without scripts too a keyboard reaches them and a pointer shows what they are.

use std::convert::Infallible;

use maud::Escaper;
use plotters::backend::DrawingBackend;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontTransform};

use super::plot::{self, Area, Sizes};
use super::{Axis, Chart, Draw, INKS, Layer, Mark};

/// Draws charts as SVG.
#[derive(Clone, Copy, Debug)]
pub struct Svg {
    /// Width and height of the picture in its own units, of which a line of text takes 13.
    pub size: (u32, u32),
    /// What the document has as its style: none in a page, which has one for all charts.
    pub style: Option<&'static str>,
}

impl Svg {
    fn ticks_max(self) -> [usize; 2] {
        [self.size.0 as usize / 62, self.size.1 as usize / 34]
    }

    /// The ticks that a horizontal axis has in such a picture, each with what it reads.
    #[must_use]
    pub fn x_ticks(self, axis: &Axis) -> Vec<(f64, String)> {
        axis.ticks(self.ticks_max()[0]).into_iter().map(|value| (value, (axis.text)(value))).collect()
    }
}

const SIZES: Sizes = Sizes { below: 42, left: 52, margin: 12, font: 13, ticks: [6, 6], tick: 4 };

impl Draw for Svg {
    fn draw(&self, chart: &Chart) -> String {
        let mut body = String::new();
        let sizes = Sizes { ticks: self.ticks_max(), ..SIZES };
        let drawn = plot::draw(chart, Picture { body: &mut body, size: self.size }, sizes);
        let Ok(area) = drawn else { unreachable!("writing to memory can't fail") };
        let (width, height) = self.size;
        // Seven digits are more than a picture shows, and the same on every processor.
        let axes = |[low, high]: [f64; 2], from: i32, to: i32| format!("{} {} {from} {to}", low as f32, high as f32);
        let mut text = String::from("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\"");
        // A picture with links in it is a group of them to a screen reader, another one is one image.
        let role = if chart.layers.iter().any(|layer| matches!(layer, Layer::Marks(_))) { "group" } else { "img" };
        write(&mut text, format_args!(" role=\"{role}\" viewBox=\"0 0 {width} {height}\" aria-label=\""));
        escape(&mut text, &chart.title);
        if role == "group" {
            let x = axes(chart.x.range, area.x.start, area.x.end);
            let y = axes(chart.y.range, area.y.end, area.y.start);
            write(&mut text, format_args!("\" data-x=\"{x}\" data-y=\"{y}"));
        }
        text.push_str("\">");
        if let Some(style) = self.style {
            write(&mut text, format_args!("<style>{style}</style>"));
        }
        text.push_str(&body);
        write(&mut text, format_args!("<text class=\"label\" x=\"{}\" y=\"{}\">", area.x.start + 6, area.y.start + 10));
        escape(&mut text, &chart.y.label);
        text.push_str("</text>");
        // Names of rules that are near each other stand below each other.
        let mut heights = [26, 40, 54].into_iter().cycle();
        for layer in &chart.layers {
            match layer {
                Layer::Rule { x, label } => {
                    let (x, y) = area.place(chart, [*x, chart.y.range[1]]);
                    let y = y + heights.next().unwrap_or_default();
                    // Towards the middle, so that it does not leave the picture.
                    let (end, x) = if x > (area.x.start + area.x.end) / 2 { ("e", x - 3) } else { ("s", x + 3) };
                    write(&mut text, format_args!("<text class=\"{end}\" x=\"{x}\" y=\"{y}\">"));
                    escape(&mut text, label);
                    text.push_str("</text>");
                }
                Layer::Marks(marks) => marks.iter().for_each(|it| text.push_str(&mark(chart, &area, it))),
                Layer::Line(_) => {}
            }
        }
        text.push_str("</svg>");
        text
    }
}

fn mark(chart: &Chart, area: &Area, mark: &Mark) -> String {
    let at = mark.at.map(|at| area.place(chart, at));
    let place = at.map_or("visibility=\"hidden\"".to_owned(), |(x, y)| format!("transform=\"translate({x} {y})\""));
    let named = if mark.named { " named" } else { "" };
    let mut text = format!("<a class=\"mark i{}{named}\" {place} href=\"#{}\" data-row=\"", mark.ink, mark.id);
    escape(&mut text, &mark.name);
    text.push_str("\"><title>");
    escape(&mut text, &mark.about);
    write(&mut text, format_args!("</title><path d=\"{}\"/>", shape(mark.ink)));
    // Towards the middle, so that it does not leave the picture.
    let right = at.is_some_and(|(x, _)| x > (area.x.start + area.x.end) / 2);
    let (class, x) = if right { ("e", -11) } else { ("s", 11) };
    write(&mut text, format_args!("<text aria-hidden=\"true\" class=\"{class}\" x=\"{x}\" y=\"4\">"));
    escape(&mut text, &mark.name);
    text.push_str("</text></a>");
    text
}

/// A shape for each ink, so that colour is not all that distinguishes marks.
fn shape(ink: u8) -> &'static str {
    match ink % 4 {
        0 => "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0",
        1 => "M-6-6h12v12h-12z",
        2 => "M0-8l8 14h-16z",
        _ => "M0-8l8 8l-8 8l-8-8z",
    }
}

fn escape(text: &mut String, more: &str) {
    write(&mut Escaper::new(text), format_args!("{more}"));
}

fn write(to: &mut impl std::fmt::Write, text: std::fmt::Arguments<'_>) {
    to.write_fmt(text).expect("memory takes all that is written");
}

/// What plotters draws on.
struct Picture<'a> {
    body: &'a mut String,
    size: (u32, u32),
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

fn class(color: BackendColor) -> String {
    match color.rgb.2 {
        100 => "mesh".to_owned(),
        101 => "axis".to_owned(),
        102 => "rule".to_owned(),
        103 => "reference".to_owned(),
        ink => line_class(ink),
    }
}

/// The class of a line: of more lines than there are colours the later ones are dashed.
pub(crate) fn line_class(ink: u8) -> String {
    format!("i{}{}", ink % INKS, if ink < INKS { "" } else { " again" })
}

/// The mesh and the ticks of x are marked: a script that moves the axis draws them again.
fn of_x(class: &str, corners: &[BackendCoord]) -> &'static str {
    let [from, to] = corners else { return "" };
    let of_a_tick = class == "mesh" || class == "axis" && (to.1 - from.1).unsigned_abs() <= SIZES.tick;
    if from.0 == to.0 && of_a_tick { " x" } else { "" }
}

impl DrawingBackend for Picture<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    /// Nothing is drawn by points.
    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Drawn {
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    /// Relative to the point before, which is shorter; a point in a straight line with its neighbours is left out.
    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        let mut corners: Vec<BackendCoord> = Vec::new();
        for point in path {
            if let [.., a, b] = corners[..]
                && (b.0 - a.0) * (point.1 - b.1) == (b.1 - a.1) * (point.0 - b.0)
                && (b.0 - a.0) * (point.0 - b.0) >= 0
                && (b.1 - a.1) * (point.1 - b.1) >= 0
            {
                corners.pop();
            }
            if corners.last() != Some(&point) {
                corners.push(point);
            }
        }
        let Some(&(x, y)) = corners.first() else { return Ok(()) };
        let class = class(style.color());
        write(self.body, format_args!("<path class=\"{class}{}\" d=\"M{x} {y}", of_x(&class, &corners)));
        for (command, pair) in std::iter::once('l').chain(std::iter::repeat(' ')).zip(corners.windows(2)) {
            let (x, y) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
            let comma = if y < 0 { "" } else { " " };
            write(self.body, format_args!("{command}{x}{comma}{y}"));
        }
        self.body.push_str("\"/>");
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Drawn {
        let end = match (style.anchor().h_pos, style.anchor().v_pos) {
            (HPos::Left, _) => "s",
            // What a tick of x reads; the label of the axis hangs at its lower end.
            (HPos::Center, VPos::Top) => "m x",
            (HPos::Center, _) => "m",
            (HPos::Right, _) => "e",
        };
        // A line of text hangs on its base line, not on its top.
        let y = y + match style.anchor().v_pos {
            VPos::Top => 11,
            VPos::Center => 4,
            VPos::Bottom => -4,
        };
        let turn = match style.transform() {
            FontTransform::None => String::new(),
            FontTransform::Rotate90 => format!(" transform=\"rotate(90 {x} {y})\""),
            FontTransform::Rotate180 => format!(" transform=\"rotate(180 {x} {y})\""),
            FontTransform::Rotate270 => format!(" transform=\"rotate(270 {x} {y})\""),
        };
        write(self.body, format_args!("<text class=\"{end}\" x=\"{x}\" y=\"{y}\"{turn}>"));
        escape(self.body, text);
        self.body.push_str("</text>");
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        Ok((letters.saturating_mul(style.size() as u32) * 6 / 10, style.size() as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::chart;
    use super::*;

    #[test]
    fn an_svg_has_classes_for_colours_links_for_marks_and_nothing_unescaped() {
        let drawn = Svg { size: (400, 300), style: None }.draw(&chart());
        for wanted in [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"group\" viewBox=\"0 0 400 300\"",
            "aria-label=\"Cost &amp; latency\"",
            "<path class=\"i2\" d=\"M",
            "<path class=\"rule\" d=\"M",
            "href=\"#way-0\" data-row=\"ec2\"><title>ec2: &quot;cheap&quot;</title>",
            "visibility=\"hidden\" href=\"#way-1\"",
            ">knee</text>",
            ">$10</text>",
        ] {
            assert!(drawn.contains(wanted), "{wanted}\n{drawn}");
        }
        assert!(!drawn.contains("fill=") && !drawn.contains("style"), "{drawn}");
    }

    #[test]
    fn a_line_of_many_points_is_as_long_as_its_corners() {
        let mut body = String::new();
        let style = plotters::style::ShapeStyle::from(plotters::style::RGBColor(0, 0, 3));
        let mut picture = Picture { body: &mut body, size: (9, 9) };
        picture.draw_path([(0, 0), (1, 0), (2, 0), (2, 0), (2, 3), (2, 1)], &style).expect("drawn");
        assert_eq!(body, "<path class=\"i3\" d=\"M0 0l2 0 0 3 0-2\"/>");
    }
}
