//! A question's texts → its answer, for the page and for assistants: plain functions of the texts,
//! run in a process of their own ([`work`]) that ends with its question.

mod answer;
pub(crate) mod pool;
pub(crate) mod question;
mod refusal;
pub(crate) mod wire;
mod worker;

pub use answer::{Answer, Form, What, answer};
pub use pool::Start;
pub use question::{Question, Text, Texts};
pub use refusal::Refusal;
pub use worker::work;
