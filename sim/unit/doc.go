// Package unit has the exact quantities of a simulation: spans of time, bit rates, octets, packets and
// ratios, with one way to read and to print each.
//
// Purpose: a quantity in a scenario, a trace or a message always carries its unit. Parsing and printing use
// integers alone; what cannot be represented exactly (half a nanosecond, a third of an octet) is refused
// and not rounded, so that a scenario means the same on every machine.
//
// Sources: prefixes k, M, G, T are powers of 1000 (SI); Ki, Mi, Gi, Ti are powers of 1024 (IEC 80000-13).
// A rate is in bits a second, a size in octets (B).
//
// Limits: values are int64 (292 years, 9.2 Ebit/s, 8 EiB). A bare number, and a suffix that some read one
// way and some another (M, mb, Kb, m), is an error with a hint, never a guess. Exponents, digit
// separators and compound forms such as 1m30s are not read.
//
// Validated by: tables of good and bad inputs, the property Parse(x.String()) == x for each type, and a fuzz
// target each.
package unit
