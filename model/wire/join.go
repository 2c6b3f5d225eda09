package wire

import "encoding/binary"

// MP_JOIN (RFC 8684 section 3.2), laid out alike in RFC 6824.

// Forms of MP_JOIN: the option's length on the wire in octets.
const (
	JoinSYN    = 12 // SYN: receiver's token, sender's nonce
	JoinSYNACK = 16 // SYN/ACK: first 8 octets of the HMAC, sender's nonce
	JoinACK    = 24 // ACK: first 20 octets of the HMAC
)

// backupFlag is bit B of MP_JOIN and MP_PRIO.
const backupFlag = 0x01

// Join is MP_JOIN (section 3.2). Form is the option's length: 12 (SYN), 16 (SYN/ACK), 24 (ACK).
// Fields that the form does not have say nothing: the ACK has the HMAC alone, Token is in the SYN only.
type Join struct {
	HMAC   [20]byte // first 8 octets in the SYN/ACK, all 20 in the ACK
	Token  uint32
	Nonce  uint32
	AddrID uint8
	Backup bool
	Form   uint8
}

// joinShortHMAC is the octets of the HMAC in the SYN/ACK.
const joinShortHMAC = 8

func (j *Join) check() error {
	switch j.Form {
	case JoinSYN, JoinSYNACK, JoinACK:
		return nil
	}
	return encodeErrorf("MP_JOIN has no form of %d octets (12, 16, 24)", j.Form)
}

func (j *Join) canonical() Join {
	k := Join{Form: j.Form}
	switch j.Form {
	case JoinSYN:
		k.Token, k.Nonce, k.AddrID, k.Backup = j.Token, j.Nonce, j.AddrID, j.Backup
	case JoinSYNACK:
		k.Nonce, k.AddrID, k.Backup = j.Nonce, j.AddrID, j.Backup
		copy(k.HMAC[:], j.HMAC[:joinShortHMAC])
	case JoinACK:
		k.HMAC = j.HMAC
	}
	return k
}

func (j *Join) append(w []byte) []byte {
	if j.Form == JoinACK {
		w = append(w, kindMPTCP, j.Form, subtypeJoin, 0)
		return append(w, j.HMAC[:]...)
	}
	flags := byte(0)
	if j.Backup {
		flags = backupFlag
	}
	w = append(w, kindMPTCP, j.Form, subtypeJoin|flags, j.AddrID)
	if j.Form == JoinSYN {
		w = binary.BigEndian.AppendUint32(w, j.Token)
	} else {
		w = append(w, j.HMAC[:joinShortHMAC]...)
	}
	return binary.BigEndian.AppendUint32(w, j.Nonce)
}

func (j *Join) decode(o []byte) bool {
	switch len(o) {
	case JoinSYN:
		*j = Join{Form: JoinSYN, Backup: o[2]&backupFlag != 0, AddrID: o[3],
			Token: binary.BigEndian.Uint32(o[4:]), Nonce: binary.BigEndian.Uint32(o[8:])}
	case JoinSYNACK:
		*j = Join{Form: JoinSYNACK, Backup: o[2]&backupFlag != 0, AddrID: o[3],
			Nonce: binary.BigEndian.Uint32(o[12:])}
		copy(j.HMAC[:], o[4:12])
	case JoinACK:
		*j = Join{Form: JoinACK}
		copy(j.HMAC[:], o[4:24])
	default:
		return false
	}
	return true
}
