package wire

import "encoding/binary"

// MP_FASTCLOSE (RFC 8684 section 3.5), laid out alike in RFC 6824.

const fastCloseLen = 12

func appendFastClose(w []byte, key uint64) []byte {
	w = append(w, kindMPTCP, fastCloseLen, subtypeFastClose, 0)
	return binary.BigEndian.AppendUint64(w, key)
}

func decodeFastClose(o []byte) (key uint64, ok bool) {
	if len(o) != fastCloseLen {
		return 0, false
	}
	return binary.BigEndian.Uint64(o[4:]), true
}
