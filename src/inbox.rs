//! Schema `inbox`: conversations with contacts and their messages.

mod conversations;
