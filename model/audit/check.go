package audit

// Check is one rule that a trace is held to.
type Check uint8

// The checks. Their names, sections and sentences are in the table below.
const (
	Checksum Check = iota
	OptionBroken
	OptionLength
	OptionRepeated
	OptionUnknown
	OptionPlace
	ReservedBits
	SynOnly
	ScaleLarge
	Unasked
	AckBeyond
	AckBack
	WindowBeyond
	EdgeBack
	BytesDiffer
	FinMoved
	DataAfterFin
	SackUnasked
	SackBlock
	StampUnasked
	StampMissing
	StampBack
	StampEcho

	CapableForm
	CapableVersion
	CapableAlgorithm
	CapableExtended
	CapableKey
	CapableChecksum
	CapablePlace
	TokenRepeated

	JoinToken
	JoinHMAC
	JoinNonce
	JoinEarly
	JoinNotHere
	JoinData
	JoinContinued
	AddressID

	DSSChecksumMissing
	DSSChecksumUnasked
	DSSChecksum
	DSSFinAlone
	DataAckShort
	DataAckBack
	DataAckBeyond
	DataEdgeBack
	DataWindow
	MapRebound
	MapForeign
	MapBelow
	MapMissing
	MapBeyondFin
	DataFinMoved
	DataFinForm
	DataDiffers
	InfiniteForm
	AfterFallback
	Unmapped

	AddAddrHMAC
	AddAddrRebound
	AddAddrEcho
	RemoveAddrUnknown
	FastCloseKey
	ResetReason
	FailUnasked
	SignalAcks
	BackupUsed

	TraceGaps
	PathsMissing

	numChecks
)

// Behind says what a box between the senders and the vantage point may change. A check that such a change can
// upset is not applied to senders that are not at the vantage point themselves.
type Behind uint8

// What boxes change.
const (
	BoxPayload   Behind = 1 << iota // octets, also their number
	BoxOptions                      // remove, repeat, replace options, or keep those of other segments
	BoxAcks                         // acknowledgments and their order, or acknowledge themselves
	BoxWindows                      // the window field
	BoxSegments                     // cut and join segments
	BoxForgeries                    // segments that the sender never made
)

const anyBox = BoxPayload | BoxOptions | BoxAcks | BoxWindows | BoxSegments | BoxForgeries

// rule is a row of the table.
type rule struct {
	name     string
	rfc      string
	text     string
	severity Severity
	upset    Behind // by what boxes
}

var rules = [numChecks]rule{
	Checksum: {"checksum", "RFC 9293 3.1",
		"a header or TCP checksum is wrong",
		Violation, BoxForgeries},
	OptionBroken: {"option-broken", "RFC 9293 3.1",
		"the option list breaks off",
		Violation, BoxOptions | BoxForgeries},
	OptionLength: {"option-length", "RFC 8684 3",
		"an option has a length that none of its forms has",
		Violation, BoxOptions | BoxForgeries},
	OptionRepeated: {"option-repeated", "RFC 8684 3",
		"an option occurs twice in a segment",
		Warning, BoxOptions | BoxForgeries},
	OptionUnknown: {"option-unknown", "RFC 8684 7.2",
		"an MPTCP option has an unassigned subtype",
		Note, BoxOptions | BoxForgeries},
	OptionPlace: {"option-place", "RFC 8684 3",
		"an option does not belong on such a segment",
		Violation, BoxOptions | BoxSegments | BoxForgeries},
	ReservedBits: {"reserved-bits", "RFC 8684 3",
		"reserved bits of an option are not zero",
		Violation, BoxOptions | BoxForgeries},
	SynOnly: {"syn-only", "RFC 9293 3.2",
		"an option of handshakes is on a segment without SYN",
		Violation, BoxOptions | BoxForgeries},
	ScaleLarge: {"scale-large", "RFC 7323 2.3",
		"the window scale is above 14",
		Warning, BoxOptions | BoxForgeries},
	Unasked: {"unasked", "RFC 7323 2.2",
		"a SYN/ACK has an option that its SYN did not have",
		Violation, BoxOptions | BoxForgeries},
	AckBeyond: {"ack-beyond", "RFC 9293 3.4",
		"it acknowledges what was not sent before",
		Violation, anyBox &^ BoxWindows},
	AckBack: {"ack-back", "RFC 9293 3.4",
		"its acknowledgment goes back",
		Violation, BoxAcks | BoxForgeries | BoxPayload},
	WindowBeyond: {"window-beyond", "RFC 9293 3.8.6",
		"it sends data beyond the offered window",
		Violation, anyBox},
	EdgeBack: {"edge-back", "RFC 9293 3.8.6",
		"the right edge of the offered window goes back",
		Warning, anyBox},
	BytesDiffer: {"bytes-differ", "RFC 9293 3.8",
		"octets sent again are not the octets sent before",
		Violation, BoxPayload | BoxForgeries},
	FinMoved: {"fin-moved", "RFC 9293 3.6",
		"the FIN has another sequence number than before",
		Violation, BoxPayload | BoxForgeries | BoxSegments},
	DataAfterFin: {"data-after-fin", "RFC 9293 3.6",
		"it sends data beyond its FIN",
		Violation, BoxPayload | BoxForgeries},
	SackUnasked: {"sack-unasked", "RFC 2018 2",
		"it sends SACK blocks without both SYNs permitting them",
		Violation, BoxOptions | BoxForgeries},
	SackBlock: {"sack-block", "RFC 2018 4",
		"a SACK block reports what was not sent, or nothing",
		Violation, anyBox &^ BoxWindows},
	StampUnasked: {"stamp-unasked", "RFC 7323 3.2",
		"it sends timestamps that were not negotiated",
		Violation, BoxOptions | BoxForgeries},
	StampMissing: {"stamp-missing", "RFC 7323 3.2",
		"a segment has no timestamps, although they were negotiated",
		Violation, BoxOptions | BoxForgeries | BoxSegments},
	StampBack: {"stamp-back", "RFC 7323 5.4",
		"its timestamp goes back",
		Violation, BoxOptions | BoxForgeries},
	StampEcho: {"stamp-echo", "RFC 7323 4.1",
		"it echoes a timestamp that the peer has not sent yet",
		Violation, BoxOptions | BoxForgeries},

	CapableForm: {"capable-form", "RFC 8684 3.1",
		"MP_CAPABLE has a form that does not go with SYN and ACK",
		Violation, BoxOptions | BoxForgeries},
	CapableVersion: {"capable-version", "RFC 8684 3.1",
		"MP_CAPABLE has a version that does not follow from the handshake",
		Violation, BoxOptions | BoxForgeries},
	CapableAlgorithm: {"capable-algorithm", "RFC 8684 3.1",
		"MP_CAPABLE names no algorithm, or not one of those offered",
		Violation, BoxOptions | BoxForgeries},
	CapableExtended: {"capable-extended", "RFC 8684 3.1",
		"bit B of MP_CAPABLE is set",
		Violation, BoxOptions | BoxForgeries},
	CapableKey: {"capable-key", "RFC 8684 3.1",
		"MP_CAPABLE has another key than the handshake had",
		Violation, BoxOptions | BoxForgeries},
	CapableChecksum: {"capable-checksum", "RFC 8684 3.1",
		"bit A or the checksum of MP_CAPABLE contradicts the handshake",
		Violation, BoxOptions | BoxForgeries},
	CapablePlace: {"capable-place", "RFC 8684 3.1",
		"MP_CAPABLE where the handshake had none, or on a joined subflow",
		Violation, BoxOptions | BoxForgeries},
	TokenRepeated: {"token-repeated", "RFC 8684 3.1",
		"two connections of the trace have the same token",
		Warning, anyBox},

	JoinToken: {"join-token", "RFC 8684 3.2",
		"MP_JOIN has a token that belongs to no connection of the trace",
		Note, anyBox},
	JoinHMAC: {"join-hmac", "RFC 8684 3.2",
		"the HMAC of MP_JOIN is wrong",
		Violation, BoxOptions | BoxForgeries},
	JoinNonce: {"join-nonce", "RFC 8684 3.2",
		"a repeated MP_JOIN has another token, nonce, Address ID or flag",
		Violation, BoxOptions | BoxForgeries},
	JoinEarly: {"join-early", "RFC 8684 3.1",
		"MP_JOIN before the first DSS has come over the first path",
		Violation, BoxOptions | BoxForgeries},
	JoinNotHere: {"join-not-here", "RFC 8684 3.1",
		"MP_JOIN to an address and port that refused it with bit C",
		Violation, BoxOptions | BoxForgeries},
	JoinData: {"join-data", "RFC 8684 3.2",
		"data on a subflow whose join has not been completed",
		Violation, BoxOptions | BoxAcks | BoxForgeries},
	JoinContinued: {"join-continued", "RFC 8684 3.2",
		"a subflow goes on although its join was not answered rightly",
		Violation, BoxOptions | BoxForgeries},
	AddressID: {"address-id", "RFC 8684 3.2",
		"an Address ID stands for two addresses",
		Warning, anyBox},

	DSSChecksumMissing: {"dss-checksum-missing", "RFC 8684 3.3",
		"a mapping has no checksum, although checksums were negotiated",
		Violation, BoxOptions | BoxForgeries},
	DSSChecksumUnasked: {"dss-checksum-unasked", "RFC 8684 3.3",
		"a mapping has a checksum that was not negotiated",
		Violation, BoxOptions | BoxForgeries},
	DSSChecksum: {"dss-checksum", "RFC 8684 3.3.1",
		"the DSS checksum does not match the mapped octets",
		Violation, BoxPayload | BoxOptions | BoxForgeries},
	DSSFinAlone: {"dss-fin-alone", "RFC 8684 3.3.3",
		"DATA_FIN without a mapping",
		Violation, BoxOptions | BoxForgeries},
	DataAckShort: {"data-ack-short", "RFC 8684 3.3.2",
		"a DATA_ACK of 4 octets acknowledges data numbered with 8",
		Violation, BoxOptions | BoxForgeries},
	DataAckBack: {"data-ack-back", "RFC 8684 3.3.2",
		"the DATA_ACK goes back",
		Violation, BoxOptions | BoxAcks | BoxForgeries},
	DataAckBeyond: {"data-ack-beyond", "RFC 8684 3.3.2",
		"the DATA_ACK covers data that was not sent before",
		Violation, anyBox &^ BoxWindows},
	DataEdgeBack: {"data-edge-back", "RFC 8684 3.3.4",
		"the right edge of the connection's window goes back",
		Violation, BoxOptions | BoxAcks | BoxWindows | BoxForgeries},
	DataWindow: {"data-window", "RFC 8684 3.3.5",
		"it sends data beyond the connection's window",
		Violation, anyBox},
	MapRebound: {"map-rebound", "RFC 8684 3.3.1",
		"subflow octets are mapped a second time to other data sequence numbers",
		Violation, BoxPayload | BoxOptions | BoxSegments | BoxForgeries},
	MapForeign: {"map-foreign", "RFC 8684 3.3.1",
		"a mapping has no octet of the segment that carries it",
		Violation, BoxPayload | BoxOptions | BoxSegments | BoxForgeries},
	MapBelow: {"map-below", "RFC 8684 3.1",
		"a mapping begins before the first data sequence number",
		Violation, BoxOptions | BoxForgeries},
	MapMissing: {"map-missing", "RFC 8684 3.7",
		"a segment had no mapping before any data was acknowledged, yet MPTCP goes on",
		Violation, BoxOptions | BoxSegments | BoxForgeries},
	MapBeyondFin: {"map-beyond-fin", "RFC 8684 3.3.3",
		"a mapping goes beyond the DATA_FIN",
		Violation, BoxPayload | BoxOptions | BoxForgeries},
	DataFinMoved: {"data-fin-moved", "RFC 8684 3.3.3",
		"the DATA_FIN has another data sequence number than before",
		Violation, BoxOptions | BoxForgeries},
	DataFinForm: {"data-fin-form", "RFC 8684 3.3.3",
		"a DATA_FIN without payload has not SSN 0 and length 1",
		Violation, BoxOptions | BoxSegments | BoxForgeries},
	DataDiffers: {"data-differs", "RFC 8684 3.3.1",
		"a data sequence number carries other octets than before",
		Violation, BoxPayload | BoxOptions | BoxForgeries},
	InfiniteForm: {"infinite-form", "RFC 8684 3.3.1",
		"an infinite mapping has a checksum other than 0",
		Violation, BoxOptions | BoxForgeries},
	AfterFallback: {"after-fallback", "RFC 8684 3.7",
		"an MPTCP option after the fall-back to TCP",
		Violation, anyBox},
	Unmapped: {"unmapped", "RFC 8684 3.3.1", "octets were never mapped", Warning, anyBox},

	AddAddrHMAC: {"add-addr-hmac", "RFC 8684 3.4.1",
		"the HMAC of ADD_ADDR is wrong",
		Violation, BoxOptions | BoxForgeries},
	AddAddrRebound: {"add-addr-rebound", "RFC 8684 3.4.1",
		"ADD_ADDR gives an Address ID in use to another address",
		Violation, BoxOptions | BoxForgeries},
	AddAddrEcho: {"add-addr-echo", "RFC 8684 3.4.1",
		"an echo of an ADD_ADDR that was not sent",
		Violation, BoxOptions | BoxForgeries},
	RemoveAddrUnknown: {"remove-addr-unknown", "RFC 8684 3.4.2",
		"REMOVE_ADDR of an Address ID that was not in use",
		Note, anyBox},
	FastCloseKey: {"fastclose-key", "RFC 8684 3.5",
		"MP_FASTCLOSE has not the receiver's key",
		Violation, BoxOptions | BoxForgeries},
	ResetReason: {"reset-reason", "RFC 8684 3.6",
		"MP_TCPRST has an unassigned reason",
		Note, BoxOptions | BoxForgeries},
	FailUnasked: {"fail-unasked", "RFC 8684 3.7",
		"MP_FAIL without negotiated checksums",
		Warning, BoxOptions | BoxForgeries},
	SignalAcks: {"signal-acks", "RFC 8684 3",
		"more than two duplicate ACKs in a row carry only MPTCP signals",
		Warning, anyBox},
	BackupUsed: {"backup-used", "RFC 8684 3.3.8",
		"new data on a backup subflow while another one is in use",
		Note, anyBox},

	TraceGaps: {"trace-gaps", "",
		"acknowledged segments are not in the trace; checks of what was sent before are void",
		Note, 0},
	PathsMissing: {"paths-missing", "",
		"acknowledged data is not in the trace; checks of DATA_ACK and window are void",
		Note, 0},
}

// String is the check's name, as findings print it.
func (c Check) String() string { return rules[c].name }

// RFC names document and section; empty for what concerns the trace.
func (c Check) RFC() string {
	if rules[c].rfc == "" {
		return "the trace"
	}
	return rules[c].rfc
}

// Text says what is wrong.
func (c Check) Text() string { return rules[c].text }

// Checks lists all checks in order, for documentation.
func Checks() []Check {
	all := make([]Check, numChecks)
	for i := range all {
		all[i] = Check(i)
	}
	return all
}
