//! Pictures of windows and pages with a palette, which takes half the bytes.

use std::collections::HashMap;
use std::io::Cursor;

use anyhow::{Context, Result, ensure};
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Filter, Transformations};

/// A colour: red, green, blue.
type Colour = [u8; 3];

/// Most colours of a palette.
const MOST: usize = 256;

/// A PNG with a palette of at most 256 colours, the most frequent ones that are not too like each other.
///
/// # Errors
/// Where it is no PNG.
pub fn with_palette(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().context("not a PNG")?;
    let size = reader.output_buffer_size().context("a PNG that is too large")?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).context("a damaged PNG")?;
    let samples = info.color_type.samples();
    ensure!(samples >= 3, "a PNG without colours");
    let colours: Vec<Colour> = pixels[..info.buffer_size()]
        .chunks_exact(samples)
        .map(|it| [it[0], it[1], it[2]])
        .collect();

    let (palette, indices) = reduce(&colours);
    let mut written = Vec::new();
    let mut encoder = Encoder::new(&mut written, info.width, info.height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(Compression::High);
    encoder.set_filter(Filter::NoFilter);
    let mut writer = encoder.write_header().context("cannot write a PNG")?;
    writer.write_image_data(&indices).context("cannot write a PNG")?;
    writer.finish().context("cannot write a PNG")?;
    Ok(written)
}

/// A palette, and the place in it of each colour's nearest.
fn reduce(colours: &[Colour]) -> (Vec<Colour>, Vec<u8>) {
    let mut counts: HashMap<Colour, usize> = HashMap::new();
    for &colour in colours {
        *counts.entry(colour).or_default() += 1;
    }
    let mut frequent: Vec<(Colour, usize)> = counts.into_iter().collect();
    frequent.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let palettes = (0..).map(|least| palette(&frequent, least));
    let chosen = palettes.flatten().next().unwrap_or_default();
    let nearest = |colour: Colour| {
        let by_distance = (0..=u8::MAX).zip(&chosen).min_by_key(|(_, it)| distance(**it, colour));
        by_distance.map_or(0, |it| it.0)
    };
    let places: HashMap<Colour, u8> = frequent.iter().map(|it| (it.0, nearest(it.0))).collect();
    let indices = colours.iter().map(|colour| places[colour]).collect();
    (chosen, indices)
}

/// The most frequent colours that are further from each other than so many steps; `None` where these are too many.
fn palette(frequent: &[(Colour, usize)], least: u32) -> Option<Vec<Colour>> {
    let mut palette: Vec<Colour> = Vec::new();
    for &(colour, _) in frequent {
        if palette.iter().all(|it| distance(*it, colour) > least * least) {
            palette.push(colour);
            if palette.len() > MOST {
                return None;
            }
        }
    }
    Some(palette)
}

/// The square of the distance of two colours.
fn distance(one: Colour, other: Colour) -> u32 {
    one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn few_colours_stay_and_many_go_to_their_nearest() {
        let few = [[1, 2, 3], [200, 0, 0], [1, 2, 3]];
        let (palette, indices) = reduce(&few);
        let back: Vec<Colour> = indices.iter().map(|&it| palette[usize::from(it)]).collect();
        assert_eq!(back, few);

        let many: Vec<Colour> =
            (0..=255).flat_map(|red| (0..4).map(move |blue| [red, 0, blue * 9])).collect();
        let (palette, indices) = reduce(&many);
        assert!(palette.len() <= MOST);
        for (&colour, &index) in many.iter().zip(&indices) {
            assert!(distance(palette[usize::from(index)], colour) <= 64, "{colour:?}");
        }
    }

    #[test]
    fn the_window_takes_fewer_bytes() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let window = fs::read(root.join("docs/images/editor.png")).unwrap();
        let smaller = with_palette(&window).unwrap();
        assert!(smaller.len() * 4 < window.len() * 3, "{} of {}", smaller.len(), window.len());
        assert!(with_palette(b"none").is_err());
    }
}
