//! What can be held of the page without a browser. services/server tests it in one.

use base64::Engine;
use counter::PAGE;
use sha2::{Digest, Sha256};

#[test]
fn the_policy_allows_this_style_and_this_script_and_nothing_else() {
    for tag in ["style", "script"] {
        let start = PAGE.find(&format!("<{tag}>")).unwrap() + tag.len() + 2;
        let end = PAGE.find(&format!("</{tag}>")).unwrap();
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&PAGE[start..end]));
        let source = format!("{tag}-src 'sha256-{hash}'");
        assert!(PAGE.contains(&source), "page.html changed: its policy needs {source}");
    }
    assert!(PAGE.contains("default-src 'none'"));
    assert!(!PAGE.contains("unsafe-inline"));
}

#[test]
fn the_page_is_small_and_works_under_any_path() {
    assert!(PAGE.len() < 8 * 1024, "{} bytes", PAGE.len());
    assert!(PAGE.contains(r#"fetch("hits""#));
    assert!(!PAGE.contains("http://") && !PAGE.contains("https://"), "the page needs only itself");
    assert!(PAGE.contains(r#"<html lang="en">"#) && PAGE.contains(r#"aria-live="polite""#));
}
