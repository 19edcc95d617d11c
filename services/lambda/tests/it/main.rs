//! The functions as processes: refused, and invoked through a Runtime API of a few lines. The
//! real one, and the real services, are the lab's.

mod invoke;
mod process;
mod refuse;
