//! A document from Markdown to HTML, its links led to the pages of the site.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::headings::Slugs;
use super::place::{Place, resolve};

/// Folders that the site has as the repository has them.
const COPIED: [&str; 3] = ["docs/gallery", "docs/images", "docs/reports"];

/// A document that was read.
pub struct Document {
    /// Its first heading.
    pub title: String,
    /// Its text.
    pub html: String,
    /// The documents that it links to, from the root of the repository.
    pub leads_to: Vec<String>,
}

impl Document {
    /// Reads a document's text. Its path, from the root of the repository, tells where its links lead; `repository`
    /// is the address at which people read the sources. Without one, links to sources are plain text.
    ///
    /// # Errors
    /// Where it has no heading, or links to what is not there.
    pub fn new(path: &str, text: &str, repository: Option<&str>) -> Result<Self> {
        let here = Place::of(path);
        let mut links = Links { path, here, repository, leads_to: Vec::new() };
        let (titles, mut events) = name_headings(events(text));
        let title = titles.into_iter().next().with_context(|| format!("{path} has no heading"))?;
        links.lead(&mut events)?;
        let mut html = String::new();
        html::push_html(&mut html, framed(events).into_iter());
        Ok(Self { title, html, leads_to: links.leads_to })
    }
}

/// Some text of a document, as HTML for the front page.
///
/// # Errors
/// Where it links to what is not there.
pub fn quote(path: &str, text: &str, repository: Option<&str>) -> Result<String> {
    let mut links = Links { path, here: Place::of("index.md"), repository, leads_to: Vec::new() };
    let mut events = events(text);
    links.lead(&mut events)?;
    let mut html = String::new();
    html::push_html(&mut html, events.into_iter());
    Ok(html)
}

fn events(text: &str) -> Vec<Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_TABLES).collect()
}

/// The texts of all headings, which get their names.
fn name_headings(mut events: Vec<Event<'_>>) -> (Vec<String>, Vec<Event<'_>>) {
    let (mut slugs, mut titles) = (Slugs::default(), Vec::new());
    for at in 0..events.len() {
        if !matches!(events[at], Event::Start(Tag::Heading { .. })) {
            continue;
        }
        let inside = events[at + 1..].iter();
        let inside = inside.take_while(|it| !matches!(it, Event::End(TagEnd::Heading(_))));
        let text: String = inside
            .filter_map(|it| match it {
                Event::Text(text) | Event::Code(text) => Some(&**text),
                _ => None,
            })
            .collect();
        if let Event::Start(Tag::Heading { id, .. }) = &mut events[at] {
            *id = Some(slugs.next(&text).into());
        }
        titles.push(text);
    }
    (titles, events)
}

/// Tables and code may be wider than the page: each scrolls by itself, by keyboard too.
fn framed(events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let open = "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Table\">";
    let mut framed = Vec::with_capacity(events.len());
    for event in events {
        match event {
            Event::Start(Tag::Table(_)) => {
                framed.extend([Event::Html(open.into()), event]);
            }
            Event::End(TagEnd::Table) => framed.extend([event, Event::Html("</div>".into())]),
            event => framed.push(event),
        }
    }
    framed
}

struct Links<'a> {
    path: &'a str,
    /// The page that shows them.
    here: Place,
    repository: Option<&'a str>,
    leads_to: Vec<String>,
}

impl Links<'_> {
    /// Leads all links to where they lead in the site.
    fn lead(&mut self, events: &mut [Event<'_>]) -> Result<()> {
        // Links that become plain text, from the innermost open one outwards.
        let mut open = Vec::new();
        for event in events {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => {
                    let to = self.target(dest_url)?;
                    open.push(to.is_none());
                    match to {
                        Some(to) => *dest_url = CowStr::from(to),
                        None => *event = Event::Text("".into()),
                    }
                }
                Event::End(TagEnd::Link) if open.pop() == Some(true) => {
                    *event = Event::Text("".into());
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    let to = self.target(dest_url)?;
                    let to = to.with_context(|| format!("{}: no picture {dest_url}", self.path))?;
                    *dest_url = CowStr::from(to);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Where a link leads in the site; `None` where it leads to sources that nobody can read there.
    fn target(&mut self, link: &str) -> Result<Option<String>> {
        if link.contains("://") || link.starts_with("mailto:") {
            return Ok(Some(link.to_owned()));
        }
        let (file, place) = link.split_once('#').map_or((link, None), |it| (it.0, Some(it.1)));
        let own = Place::of(self.path);
        if file.is_empty() {
            let page = if own.page() == self.here.page() { "" } else { own.page() };
            return Ok(Some(format!("{page}{link}")));
        }
        let Some(target) = resolve(self.path, file) else {
            bail!("{}: the link to {link} leads out of the repository", self.path);
        };
        ensure!(
            Path::new(&target).exists(),
            "{}: the link to {link} leads nowhere: there is no {target}",
            self.path
        );
        let index = format!("{target}/README.md");
        let document = if target.ends_with(".md") {
            Some(target.clone())
        } else {
            Path::new(&index).exists().then_some(index)
        };
        let place = place.map(|it| format!("#{it}")).unwrap_or_default();
        let here = &self.here;
        Ok(if let Some(document) = document {
            let page = format!("{}{place}", here.to(Place::of(&document).page()));
            self.leads_to.push(document);
            Some(page)
        } else if COPIED.iter().any(|it| target.starts_with(it)) {
            Some(here.to(&target))
        } else {
            let kind = if Path::new(&target).is_dir() { "tree" } else { "blob" };
            self.repository.map(|it| format!("{it}/{kind}/main/{target}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document in `docs/` of this repository.
    fn document(text: &str, repository: Option<&str>) -> Result<Document> {
        nice_plug_xtask::chdir_workspace_root()?;
        Document::new("docs/none.md", text, repository)
    }

    #[test]
    fn headings_have_names_and_the_first_one_is_the_title() {
        let read = document("# The `one`\n\n## A, b\n\n[there](#a-b)", None).unwrap();
        assert_eq!(read.title, "The one");
        assert!(read.html.contains("<h1 id=\"the-one\">"), "{}", read.html);
        assert!(read.html.contains("<h2 id=\"a-b\">") && read.html.contains("href=\"#a-b\""));
        assert!(document("no heading", None).is_err());
    }

    #[test]
    fn links_lead_to_pages_to_sources_or_nowhere() {
        let text =
            "# One\n\n[sources](../xtask/src/main.rs) [folder](../xtask/src) [page](hosts.md#live)";
        let plain = document(text, None).unwrap().html;
        assert_eq!(plain.matches("<a").count(), 1, "{plain}");
        assert!(plain.contains("sources") && plain.contains("href=\"../docs/hosts.html#live\""));
        let linked = document(text, Some("https://example.org/it")).unwrap().html;
        for source in ["blob/main/xtask/src/main.rs", "tree/main/xtask/src"] {
            assert!(linked.contains(&format!("\"https://example.org/it/{source}\"")), "{linked}");
        }

        let error = document("# One\n\n[lost](lost.md)", None).err().unwrap().to_string();
        assert!(error.contains("lost.md") && error.contains("none.md"), "{error}");
    }
}
