//! Small pictures: bars, and a line over them, without a script.

use maud::{Markup, html};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 90.0;
/// For the words below.
const FOOT: f64 = 26.0;

/// One bar.
pub(super) struct Bar {
    pub(super) value: f64,
    /// What it stands for, as the browser shows it over the bar.
    pub(super) words: String,
    /// Another value of its own scale, through which the line goes.
    pub(super) line: Option<f64>,
}

/// Bars from left to right, with a word at either end.
pub(super) fn bars(title: &str, bars: &[Bar], from: &str, to: &str) -> Markup {
    let count = u32::try_from(bars.len().max(1)).map_or(1.0, f64::from);
    let step = WIDTH / count;
    let highest = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::MIN_POSITIVE, f64::max);
    let most = highest(&mut bars.iter().map(|bar| bar.value));
    let longest = highest(&mut bars.iter().filter_map(|bar| bar.line));
    let mut left = 0.0;
    let places: Vec<(f64, &Bar)> = bars
        .iter()
        .map(|bar| {
            let place = left;
            left += step;
            (place, bar)
        })
        .collect();
    let mut line = String::new();
    for (place, bar) in &places {
        if let Some(value) = bar.line {
            let start = if line.is_empty() { 'M' } else { 'L' };
            line +=
                &format!("{start}{:.1} {:.1}", place + step / 2.0, HEIGHT - value / longest * (HEIGHT - 4.0));
        }
    }
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {}", HEIGHT + FOOT)) role="img" aria-label=(title) {
            @for (place, bar) in &places {
                // Whatever is there is seen.
                @let height = if bar.value > 0.0 { (bar.value / most * HEIGHT).max(2.0) } else { 0.0 };
                @if height > 0.0 {
                    rect x=(format!("{place:.1}")) y=(format!("{:.1}", HEIGHT - height))
                        width=(format!("{:.1}", (step - 2.0).max(1.0))) height=(format!("{height:.1}")) {
                        title { (bar.words) }
                    }
                }
            }
            @if !line.is_empty() { path d=(line) {} }
            rect.axis x="0" y=(HEIGHT) width=(WIDTH) height="1" {}
            text x="0" y=(HEIGHT + 20.0) { (from) }
            text x=(WIDTH) y=(HEIGHT + 20.0) text-anchor="end" { (to) }
        }
    }
}
