package wire

import "encoding/binary"

// MP_FAIL (RFC 8684 section 3.7), laid out alike in RFC 6824.

const failLen = 12

func appendFail(w []byte, dsn uint64) []byte {
	w = append(w, kindMPTCP, failLen, subtypeFail, 0)
	return binary.BigEndian.AppendUint64(w, dsn)
}

func decodeFail(o []byte) (dsn uint64, ok bool) {
	if len(o) != failLen {
		return 0, false
	}
	return binary.BigEndian.Uint64(o[4:]), true
}
