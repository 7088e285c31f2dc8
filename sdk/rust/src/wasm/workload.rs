//! The `workload` world over the [`Workload`] trait.

use std::{cell::RefCell, marker::PhantomData};

use bindings::exports::tachograph::plugin::workload_api as api;

use super::{read, write};
use crate::Workload;

#[allow(missing_docs, unreachable_pub, reason = "generated from the contract")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit/v1",
        world: "workload",
        pub_export_macro: true,
        export_macro_name: "export_workload_world",
        default_bindings_module: "tachograph_sdk::wasm::workload::bindings",
    });
}

super::error_record!(bindings::tachograph::plugin::types::Error);

/// The component of a workload.
pub struct Component<W>(PhantomData<W>);

/// One open session.
pub struct Session<W>(RefCell<W>);

impl<W: Workload + 'static> api::Guest for Component<W> {
    type Session = Session<W>;

    fn describe() -> String {
        write(&W::describe()).unwrap_or_default()
    }
}

impl<W: Workload + 'static> api::GuestSession for Session<W> {
    fn open(params: String, context: String, seed: u64) -> Result<api::Session, api::Error> {
        let session = W::open(
            read("parameters document", &params)?,
            read("workload context", &context)?,
            seed,
        )?;
        Ok(api::Session::new(Self(RefCell::new(session))))
    }

    fn next(&self, outcome: Option<String>) -> Result<Option<String>, api::Error> {
        let outcome = outcome.map(|text| read("outcome", &text)).transpose()?;
        let step = self.0.borrow_mut().next(outcome)?;
        Ok(step.map(|step| write(&step)).transpose()?)
    }

    fn report(&self, samples: String) -> Result<String, api::Error> {
        let report = self.0.borrow_mut().report(read("list of samples", &samples)?)?;
        Ok(write(&report)?)
    }
}
