//! Bindings generated from the contract, `sdk/wit/v1/plugin.wit`.

/// The world `driver`.
pub(crate) mod driver {
    #![allow(missing_docs, unreachable_pub, reason = "generated code")]

    wasmtime::component::bindgen!({
        path: "../../sdk/wit/v1",
        world: "driver",
        imports: {
            "tachograph:plugin/http.send": async | trappable,
            "tachograph:plugin/http.[method]response.next": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: {
            "tachograph:plugin/http.endpoint": crate::call::Endpoint,
            "tachograph:plugin/http.response": crate::call::Response,
            "tachograph:plugin/turn.turn": crate::call::Turn,
        },
    });
}

/// The world `workload`.
pub(crate) mod workload {
    #![allow(missing_docs, unreachable_pub, reason = "generated code")]

    wasmtime::component::bindgen!({
        path: "../../sdk/wit/v1",
        world: "workload",
        imports: { default: trappable },
        exports: { default: async },
        with: {
            "tachograph:plugin/types": super::driver::tachograph::plugin::types,
            "tachograph:plugin/log": super::driver::tachograph::plugin::log,
        },
    });
}

pub(crate) use driver::tachograph::plugin::{config, http, log, probe, turn, types};
