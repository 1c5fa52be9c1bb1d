//! Ardour 7, run without a screen and without its user's settings.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// What comes before every script.
const COMMON: &str = include_str!("common.lua");
/// What Ardour may use of an x86-64 processor: SSE2, which all have. With AVX-512, Ardour 7.3 mixes past the
/// end of its own buffers and sometimes aborts (docs/hosts.md).
const PROCESSOR: &str = "15";
/// How long one of Ardour's programs may take. Each takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(100);

const MISSING: &str = "\
Ardour 7 is missing, which this command plays the plugin in. It is in Debian 12:

    apt-get install --no-install-recommends ardour

Nothing else is needed: no screen, no sound card, no settings.";

/// The programs of an installed Ardour, and the folder to work in.
pub struct Ardour {
    lua: PathBuf,
    export: PathBuf,
    scanner: PathBuf,
    folder: PathBuf,
    /// The session's name, and its folder's.
    session: &'static str,
}

impl Ardour {
    /// Finds Ardour, for a session in a folder. Says what to install where it is missing.
    pub fn find(folder: &Path, session: &'static str) -> Result<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let program = |name: &str| {
            env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
        };
        let lua = program("ardour7-lua").context(MISSING)?;
        let export = program("ardour7-export").context(MISSING)?;
        let prefix = lua.ancestors().nth(2).context(MISSING)?;
        let scanner = prefix.join("lib/ardour7/ardour-vst3-scanner");
        ensure!(scanner.is_file(), "Ardour's scanner is not at {}\n\n{MISSING}", scanner.display());
        Ok(Self { lua, export, scanner, folder: folder.to_owned(), session })
    }

    /// Tells Ardour about a plugin: it crashes on one that it has not scanned.
    pub fn scan(&self, bundle: &Path) -> Result<()> {
        // What it notes counts whole seconds, and must not seem older than the bundle.
        sleep(Duration::from_secs(1));
        let mut scan = Command::new(&self.scanner);
        scan.env("LD_LIBRARY_PATH", self.scanner.parent().unwrap_or(Path::new("/")));
        self.run("scan", scan.arg("-f").arg(bundle))?;
        let log = fs::read_to_string(self.log("scan"))?;
        ensure!(log.contains("Found Plugin"), "Ardour finds no plugin in the bundle:\n{log}");
        Ok(())
    }

    /// Runs a script, which prints "recorded" when it has done its work; `parts` is how many a band has.
    pub fn script(&self, name: &str, text: &str, parts: usize) -> Result<()> {
        let script = self.folder.join(name).with_extension("lua");
        fs::write(&script, format!("{COMMON}{text}"))?;
        let mut lua = Command::new(&self.lua);
        lua.env("JUKEBOX_SESSION", self.folder.join(self.session));
        lua.env("JUKEBOX_NAME", self.session).env("JUKEBOX_PARTS", parts.to_string());
        self.run(name, lua.arg(&script))?;
        let log = fs::read_to_string(self.log(name))?;
        ensure!(log.contains("recorded"), "Ardour's script {name}.lua fails:\n{log}");
        Ok(())
    }

    /// Turns the session's range into its loop, which no script can.
    pub fn make_the_range_a_loop(&self) -> Result<()> {
        let file = self.folder.join(self.session).join(self.session).with_extension("ardour");
        let text = fs::read_to_string(&file)?;
        let line = text.lines().find(|line| line.contains("name=\"Loop\""));
        let line = line.context("Ardour has not saved the range")?;
        let looped = line.replace("flags=\"IsRangeMarker\"", "flags=\"IsAutoLoop\"");
        ensure!(looped != line, "Ardour has saved the range in words that are new: {line}");
        fs::write(&file, text.replace(line, &looped))?;
        Ok(())
    }

    /// Renders the session to a WAV file.
    pub fn export(&self, to: &Path) -> Result<()> {
        let mut export = Command::new(&self.export);
        export.arg("-o").arg(to).arg(self.folder.join(self.session)).arg(self.session);
        self.run("export", &mut export)
    }

    /// Runs a program to its end, but not for ever.
    fn run(&self, name: &str, command: &mut Command) -> Result<()> {
        let home = self.folder.join("home");
        fs::create_dir_all(&home)?;
        let log = File::create(self.log(name))?;
        command.env("HOME", &home).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        for variable in ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "VST3_PATH"] {
            command.env_remove(variable);
        }
        if cfg!(target_arch = "x86_64") {
            command.env("ARDOUR_FPU_FLAGS", PROCESSOR);
        }
        let started = Instant::now();
        let program = Path::new(command.get_program()).display().to_string();
        let mut child = command.spawn().with_context(|| format!("cannot start {program}"))?;
        let Some(status) = wait(&mut child)? else {
            bail!(
                "{program} has not ended after {} seconds: it hangs. Its output was:\n{}",
                PATIENCE.as_secs(),
                self.tail(name)
            );
        };
        if !status.success() {
            bail!("{program} failed ({status}). Its output was:\n{}", self.tail(name));
        }
        println!("{name}: {:.1} seconds", started.elapsed().as_secs_f64());
        Ok(())
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension("log")
    }

    /// The last lines that a program wrote.
    fn tail(&self, name: &str) -> String {
        let log = fs::read(self.log(name)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// How a program ended; `None` where it did not and was killed.
fn wait(child: &mut Child) -> Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        sleep(Duration::from_millis(50));
    }
}
