package wire

import (
	"fmt"
	"net/netip"
	"strings"
)

// Segments as one line of text for tests and logs, in the manner of tcpdump.

// flagLetters are the control bits' letters, FIN first; W is CWR, E is ECE, e is AE.
const flagLetters = "FSRPAUEWe"

// flagOrder is the order of printing as bit numbers: SYN first, so that a SYN/ACK reads SA.
const flagOrder = "\x01\x00\x02\x03\x04\x05\x06\x07\x08"

// String gives a letter for each control bit that is set, "-" for none.
func (f Flags) String() string {
	var text strings.Builder
	for i := range len(flagOrder) {
		if bit := flagOrder[i]; f>>bit&1 != 0 {
			text.WriteByte(flagLetters[bit])
		}
	}
	if f&^flagsKnown != 0 {
		text.WriteByte('?')
	}
	if text.Len() == 0 {
		return "-"
	}
	return text.String()
}

// String is one line: addresses, flags, numbers, options, payload. What is absent is left out.
func (s *Segment) String() string {
	if s.IsDatagram() {
		return fmt.Sprintf("%s > %s UDP len %d stream %d@%d", endpoint(s.Src, s.SrcPort), endpoint(s.Dst, s.DstPort),
			s.Payload.Len, s.Payload.Stream, s.Payload.Pos)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s > %s %v seq %d", endpoint(s.Src, s.SrcPort), endpoint(s.Dst, s.DstPort),
		s.Flags, s.Seq)
	if s.Flags.Has(ACK) {
		fmt.Fprintf(&text, " ack %d", s.Ack)
	}
	fmt.Fprintf(&text, " win %d", s.Window)
	if s.Flags.Has(URG) {
		fmt.Fprintf(&text, " urg %d", s.UrgentPointer)
	}
	if s.TOS != 0 {
		fmt.Fprintf(&text, " tos %#02x", s.TOS)
	}
	separator := " <"
	for rest := s.Opts; rest != 0; rest &= rest - 1 {
		text.WriteString(separator)
		text.WriteString(s.optionText(rest & -rest))
		separator = ", "
	}
	if s.Opts != 0 {
		text.WriteByte('>')
	}
	if s.Payload.Len > 0 {
		fmt.Fprintf(&text, " len %d", s.Payload.Len)
	}
	if s.Payload.Stream != 0 {
		fmt.Fprintf(&text, " stream %d@%d", s.Payload.Stream, s.Payload.Pos)
	}
	return text.String()
}

func endpoint(addr Addr, port uint16) string {
	if !addr.IsValid() {
		return fmt.Sprintf("none:%d", port)
	}
	return netip.AddrPortFrom(addr.Netip(), port).String()
}

// optionText is one option as text.
func (s *Segment) optionText(option Options) string {
	switch option {
	case OptMSS:
		return fmt.Sprintf("mss %d", s.MSS)
	case OptWindowScale:
		return fmt.Sprintf("wscale %d", s.WindowScale)
	case OptSACKPermitted:
		return "sackOK"
	case OptSACK:
		var text strings.Builder
		text.WriteString("sack")
		for _, block := range s.SACK[:min(int(s.SACKN), len(s.SACK))] {
			fmt.Fprintf(&text, " {%d:%d}", block.Left, block.Right)
		}
		return text.String()
	case OptTimestamps:
		return fmt.Sprintf("TS val %d ecr %d", s.TSVal, s.TSEcr)
	case OptCapable:
		return s.Capable.String()
	case OptJoin:
		return s.Join.String()
	case OptDSS:
		return s.DSS.String()
	case OptAddAddr:
		return s.AddAddr.String()
	case OptRemoveAddr:
		return fmt.Sprintf("remove_addr ids %v", s.RemoveAddr.IDs[:min(int(s.RemoveAddr.N), 37)])
	case OptPrio:
		return s.Prio.String()
	case OptFail:
		return fmt.Sprintf("mp_fail dsn %d", s.FailDSN)
	case OptFastClose:
		return fmt.Sprintf("mp_fastclose key %016x", s.FastCloseKey)
	case OptReset:
		return s.Reset.String()
	case OptOther:
		return fmt.Sprintf("other %x", s.Other())
	case OptFastOpen:
		return s.FastOpen.String()
	}
	return fmt.Sprintf("option bit %#x", uint32(option))
}

// String is the option as Segment.String prints it.
func (c *Capable) String() string {
	k := c.canonical()
	var text strings.Builder
	fmt.Fprintf(&text, "mp_capable v%d flags %#02x", k.Version, k.Flags)
	if k.Form >= CapableKey {
		fmt.Fprintf(&text, " key %016x", k.SenderKey)
	}
	if k.Form >= CapableKeys {
		fmt.Fprintf(&text, " peer %016x", k.ReceiverKey)
	}
	if k.Form >= CapableData {
		fmt.Fprintf(&text, " len %d", k.DataLen)
	}
	if k.Form >= CapableDataCsum {
		fmt.Fprintf(&text, " csum %#04x", k.Checksum)
	}
	return text.String()
}

// String is the option as Segment.String prints it.
func (j *Join) String() string {
	backup := ""
	if j.Backup {
		backup = " backup"
	}
	switch j.Form {
	case JoinSYN:
		return fmt.Sprintf("mp_join id %d%s token %08x nonce %08x", j.AddrID, backup, j.Token, j.Nonce)
	case JoinSYNACK:
		return fmt.Sprintf("mp_join id %d%s hmac %x nonce %08x", j.AddrID, backup, j.HMAC[:joinShortHMAC], j.Nonce)
	}
	return fmt.Sprintf("mp_join hmac %x", j.HMAC)
}

// String is the option as Segment.String prints it.
func (d *DSS) String() string {
	k := d.canonical()
	var text strings.Builder
	text.WriteString("dss")
	if k.Flags&DSSFin != 0 {
		text.WriteString(" fin")
	}
	switch k.Flags & (DSSAck | DSSAck8) {
	case DSSAck:
		fmt.Fprintf(&text, " ack4 %d", k.DataAck)
	case DSSAck | DSSAck8:
		fmt.Fprintf(&text, " ack %d", k.DataAck)
	}
	if k.Flags&DSSMap != 0 {
		width := "4"
		if k.Flags&DSSMap8 != 0 {
			width = ""
		}
		fmt.Fprintf(&text, " dsn%s %d ssn %d len %d", width, k.DSN, k.SSN, k.Len)
	}
	if k.Flags&DSSSum != 0 {
		fmt.Fprintf(&text, " csum %#04x", k.Checksum)
	}
	return text.String()
}

// String is the option as Segment.String prints it.
func (a *AddAddr) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "add_addr id %d %v", a.ID, a.Addr)
	if a.Port != 0 {
		fmt.Fprintf(&text, " port %d", a.Port)
	}
	switch {
	case a.NoHMAC:
		text.WriteString(" v0")
	case a.Echo:
		text.WriteString(" echo")
	default:
		fmt.Fprintf(&text, " hmac %016x", a.HMAC)
	}
	return text.String()
}

// String is the option as Segment.String prints it.
func (p *Prio) String() string {
	text := "mp_prio"
	if p.Backup {
		text += " backup"
	}
	if p.HasID {
		text += fmt.Sprintf(" id %d", p.AddrID)
	}
	return text
}

// String is the option as Segment.String prints it.
func (r *Reset) String() string {
	text := fmt.Sprintf("mp_tcprst reason %d", r.Reason)
	if r.Transient {
		text += " transient"
	}
	return text
}
