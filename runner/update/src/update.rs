//! The update: it reads like the protocol in `docs/trust.md`.

use std::collections::BTreeMap;

use tachograph_model::{Channel, Digest, Moment, Name, Release, ReleaseStatus};
use tachograph_trust::{
    Catalog, MAX_CHANNEL_BYTES, MAX_ROOT_BYTES, SignedDocument, Successor, Times, TrustedRoot,
    VerifiedChannel, builtin_floor,
};

use crate::{
    Origin, Patience, Place, State, UpdateError, layout,
    report::{Change, Report},
    source::Source,
    suite::{Fetched, Wanted, fetch, is_whole},
};

/// The most roots that are followed at once.
const MAX_HOPS: u64 = 32;

/// What to update, and by which clock.
#[derive(Debug, Clone)]
pub struct UpdateOptions {
    /// The channel.
    pub channel: Name,
    /// Change nothing; only say what there is.
    pub check: bool,
    /// The clock, read once at the start.
    pub now: Moment,
    /// The version of this program.
    pub runner: String,
    /// How slow a server may be.
    pub patience: Patience,
}

/// Brings roots, the index of a channel and its newest suites up to date.
///
/// # Errors
/// The first thing that does not hold. A root that was verified stays in force;
/// everything else is as it was.
pub async fn update(
    place: &Place,
    origin: &Origin,
    options: &UpdateOptions,
) -> Result<Report, UpdateError> {
    let source = Source::open(origin, options.patience)?;
    let _held = if options.check { None } else { Some(place.change()?) };
    let mut state = place.state()?;
    let mut report = Report::default();
    let index = newest_index(place, &source, &mut state, options, &mut report).await?;

    let before = state.channel(&options.channel).cloned();
    report.index(before.as_ref(), index.channel(), index.digest());
    let catalog = place.catalog(&state)?;
    let missing = missing(&catalog, index.channel());
    report.suites(before.as_ref(), &catalog, index.channel(), &missing);
    if options.check {
        return Ok(report);
    }

    let store = place.store()?;
    // Blobs may lie in the store that was made just now.
    let catalog = place.catalog(&state)?;
    let mut fetched = Vec::new();
    for release in &missing {
        let wanted = Wanted {
            digest: release.sha256,
            size: Some(release.size),
            name: Some(&release.name),
            version: Some(&release.version),
        };
        fetched.push(fetch(place, &source, &store, &catalog, &wanted).await?);
    }
    for suite in &fetched {
        suite.keep(place, &store)?;
    }
    state.accept(&index, options.now)?;
    state.save(place, &store, &[&index])?;
    Ok(report)
}

/// What a pin needs, from any origin: for `tacho run PIN --from`, and for
/// bundles, whose suites are all imported.
///
/// # Errors
/// As [`update`]. An index is neither needed nor asked for, and a root that has
/// expired still vouches for its suites: a pin stays runnable for ever.
pub async fn import(
    place: &Place,
    origin: &Origin,
    pin: Option<(&Name, Digest)>,
    patience: Patience,
) -> Result<Report, UpdateError> {
    let source = Source::open(origin, patience)?;
    let _held = place.change()?;
    let mut state = place.state()?;
    let mut report = Report::default();
    follow_roots(place, &source, &mut state, true, &mut report).await?;
    let wanted = match pin {
        Some((name, digest)) => {
            vec![Wanted { digest, size: None, name: Some(name), version: None }]
        }
        None => source.suites().into_iter().map(Wanted::digest).collect(),
    };
    let store = place.store()?;
    let catalog = place.catalog(&state)?;
    let mut fetched: Vec<Fetched> = Vec::new();
    for wanted in &wanted {
        let here = catalog.resolve(&wanted.digest.to_string()).ok();
        if here.is_none_or(|suite| !is_whole(&suite)) {
            fetched.push(fetch(place, &source, &store, &catalog, wanted).await?);
        }
    }
    for suite in &fetched {
        suite.keep(place, &store)?;
        report.changes.push(suite.change());
    }
    Ok(report)
}

/// The index of a channel, by the newest root; nothing older than what was seen.
pub(crate) async fn newest_index(
    place: &Place,
    source: &Source,
    state: &mut State,
    options: &UpdateOptions,
    report: &mut Report,
) -> Result<VerifiedChannel, UpdateError> {
    follow_roots(place, source, state, !options.check, report).await?;
    let root = state.root();
    root.admits(&options.runner)?;
    if !root.lasts(options.now)? {
        report.warnings.push(format!(
            "root {} ends at {}; a newer one should be here soon",
            root.root().version,
            root.root().expires
        ));
    }
    let index = fetch_index(source, root, &options.channel).await?;
    let epoch = index.seen(root)?.epoch;
    let floor = builtin_floor(options.channel.as_str(), epoch);
    let times = Times { now: options.now, last_success: state.last_success() };
    index.check_fresh(root, floor, state.seen(&options.channel), times)?;
    Ok(index)
}

/// Reads root after root until there is no next one.
async fn follow_roots(
    place: &Place,
    source: &Source,
    state: &mut State,
    keep: bool,
    report: &mut Report,
) -> Result<(), UpdateError> {
    let first = state.root().clone();
    for hop in 0.. {
        let version = state.root().root().version + 1;
        let name = layout::root(version);
        let Some(bytes) = source.get(&name, MAX_ROOT_BYTES as u64).await? else { break };
        if hop == MAX_HOPS {
            return Err(UpdateError::Hops { url: source.place(&name), limit: MAX_HOPS });
        }
        let signatures = source.signatures(&name, state.root().root_keys()).await?;
        let document = SignedDocument { file: source.place(&name), bytes, signatures };
        let mut next: Successor = state.root().successor(document)?;
        let own = source.signatures(&name, next.root_keys()).await?;
        next.add_signatures(own);
        state.add_root(next.confirm()?);
    }
    let last = state.root();
    if last.root().version > first.root().version {
        report.changes.push(Change::Root {
            old: (first.root().version, first.digest()),
            new: (last.root().version, last.digest()),
        });
        // In force at once: a root that takes a stolen key away must not depend
        // on anything that the thief can hold back.
        if keep {
            state.save(place, &place.store()?, &[])?;
        }
    }
    Ok(())
}

async fn fetch_index(
    source: &Source,
    root: &TrustedRoot,
    channel: &Name,
) -> Result<VerifiedChannel, UpdateError> {
    let name = layout::channel(channel);
    let Some(bytes) = source.get(&name, MAX_CHANNEL_BYTES as u64).await? else {
        let what = format!("index of the channel {channel}");
        return Err(UpdateError::Absent { url: source.place(&name), what });
    };
    let signatures = source.signatures(&name, root.channel_keys()).await?;
    let document = SignedDocument { file: source.place(&name), bytes, signatures };
    Ok(VerifiedChannel::verify(root, channel, document)?)
}

/// The newest active release of each name.
pub(crate) fn newest(releases: &[Release]) -> Vec<&Release> {
    let mut newest: BTreeMap<&Name, &Release> = BTreeMap::new();
    for release in releases.iter().filter(|r| r.status == ReleaseStatus::Active) {
        let best = newest.entry(&release.name).or_insert(release);
        if numbers(&release.version) > numbers(&best.version) {
            *best = release;
        }
    }
    newest.into_values().collect()
}

/// The newest active releases that cannot be run from what is here.
fn missing<'c>(catalog: &Catalog, channel: &'c Channel) -> Vec<&'c Release> {
    let mut missing = newest(&channel.suite);
    missing.retain(|release| {
        let here = catalog.resolve(&release.sha256.to_string()).ok();
        here.is_none_or(|suite| !is_whole(&suite))
    });
    missing
}

/// A version as numbers; reading has refused everything else.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

impl Wanted<'static> {
    fn digest(digest: Digest) -> Self {
        Self { digest, size: None, name: None, version: None }
    }
}
