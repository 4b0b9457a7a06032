//! The lab, as the page and the gateway speak of it: what is to happen ([`scenario`]), what was found ([`report`]), and the questions
//! that the page asks ([`call`]).
pub mod account;
pub mod amount;
pub mod call;
pub mod places;
pub mod report;
pub mod scenario;
#[cfg(test)]
mod tests;
mod unfold;
