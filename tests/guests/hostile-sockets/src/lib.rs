//! A driver that opens sockets of its own.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({ world: "driver", path: "../../../sdk/wit/v1" });

use exports::tachograph::plugin::driver_api::Guest;
use tachograph::plugin::http::Endpoint;
use tachograph::plugin::turn::Turn;
use tachograph::plugin::types::Error;

// SAFETY: the linker copies both sections; nothing else uses the names.
#[unsafe(link_section = "tachograph:abi")]
#[used]
static ABI: [u8; 3] = *b"1.0";
#[unsafe(link_section = "tachograph:manifest")]
#[used]
static MANIFEST: [u8; include_bytes!("../plugin.toml").len()] = *include_bytes!("../plugin.toml");

struct Hostile;

export!(Hostile);

impl Guest for Hostile {
    fn describe() -> String {
        String::new()
    }

    fn detect(_: &Endpoint) -> Result<String, Error> {
        Ok(std::net::TcpStream::connect("127.0.0.1:9").is_ok().to_string())
    }

    fn list_models(_: &Endpoint) -> Result<String, Error> {
        Ok("[]".to_owned())
    }

    fn generate(_: &Endpoint, _: String, _: &Turn) -> Result<(), Error> {
        Ok(())
    }
}
