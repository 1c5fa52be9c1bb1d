//! `cargo xtask site`: the front page with the gallery, and the documents as pages, in target/site. Nothing of it
//! comes from elsewhere, and all of it is made of what lies in the repository.

mod assets;
mod docs;
mod front;
mod gallery;
mod lettering;
mod links;
mod music;
mod output;
mod picture;
mod server;
mod template;
mod trial;
mod weight;

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use self::docs::Docs;
use self::gallery::Gallery;
use self::output::Output;
use self::server::Server;
use crate::records::Readme;
use crate::workspace::target;

/// Documents outside `docs/` that the menu names.
const DOCUMENTS: [&str; 6] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "corpora/README.md",
    "records/README.md",
    "songbook/README.md",
];

/// What lies in the site as in the repository.
const COPIED: [&str; 6] =
    ["docs/gallery", "docs/images", "docs/reports", "LICENSE-MIT", "LICENSE-APACHE", "NOTICE"];

/// The picture of the plugin's window that the front page shows.
const WINDOW: &str = "docs/images/editor.png";

/// Writes the site, checks it, and does what is asked with it.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    let (mut folder, mut repository) = (None, repository_of_workflow());
    let (mut serve, mut try_it, mut pictures) = (false, false, false);
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--output" => folder = Some(PathBuf::from(value()?)),
            "--repository" => repository = Some(value()?.trim_end_matches('/').to_owned()),
            "--serve" => serve = true,
            "--try" => try_it = true,
            "--pictures" => pictures = true,
            other => bail!(
                "site knows no \"{other}\", only --output, --repository, --serve, --try and --pictures"
            ),
        }
    }
    let folder = folder.map_or_else(|| Ok::<_, anyhow::Error>(target()?.join("site")), Ok)?;
    let output = write(folder, repository.as_deref())?;
    let (links, bytes) = (links::check(&output)?, weight::check(&output)?);
    println!(
        "{}: {} pages, {links} links checked; the front page weighs {bytes} of {} bytes before any sound",
        output.folder.display(),
        output.pages.len(),
        weight::MOST
    );
    if try_it || pictures {
        let server = Server::start(&output.folder, 0)?;
        trial::run(&server.address(), &output, pictures)?;
    }
    if serve {
        let server = Server::start(&output.folder, 8017)?;
        println!("{}: Ctrl-C ends it", server.address());
        server.wait();
    }
    Ok(())
}

/// Writes all files.
fn write(folder: PathBuf, repository: Option<&str>) -> Result<Output> {
    let readme = Readme::load()?;
    let gallery = Gallery::load(&readme)?;
    let docs = Docs::read(repository, &DOCUMENTS)?;
    let mut output = Output::new(&folder)?;
    for path in COPIED {
        output.copy(path)?;
    }
    let window = std::fs::read(WINDOW).with_context(|| format!("cannot read {WINDOW}"))?;
    output.write("window.png", &picture::with_palette(&window)?)?;
    docs.write(&mut output)?;
    output.write("index.html", front::page(&gallery, &docs, repository)?.as_bytes())?;
    output.write("style.css", assets::style()?.as_bytes())?;
    output.write("script.js", assets::script(&gallery.script())?.as_bytes())?;
    for name in ["icon.svg", "robots.txt"] {
        let path = format!("{}/{name}", template::FOLDER);
        output.write(name, &std::fs::read(&path).with_context(|| path.clone())?)?;
    }
    Ok(output)
}

/// The repository of the workflow that runs this, on GitHub.
fn repository_of_workflow() -> Option<String> {
    let [server, name] = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY"].map(env::var);
    Some(format!("{}/{}", server.ok()?, name.ok()?))
}
