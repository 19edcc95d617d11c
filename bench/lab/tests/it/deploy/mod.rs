//! `lab deploy`, `deployments` and `destroy`, with scripts in the tools' place; and with Terraform itself, against a
//! stand-in for AWS, where both are installed. Nothing here reaches AWS.

mod asked;
mod kept;
mod life;
mod plan;
mod real;
mod refused;
mod stage;
