//! The fake GitHub, asked as a client asks it: each rule refuses what breaks it and takes what keeps it.

mod apps;
mod bench;
mod checks;
mod deliveries;
mod discussions;
mod faults;
mod outdated;
mod reading;
mod reviews;
mod rights;
mod threads;
