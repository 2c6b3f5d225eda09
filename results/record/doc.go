// Package record writes and reads the directory that a run leaves behind.
//
//	out/<scenario>/<point>/<seed>/
//	    manifest.json       what was run: scenario and its hash, seed, version, digest, warnings, files
//	    summary.json        what came out: flat records of connections, subflows, links ...
//	    series/*.parquet    time series, one file a table (and *.csv on request)
//	    capture/*.pcapng    packets, on request
//	    timing.json         wall time and speed, the only file that differs between two runs
//
// # Whole or not at all
//
// Everything is written into a hidden directory beside the target, flushed to the disk and renamed
// when complete. A run that fails or is stopped leaves nothing; an earlier result stays until the
// new one is complete. Replacing takes two renames, so a machine that dies exactly between them
// leaves the earlier result under a hidden name beside the target. A directory that does not look
// like a result is never replaced.
//
// # Same run, same bytes
//
// No file but timing.json holds a wall-clock time, a host name, an operating system or the order
// of a map. The manifest lists every file but timing.json and the figures, which
// can be drawn again, with its SHA-256, so two runs are equal when their
// manifests are; the reader checks the hash before it trusts a series.
//
// # Formats
//
// Parquet through github.com/parquet-go/parquet-go: Zstandard pages, integers as
// DELTA_BINARY_PACKED, words as plain strings (the library's dictionary encoder writes other bytes
// on other processors), a null for trace.None, the columns in the table's order, their kinds and
// descriptions under the key mpsim.schema. Captures are pcapng (draft-ietf-opsawg-pcapng) through
// github.com/gopacket/gopacket/pcapgo: link type RAW, nanosecond time stamps counted from the epoch
// at the start of the run, one interface block for each interface, direction in the packet flags.
//
// # Limits
//
// Rename is atomic on local POSIX file systems; on network file systems it is as good as they make
// it. Row groups hold RowGroupRows rows, which bounds memory per table to a few tens of megabytes.
//
// # Validation
//
// Tests write the same tables twice, and on arm64 under qemu-user, and compare bytes; read back what
// was written; fail writes after every so many octets; put files in the way of directories; and let
// tshark read the captures where it is installed.
package record
