//! Which hosts may receive a credential, as patterns.

/// A host, or `*.` and a host that stands for everything below.
pub fn is_pattern(pattern: &str) -> bool {
    let host = pattern.strip_prefix("*.").unwrap_or(pattern);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_ipv6 = || host.starts_with('[') && host.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>().is_ok();
    host.len() <= 253 && (host.split('.').all(is_label) || is_ipv6())
}

/// Whether a host may receive a credential with these patterns. `*.example.com` stands for everything below example.com.
pub fn host_is_allowed(patterns: &[String], host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let matches = |pattern: &String| {
        let pattern = pattern.trim_end_matches('.').to_ascii_lowercase();
        match pattern.strip_prefix("*.") {
            Some(parent) => host.strip_suffix(parent).is_some_and(|below| below.len() > 1 && below.ends_with('.')),
            None => host == pattern,
        }
    };
    patterns.is_empty() || patterns.iter().any(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(pattern: &str, host: &str) -> bool {
        host_is_allowed(&[pattern.to_owned()], host)
    }

    #[test]
    fn a_pattern_allows_its_host_and_no_other_that_looks_like_it() {
        assert!(allowed("crm.example.com", "CRM.example.com."));
        assert!(allowed("*.example.com", "a.b.example.com"));
        for host in ["example.com", "evilexample.com", "crm.example.com.evil.com", ".example.com", ""] {
            assert!(!allowed("*.example.com", host), "{host}");
        }
        assert!(!allowed("crm.example.com", "x.crm.example.com"));
        assert!(host_is_allowed(&[], "anything"));
    }

    #[test]
    fn hosts_are_names_addresses_or_names_with_a_star() {
        for host in ["localhost", "crm.example.com", "*.example.com", "127.0.0.1", "[::1]", "my_host"] {
            assert!(is_pattern(host), "{host}");
        }
        for host in ["", "*", "a..b", "*.*.com", "a b", "a/b", "a:80", "-a", "user@host", "ex*mple.com"] {
            assert!(!is_pattern(host), "{host}");
        }
    }
}
