//! A package for Debian and its kin (deb(5)): an `ar` archive of a format number, a `.tar.gz` that describes the
//! package, and one with its files.

use anyhow::{Context, Result, bail};

use super::archive::{gzip, tar_gz};
use super::checksums::md5sums;
use super::elf::Needs;
use super::file_tree::FileTree;
use super::product::{Product, VERSION};
use crate::workspace::VST3;

/// The package's name.
pub const NAME: &str = "ai-jukebox";

/// The file's name and bytes.
///
/// # Errors
/// Where something needs a library whose package is not known.
pub fn deb(product: &Product) -> Result<(String, Vec<u8>)> {
    let architecture = match product.system.arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => bail!("Debian's name for {other} is not known: add it to {}", file!()),
    };
    let files = files(product)?;
    let mut description = FileTree::default();
    description.add("control", control(&files, architecture)?);
    description.add("md5sums", md5sums(&files));
    let members = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", tar_gz(&description, product.seconds)?),
        ("data.tar.gz", tar_gz(&files, product.seconds)?),
    ];
    Ok((format!("{NAME}_{VERSION}_{architecture}.deb"), ar(&members, product.seconds)))
}

/// The files where Debian wants them.
fn files(product: &Product) -> Result<FileTree> {
    let mut files = FileTree::default();
    let [(_, clap)] = product.clap.iter().collect::<Vec<_>>()[..] else {
        bail!("a CLAP for Linux is one file");
    };
    files.add("usr/lib/clap/ai-jukebox.clap", clap.bytes.clone());
    for (path, file) in product.vst3.iter() {
        debug_assert!(path.starts_with(VST3));
        files.add(format!("usr/lib/vst3/{path}"), file.bytes.clone());
    }
    files.add_program("usr/bin/jukebox", product.jukebox.clone());
    files.add_tree("usr/share/ai-jukebox/records", &product.records);
    for (name, page) in product.man.iter() {
        files.add(format!("usr/share/man/man1/{name}.gz"), gzip(&page.bytes)?);
    }
    for (script, place) in [
        ("jukebox.bash", "bash-completion/completions/jukebox"),
        ("jukebox.fish", "fish/vendor_completions.d/jukebox.fish"),
        ("_jukebox", "zsh/vendor-completions/_jukebox"),
    ] {
        let script = product.completions.get(script).with_context(|| format!("no {script}"))?;
        files.add(format!("usr/share/{place}"), script.bytes.clone());
    }
    let doc = format!("usr/share/doc/{NAME}");
    for (name, file) in product.documents.iter() {
        match name {
            // They stand in `copyright`, but for Apache's, which Debian has in /usr/share/common-licenses.
            "LICENSE-MIT" | "LICENSE-APACHE" | "NOTICE" => {}
            // Debian's name for it.
            "CHANGELOG.md" => files.add(format!("{doc}/changelog.gz"), gzip(&file.bytes)?),
            "THIRD-PARTY.txt" | "sbom.cdx.json" => {
                files.add(format!("{doc}/{name}.gz"), gzip(&file.bytes)?);
            }
            _ => files.add(format!("{doc}/{name}"), file.bytes.clone()),
        }
    }
    files.add(format!("{doc}/copyright"), copyright(&product.documents)?);
    Ok(files)
}

fn control(files: &FileTree, architecture: &str) -> Result<String> {
    let mut needs = Needs::default();
    for (path, file) in files.iter() {
        if path.starts_with("usr/bin/") || path.ends_with(".so") || path.ends_with(".clap") {
            needs.add(&file.bytes).with_context(|| path.to_owned())?;
        }
    }
    let bytes: usize = files.iter().map(|(_, file)| file.bytes.len().next_multiple_of(1024)).sum();
    Ok(format!(
        "Package: {NAME}
Version: {VERSION}
Architecture: {architecture}
Maintainer: AI Jukebox contributors <nobody@ai-jukebox.invalid>
Installed-Size: {}
Depends: {}
Recommends: libx11-6, libx11-xcb1, libxcursor1, libgl1
Section: sound
Priority: optional
Description: learns from MIDI files and composes more like them
 A plugin (CLAP and VST3) that plays trained records in a DAW, bar by bar, in
 the project's tempo and time signature, and the command jukebox, which trains
 records on a folder of MIDI files and composes with them.
 .
 Three records come with it. The recommended libraries are for the plugin's
 window.
",
        bytes / 1024,
        depends(&needs)?,
    ))
}

/// The packages that hold the libraries that are needed.
fn depends(needs: &Needs) -> Result<String> {
    let mut packages = vec![format!("libc6 (>= {}.{})", needs.glibc.0, needs.glibc.1)];
    for library in &needs.libraries {
        match library.as_str() {
            "libc.so.6" | "libm.so.6" | "libdl.so.2" | "libpthread.so.0" | "librt.so.1" => {}
            it if it.starts_with("ld-linux") => {}
            "libgcc_s.so.1" => packages.push("libgcc-s1".to_owned()),
            other => bail!("the package that holds {other} is not known: add it to {}", file!()),
        }
    }
    Ok(packages.join(", "))
}

/// In the form that Debian can read (<https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>).
fn copyright(documents: &FileTree) -> Result<String> {
    let text = |name: &str| {
        let file = documents.get(name).with_context(|| format!("no {name}"))?;
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        let indent = |line: &str| if line.is_empty() { " .".into() } else { format!(" {line}") };
        anyhow::Ok(text.lines().map(|line| indent(line.trim_end())).collect::<Vec<_>>().join("\n"))
    };
    Ok(format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: AI Jukebox
Comment:
{}

Files: *
Copyright: the AI Jukebox contributors
License: Expat or Apache-2.0
Comment: THIRD-PARTY.txt.gz beside this file holds the licences of what is compiled in.

License: Expat
{}

License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.
",
        text("NOTICE")?,
        text("LICENSE-MIT")?,
    ))
}

/// An archive as `ar` makes it, in its common form.
fn ar(members: &[(&str, Vec<u8>)], seconds: u64) -> Vec<u8> {
    let mut archive = b"!<arch>\n".to_vec();
    for (name, bytes) in members {
        let head =
            format!("{name:<16}{seconds:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 100_644, bytes.len());
        archive.extend(head.into_bytes());
        archive.extend(bytes);
        if bytes.len() % 2 == 1 {
            archive.push(b'\n');
        }
    }
    archive
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_an_ar_archive_begin_at_even_places() {
        let archive = ar(&[("odd", b"abc".to_vec()), ("even", b"defg".to_vec())], 17);
        let text = String::from_utf8(archive).unwrap();
        let expected = "!<arch>\n\
            odd             17          0     0     100644  3         `\nabc\n\
            even            17          0     0     100644  4         `\ndefg";
        assert_eq!(text, expected);
    }

    #[test]
    fn libraries_are_named_by_their_packages() {
        let libraries = ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"];
        let mut needs = Needs { libraries: libraries.map(str::to_owned).into(), glibc: (2, 34) };
        assert_eq!(depends(&needs).unwrap(), "libc6 (>= 2.34), libgcc-s1");
        needs.libraries.insert("libjack.so.0".to_owned());
        assert!(depends(&needs).unwrap_err().to_string().contains("libjack.so.0"));
    }

    #[test]
    fn the_copyright_file_has_the_licence_and_the_notice() {
        let mut documents = FileTree::default();
        documents.add("NOTICE", "Music\n\nof others");
        documents.add("LICENSE-MIT", "Be free.\n");
        let text = copyright(&documents).unwrap();
        assert!(text.contains("Comment:\n Music\n .\n of others\n"), "{text}");
        assert!(text.contains("License: Expat\n Be free.\n"), "{text}");
    }
}
