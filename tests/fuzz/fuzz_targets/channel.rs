//! Roots and channel indexes: nothing panics, one of the two kinds at most is
//! read, what is read keeps its limits, and a good document can be signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tachograph_trust::{
    CHANNEL_DAYS, MAX_CHANNEL_BYTES, MAX_ROOT_BYTES, ROOT_DAYS, channel_comment, read_channel,
    read_root, root_comment,
};

fuzz_target!(|data: &[u8]| {
    let root = read_root("1.toml", data);
    let channel = read_channel("stable.toml", data);
    assert!(root.is_err() || channel.is_err());
    if let Ok(root) = &root {
        assert!(data.len() <= MAX_ROOT_BYTES && root.version > 0);
        assert!(root.issued < root.expires && root.expires <= root.issued.plus_days(ROOT_DAYS));
        let roles = [&root.roles.root, &root.roles.channel, &root.roles.suite];
        assert!(roles.iter().all(|role| (1..=role.keys.len()).contains(&(role.threshold as usize))));
        assert!(root_comment(root).len() <= 256);
    }
    if let Ok(channel) = &channel {
        assert!(data.len() <= MAX_CHANNEL_BYTES && channel.version > 0);
        assert!(channel.expires <= channel.issued.plus_days(CHANNEL_DAYS));
        assert!(channel_comment(channel).len() <= 256);
    }
});
