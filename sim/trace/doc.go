// Package trace holds the rows that a run leaves behind: typed tables of integers that models
// append to while the world runs, flat records that sum a run up, and the hook through which
// packets reach a capture.
//
// Models know tables, never files. Package results/record turns tables into Parquet and CSV,
// records into JSON and packets into pcapng; nothing here opens a file, reads a clock or draws a
// random number, so recording cannot change what a world does.
//
// # Tables
//
// A [Table] has fixed columns of int64. A column's name carries its unit (cwnd_bytes, srtt_ns,
// rate_bps), its kind says how the integer is to be read: a plain number, an instant, a word of
// the column's dictionary, or a truth value. Rows are kept in chunks of [ChunkRows]; a table with
// a [Sink] hands each full chunk over and reuses it, so that the memory of a long run stays
// bounded. Append allocates nothing once the first chunk exists if there is a sink, and once every
// ChunkRows rows without one.
//
// The tables that the simulator fills and that figures read are in schema.go, each with a row
// type that names its columns.
//
// # Limits
//
// A cell is an integer: a quantity that is not whole is written in a smaller unit. A dictionary
// only grows, so columns whose words are unbounded (payloads, addresses of a million hosts) do not
// belong in one. Tables are not safe for use by several goroutines; each part of a world that runs
// by itself needs its own.
//
// # Validation
//
// Property tests compare tables against a plain slice of rows for random appends, with and without
// a sink; an allocation test holds Append at zero; schema tests fail when a row type and its
// columns disagree.
package trace
