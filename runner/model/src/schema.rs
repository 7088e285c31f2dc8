//! The JSON Schemas of every document, generated from the types.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// A document that has a schema file.
pub struct Document {
    /// The file's stem, for example `result`.
    pub name: &'static str,
    /// The schema.
    pub schema: Value,
}

impl Document {
    /// The file's name, for example `result.schema.json`.
    pub fn file_name(&self) -> String {
        format!("{}.schema.json", self.name)
    }

    /// The file's bytes.
    pub fn text(&self) -> String {
        format!("{:#}\n", self.schema)
    }
}

fn document<T: JsonSchema>(name: &'static str) -> Document {
    let generator = SchemaSettings::draft2020_12().into_generator();
    Document { name, schema: generator.into_root_schema_for::<T>().to_value() }
}

/// Every document with a schema, in the order of their names.
pub fn documents() -> Vec<Document> {
    vec![
        document::<crate::AnonymousResult>("anonymous-result"),
        document::<crate::BackendInfo>("backend"),
        document::<crate::Channel>("channel"),
        document::<crate::DriverDescription>("driver"),
        document::<crate::Failure>("failure"),
        document::<crate::Fingerprint>("fingerprint"),
        document::<crate::Imported>("imported"),
        document::<Vec<crate::ModelInfo>>("models"),
        document::<crate::Outcome>("outcome"),
        document::<crate::PluginManifest>("plugin"),
        document::<crate::Reproduction>("reproduction"),
        document::<crate::Request>("request"),
        document::<crate::RunResult>("result"),
        document::<crate::Root>("root"),
        document::<Vec<crate::Sample>>("samples"),
        document::<crate::SharedResult>("shared-result"),
        document::<crate::Step>("step"),
        document::<crate::Submission>("submission"),
        document::<crate::Suite>("suite"),
        document::<crate::Telemetry>("telemetry"),
        document::<crate::ParamsDescription>("workload"),
        document::<crate::WorkloadContext>("workload-context"),
        document::<crate::WorkloadReport>("workload-report"),
    ]
}

/// The schema of one document; `None` for an unknown name.
pub fn find(name: &str) -> Option<Value> {
    documents().into_iter().find(|document| document.name == name).map(|document| document.schema)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// `TACHO_BLESS=1 cargo test --release -p tachograph-model` writes them anew.
    #[test]
    fn the_checked_in_schemas_are_fresh() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
        for document in super::documents() {
            let file = folder.join(document.file_name());
            if std::env::var_os("TACHO_BLESS").is_some() {
                std::fs::write(&file, document.text()).unwrap();
            }
            let found = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(found == document.text(), "{} is stale", file.display());
        }
    }
}
