//! The list of models that a backend offers.

use tachograph_model::ModelInfo;

use crate::{
    number::{UNMEASURED, bytes, parameters, thousands},
    style::{Ink, Style},
    table::{Cell, Column, Table},
};

/// Models as a table, in the order given; a dash is what the backend does not say.
pub fn models_table(models: &[ModelInfo], style: Style) -> String {
    if models.is_empty() {
        return "The backend offers no model.\n".to_owned();
    }
    let dash = |text: Option<String>| text.unwrap_or_else(|| UNMEASURED.to_owned());
    let mut table = Table::new(vec![
        Column::left("model").name(),
        Column::left("quantization").flexible(),
        Column::right("parameters"),
        Column::right("weights"),
        Column::right("context"),
        Column::left("identity").flexible(),
    ]);
    for model in models {
        table.row(vec![
            Cell::new(Ink::Strong, &model.id),
            Cell::plain(dash(model.quantization.clone())),
            Cell::plain(dash(model.parameters.map(parameters))),
            Cell::plain(dash(model.size_bytes.map(bytes))),
            Cell::plain(dash(model.max_context.map(thousands))),
            Cell::plain(dash(model.digest_source.clone())),
        ]);
    }
    table.render(style, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn models() {
        let mut unknown = fixture::model_info("something-else");
        (unknown.quantization, unknown.parameters, unknown.size_bytes) = (None, None, None);
        (unknown.max_context, unknown.digest, unknown.digest_source) = (None, None, None);
        let models = [fixture::model_info("qwen3-8b-q4_k_m.gguf"), unknown];
        insta::assert_snapshot!("models", fixture::fits(&models_table(&models, Style::plain(80))));
        insta::assert_snapshot!("models_none", fixture::fits(&models_table(&[], Style::plain(80))));
    }

    #[test]
    fn odd_names_break_no_table() {
        let mut odd = fixture::model_info(&fixture::nasty("id"));
        odd.quantization = Some(fixture::nasty("q"));
        odd.digest_source = Some(fixture::nasty("source"));
        (odd.parameters, odd.max_context) = (Some(u64::MAX), Some(u64::MAX));
        fixture::fits(&models_table(&[odd], Style::plain(80)));
    }
}
