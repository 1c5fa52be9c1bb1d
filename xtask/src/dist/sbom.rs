//! A software bill of materials in CycloneDX 1.6 (<https://cyclonedx.org/docs/1.6/json/>): the crates that are
//! compiled in, with licences, checksums, and which uses which.

use serde_json::{Value, json};

use super::crates::Crate;

/// The bill as JSON. It holds neither time nor serial number: the same crates give the same bytes.
///
/// # Errors
/// Does not fail on any crates.
pub fn sbom(version: &str, crates: &[Crate]) -> serde_json::Result<String> {
    let product = format!("ai-jukebox@{version}");
    let roots: Vec<_> = crates.iter().filter(|it| it.is_root).map(reference).collect();
    let mut uses = vec![json!({ "ref": product, "dependsOn": roots })];
    uses.extend(crates.iter().map(|it| {
        let others: Vec<_> = it.dependencies.iter().map(|&it| reference(&crates[it])).collect();
        json!({ "ref": reference(it), "dependsOn": others })
    }));
    let bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": product,
                "name": "ai-jukebox",
                "version": version,
                "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
            },
        },
        "components": crates.iter().map(component).collect::<Vec<_>>(),
        "dependencies": uses,
    });
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

fn component(it: &Crate) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(it),
        "name": it.name,
        "version": it.version,
    });
    if let Some(license) = &it.license {
        // As crates wrote it before SPDX had "OR".
        let expression = license.replace('/', " OR ");
        component["licenses"] = json!([{ "expression": expression }]);
    }
    if let Some(checksum) = &it.checksum {
        component["purl"] = reference(it).into();
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

/// Its package URL (<https://github.com/package-url/purl-spec>), which names it in the bill.
fn reference(it: &Crate) -> String {
    format!("pkg:cargo/{}@{}", it.name, it.version.replace('+', "%2B"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_names_crates_and_what_they_use() {
        let own = Crate {
            name: "own".into(),
            version: "1.0.0".into(),
            license: Some("MIT/Apache-2.0".into()),
            checksum: None,
            folder: "".into(),
            is_root: true,
            dependencies: vec![1],
        };
        let other = Crate {
            name: "other".into(),
            version: "2.0.0+3".into(),
            license: None,
            checksum: Some("00".repeat(32)),
            folder: "".into(),
            is_root: false,
            dependencies: vec![],
        };
        let bill: Value = serde_json::from_str(&sbom("0.1.0", &[own, other]).unwrap()).unwrap();
        let component = |index: usize| &bill["components"][index];
        assert_eq!(component(0)["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(component(0)["hashes"], Value::Null);
        assert_eq!(component(1)["purl"], "pkg:cargo/other@2.0.0%2B3");
        assert_eq!(component(1)["hashes"][0]["content"], "00".repeat(32));
        let uses = [
            json!({ "ref": "ai-jukebox@0.1.0", "dependsOn": ["pkg:cargo/own@1.0.0"] }),
            json!({ "ref": "pkg:cargo/own@1.0.0", "dependsOn": ["pkg:cargo/other@2.0.0%2B3"] }),
            json!({ "ref": "pkg:cargo/other@2.0.0%2B3", "dependsOn": [] }),
        ];
        assert_eq!(bill["dependencies"], json!(uses));
    }
}
