//! Pages, mirrored by URL: what a browser is given, and what it cannot be made to do.

mod attempts;
mod consent;
mod hygiene;
mod login;
mod logout;
