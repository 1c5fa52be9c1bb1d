//! The charts of a page, each a picture in SVG.
//!
//! Colours stand in the page's style sheet: `composed`, `training` and `held` are the kinds of pieces that are
//! compared.

use maud::{Markup, html};

use super::svg::{Px, Scale, label, line};
use crate::format::short_percent;

/// A row of [`overlaps`]: shares of 0 to 1.
pub struct Overlap<'a> {
    /// What overlaps.
    pub name: &'a str,
    /// Its abbreviation.
    pub symbol: &'a str,
    /// Of composed pieces.
    pub composed: f64,
    /// Of training pieces.
    pub training: f64,
}

/// Densities on one grid, for [`densities`].
pub struct DensityCurves<'a> {
    /// What they are densities of.
    pub symbol: &'a str,
    /// The first point of the grid.
    pub from: f64,
    /// The distance of its points.
    pub step: f64,
    /// Held-out pieces, composed ones, composed to held-out ones, training to held-out ones.
    pub curves: &'a [Vec<f64>],
}

/// Bars of overlaps: composed pieces above, training pieces below.
pub fn overlaps(rows: &[Overlap<'_>]) -> Markup {
    const ROW: f64 = 34.0;
    const LEFT: f64 = 240.0;
    let height = ROW * rows.len() as f64 + 26.0;
    let across = Scale { numbers: (0.0, 1.0), pixels: (LEFT, 910.0) };
    let floor = height - 22.0;
    html! {
        svg viewBox={ "0 0 1000 " (Px(height)) } role="img" aria-label="Overlap by feature" {
            @for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
                line.grid x1=(across.at(tick)) x2=(across.at(tick)) y1="0" y2=(Px(floor)) {}
                text.middle x=(across.at(tick)) y=(Px(floor + 16.0)) { (label(tick)) }
            }
            @for (row, overlap) in rows.iter().enumerate() {
                @let top = ROW * row as f64 + 5.0;
                text.name x=(Px(LEFT - 14.0)) y=(Px(top + 15.0)) {
                    (overlap.name) " "
                    tspan.dim { (overlap.symbol) }
                }
                @for (class, share, y, high) in [
                    ("composed", overlap.composed, top, 13.0),
                    ("training", overlap.training, top + 14.0, 8.0),
                ] {
                    rect class=(class) x=(Px(LEFT)) y=(Px(y)) height=(Px(high)) rx="2"
                        width=(Px(across.at(share).0 - LEFT)) {}
                }
                text.value x="1000" y=(Px(top + 15.0)) {
                    (format!("{:.2}", overlap.composed))
                    tspan.dim { (format!(" / {:.2}", overlap.training)) }
                }
            }
        }
    }
}

/// Densities of distances: where next to nothing is left, the chart ends.
pub fn densities(densities: &DensityCurves<'_>) -> Markup {
    const HEIGHT: f64 = 132.0;
    let place = |index: usize| densities.from + index as f64 * densities.step;
    let points = densities.curves.first().map_or(0, Vec::len);
    // Distances begin at 0, whatever the kernels spill.
    let seen = || (0..points).filter(|&index| place(index) >= 0.0);
    let highest = |index: usize| densities.curves.iter().map(|it| it[index]).fold(0.0, f64::max);
    let top = seen().map(highest).fold(0.0, f64::max);
    let last = seen().rfind(|&index| highest(index) > 0.01 * top).unwrap_or(points);
    let across = Scale { numbers: (0.0, place(last)), pixels: (4.0, 316.0) };
    let up = Scale { numbers: (0.0, top), pixels: (HEIGHT - 22.0, 6.0) };
    let stride = (last / 150).max(1);
    let curve = |which: usize| {
        let indices = seen().filter(|&index| index <= last).step_by(stride);
        line(indices.map(|index| (across.at(place(index)), up.at(densities.curves[which][index]))))
    };
    // Down to the axis and back, so that the area can be filled.
    let area = format!("{}V{}H{}Z", curve(0), up.pixels.0, across.pixels.0);
    html! {
        svg viewBox={ "0 0 320 " (Px(HEIGHT)) } role="img"
            aria-label={ "Densities of distances: " (densities.symbol) }
        {
            path.held-area d=(area) {}
            path.held d=(curve(0)) {}
            path.training d=(curve(3)) {}
            path.own d=(curve(1)) {}
            path.composed d=(curve(2)) {}
            line.axis x1="4" x2="316" y1=(Px(up.pixels.0)) y2=(Px(up.pixels.0)) {}
            @for tick in across.ticks(5) {
                text.middle x=(across.at(tick)) y=(Px(HEIGHT - 6.0)) { (label(tick)) }
            }
        }
    }
}

/// Shares of 0 to 1 bin by bin, in rows of a name, the composed and the held-out pieces' share: composed
/// above, held out below. `all` shows the empty ones, too.
pub fn shares<'n>(bins: impl Iterator<Item = (&'n str, f64, f64)>, all: bool) -> Markup {
    const ROW: f64 = 24.0;
    const LEFT: f64 = 140.0;
    let rows: Vec<(&str, f64, f64)> =
        bins.filter(|&(_, composed, held_out)| all || composed.max(held_out) >= 0.0005).collect();
    let most = rows.iter().map(|row| row.1.max(row.2)).fold(0.0, f64::max);
    let across = Scale { numbers: (0.0, most), pixels: (LEFT, 388.0) };
    let height = ROW * rows.len() as f64;
    html! {
        svg viewBox={ "0 0 480 " (Px(height)) } role="img" aria-label="Shares in percent" {
            @for (row, &(name, composed, held_out)) in rows.iter().enumerate() {
                @let top = ROW * row as f64 + 2.0;
                text.name x=(Px(LEFT - 10.0)) y=(Px(top + 13.0)) { (name) }
                @for (class, share, y) in [("composed", composed, top), ("held", held_out, top + 10.0)] {
                    rect class=(class) x=(Px(LEFT)) y=(Px(y)) height="9" rx="2"
                        width=(Px(across.at(share).0 - LEFT)) {}
                }
                text.value x="478" y=(Px(top + 13.0)) {
                    (short_percent(composed)) tspan.dim { " / " (short_percent(held_out)) " %" }
                }
            }
        }
    }
}

/// How many pieces have a longest copied run of so many notes, as shares of all: the notes of each composed
/// and of each held-out piece's.
pub fn longest_runs(composed: &[usize], held_out: &[usize]) -> Markup {
    const HEIGHT: f64 = 240.0;
    let lists = [composed, held_out];
    let most = lists.concat().into_iter().max().unwrap_or(0);
    let width = most.div_ceil(40).max(1);
    let bins = most / width + 1;
    let shares = lists.each_ref().map(|list| {
        let mut shares = vec![0.0; bins];
        list.iter().for_each(|notes| shares[notes / width] += 1.0 / list.len().max(1) as f64);
        shares
    });
    let highest = shares.iter().flatten().copied().fold(0.0, f64::max);
    let across = Scale { numbers: (0.0, (bins * width) as f64), pixels: (46.0, 990.0) };
    let up = Scale { numbers: (0.0, highest), pixels: (HEIGHT - 42.0, 8.0) };
    let floor = up.pixels.0;
    let bar = (across.at(width as f64).0 - across.at(0.0).0) * 0.44;
    html! {
        svg viewBox={ "0 0 1000 " (Px(HEIGHT)) } role="img" aria-label="Longest copied runs" {
            @for tick in up.ticks(5) {
                line.grid x1="46" x2="990" y1=(up.at(tick)) y2=(up.at(tick)) {}
                text.name x="38" y=(Px(up.at(tick).0 + 4.0)) { (label(100.0 * tick)) " %" }
            }
            @for (which, class) in ["composed", "held"].into_iter().enumerate() {
                @for (bin, &share) in shares[which].iter().enumerate().filter(|it| *it.1 > 0.0) {
                    @let left = across.at((bin * width) as f64).0 + bar * (0.13 + which as f64);
                    rect class=(class) x=(Px(left)) y=(up.at(share)) width=(Px(bar)) rx="1.5"
                        height=(Px(floor - up.at(share).0)) {}
                }
            }
            line.axis x1="46" x2="990" y1=(Px(floor)) y2=(Px(floor)) {}
            @for tick in across.ticks(16).into_iter().filter(|&it| it < (bins * width) as f64) {
                text.middle x=(Px(across.at(tick).0 + bar)) y=(Px(floor + 16.0)) { (label(tick)) }
            }
            text.middle x="518" y=(Px(HEIGHT - 8.0)) { "notes of the longest copied run" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_files_cannot_break_the_picture() {
        let svg = shares([("<script>&", 1.0, 0.5)].into_iter(), false).into_string();
        assert!(svg.contains("&lt;script&gt;&amp;") && !svg.contains("<script>"), "{svg}");
    }

    #[test]
    fn empty_bins_are_left_out_unless_all_are_asked_for() {
        let bins = || [("quarter", 1.0, 1.0), ("whole", 0.0, 0.0)].into_iter();
        assert!(!shares(bins(), false).into_string().contains("whole"));
        assert!(shares(bins(), true).into_string().contains("whole"));
    }

    #[test]
    fn no_runs_at_all_are_a_picture_too() {
        let svg = longest_runs(&[], &[]).into_string();
        assert!(svg.contains("</svg>") && !svg.contains("NaN"), "{svg}");
    }
}
