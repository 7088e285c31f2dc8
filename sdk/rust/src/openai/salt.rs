//! The salt that keeps a conversation's prefix cache to itself.

use tachograph_model::{Request, Role};

/// The salt of a conversation: a hash (FNV-1a) of its opening, up to the first
/// message of the user.
///
/// Servers that take `cache_salt` share cached tokens only between requests of
/// the same salt. The opening carries the nonce of the run, so a cold request
/// meets an empty cache. It is the same in every later turn: with a salt of
/// the first turn alone, that turn's tokens would be lost to the second one.
pub(super) fn salt(request: &Request) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for message in &request.messages {
        for byte in message.content.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        if message.role == Role::User {
            break;
        }
    }
    format!("{:x}-{hash:016x}", request.seed)
}

#[cfg(test)]
mod tests {
    use tachograph_model::{CacheIntent, Message};

    use super::*;
    use crate::testing::request;

    #[test]
    fn a_cold_prompt_has_a_salt_as_fresh_as_its_nonce() {
        let (one, two) = (salt(&request("nonce a", 8)), salt(&request("nonce b", 8)));
        assert_ne!(one, two);
        assert_eq!(one, salt(&request("nonce a", 8)));
    }

    #[test]
    fn later_turns_find_what_the_first_one_left() {
        let first = request("nonce a", 8);
        let mut second = first.clone();
        second.id = "turn-2".into();
        second.cache = CacheIntent::Reuse;
        second.messages.push(Message::text(Role::Assistant, "done"));
        second.messages.push(Message::text(Role::User, "go on"));
        assert_eq!(salt(&first), salt(&second));
        second.messages.insert(0, Message::text(Role::System, "other rules"));
        assert_ne!(salt(&first), salt(&second));
    }
}
