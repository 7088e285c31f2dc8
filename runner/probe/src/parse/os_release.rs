//! `/etc/os-release`.

/// The `PRETTY_NAME`, or `NAME` and `VERSION_ID`.
pub(crate) fn pretty_name(text: &str) -> Option<String> {
    let field = |key: &str| {
        let value =
            text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?;
        let value = value.trim();
        let bare = ['"', '\'']
            .iter()
            .find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(value);
        (!bare.is_empty()).then(|| bare.to_owned())
    };
    field("PRETTY_NAME").or_else(|| {
        let name = field("NAME")?;
        Some(field("VERSION_ID").map_or(name.clone(), |version| format!("{name} {version}")))
    })
}

#[cfg(test)]
mod tests {
    use super::pretty_name;

    #[test]
    fn names_of_distributions() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n";
        assert_eq!(pretty_name(debian).as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(pretty_name("NAME=Arch\nVERSION_ID='1'\n").as_deref(), Some("Arch 1"));
        assert_eq!(pretty_name("NAME=Void\n").as_deref(), Some("Void"));
        assert_eq!(pretty_name("PRETTY_NAME=\"\"\nID=x\n"), None);
        assert_eq!(pretty_name(""), None);
    }
}
