//! What the window exports: the loop or the bars in view, or all starred takes.

use std::ops::Range;
use std::path::PathBuf;

use super::arranging;
use super::export::Selection;
use super::records::display_name;
use super::sketches::Sketches;
use crate::params::JukeboxParams;
use crate::records::list;
use crate::shared::{Live, Score, View};
use std::sync::atomic::Ordering::Relaxed;

/// What was exported last.
#[derive(Default)]
pub struct Exports {
    /// What has come of it, in words.
    pub last: Option<Result<String, String>>,
    /// Starred takes on their way, and how many files there are.
    starred: Option<(Sketches, usize)>,
    /// The folder to export to, where it is not the usual one.
    pub folder: Option<PathBuf>,
}

impl Exports {
    /// Writes some bars of the song that plays.
    pub fn bars(&mut self, params: &JukeboxParams, live: &Live, view: &View, bars: Range<u32>) {
        let take = params.composition.take.value();
        let title = format!("{}, take {take}", record(view));
        let written = self.write(params, live, &view.score, bars, title);
        self.last = Some(written.map(|path| format!("Exported to {}", path.display())));
    }

    /// Writes the starred takes of the record that plays, each as it is with the settings of now.
    pub fn starred(&mut self, params: &JukeboxParams, view: &View) {
        let hash = view.record.as_ref().map_or("", |it| &it.hash);
        let takes = params.look.read().takes_of(hash);
        if takes.is_empty() {
            let none = "No take of this record has a star: click one in the strip of takes.";
            self.last = Some(Err(none.to_owned()));
            return;
        }
        let Some(brief) = arranging::brief(params, view) else { return };
        self.starred = Some((Sketches::begin(brief, takes), 0));
        self.last = Some(Ok("Composing the starred takes".to_owned()));
    }

    /// Writes the starred takes that are finished.
    pub fn go_on(&mut self, params: &JukeboxParams, live: &Live, view: &View) {
        let Some((sketches, mut count)) = self.starred.take() else { return };
        // Asked first: what is finished by then is written.
        let over = sketches.is_over();
        while let Some((take, score)) = sketches.next() {
            let title = format!("{}, take {take}, star", record(view));
            let bars = 0..score.bars.len() as u32;
            match self.write(params, live, &score, bars, title) {
                Ok(path) => {
                    count += 1;
                    let folder = path.parent().unwrap_or(&path);
                    let takes = if count == 1 { "take" } else { "takes" };
                    let done = format!("{count} starred {takes} exported to {}", folder.display());
                    self.last = Some(Ok(done));
                }
                Err(error) => {
                    self.last = Some(Err(error));
                    return;
                }
            }
        }
        self.starred = (!over).then_some((sketches, count));
    }

    /// Whether takes are on their way.
    pub fn is_busy(&self) -> bool {
        self.starred.is_some()
    }

    fn write(
        &self,
        params: &JukeboxParams,
        live: &Live,
        score: &Score,
        bars: Range<u32>,
        title: String,
    ) -> Result<PathBuf, String> {
        let tempo = live.tempo.load(Relaxed);
        let selection = Selection {
            score,
            bars: bars.start..bars.end.min(score.bars.len() as u32),
            performance: params.performance(),
            tempo: if tempo > 0.0 { tempo } else { 120.0 },
            title,
        };
        let folder = self.folder.clone().or_else(list::export_folder);
        selection.write_into(&folder.ok_or("There is no folder to export to.".to_owned())?)
    }
}

/// What the record that plays is called.
fn record(view: &View) -> &str {
    view.record.as_ref().map_or("AI Jukebox", display_name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::conductor::tests::rig::Rig;

    #[test]
    fn starred_takes_become_a_file_each() {
        let mut rig = Rig::new();
        rig.stop(0.0);
        let params = JukeboxParams::new(Arc::clone(&rig.shared));
        let view = rig.shared.view();
        let folder = tempfile::tempdir().unwrap();
        let mut exports = Exports { folder: Some(folder.path().to_owned()), ..Exports::default() };
        exports.starred(&params, &view);
        assert!(exports.last.take().unwrap().unwrap_err().contains("has a star"));
        let hash = view.record.as_ref().unwrap().hash.clone();
        for take in [4, 12] {
            params.look.write().toggle_star(&hash, take);
        }
        params.look.write().toggle_star("another record", 3);
        exports.starred(&params, &view);
        while exports.starred.is_some() {
            exports.go_on(&params, &rig.shared.live, &view);
        }
        let said = exports.last.unwrap().unwrap();
        assert!(said.starts_with("2 starred takes"), "{said}");
        let files = std::fs::read_dir(folder.path()).unwrap();
        let name =
            |file: std::io::Result<std::fs::DirEntry>| file.unwrap().file_name().into_string();
        let mut names: Vec<String> = files.map(|file| name(file).unwrap()).collect();
        names.sort();
        let bars = format!("bars 1-{}.mid", arranging::BARS);
        assert_eq!(names, [12, 4].map(|take| format!("Noise 1, take {take}, star, {bars}")));
    }
}
