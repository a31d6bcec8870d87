//! The one integration binary: the whole server in process, on real databases.
#![cfg(test)]

mod administration;
mod architecture;
mod cli;
mod connections;
mod coverage;
mod database_away;
mod disk_full;
mod faults;
mod hostile;
mod keys;
mod kill;
mod management;
mod oauth;
mod overload;
mod pages;
mod process;
mod purge;
mod races;
mod secrets;
mod storage;
mod support;
mod tenants;
mod timing;
mod wire;
