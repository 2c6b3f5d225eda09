package wire

// Key-derived values of MPTCP (RFC 8684 sections 3.1, 3.2, 3.4.1; RFC 6824 for version 0).

// Token returns the connection's token; IDSN its initial data sequence number.
func Token(key uint64, version int) uint32 { panic("skeleton") }
func IDSN(key uint64, version int) uint64  { panic("skeleton") }

// JoinHMAC returns the first 20 octets of HMAC(localKey||remoteKey, localNonce||remoteNonce), local
// being the sender of the option.
func JoinHMAC(localKey, remoteKey uint64, localNonce, remoteNonce uint32, version int) [20]byte {
	panic("skeleton")
}

// AddAddrHMAC returns the last 8 octets of the ADD_ADDR HMAC (version 1 only).
func AddAddrHMAC(localKey, remoteKey uint64, id uint8, addr Addr, port uint16) uint64 {
	panic("skeleton")
}

// DSSChecksum returns the checksum over pseudo-header and payload (section 3.3.1). sum is the
// one's-complement partial sum of the payload as PayloadSum returns it.
func DSSChecksum(dsn uint64, ssn uint32, length uint16, sum uint32) uint16 { panic("skeleton") }
func PayloadSum(b []byte) uint32                                           { panic("skeleton") }
