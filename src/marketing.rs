//! Schema `marketing`: campaigns and leads.

mod leads;
