//! The suite that a run measures with: found here or fetched, and not withdrawn.

use tachograph_model::Pin;
use tachograph_trust::{TrustError, VerifiedSuite};
use tachograph_update::{Held, Origin, Patience, import};

use super::trust::line;
use crate::{error::CliError, printer, world::World};

/// A suite, and the lock that keeps updates away while it is measured with.
pub(crate) struct Choice {
    pub suite: VerifiedSuite,
    pub held: Held,
}

/// Finds a suite; with `from`, an exact pin that is not here is fetched.
///
/// # Errors
/// No such suite is here or there, it is not trusted, or it was withdrawn and
/// the user did not allow that.
pub(crate) async fn choose(
    world: &World,
    spec: &str,
    from: Option<&str>,
    allow_withdrawn: bool,
) -> Result<Choice, CliError> {
    let place = world.place()?;
    if let Some(from) = from
        && is_absent(&world.catalog()?.resolve(spec))
    {
        let pin: Pin = spec.parse().map_err(|_| {
            CliError::Usage(format!(
                "--from fetches an exact pin, name@sha256:… with 64 digits; for the newest suite \
                 of a channel: tacho self-update --from {from}"
            ))
        })?;
        let origin = Origin::parse(from)?;
        let wanted = Some((&pin.name, pin.digest));
        let report = import(&place, &origin, wanted, Patience::default()).await?;
        // Standard output is the result's.
        report.changes.iter().for_each(|change| printer::talk(&line(change)));
    }
    let held = place.measure()?;
    let suite = world.catalog()?.resolve(spec)?;
    if let Some(reason) = &suite.withdrawn {
        admit_withdrawn(&suite.pin.to_string(), reason, allow_withdrawn)?;
    }
    Ok(Choice { suite, held })
}

/// Refuses what a channel withdrew, or tells it with a banner.
pub(crate) fn admit_withdrawn(what: &str, reason: &str, allow: bool) -> Result<(), CliError> {
    if !allow {
        return Err(CliError::Withdrawn { what: what.to_owned(), reason: reason.to_owned() });
    }
    printer::talk(&format!("WITHDRAWN: {what}: {reason}"));
    printer::talk("the result will say so");
    Ok(())
}

/// Nothing of that name or pin is here that the root in force vouches for; a
/// newer root, which comes first, may.
fn is_absent(found: &Result<VerifiedSuite, TrustError>) -> bool {
    matches!(found, Err(TrustError::NoSuite { .. } | TrustError::UnknownKey { .. }))
}
