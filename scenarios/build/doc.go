// Package build wires a typed scenario into a world: links, hosts, stacks and applications, the
// sampling of time series, captures, and the records of the run's summary.
//
// The order in which components are made is the order of the scenario file, so it, and with it
// the digest, depends on the file alone. What is recorded never changes the digest: samplers
// only read, and their component exists whether they run or not.
//
// Limits: a world is one part and runs on one core; sweeps run worlds side by side.
package build
