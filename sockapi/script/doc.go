// Package script runs Starlark programs (go.starlark.net) against the socket API, in virtual time: a script is an
// application of one host, written as blocking code. Compile reads it, Program.Start runs its main().
//
// Limits bounds what a script may use, in numbers that are the same on every machine.
package script
