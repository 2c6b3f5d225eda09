package wire

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
)

// Key-derived values of MPTCP (RFC 8684 sections 3.1, 3.2, 3.4.1; RFC 6824 for version 0). Version 1
// uses SHA-256, version 0 SHA-1; another version panics. HMAC is that of RFC 2104, written out here
// because its inputs are short and of fixed size, so that nothing is allocated.

// Token returns the connection's token: the first 4 octets of the key's hash (section 3.2).
func Token(key uint64, version int) uint32 {
	head, _ := keyHash(key, version)
	return head
}

// IDSN returns the initial data sequence number: the last 8 octets of the key's hash (section 3.1).
func IDSN(key uint64, version int) uint64 {
	_, tail := keyHash(key, version)
	return tail
}

// keyHash returns the first 4 and the last 8 octets of the hash of a key in network order.
func keyHash(key uint64, version int) (head uint32, tail uint64) {
	var octets [8]byte
	binary.BigEndian.PutUint64(octets[:], key)
	switch version {
	case 0:
		sum := sha1.Sum(octets[:])
		return binary.BigEndian.Uint32(sum[:]), binary.BigEndian.Uint64(sum[sha1.Size-8:])
	case 1:
		sum := sha256.Sum256(octets[:])
		return binary.BigEndian.Uint32(sum[:]), binary.BigEndian.Uint64(sum[sha256.Size-8:])
	}
	panic("wire: MPTCP version must be 0 or 1")
}

// JoinHMAC returns the first 20 octets of HMAC(localKey||remoteKey, localNonce||remoteNonce), local
// being the sender of the option. The SYN/ACK carries the first 8 of them.
func JoinHMAC(localKey, remoteKey uint64, localNonce, remoteNonce uint32, version int) [20]byte {
	var message [8]byte
	binary.BigEndian.PutUint32(message[:], localNonce)
	binary.BigEndian.PutUint32(message[4:], remoteNonce)
	switch version {
	case 0:
		return hmacSHA1(localKey, remoteKey, message[:])
	case 1:
		sum := hmacSHA256(localKey, remoteKey, message[:])
		return [20]byte(sum[:20])
	}
	panic("wire: MPTCP version must be 0 or 1")
}

// AddAddrHMAC returns the last 8 octets of the ADD_ADDR HMAC (version 1 only), local being the sender
// of the option. port is 0 if the option has none.
func AddAddrHMAC(localKey, remoteKey uint64, id uint8, addr Addr, port uint16) uint64 {
	var buffer [1 + 16 + 2]byte
	message := append(buffer[:0], id)
	message = addr.append(message)
	message = binary.BigEndian.AppendUint16(message, port)
	sum := hmacSHA256(localKey, remoteKey, message)
	return binary.BigEndian.Uint64(sum[sha256.Size-8:])
}

// The block length of SHA-1 and SHA-256, and the longest message: that of ADD_ADDR.
const (
	hashBlock  = 64
	messageMax = 19
)

// hmacPad writes the key of two MPTCP keys, xored with the pad octet, as one block.
func hmacPad(block []byte, firstKey, secondKey uint64, pad byte) {
	binary.BigEndian.PutUint64(block, firstKey)
	binary.BigEndian.PutUint64(block[8:], secondKey)
	for i := range block[:hashBlock] {
		block[i] ^= pad
	}
}

const innerPad, outerPad = 0x36, 0x5c

func hmacSHA256(firstKey, secondKey uint64, message []byte) [sha256.Size]byte {
	var inner [hashBlock + messageMax]byte
	hmacPad(inner[:], firstKey, secondKey, innerPad)
	n := copy(inner[hashBlock:], message)
	digest := sha256.Sum256(inner[:hashBlock+n])
	var outer [hashBlock + sha256.Size]byte
	hmacPad(outer[:], firstKey, secondKey, outerPad)
	copy(outer[hashBlock:], digest[:])
	return sha256.Sum256(outer[:])
}

func hmacSHA1(firstKey, secondKey uint64, message []byte) [sha1.Size]byte {
	var inner [hashBlock + messageMax]byte
	hmacPad(inner[:], firstKey, secondKey, innerPad)
	n := copy(inner[hashBlock:], message)
	digest := sha1.Sum(inner[:hashBlock+n])
	var outer [hashBlock + sha1.Size]byte
	hmacPad(outer[:], firstKey, secondKey, outerPad)
	copy(outer[hashBlock:], digest[:])
	return sha1.Sum(outer[:])
}
