//! Names: what is the counter's and the lab's in a configuration becomes the service's.

use app::{App, AppWay};
use serde_json::{Value, json};

use crate::block::{kinds, texts};
use crate::stand_ins;

/// The label of what was the counter's.
const LABEL: &str = "app";

/// Renames.
pub(crate) fn renamed(app: &App, way: AppWay, configuration: &mut Value) {
    let mut types = Vec::new();
    for section in ["resource", "data"] {
        let members = configuration[section].as_object().into_iter().flatten();
        types.extend(members.filter(|(_, blocks)| blocks.get("counter").is_some()).map(|(kind, _)| kind.clone()));
        for kind in kinds(configuration, section) {
            if let Some(block) = kind.remove("counter") {
                kind.insert(LABEL.to_owned(), block);
            }
        }
    }
    let [stand_in, _] = stand_ins(way);
    let (stand_in, way, name) = (stand_in.to_string(), way.to_string(), app.name.as_str());
    texts(configuration, &|text| {
        if text == "counter" {
            return name.to_owned();
        }
        let mut text =
            text.replace("/lab/${var.name}", "/${var.name}/service").replace("lab-${var.name}", "${var.name}");
        for kind in &types {
            text = text.replace(&format!("{kind}.counter"), &format!("{kind}.{LABEL}"));
        }
        if let Some(kind) = text.strip_suffix("/counter") {
            text = format!("{kind}/{name}");
        }
        if text == stand_in {
            way.clone()
        } else {
            text.replace(&format!("lab:way={stand_in}"), &format!("lab:way={way}"))
        }
    });
    let variable = &mut configuration["variable"]["name"];
    variable["description"] = json!("What all is called that is made, or how its name begins.");
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = name.len() <= 20 && name.chars().all(fits) && name.starts_with(|c: char| c.is_ascii_lowercase());
    if is_name && !name.ends_with('-') {
        variable["default"] = json!(name);
    }
}
