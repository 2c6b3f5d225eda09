package wire

import (
	"encoding/binary"
	"math/bits"
)

// The Internet checksum (RFC 1071) as IPv4, TCP and the DSS option use it.

// PayloadSum returns the one's-complement sum of the octets taken as big-endian 16-bit words, an odd
// last octet padded with zero. The result has 16 bits.
func PayloadSum(b []byte) uint32 {
	// The sum does not depend on the order of octets within words if the result is swapped back, so
	// words are read as the common machines hold them, eight octets at a time.
	var sum, carry uint64
	for len(b) >= 32 {
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[8:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[16:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[24:]), carry)
		b = b[32:]
	}
	for len(b) >= 8 {
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b), carry)
		b = b[8:]
	}
	var tail uint64
	for i, octet := range b {
		tail |= uint64(octet) << (8 * i)
	}
	sum, carry = bits.Add64(sum, tail, carry)
	sum, carry = bits.Add64(sum, 0, carry)
	return uint32(bits.ReverseBytes16(fold(sum + carry)))
}

// JoinSums returns the sum of octets that are in two parts: n octets whose sum is first, then others
// whose sum is next. An odd n shifts the second part by one octet.
func JoinSums(first uint32, n int, next uint32) uint32 {
	if n&1 != 0 {
		next = uint32(bits.ReverseBytes16(fold(uint64(next))))
	}
	return uint32(fold(uint64(first) + uint64(next)))
}

// fold brings a sum of words down to 16 bits by end-around carry.
func fold(sum uint64) uint16 {
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>16 + sum&0xffff // at most 0x1ffff + 0xffff
	sum = sum>>16 + sum&0xffff
	return uint16(sum>>16 + sum&0xffff)
}

// DSSChecksum returns the checksum over pseudo-header and payload (section 3.3.1). sum is the
// one's-complement partial sum of the payload as PayloadSum returns it. dsn is always the 64-bit
// value; length includes the octet of a DATA_FIN, the payload does not.
func DSSChecksum(dsn uint64, ssn uint32, length uint16, sum uint32) uint16 {
	high, low := dsn>>32, dsn&0xffffffff
	return ^fold(high + low + uint64(ssn) + uint64(length) + uint64(sum))
}

// tcpChecksum returns the checksum of a TCP segment whose checksum field is zero, with the
// pseudo-header of RFC 9293 section 3.1 or RFC 8200 section 8.1.
func tcpChecksum(src, dst Addr, t []byte) uint16 {
	return ^fold(pseudoSum(src, dst, protocolTCP, len(t)) + uint64(PayloadSum(t)))
}

// pseudoSum sums the pseudo-header: addresses, protocol and the length of what it carries.
func pseudoSum(src, dst Addr, protocol uint8, length int) uint64 {
	sum := uint64(protocol) + uint64(length)
	sum += src.Lo&0xffffffff + dst.Lo&0xffffffff
	if src.Is4() {
		return sum
	}
	sum += src.Lo>>32 + dst.Lo>>32
	sum += src.Hi>>32 + src.Hi&0xffffffff
	sum += dst.Hi>>32 + dst.Hi&0xffffffff
	return sum
}

// VerifyChecksums checks the IPv4 header checksum and the TCP checksum of one IP packet. The error
// (a *DecodeError) says which one is wrong and what it would have to be, or why there is none.
func VerifyChecksums(b []byte) error {
	start, end, err := tcpPart(b)
	if err != nil {
		return err
	}
	var s Segment
	if err := s.decodeIP(b); err != nil {
		return err
	}
	if b[0]>>4 == 4 {
		if err := verify("IPv4 header checksum", b, 10, PayloadSum(b[:start])); err != nil {
			return err
		}
	}
	t := b[start:end]
	if len(t) < tcpHeaderLen {
		return decodeErrorf("TCP header", start, "%d octets, needs %d", len(t), tcpHeaderLen)
	}
	sum := fold(pseudoSum(s.Src, s.Dst, protocolTCP, len(t)) + uint64(PayloadSum(t)))
	return verify("TCP checksum", b, start+16, uint32(sum))
}

// verify judges a sum that includes the checksum field at the given offset.
func verify(field string, b []byte, offset int, sum uint32) error {
	if sum == 0xffff {
		return nil
	}
	found := binary.BigEndian.Uint16(b[offset:])
	right := ^fold(uint64(sum) + uint64(^found))
	return decodeErrorf(field, offset, "is %#04x, must be %#04x", found, right)
}
