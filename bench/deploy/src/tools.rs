//! The programs that deploying needs, found on `PATH`.

use programs::{Command, on_path};

use super::Refused;

/// The first of some programs that is on `PATH`.
///
/// # Errors
/// When none is: what it is for, and how to get it.
pub fn find(names: &[&str], purpose: &str) -> Result<Command, Refused> {
    let found = names.iter().find_map(|name| on_path(name));
    found.map(Command::new).ok_or_else(|| {
        Refused(format!(
            "{} is not on the path, and {purpose}: install it, or use `nix run .#deploy`, which brings all",
            names.join(" or ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_its_purpose() {
        let refused = find(&["no-such-tofu", "nor-terraform"], "it applies the plan").expect_err("not there");
        assert!(refused.to_string().starts_with("no-such-tofu or nor-terraform is not on the path, and it applies"));
    }
}
