//! `lab deploy`, `deployments` and `destroy`, with scripts in the tools' place. Nothing here reaches AWS.

mod life;
mod plan;
mod refused;
mod stage;
