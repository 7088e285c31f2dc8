//! The run: it reads like the sentence in the architecture document.

use std::sync::Arc;

use tachograph_model::RunResult;
use tachograph_net::Client;
use tachograph_sandbox::Host;
use tachograph_tape::TapeWriter;
use tachograph_trust::{RunKey, VerifiedSuite};
use tokio::sync::watch;

use crate::{
    Archive, Event, Observer, RunOptions, SealedRun, SessionError,
    begin::{begin, chosen},
    detect::Scout,
    discover::Discovery,
    live::Live,
    seat,
    session::Session,
    world::World,
};

/// A run that was sealed.
#[derive(Debug)]
pub struct Finished {
    /// What was sealed.
    pub run: SealedRun,
    /// The result.
    pub result: RunResult,
    /// Whether the user stopped it before its end.
    pub interrupted: bool,
}

/// Runs a suite against a backend and seals the result.
///
/// # Errors
/// When nothing can be measured or the result cannot be kept. What goes wrong
/// with one workload is in the result.
pub async fn run(
    host: &Arc<Host>,
    suite: VerifiedSuite,
    options: RunOptions,
    archive: &Archive,
    key: &RunKey,
    observer: Arc<dyn Observer>,
    interrupt: watch::Receiver<bool>,
) -> Result<Finished, SessionError> {
    // Wrong names are told before anything is started.
    let workloads = chosen(&suite, &options)?;
    let client = Client::new()?;
    let target = &options.target;
    let scout = Scout { host, suite: &suite, client: &client, options: target };
    let mut stop = interrupt.clone();
    let logs = archive.logs();
    let looking = seat::turn(options.seat.as_ref()).await;
    let discovery = tokio::select! {
        discovery = scout.discover(observer.as_ref(), &logs) => discovery?,
        Ok(_) = stop.wait_for(|stop| *stop) => return Err(SessionError::Stopped),
    };
    if discovery.endpoint.exposes_secret() {
        observer.event(Event::Note("the API key travels unencrypted to another machine (http)"));
    }
    let begin = begin(&suite, &options, &workloads, &discovery, key);
    drop(looking);

    let recording = archive.record(begin.started_unix_s)?;
    if begin.plugin.is_some() {
        recording.keep_driver(&discovery.candidate.bytes)?;
    }
    let tape = TapeWriter::create(&recording.tape_path())?;
    let pid = backend_process(&discovery);
    let live = Live::recording(client, discovery.endpoint, tape, interrupt, options.patience)
        .following(pid);
    let world = World::Live(live);
    let begin = world.fact("begin", std::future::ready(begin)).await?;
    let (driver, digests) = (&discovery.candidate.bytes, archive.digests());
    let made = Session::new(host.clone(), suite, begin, driver, world, observer, digests);
    let (session, measured) = match made {
        Ok(session) => {
            let session = session.seated(options.seat);
            let measured = session.measure().await;
            (Some(session), measured)
        }
        Err(error) => (None, Err(error)),
    };
    // The backend is not needed any more, and sealing should not compete with it.
    if let Some(launched) = discovery.launched {
        launched.stop().await;
    }
    let sealable = measured.and_then(|measured| match &session {
        Some(session) => Ok((measured, session.close_tape()?)),
        None => Err(SessionError::Stopped),
    });
    let (measured, (tape, interrupted)) = match sealable {
        Ok(done) => done,
        Err(error) => {
            // What was measured before a late failure stays on its tape.
            if !session.is_some_and(|session| session.has_measured()) {
                recording.discard();
            }
            return Err(error);
        }
    };
    let result = measured.into_result(tape);
    let sealed = tachograph_trust::seal(&result, key)?;
    let run = archive.seal(recording, sealed)?;
    Ok(Finished { run, result, interrupted })
}

/// The process whose memory is followed: the one that this run started, or the
/// one of this machine that listens where the backend was found.
fn backend_process(discovery: &Discovery) -> Option<u32> {
    match &discovery.launched {
        Some(launched) => launched.pid(),
        None if discovery.endpoint.is_loopback() => {
            tachograph_probe::listener(discovery.endpoint.port())
        }
        None => None,
    }
}
