//! What holds a secret can be neither printed nor serialised: found out by whether its type could be.

use std::fmt::{Debug, Display};

use flowpilot::server::{
    oauth::Tokens,
    runners::Secret,
    secrets::{Mask, Secrets, WebhookSecrets},
};
use serde::Serialize;

struct Asked<T>(std::marker::PhantomData<T>);

/// The answer of a type that is not like that; one that is has its own below, which comes first.
trait Otherwise {
    const PRINTS: bool = false;
    const SHOWS: bool = false;
    const SERIALISES: bool = false;
}

impl<T> Otherwise for Asked<T> {}

impl<T: Debug> Asked<T> {
    const PRINTS: bool = true;
}

impl<T: Display> Asked<T> {
    const SHOWS: bool = true;
}

impl<T: Serialize> Asked<T> {
    const SERIALISES: bool = true;
}

#[test]
fn nothing_that_holds_a_secret_can_be_printed() {
    let text = [Asked::<String>::PRINTS, Asked::<String>::SHOWS, Asked::<String>::SERIALISES];
    assert_eq!(text, [true; 3], "the question works");
    macro_rules! hidden {
        ($($kept:ty),+) => {$(
            let can = [Asked::<$kept>::PRINTS, Asked::<$kept>::SHOWS, Asked::<$kept>::SERIALISES];
            assert_eq!(can, [false; 3], "{}", stringify!($kept));
        )+};
    }
    hidden!(Secret, Secrets, Mask, WebhookSecrets);
    // Sealed as JSON, and no other way out.
    assert_eq!([Asked::<Tokens>::PRINTS, Asked::<Tokens>::SHOWS], [false; 2]);
}
