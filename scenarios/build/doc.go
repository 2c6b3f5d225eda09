// Package build wires a typed scenario into a world: topologies, links, hosts, stacks, applications and
// traffic, the sampling of time series, captures, and the records of the run's summary.
//
// The order in which components are made is the order of the scenario file, the topology's plan first, so it,
// and with it the digest, depends on the file alone. What is recorded never changes the digest: samplers only
// read, and their component exists whether they run or not.
//
// Scripts (package sockapi/script) are compiled before anything runs, under the name and at the line and
// column where they stand in the scenario, so that their errors point there. What they record becomes tables
// of the run and records of its summary when the run ends; a failure of a script ends the run's command with
// an error and nothing else. Subflows keep their names for life, and both ends give a subflow the same one
// (labels.go).
//
// All hosts of a topology share one description: 8192 hosts and 49152 links are built in about a second and
// 90 MB. Memory measures a world by following its pointers (footprint.go), whatever the models keep.
//
// Limits: a world without a topology, or whose parts know each other too well (see World.Workers), is one
// part and runs on one core; sweeps run worlds side by side. Optimal shares are of the hosts' links: an
// oversubscribed network cannot reach them.
//
// Validated by: a run of every kind of topology, routing, queue, matrix, failure and of every example in
// docs/datacenter.md; digests that recording and reports do not change; memory that adds up to what the heap
// has; the independent checks of package torture.
package build
