//! What the page says, in words.

use std::path::{Path, PathBuf};

use jukebox_model::format::thousands;

use crate::learning::{Status, Training, View};

/// The user's own folder.
pub fn home() -> PathBuf {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    home.map(PathBuf::from).unwrap_or_else(|| PathBuf::from("/"))
}

/// The path that is typed: whole, or from the user's own folder on. Paths that a file manager copies often come in
/// quotes.
pub fn path(typed: &str) -> Option<PathBuf> {
    let typed = typed.trim().trim_matches(['"', '\'']);
    let path = match typed.strip_prefix("~/").or((typed == "~").then_some("")) {
        Some(rest) => home().join(rest),
        None => PathBuf::from(typed),
    };
    path.is_absolute().then_some(path)
}

/// What is said of the collection: a line, and a remark below it.
pub fn collection(view: &View) -> [String; 2] {
    if let Some(error) = &view.error {
        return [error.clone(), String::new()];
    }
    if view.starting {
        return ["The training begins".to_owned(), String::new()];
    }
    if view.importing {
        return ["Looking what is in it".to_owned(), String::new()];
    }
    if let Some(import) = &view.import {
        return [import.line(), import.remark()];
    }
    if view.ready && view.command.is_none() {
        let install = "Put it beside the plugin, or install it.";
        return ["The command jukebox was not found.".to_owned(), install.to_owned()];
    }
    let what = "Pieces in one manner make a good record;";
    [what.to_owned(), "twenty are few, a few hundred are many.".to_owned()]
}

/// What a training is at.
pub fn status(training: &Training) -> String {
    let progress = &training.progress;
    let done = progress.epochs.len();
    let epochs = |done: usize| match done {
        0 => "before the first epoch".to_owned(),
        1 => "after 1 epoch".to_owned(),
        done => format!("after {done} epochs"),
    };
    match &training.status {
        _ if training.stopping => "Stopping".to_owned(),
        Status::Reading => "Reads the files".to_owned(),
        Status::Learning => match progress.planned {
            Some(planned) => {
                format!("Learns epoch {} of {planned}", (done + 1).min(planned as usize))
            }
            None => format!("Learns epoch {}", done + 1),
        },
        Status::Completing => "Completes the record".to_owned(),
        Status::Finished => "Finished: it is in the list of records".to_owned(),
        Status::Stopped => format!("Stopped {}", epochs(done)),
        Status::Interrupted => format!("Interrupted {}", epochs(done)),
        Status::Failed(_) => "It went wrong".to_owned(),
    }
}

/// What else there is to know of it.
pub fn detail(training: &Training, heard: Option<u32>) -> String {
    let progress = &training.progress;
    let mut said = Vec::new();
    match &training.status {
        Status::Failed(why) => return why.clone(),
        Status::Interrupted => said.push("the machine or its process ended".to_owned()),
        Status::Finished if training.kept.is_none() => said.push("its file is gone".to_owned()),
        _ => {}
    }
    if let (true, Some(seconds)) = (training.status.is_running(), progress.seconds_left) {
        said.push(span(seconds));
    }
    if let Some(heard) = heard.filter(|heard| progress.best != Some(*heard)) {
        said.push(format!("epoch {heard} plays"));
    }
    if progress.notes > 0 {
        said.push(format!("{} notes", thousands(progress.notes)));
    }
    said.join("  ·  ")
}

/// Where a training is to be found.
pub fn whereabouts(training: &Training) -> String {
    let folder = format!("All of it is in {}", training.folder.path().display());
    match training.progress.process.filter(|_| training.status.is_running()) {
        Some(process) => format!("{folder}\nProcess {process} learns."),
        None => folder,
    }
}

/// The epoch whose record a file is, where it is one of a training's.
pub fn epoch_of(file: &Path, folder: &Path) -> Option<u32> {
    let name = file.file_name()?.to_str()?;
    let number = name.strip_prefix("epoch-")?.strip_suffix(".safetensors")?;
    (file.parent() == Some(folder)).then(|| number.parse().ok())?
}

/// A time that is left, as exactly as it is known.
fn span(seconds: f64) -> String {
    let minutes = (seconds / 60.0).ceil() as u64;
    match minutes {
        0 | 1 => "less than a minute left".to_owned(),
        2..60 => format!("{minutes} min left"),
        _ => format!("{} h {} min left", minutes / 60, minutes % 60),
    }
}

/// The last folder of a path, as it is shown.
pub fn folder_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::learning::progress::{Epoch, Progress};
    use crate::learning::training_folder::{Length, TrainingFolder, TrainingState};

    fn training(status: Status) -> Training {
        let epochs = vec![Epoch { loss: 3.0, validation: None }; 2];
        let progress = Progress {
            epochs,
            planned: Some(16),
            seconds_left: Some(200.0),
            process: Some(42),
            notes: 12_345,
            best: Some(2),
            ..Progress::default()
        };
        Training {
            folder: TrainingFolder::new("/t/Mine".into()),
            state: TrainingState {
                name: "Mine".to_owned(),
                collections: vec!["/music".into()],
                file: "Mine.safetensors".to_owned(),
                begun: 0,
                length: Length::default(),
            },
            status,
            stopping: false,
            progress: Arc::new(progress),
            kept: None,
        }
    }

    #[test]
    fn a_training_is_told_in_words() {
        let it = training(Status::Learning);
        assert_eq!(status(&it), "Learns epoch 3 of 16");
        assert_eq!(detail(&it, Some(2)), "4 min left  ·  12,345 notes", "the button says so");
        assert_eq!(detail(&it, Some(1)), "4 min left  ·  epoch 1 plays  ·  12,345 notes");
        assert!(whereabouts(&it).ends_with("Process 42 learns."));
        assert_eq!(status(&training(Status::Interrupted)), "Interrupted after 2 epochs");
        let failed = training(Status::Failed("the disk is full".to_owned()));
        assert_eq!(detail(&failed, None), "the disk is full");
        assert_eq!(it.best().unwrap().1, Path::new("/t/Mine/epoch-002.safetensors"));
    }

    #[test]
    fn the_epoch_that_plays_is_known_by_its_file() {
        let folder = Path::new("/t/Mine");
        assert_eq!(epoch_of(&folder.join("epoch-012.safetensors"), folder), Some(12));
        for other in ["best.safetensors", "epoch-x.safetensors", "in/epoch-012.safetensors"] {
            assert_eq!(epoch_of(&folder.join(other), folder), None, "{other}");
        }
    }

    #[test]
    fn spans_are_told_as_people_do() {
        assert_eq!(span(0.0), "less than a minute left");
        assert_eq!(span(61.0), "2 min left");
        assert_eq!(span(3.0 * 3600.0 + 120.0), "3 h 2 min left");
    }

    #[test]
    fn only_whole_paths_are_taken() {
        let whole = std::env::temp_dir();
        assert_eq!(path(&format!(" \"{}\" ", whole.display())), Some(whole));
        assert_eq!(path("~/tunes"), Some(home().join("tunes")));
        for typed in ["", "tunes", "./tunes", "~ann"] {
            assert_eq!(path(typed), None, "{typed}");
        }
    }
}
