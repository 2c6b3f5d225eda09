// Package spec reads scenario files: YAML to a typed Scenario, strictly, all problems of a file at once.
//
// Purpose: a scenario means exactly what it says. An unknown key, a wrong type, a missing unit, a value
// out of range, a key given twice, a second document, a reference to nothing and YAML's traps (0x10,
// 1_0, yes, merge keys, tags) are refused, each at its line and column with a hint. One table of fields per
// type of object (tables_*.go) drives the decoder, the JSON Schema (Schema) and the effective scenario with
// every default shown (Explain), so that they cannot disagree.
//
// How it works: the text becomes yaml.v3 nodes once; anchors are expanded; --set overrides are put into the
// tree and keep their own positions; the tables walk it. Positions stay reachable by path (Scenario.At), so
// that whoever builds the world reports its problems in the same form.
//
// Scripts: code stands in the scenario or in a file that it names; where each line of it stands stays known
// (Code.Place). Arguments of scripts are typed by how they are written (Value), and nothing checks them but
// the script.
//
// Limits: quantities are strings with a unit (package unit); mappings keep the order of the file; keys that
// begin with "x-" are ignored at every level (a home for anchors). A file has at most 1 MiB and 100000
// nodes after expansion. Trace files are named here and read by whoever builds the world.
//
// Validated by: a folder of wrong scenarios with their expected messages (testdata/bad), a fuzz target for
// Load, and tests that every shipped scenario passes the schema and that Explain reads back as the same
// scenario.
package spec
