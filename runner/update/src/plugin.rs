//! Fetching one plugin that an index lists. It is handed out and not installed:
//! what it may do is what the user grants to exactly these bytes.

use tachograph_model::{COMPONENT_MIB_MOST, Digest, Name, Release, ReleaseStatus};
use tachograph_trust::TrustError;

use crate::{
    Origin, Place, Report, UpdateError, UpdateOptions, layout,
    source::Source,
    update::{newest, newest_index},
};

/// The most bytes of a component.
const MAX_COMPONENT_BYTES: u64 = (COMPONENT_MIB_MOST as u64) << 20;

/// A plugin with the bytes that the index names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedPlugin {
    /// What the index says of it. Whether the component says the same of itself
    /// is for the caller to look at.
    pub release: Release,
    /// Where it was fetched.
    pub url: String,
    /// The component.
    pub bytes: Vec<u8>,
    /// What the index said that was not known before, and warnings.
    pub report: Report,
}

/// Fetches the newest active plugin of a name, by an index that is checked, and
/// remembered, as [`update`](crate::update) does it: what it withdraws is withdrawn,
/// and nothing older is believed afterwards. The plugin itself is not kept.
///
/// # Errors
/// As [`update`](crate::update); and [`UpdateError::NoPlugin`] when the index
/// lists none of that name, or only withdrawn ones.
pub async fn fetch_plugin(
    place: &Place,
    origin: &Origin,
    options: &UpdateOptions,
    name: &Name,
) -> Result<FetchedPlugin, UpdateError> {
    let source = Source::open(origin, options.patience)?;
    let _held = place.change()?;
    let (mut state, mut report) = (place.state()?, Report::default());
    let options = UpdateOptions { check: false, ..options.clone() };
    let index = newest_index(place, &source, &mut state, &options, &mut report).await?;
    let before = state.channel(&options.channel).cloned();
    report.index(before.as_ref(), index.channel(), index.digest());
    report.suites(before.as_ref(), &place.catalog(&state)?, index.channel(), &[]);
    state.accept(&index, options.now)?;
    state.save(place, &place.store()?, &[&index])?;

    let listed = &index.channel().plugin;
    let release = newest(listed).into_iter().find(|release| release.name == *name);
    let release = release.ok_or_else(|| UpdateError::NoPlugin {
        channel: options.channel.clone(),
        name: name.clone(),
        reason: why_not(listed, name),
    })?;
    let file = layout::blob(&release.sha256);
    let url = source.place(&file);
    let limit = release.size.min(MAX_COMPONENT_BYTES);
    let bytes = source
        .get(&file, limit)
        .await?
        .ok_or_else(|| UpdateError::Absent { url: url.clone(), what: format!("plugin {name}") })?;
    let found = Digest::of(&bytes);
    if found != release.sha256 {
        return Err(TrustError::Digest { file: url, expected: release.sha256, found }.into());
    }
    Ok(FetchedPlugin { release: release.clone(), url, bytes, report })
}

fn why_not(listed: &[Release], name: &Name) -> String {
    let withdrawn = listed
        .iter()
        .rfind(|release| release.name == *name && release.status == ReleaseStatus::Withdrawn);
    if let Some(release) = withdrawn {
        let why = release.reason.as_deref().unwrap_or("no reason is given");
        return format!("{} was withdrawn: {why}", release.version);
    }
    let mut known: Vec<&str> = newest(listed).iter().map(|release| release.name.as_str()).collect();
    known.sort_unstable();
    match known.is_empty() {
        true => "it lists no plugin".to_owned(),
        false => format!("it lists {}", known.join(", ")),
    }
}
