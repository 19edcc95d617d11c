//! Documents against a JSON schema.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

/// A schema, compiled.
pub(crate) struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    pub(crate) fn of(document: Value) -> Self {
        const NAME: &str = "https://localhost/schema.json";
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource(NAME, document).expect("a name");
        let index = compiler.compile(NAME, &mut schemas).expect("a schema");
        Self { schemas, index }
    }

    /// What is wrong with a document, each with its place: ``at '/a/0': …``.
    pub(crate) fn complaints(&self, document: &Value) -> Vec<String> {
        let Err(error) = self.schemas.validate(document, self.index) else { return Vec::new() };
        let text = error.to_string();
        // The first line names the schema.
        text.lines().skip(1).map(|line| line.trim_start_matches([' ', '-']).to_owned()).collect()
    }
}
