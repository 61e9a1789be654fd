//! Every table parses, every row is reached by its example, and no look-alike is taken for a pipeline.

use super::super::recognise;
use super::super::tables::{DOCUMENT, FILES, Holds, read, systems};
use super::{file, reached};

#[test]
fn every_table_parses() {
    for (name, text) in FILES {
        read(name, text).unwrap_or_else(|error| panic!("{error}"));
    }
    assert_eq!(systems().len(), FILES.len());
}

#[test]
fn rows_name_levels_that_stand_before_them() {
    for system in systems() {
        let mut known = vec![DOCUMENT];
        for level in &system.level {
            assert!(
                known.contains(&level.of.as_str()),
                "{}: level {} is of {}",
                system.name,
                level.id,
                level.of
            );
            assert!(!known.contains(&level.id.as_str()), "{}: level {} stands twice", system.name, level.id);
            known.push(&level.id);
        }
        let of = system.place.iter().flat_map(|row| row.levels());
        let of = of.chain(system.unseen.iter().flat_map(|row| row.levels()));
        for of in of {
            assert!(known.contains(&of.as_str()), "{}: there is no level {of}", system.name);
        }
    }
}

#[test]
fn columns_belong_to_what_a_row_holds() {
    for system in systems() {
        for row in &system.place {
            let at = format!("{}: a row of {:?} at {:?}", system.name, row.holds, row.at);
            let script = matches!(row.holds, Holds::Script);
            let code = matches!(row.holds, Holds::Image | Holds::Code);
            let identity = matches!(row.holds, Holds::Identity);
            let scripts = row.interpreter.is_some() || row.shell.is_some() || !row.by_key.is_empty();
            assert!(script || !scripts, "{at} says what runs it");
            assert!(row.program.is_none() || row.holds == Holds::Words, "{at} names a program");
            assert!(code || row.version.is_empty() && row.first_party.is_empty(), "{at} has a version");
            assert!(row.separator.is_none() || row.holds == Holds::Code, "{at} has a separator");
            assert!(!row.keyed || row.holds == Holds::Code, "{at} is named by keys");
            assert!(row.by.is_none() || row.holds == Holds::Settings, "{at} names a component");
            let of_identity = row.form.is_some() || !row.shared.is_empty() || row.absent.is_some();
            assert!(identity || !of_identity, "{at} says of an identity");
            assert!(row.through.is_none() || row.holds == Holds::Mounts, "{at} leads through a list");
            assert!(!row.sure || row.holds == Holds::Stored, "{at} is sure");
            assert_eq!(row.to.is_some(), row.holds == Holds::Passed, "{at} is passed on to somebody");
            assert!(!row.at.is_empty(), "{at} has no path");
        }
    }
}

#[test]
fn events_are_started_by_somebody_and_read_somewhere() {
    for system in systems() {
        let reads = system.place.iter().any(|row| row.holds == Holds::Events);
        assert_eq!(reads, !system.events.is_empty(), "{}: [events]", system.name);
        assert!(system.events.values().all(|by| !by.is_empty()), "{}: an event nobody starts", system.name);
    }
}

#[test]
fn every_row_is_reached_by_an_example() {
    let mut missed = Vec::new();
    for system in systems() {
        let mut found = std::collections::BTreeSet::new();
        for example in &system.example {
            let file = file(&example.path, &example.text);
            assert!(file.document.breaks.is_empty(), "{}: {:?}", system.name, file.document.breaks);
            let of: Vec<&str> = recognise::of(&file).iter().map(|s| s.name.as_str()).collect();
            assert_eq!(of, [system.name.as_str()], "{}", example.path);
            found.extend(reached(system, &example.path, &example.text));
        }
        for (index, row) in system.place.iter().enumerate().filter(|(index, _)| !found.contains(index)) {
            missed.push(format!("{}, place {index}: {:?} {:?}", system.name, row.holds, row.at));
        }
        for (index, row) in system.unseen.iter().enumerate() {
            if !found.contains(&(system.place.len() + index)) {
                missed.push(format!("{}, unseen: {}", system.name, row.why));
            }
        }
    }
    assert!(missed.is_empty(), "rows that no example reaches:\n{}", missed.join("\n"));
}

#[test]
fn no_look_alike_is_a_pipeline() {
    for system in systems() {
        for alike in &system.look_alike {
            let of: Vec<&str> =
                recognise::of(&file(&alike.path, &alike.text)).iter().map(|s| s.name.as_str()).collect();
            assert!(!of.contains(&system.name.as_str()), "{}: {} is taken for one", system.name, alike.path);
        }
    }
}
