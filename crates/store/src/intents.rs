//! The rules of each intent, over rows.
