//! Choosing from outside: answers hold what they promise, and figures come out as closed forms and public data have them.

mod answers;
mod cold;
mod sizes;
mod support;
mod traffic;
