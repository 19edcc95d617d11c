//! A chart in characters: lines and marks in braille, eight dots to a character, and text in its own cells.

use std::convert::Infallible;

use plotters::backend::DrawingBackend;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind};

use super::plot::{self, Sizes};
use super::{Chart, Draw, Layer};

/// Draws charts for a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Characters in a line.
    pub columns: u32,
    /// Lines, title and names aside.
    pub rows: u32,
}

/// Dots of a character.
const WIDE: i32 = 2;
const HIGH: i32 = 4;

const SIZES: Sizes = Sizes { below: 8, left: 18, margin: 4, font: 4, ticks: [6, 6], tick: 0 };

/// What marks and lines are called by.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl Draw for Terminal {
    fn draw(&self, chart: &Chart) -> String {
        let (columns, rows) = (self.columns.clamp(40, 400) as i32, self.rows.clamp(8, 200) as i32);
        let mut cells = Cells { dots: vec![0; (columns * rows) as usize], text: Vec::new(), columns, rows };
        let sizes = Sizes { ticks: [columns as usize / 14, rows as usize / 4], ..SIZES };
        let Ok(area) = plot::draw(chart, &mut cells, sizes) else { unreachable!("writing to memory can't fail") };
        let mut letters = LETTERS.chars();
        let mut names = Vec::new();
        for layer in &chart.layers {
            match layer {
                Layer::Rule { x, label } => {
                    let (x, y) = area.place(chart, [*x, chart.y.range[1]]);
                    cells.write(label, HPos::Left, (x + WIDE, y));
                }
                Layer::Marks(marks) => {
                    for mark in marks {
                        let (Some(at), Some(letter)) = (mark.at, letters.next()) else { continue };
                        cells.write(&letter.to_string(), HPos::Left, area.place(chart, at));
                        names.push(format!("  {letter}  {}", mark.about));
                    }
                }
                Layer::Line(line) if !line.name.is_empty() => {
                    let (Some(&end), Some(letter)) = (line.points.last(), letters.next()) else { continue };
                    let (x, y) = area.place(chart, end);
                    cells.write(&letter.to_string(), HPos::Left, (x - WIDE, y));
                    names.push(format!("  {letter}  {}", line.name));
                }
                Layer::Line(_) => {}
            }
        }
        let title = format!("{}\n\n{}\n", chart.title, chart.y.label);
        let names = names.iter().map(|name| format!("{name}\n")).collect::<String>();
        title + &cells.lines() + &names
    }
}

/// What plotters draws on.
struct Cells {
    dots: Vec<u8>,
    text: Vec<((i32, i32), char)>,
    columns: i32,
    rows: i32,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl Cells {
    /// Writes text at a place in dots. What would leave the line is moved into it.
    fn write(&mut self, text: &str, end: HPos, (x, y): BackendCoord) {
        let length = text.chars().count() as i32;
        let column = x / WIDE
            - match end {
                HPos::Left => 0,
                HPos::Center => length / 2,
                HPos::Right => length,
            };
        let (column, row) = (column.clamp(0, (self.columns - length).max(0)), (y / HIGH).clamp(0, self.rows - 1));
        self.text.extend(text.chars().zip(column..self.columns).map(|(letter, column)| ((row, column), letter)));
    }

    fn lines(&self) -> String {
        let mut characters: Vec<char> = self
            .dots
            .iter()
            .map(|&dots| if dots == 0 { ' ' } else { char::from_u32(0x2800 + u32::from(dots)).unwrap_or(' ') })
            .collect();
        for &((row, column), letter) in &self.text {
            if let Some(cell) = characters.get_mut((row * self.columns + column) as usize) {
                *cell = letter;
            }
        }
        let lines = characters.chunks(self.columns as usize).map(|line| line.iter().collect::<String>());
        lines.map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

impl DrawingBackend for &mut Cells {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        ((self.columns * WIDE).unsigned_abs(), (self.rows * HIGH).unsigned_abs())
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        // Of the mesh nothing is seen: its lines would be as thick as the chart's own.
        let hidden = color.alpha == 0.0 || color.rgb.2 == plot::MESH.2;
        if hidden || x < 0 || y < 0 || x >= self.columns * WIDE || y >= self.rows * HIGH {
            return Ok(());
        }
        // The order of a braille character's dots in Unicode: three down, three down, then the last row.
        let dot = match (x % WIDE, y % HIGH) {
            (0, 3) => 0x40,
            (1, 3) => 0x80,
            (right, down) => 1 << (down + 3 * right),
        };
        self.dots[(y / HIGH * self.columns + x / WIDE) as usize] |= dot;
        Ok(())
    }

    /// One dot wide, whatever its width is.
    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let mut last = None;
        for point in path {
            if let Some(last) = last {
                self.draw_line(last, point, &Thin(style.color()))?;
            }
            last = Some(point);
        }
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Drawn {
        let y = match style.anchor().v_pos {
            VPos::Top | VPos::Center => y,
            VPos::Bottom => y - 1,
        };
        self.write(text, style.anchor().h_pos, (x, y));
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        _: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        Ok((letters.saturating_mul(WIDE.unsigned_abs()), HIGH.unsigned_abs()))
    }
}

/// A line of one dot.
struct Thin(BackendColor);

impl BackendStyle for Thin {
    fn color(&self) -> BackendColor {
        self.0
    }

    fn stroke_width(&self) -> u32 {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::chart;
    use super::*;

    #[test]
    fn a_terminal_has_the_title_the_axes_the_marks_and_their_names() {
        let drawn = Terminal { columns: 60, rows: 16 }.draw(&chart());
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines[0], "Cost & latency");
        assert!(lines.iter().all(|line| line.chars().count() <= 60), "{drawn}");
        for wanted in ["p99, ms", "$ a month", "$10", "knee", "  a  best <of> all", "  b  ec2: \"cheap\""] {
            assert!(drawn.contains(wanted), "{wanted}\n{drawn}");
        }
        // The mark is in the middle, where the line passes; the one without a place is nowhere.
        assert!(lines[3..16].iter().any(|line| line.contains('b')) && !drawn.contains("too much"), "{drawn}");
        assert!(drawn.chars().any(|letter| ('\u{2801}'..='\u{28ff}').contains(&letter)));
    }
}
