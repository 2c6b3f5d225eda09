// Package scenarios holds the questions that come with mpsim: scenario files by theme, the synthetic traces that
// they use, and the JSON Schema for editors. All are embedded, so that the binary needs no files.
//
// Sources: each scenario's header names the study or document that it mirrors and the shape to expect. The
// traces in traces/ are synthetic (see traces_test.go, which makes them): two-state rate processes with the mean
// rates, swings and outages that measurements of LTE on the road report, no recording.
//
// Limits: a scenario here is a starting point; any value of it can be changed with --set.
//
// Validated by: tests that every scenario decodes without a problem, passes the schema, and that its effective
// form reads back as the same scenario; and that the traces are what their generator makes.
package scenarios
