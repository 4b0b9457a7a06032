//! The lab, as the page and the gateway speak of it: what is to happen ([`scenario`]), what was found ([`report`]), and the questions
//! that the page asks ([`call`]). [`card`] and [`wire`] are about real servers.
pub mod account;
pub mod advice;
pub mod amount;
pub mod call;
pub mod card;
pub mod own;
pub mod places;
pub mod report;
pub mod scenario;
#[cfg(test)]
mod tests;
pub mod tour;
mod unfold;
pub mod wire;
