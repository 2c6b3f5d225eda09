// Package scenarios holds the questions that come with mpsim: scenario files by theme and the synthetic
// traces that they use, embedded, so that the binary needs no files. schema.json beside them is for editors.
//
// Sources: each scenario's header names the study or document that it mirrors and the shape to expect. The
// traces in traces/ are synthetic (traces_test.go makes them): bounded random walks with mean rates, swings
// and an outage as measurements of LTE on the road report them, no recording.
//
// Limits: a scenario here is a starting point; any value of it can be changed with --set.
//
// Validated by: tests that every scenario decodes without a problem and passes the schema, that its effective
// form reads back as the same scenario; and that the traces are what their generator makes.
package scenarios
