//! Where pages lie, and how one leads to another.

/// The place of a document's page.
pub struct Place(String);

impl Place {
    /// That of a document: a folder's README is its index, but for the one of all, whose place the front page has.
    pub fn of(path: &str) -> Self {
        let stem = path.strip_suffix(".md").unwrap_or(path);
        Self(match stem.strip_suffix("README") {
            Some("") => "readme.html".to_owned(),
            Some(folder) => format!("{folder}index.html"),
            None => format!("{stem}.html"),
        })
    }

    /// Its path in the site.
    pub fn page(&self) -> &str {
        &self.0
    }

    /// The way up to the root of the site, `../` a step.
    pub fn root(&self) -> String {
        "../".repeat(self.0.matches('/').count())
    }

    /// The way to a file of the site.
    pub fn to(&self, file: &str) -> String {
        format!("{}{file}", self.root())
    }
}

/// A link of a document, from the root of the repository; `None` where it leads out of it.
pub fn resolve(document: &str, link: &str) -> Option<String> {
    let folder = document.rsplit_once('/').map_or("", |it| it.0);
    let mut steps: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for step in link.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop()?;
            }
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_lie_where_their_documents_do() {
        let page = |path| Place::of(path).page().to_owned();
        assert_eq!(page("docs/hosts.md"), "docs/hosts.html");
        assert_eq!(page("docs/decisions/README.md"), "docs/decisions/index.html");
        assert_eq!(page("README.md"), "readme.html");
        let from = Place::of("docs/decisions/1-nice-plug.md");
        assert_eq!(from.to("records/index.html"), "../../records/index.html");
    }

    #[test]
    fn links_are_followed_from_the_folder_of_their_document() {
        let to = |link| resolve("docs/decisions/README.md", link);
        assert_eq!(to("../hosts.md").unwrap(), "docs/hosts.md");
        assert_eq!(to("../../records/").unwrap(), "records");
        assert_eq!(to("../../../else"), None);
    }
}
