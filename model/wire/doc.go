// Package wire has the packets of the model as typed values and as octets: IPv4, IPv6, UDP, TCP, every
// option of Multipath TCP, their checksums and the values derived from keys, and the contents of
// payloads.
//
// # What it is
//
// A Segment is one IP packet with its TCP segment, by value and without pointers. Models pass segments
// on as values; octets exist only where somebody looks (captures, tests, hardware in the loop):
// Append encodes, Decode reads back. OptionLen, HeaderLen and WireLen are exact without encoding.
// A Payload names octets of a content stream; Contents knows what they are.
//
// # Sources
//
// RFC 791 (IPv4), RFC 8200, 4291 and 6437 (IPv6), RFC 768 (UDP), RFC 9293 (TCP), RFC 7323 (window scale,
// timestamps), RFC 2018 (SACK), RFC 3168 and 9768 (ECE, CWR, AE), RFC 1071 (checksum), RFC 8684 (MPTCP
// version 1), RFC 6824 (MPTCP version 0), RFC 2104 (HMAC). The order and padding of options are those
// of Linux 6.x.
//
// # Decisions
//
// MP_CAPABLE is read by the version that it states itself, because it negotiates the version;
// ADD_ADDR, MP_PRIO and MP_TCPRST are read by the version of the connection, since a version 0
// ADD_ADDR and a version 1 echo have the same lengths. Encoding follows the fields (NoHMAC, HasID,
// Capable.Version).
//
// An option of a length that none of its forms has is passed over as if it were absent (RFC 8684 section 3);
// one of unknown kind or subtype is kept as octets (Other), which endpoints pass over. If an option occurs
// twice in a segment the first well-formed one counts. An option list that breaks off ends there, and the
// options before it count. Reserved bits are sent as 0 and ignored, except U, V and W of MP_TCPRST, which are
// kept. Whether an option may stand on a segment with these TCP flags is for the endpoint to judge, not for
// the codec.
//
// Options are aligned to words if they fit so, else packed (see OptionLen). Thus a decoded segment can
// be encoded again, and decoding that gives the same segment; only a packet within 40 octets of the
// longest that IP allows may have no room for better alignment.
//
// # Limits
//
// No IPv4 options (skipped when read), no fragments, no IPv6 extension headers, no jumbograms; DF is
// always set. IPv4-mapped and unspecified addresses are refused in IPv6 packets and ignored in ADD_ADDR.
// Of options unknown to this package, TCP-AO, MD5 and MP_EXPERIMENTAL among them, at most 36 octets are kept.
// A segment holds each option once and at most four SACK blocks.
//
// # Validation
//
// Published HMAC vectors of the Linux kernel's MPTCP unit tests and vectors computed by an independent
// program; packets written by hand from the RFCs' figures, compared octet by octet; the property that
// decoding undoes encoding over random segments and over every set of options that fits; fuzzing of
// each decoder; every prefix of a packet is refused.
package wire
