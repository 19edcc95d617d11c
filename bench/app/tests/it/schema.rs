//! The committed JSON schema is that of the types: an editor completes by it.

use std::path::Path;

use app::App;

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("app.schema.json");
    let schema = format!("{}\n", serde_json::to_string_pretty(&App::schema()).expect("JSON"));
    if std::env::var_os("LAB_UPDATE").is_some() {
        std::fs::write(&path, &schema).expect("written");
    }
    let committed = std::fs::read_to_string(&path).expect("bench/app/app.schema.json");
    assert!(committed == schema, "app.schema.json is not that of the types: run this test with LAB_UPDATE=1");
}
