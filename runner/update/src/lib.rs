//! Suites from elsewhere: the signed channel, mirrors and bundles.
//!
//! - [`Origin`]: where files come from; nothing about it is trusted.
//! - [`update`]: roots, the index of a channel, its newest suites.
//! - [`import`]: one pin, or all of a [`bundle`].
//! - [`fetch_plugin`]: one plugin that an index lists.
//! - [`Place`], [`State`]: what a client keeps, replaced whole and last.
//! - [`gc`]: removing what nothing needs.
//! - [`publish`]: making the documents and folders that clients read.
//!
//! Every check that decides on trust is in `tachograph-trust`, which uses no
//! network; this crate fetches, bounds and keeps. Nothing here runs unless a
//! user asks for it.

mod bundle;
mod error;
mod gc;
mod layout;
mod origin;
mod place;
mod plugin;
pub mod publish;
mod report;
mod source;
mod state;
mod suite;
mod update;
mod web;

pub use bundle::bundle;
pub use error::{FetchCode, UpdateError};
pub use gc::{Removed, gc};
pub use origin::Origin;
pub use place::{Crash, Held, Place};
pub use plugin::{FetchedPlugin, fetch_plugin};
pub use report::{Change, Report};
pub use state::State;
pub use update::{UpdateOptions, import, update};
pub use web::Patience;
