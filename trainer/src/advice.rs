//! What to do about an error that only the system can explain.

use std::io::{self, ErrorKind};

/// The next step after an error, where the system's own words name none.
pub fn advice(error: &anyhow::Error) -> Option<&'static str> {
    match error.chain().find_map(|it| it.downcast_ref::<io::Error>())?.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Some(
            "The disk is full. Make room there, or write to another one. What was finished is kept: \
             `train` and `run` go on with --resume",
        ),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            Some("Choose a place that is yours, such as a folder in your home")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn advice_is_given_on_what_lies_beneath_an_error_and_on_nothing_else() {
        let failed = |kind| {
            let cause: Result<(), _> = Err(io::Error::from(kind));
            cause.context("cannot write a.mid").context("composing").unwrap_err()
        };
        assert!(advice(&failed(ErrorKind::StorageFull)).unwrap().contains("full"));
        assert!(advice(&failed(ErrorKind::PermissionDenied)).unwrap().contains("yours"));
        assert_eq!(advice(&failed(ErrorKind::NotFound)), None);
        assert_eq!(advice(&anyhow::anyhow!("no notes")), None);
    }
}
