//! The module's two faces.
